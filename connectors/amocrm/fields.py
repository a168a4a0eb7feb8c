"""Custom fields of a lead: marks of its way (UTM, click ids), and what the settings name."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from collector.plugin import Json
from connectors.amocrm.bodies import instant

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
CLICK_IDS = ("yclid", "gclid", "fbclid", "rb_clickid")


class Fields:
    """One row's. A code goes before a name, whose letters' case does not matter."""

    def __init__(self, row: Mapping[str, Json]) -> None:
        self._by_id: dict[str, Json] = {}
        self._by_code: dict[str, Json] = {}
        self._by_name: dict[str, Json] = {}
        given = row.get("custom_fields_values")
        for field in given if isinstance(given, list) else ():
            if isinstance(field, Mapping) and (value := _first(field.get("values"))) is not None:
                self._by_id.setdefault(str(field.get("field_id")), value)
                for known, key in ((self._by_code, "field_code"), (self._by_name, "field_name")):
                    if isinstance(name := field.get(key), str):
                        known.setdefault(name.strip().lower(), value)

    def value(self, name: str) -> Json:
        """The first value of a field, by its id, code or name; None where it is empty or absent."""
        wanted = name.strip().lower()
        for known in (self._by_id, self._by_code, self._by_name):
            if wanted in known:
                return known[wanted]
        return None

    def text(self, name: str) -> str | None:
        """The same as a text."""
        value = self.value(name)
        if isinstance(value, bool):
            return "true" if value else "false"
        return None if value is None else str(value).strip() or None

    def instant(self, name: str) -> datetime | None:
        """The value of a date field."""
        return instant(self.value(name))

    def texts(self, names: Iterable[str]) -> dict[str, str]:
        """Those of the fields that are there."""
        return {name: text for name in names if (text := self.text(name)) is not None}


def members(row: Mapping[str, Json], fields: Fields, wanted: Mapping[str, str]) -> dict[str, str]:
    """Extra dimensions: name → its field's value; the word `tags` means the tags, by name."""
    return {name: found for name, field in wanted.items() if (found := _member(row, fields, field)) is not None}


def _member(row: Mapping[str, Json], fields: Fields, field: str) -> str | None:
    if field == "tags":
        hung = row.get("_embedded")
        tags = hung.get("tags") if isinstance(hung, Mapping) else None
        names = [str(tag["name"]) for tag in tags or () if isinstance(tag, Mapping) and tag.get("name")]
        return ", ".join(sorted(names)) or None
    return fields.text(field)


def _first(values: Json) -> Json:
    """The first value that says something."""
    for each in values if isinstance(values, list) else ():
        value = each.get("value") if isinstance(each, Mapping) else each
        if value is not None and value != "" and not isinstance(value, list | dict):
            return value
    return None
