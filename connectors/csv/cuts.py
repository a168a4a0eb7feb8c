"""A row's dimensions, and the cut that it belongs to."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from collector.plugin import Cut, Dimensions
from connectors.csv.faults import BadRow
from connectors.csv.mapping import Plan
from connectors.csv.values import Memo


def members_of_rows(plan: Plan, at: Mapping[str, int]) -> Callable[[list[str]], Dimensions]:
    """What tells a row's dimensions, in its cut; rows with the same members share them."""
    fixed = {name: cell.constant for name, cell in plan.dimensions.items() if cell.constant is not None}
    columns = {name: cell.column for name, cell in plan.dimensions.items() if cell.column is not None}
    names = tuple(columns)

    def members(texts: tuple[str, ...]) -> Dimensions:
        found = {**fixed, **dict(zip(names, (text.strip() for text in texts), strict=True))}
        cut = cut_of(found, plan.cuts)
        return Dimensions({name: found[name] for name in cut})

    if not columns:
        alike = members(())
        return lambda _: alike
    places = [at[column] for column in columns.values()]
    if len(places) == 1:
        one: Memo[str, Dimensions] = Memo(lambda text: members((text,)))
        place = places[0]
        return lambda row: one[row[place]]
    many, key = Memo(members), itemgetter(*places)
    return lambda row: many[key(row)]


def cut_of(members: Mapping[str, str], cuts: Sequence[Cut]) -> Cut:
    """The smallest cut outside of which all members are empty."""
    present = {name for name, member in members.items() if member}
    fitting = sorted((cut for cut in cuts if present <= set(cut)), key=len)
    if not fitting:
        raise BadRow(f"has {', '.join(sorted(present))}, which no cut has together")
    if len(fitting) > 1 and len(fitting[0]) == len(fitting[1]):
        alike = " or ".join("(" + ", ".join(cut) + ")" for cut in fitting if len(cut) == len(fitting[0]))
        raise BadRow(f"may belong to the cut {alike} alike")
    return fitting[0]
