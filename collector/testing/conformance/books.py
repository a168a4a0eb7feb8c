"""What a store holds, in words instead of numbers, without when it was read: to be compared."""

from collections.abc import Mapping

from collector.store.connect import Store

_LIVE = "JOIN part ON part.id = part_id AND part.live JOIN stream ON stream.id = part.stream_id"
_SELECTS = {
    "facts": """SELECT stream.name, part.name, day, measure.name, dimset.cut, dimset.key, currency, value, flags
        FROM fact {live} JOIN measure ON measure.id = measure_id JOIN dimset ON dimset.id = dimset_id""",
    "entities": "SELECT stream.name, part.name, entity.kind, key, updated, gone, link, body FROM entity {live}",
    "readings": """SELECT DISTINCT stream.name, measure.name, dimset.key, value FROM reading {live}
        JOIN measure ON measure.id = measure_id JOIN dimset ON dimset.id = dimset_id""",
    "posts": "SELECT DISTINCT stream.name, key, post_reading.body FROM post_reading {live}",
    "rates": "SELECT stream.name, currency, per, day, value FROM rate {live}",
    "titles": """SELECT stream.name, dimension.name, member, title FROM title
        JOIN stream ON stream.id = stream_id JOIN dimension ON dimension.id = dimension_id""",
    "days": "SELECT stream.name, day, complete FROM covered JOIN stream ON stream.id = stream_id",
}
_QUERIES = {name: select.format(live=_LIVE) for name, select in _SELECTS.items()}

Books = Mapping[str, list[tuple[object, ...]]]


def books(store: Store) -> Books:
    """All that must be the same, whatever happened on the way."""
    with store.read() as tx:
        return {name: sorted(map(tuple, tx.exec_driver_sql(query)), key=repr) for name, query in _QUERIES.items()}


def difference(one: Books, other: Books) -> str | None:
    """The first thing that only one of them has; None: they are equal."""
    for name in one:
        here, there = set(one[name]), set(other[name])
        lacking, more = len(here - there), len(there - here)
        if lacking or more:
            shown = sorted(here ^ there, key=repr)[0]
            return f"of {name}, {lacking} are missing and {more} are there that should not be; one is {_plain(shown)}"
    return None


def _plain(row: tuple[object, ...]) -> str:
    return " ".join(str(each)[:60] for each in row if not isinstance(each, bytes))
