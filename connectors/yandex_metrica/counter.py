"""The counter itself: whose days its days are, and in which money it counts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from collector.plugin import BadResponse, Forbidden, Json

_CURRENCIES = {
    51: "AMD", 156: "CNY", 398: "KZT", 417: "KGS", 498: "MDL", 643: "RUB", 756: "CHF", 784: "AED", 826: "GBP",
    840: "USD", 860: "UZS", 933: "BYN", 944: "AZN", 949: "TRY", 972: "TJS", 974: "BYR", 978: "EUR", 980: "UAH",
    981: "GEL", 985: "PLN",
}  # fmt: skip
"""ISO 4217: number → code, of the currencies that Metrica counts in."""


@dataclass(frozen=True)
class Counter:
    """One counter. `zone` and `currency` None: it does not tell one that is known."""

    name: str
    zone: ZoneInfo | None
    currency: str | None

    def is_over(self, day: date, *, now: datetime, lag: timedelta, otherwise: ZoneInfo) -> bool:
        """Whether a day had ended, and all its visits were in, when Metrica's data stood `lag` behind."""
        ends = datetime.combine(day + timedelta(days=1), time(), tzinfo=self.zone or otherwise)
        return ends.astimezone(UTC) + lag <= now


def read_counter(body: Json, number: str) -> Counter:
    """An answer of /management/v1/counter/{id}.

    Raises:
        Forbidden: it was deleted.
        BadResponse: it is no counter.
    """
    told = body.get("counter") if isinstance(body, dict) else None
    if not isinstance(told, dict):
        raise BadResponse(expected="a counter", where=f"/management/v1/counter/{number}", got=body)
    if str(told.get("status") or "").lower() == "deleted":
        raise Forbidden(f"counter {number} was deleted: restore it in Metrica, or name another one in counter_id")
    return Counter(str(told.get("name") or number), _zone(told.get("time_zone_name")), _currency(told.get("currency")))


def _zone(name: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(str(name)) if name else None
    except (ValueError, KeyError, OSError):  # also what is no name of a file
        return None


def _currency(told: object) -> str | None:
    if isinstance(told, str) and len(told) == 3 and told.isalpha():
        return told.upper()
    return _CURRENCIES.get(int(told)) if isinstance(told, int | str) and str(told).isdigit() else None


def in_other_days(zone: ZoneInfo, other: ZoneInfo, now: datetime) -> bool:
    """Whether two zones' days differ, now or in the other half of the year."""
    instants = (now, now + timedelta(days=182))
    return any(at.astimezone(zone).utcoffset() != at.astimezone(other).utcoffset() for at in instants)
