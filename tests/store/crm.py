"""A CRM whose entity stream is fed as polls feed it: upserted, then rolled up."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from collector.plugin.records import Customer, Deal, Gone, Lead, Post, StageChange
from collector.store import books, entities, parts, streams
from collector.store.connect import Store
from collector.store.measures import Customers, distinct_customers, samples, window_totals
from collector.store.rules import Rules
from collector.store.states import System
from collector.store.streams import StreamIdentity

Record = Lead | Deal | Customer | Gone | Post | StageChange
RULES = Rules(zone=ZoneInfo("UTC"), margin=Decimal("0.5"))


class Crm:
    """One CRM's entity stream: what is committed is upserted, then rolled up."""

    system = System("default", "crm")

    def __init__(self, store: Store, rules: Rules = RULES) -> None:
        self.store = store
        self.rules = rules
        self._clock = datetime(2026, 1, 1, tzinfo=UTC)
        with store.write() as tx:
            identity = StreamIdentity("default", "crm", "deals", "since", "crm", counted=True)
            self.stream_id = streams.register(tx, [identity])["default", "crm", "deals"]
            self.part = parts.only_part(tx, self.stream_id)

    def commit(self, *records: Record, roll_up: bool = True) -> None:
        self._clock += timedelta(hours=1)
        with self.store.write() as tx:
            changed = entities.upsert(
                tx, self.part, [each for each in records if not isinstance(each, Gone)], seen=self._clock
            )
            changed |= entities.mark_gone(tx, self.part, [each for each in records if isinstance(each, Gone)])
            entities.touch(tx, self.stream_id, changed)
        if roll_up:
            books.keep(self.store, self.system, self.rules)

    def rebuild(self) -> None:
        with self.store.write() as tx:
            entities.touch(tx, self.stream_id, [("*", "")])
        books.keep(self.store, self.system, self.rules)

    def measure(self, name: str, first: str, last: str | None = None) -> Decimal:
        days = (date.fromisoformat(first), date.fromisoformat(last or first))
        with self.store.read() as tx:
            totals = window_totals(tx, "default", measures=[name], first=days[0], last=days[1])
        return sum((total.value for total in totals), Decimal(0))

    def by(self, name: str, dimension: str, first: str = "2025-01-01", last: str = "2026-12-31") -> dict[str, Decimal]:
        """A measure by the members of a dimension."""
        days = (date.fromisoformat(first), date.fromisoformat(last))
        with self.store.read() as tx:
            totals = window_totals(tx, "default", measures=[name], first=days[0], last=days[1], by=dimension)
        return {str(total.member): total.value for total in totals}

    def samples(self, name: str) -> list[int]:
        """All samples of a measure, sorted."""
        with self.store.read() as tx:
            found = samples(tx, "default", name, date(2020, 1, 1), date(2030, 1, 1))
        return sorted(each.value for each in found)

    def customers(self, name: str, first: str, last: str) -> int:
        with self.store.read() as tx:
            found = distinct_customers(tx, "default", first=date.fromisoformat(first), last=date.fromisoformat(last))
        return int(getattr(found.get(("crm", None), Customers()), name.removesuffix("_customers")))

    def daily(self) -> Sequence[tuple[object, ...]]:
        """The whole roll-up, in words, for comparing."""
        query = """
            SELECT m.name, d.name, daily.day, member.value, daily.currency, daily.value, entries
            FROM daily JOIN part ON part.id = part_id AND part.live JOIN measure m ON m.id = measure_id
            LEFT JOIN dimension d ON d.id = daily.dimension_id LEFT JOIN member ON member.id = member_id
            ORDER BY 1, 2, 3, 4, 5"""
        visits = """
            SELECT d.name, day, member.value, owner, previous, first, second FROM visit
            JOIN part ON part.id = visit.part_id AND part.live
            JOIN posting ON posting.part_id = visit.part_id AND posting.number = visit.customer
            LEFT JOIN dimension d ON d.id = visit.dimension_id LEFT JOIN member ON member.id = visit.member_id
            ORDER BY 1, 2, 3, 4"""
        samples = """
            SELECT m.name, day, key, value, members FROM sample JOIN part ON part.id = part_id AND part.live
            JOIN measure m ON m.id = measure_id ORDER BY 1, 2, 3"""
        postings = """
            SELECT owner, body FROM posting JOIN part ON part.id = part_id AND part.live ORDER BY 1"""
        with self.store.read() as tx:
            rows = [tx.exec_driver_sql(each) for each in (query, visits, samples, postings)]
            return [tuple(row) for found in rows for row in found]
