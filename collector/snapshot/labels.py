"""Labels and numbers as both exposition formats write them.

Samples carry their labels as ready text, so that rendering only joins strings. What came
from a vendor is cleaned, cut and escaped here, and nowhere else.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from hashlib import sha256

MAX_CHARACTERS = 200
_HASH_CHARACTERS = 8
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x80-\x9f\u2028\u2029]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_SPECIAL = re.compile(r'[\\"\n]')
_MAX_EXPONENT = 307
_SHORT = 17
"""Characters within which a decimal's own digits are a float's shortest writing."""


def clean(text: str) -> str:
    """`text` as a label value can hold it: no control characters but line feeds, at most 200 characters.

    A longer one is cut, and ends with a short hash of the whole, so that two that begin
    alike stay apart.
    """
    text = _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", text))
    if len(text) <= MAX_CHARACTERS:
        return text
    digest = sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS]
    return f"{text[: MAX_CHARACTERS - _HASH_CHARACTERS - 1]}…{digest}"


def escape(text: str) -> str:
    """`text` as it stands between a label's quotes."""
    if _SPECIAL.search(text) is None:
        return text
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def pair(name: str, value: str) -> str:
    """`name="value"`, cleaned and escaped."""
    return f'{name}="{escape(clean(value))}"'


def braces(*pairs: str) -> str:
    """`{a="1",b="2"}` of ready pairs; empty ones are left out, none at all is no braces."""
    inner = ",".join(filter(None, pairs))
    return f"{{{inner}}}" if inner else ""


def labels(**values: str) -> str:
    """`{name="value",…}` in the order given."""
    return braces(*(pair(name, value) for name, value in values.items()))


def unique_titles(members: Iterable[tuple[str, str | None]], taken: Iterable[str] = ()) -> dict[str, str]:
    """By id, the title that a member is shown by; where two would be the same, the id is added.

    A member without a title is shown by its id. The answer does not depend on the order.
    """
    wanted = {id_: clean(title or id_ or "(not set)") for id_, title in members}
    seen: dict[str, int] = dict.fromkeys(taken, 1)
    for title in wanted.values():
        seen[title] = seen.get(title, 0) + 1
    shown: dict[str, str] = {}
    used = set(seen)
    for id_ in sorted(wanted):
        title = wanted[id_]
        if seen[title] > 1:
            title = _apart(title, id_, used)
            used.add(title)
        shown[id_] = title
    return shown


def _apart(title: str, id_: str, used: set[str]) -> str:
    candidate = clean(f"{title} ({id_})")
    while candidate in used:
        candidate = clean(f"{candidate} ({id_})")
    return candidate


def number(value: Decimal) -> str | None:
    """The shortest text that is read back as `value`; None where no sample may stand.

    Whole numbers are written in full. Others have the digits of the nearest float, since
    that is what Prometheus stores.
    """
    if not value.is_finite() or value.adjusted() > _MAX_EXPONENT:
        return None
    if not value:
        return "0"
    text = str(value)
    if len(text) > _SHORT or "E" in text:
        text = _long_number(value)
    elif "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def _long_number(value: Decimal) -> str:
    if value == value.to_integral_value():
        return format(value.to_integral_value(), "f")
    nearest = float(value)
    if nearest.is_integer():
        return format(Decimal(nearest), "f")
    return repr(nearest)


def plain_number(value: float | int) -> str:
    """A figure of our own, which is always finite."""
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
