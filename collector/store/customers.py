"""Who is whose: customers merged by the CRM's own links, a contact standing for its company.

A link leads from an id to the one that it was merged into, or else to its company; the
end of the chain is the customer. A circle has no end: its smallest id stands for all.
"""

from collections.abc import Iterable, Mapping


def root_of(customer: str, links: Mapping[str, str]) -> str:
    """The end of the chain of links that begins at `customer`."""
    chain = [customer]
    while (following := links.get(chain[-1])) is not None:
        if following in chain:
            return min(chain[chain.index(following) :])
        chain.append(following)
    return chain[-1]


def members_of(roots: Iterable[str], links: Mapping[str, str]) -> dict[str, set[str]]:
    """For each of these ids itself and all whose chain of links passes it."""
    towards: dict[str, list[str]] = {}
    for each, target in links.items():
        towards.setdefault(target, []).append(each)
    found = {}
    for root in roots:
        family, open_ends = {root}, [root]
        while open_ends:
            for each in towards.get(open_ends.pop(), ()):
                if each not in family:
                    family.add(each)
                    open_ends.append(each)
        found[root] = family
    return found
