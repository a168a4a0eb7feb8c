"""Texts with places to be filled: `{first}`, `{since:unix}`, `{last:%d.%m.%Y}`.

Names and formats are looked up in tables and nothing is evaluated. A brace that does not
stand around a name is a brace; `{{name}}` is the text `{name}`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from collector.plugin import Json

Filling = date | datetime | str | int | None
Fillings = Mapping[str, Filling]
"""Values by the placeholder's name; None where there is none (yet): its parameter is left out."""

_PLACE = re.compile(r"\{\{(?P<literal>\w+(?::[^{}]*)?)\}\}|\{(?P<name>[A-Za-z_]\w*)(?::(?P<format>[^{}]*))?\}")

TIMES = frozenset({"first", "last", "after", "since", "until", "today", "now"})
"""Names that stand for a day or an instant, and so may have a format."""

FORMATS = "date, iso, unix, ms, or as in %d.%m.%Y"


@dataclass(frozen=True)
class Place:
    """A placeholder."""

    name: str
    format: str | None


def parsed(text: str) -> list[str | Place]:
    """The pieces of a text, in order."""
    pieces: list[str | Place] = []
    end = 0
    for match in _PLACE.finditer(text):
        pieces.append(text[end : match.start()])
        literal = match["literal"]
        pieces.append(f"{{{literal}}}" if literal is not None else Place(match["name"], match["format"]))
        end = match.end()
    pieces.append(text[end:])
    return [piece for piece in pieces if piece != ""]


def faults(text: str, known: frozenset[str]) -> Iterator[str]:
    """What is wrong with a text's placeholders."""
    for place in parsed(text):
        if isinstance(place, str):
            continue
        if place.name not in known:
            yield (
                f"there is no placeholder {{{place.name}}} here; there are {', '.join(sorted(known))} "
                f"(braces that are meant are {{{{{place.name}}}}})"
            )
        elif place.format is not None and place.name not in TIMES:
            yield f"{{{place.name}}} has no formats; it stands as it is"
        elif place.format is not None and not _is_format(place.format):
            yield f"{{{place.name}:{place.format}}}: a format is {FORMATS}"


def names(value: Json) -> frozenset[str]:
    """The placeholders in a text, or anywhere in a JSON value."""
    match value:
        case str():
            return frozenset(piece.name for piece in parsed(value) if isinstance(piece, Place))
        case dict():
            return frozenset().union(*(names(each) for each in value.values()))
        case list():
            return frozenset().union(*(names(each) for each in value))
    return frozenset()


def _is_format(text: str) -> bool:
    if text in ("date", "iso", "unix", "ms"):
        return True
    if "%" not in text:
        return False
    try:
        return bool(datetime(2026, 11, 23, tzinfo=UTC).strftime(text))
    except ValueError:
        return False


@dataclass(frozen=True)
class Filler:
    """Fills texts and JSON values; days and instants are written in `zone`."""

    zone: ZoneInfo
    fillings: Fillings

    def text(self, text: str) -> str | int | None:
        """The text filled; a number where it is nothing but one; None where a value is lacking."""
        found: list[str | int] = []
        for piece in parsed(text):
            written = piece if isinstance(piece, str) else self._written(piece)
            if written is None:
                return None
            found.append(written)
        return found[0] if len(found) == 1 else "".join(map(str, found))

    def json(self, value: Json) -> Json:
        """The value with all its texts filled, without the keys and items whose value is lacking."""
        match value:
            case str():
                return self.text(value)
            case dict():
                filled = {key: self.json(each) for key, each in value.items()}
                return {key: each for key, each in filled.items() if each is not None or value[key] is None}
            case list():
                pairs = [(each, self.json(each)) for each in value]
                return [found for each, found in pairs if found is not None or each is None]
        return value

    def _written(self, place: Place) -> str | int | None:
        value = self.fillings[place.name]
        if value is None or isinstance(value, str | int):
            return value
        if isinstance(value, datetime):
            return _instant(value, place.format or "iso", self.zone)
        if place.format in (None, "date"):
            return value.isoformat()
        return _instant(datetime.combine(value, time(), tzinfo=self.zone), place.format or "", self.zone)


def _instant(value: datetime, form: str, zone: ZoneInfo) -> str | int:
    match form:
        case "iso":
            return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        case "date":
            return value.astimezone(zone).date().isoformat()
        case "unix":
            return int(value.timestamp())
        case "ms":
            return int(value.timestamp() * 1000)
    return value.astimezone(zone).strftime(form)
