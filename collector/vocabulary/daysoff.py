"""Which days a country takes off, and which days of its weekends it works instead.

Below `hours`; the one place that knows the library `holidays`. It takes a tenth of a second
to import, so that happens when a country is first asked for, not at start-up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from importlib import metadata


@dataclass(frozen=True, slots=True)
class DaysOff:
    """One country's days of one year."""

    off: frozenset[date] = frozenset()
    """Public holidays, and the days off that were moved to other days."""
    worked: frozenset[date] = frozenset()
    """Days of a weekend that are worked, since their day off was moved."""


@lru_cache(maxsize=1024)
def days_off(country: str, year: int) -> DaysOff:
    """What the library knows of a country that `country_fault` has nothing against."""
    import holidays

    code, _, region = country.partition("-")
    known = holidays.country_holidays(code, subdiv=region or None, years=year)
    return DaysOff(_within(year, known), _within(year, known.weekend_workdays))


def _within(year: int, days: Iterable[date]) -> frozenset[date]:
    return frozenset(day for day in days if day.year == year)


def country_fault(country: str) -> tuple[str, str] | None:
    """Why nobody knows the holidays of this country or region, and what could be meant; None if they are known."""
    import holidays

    code, dash, region = country.partition("-")
    codes = _countries()
    if code not in codes.values():
        remedy = _meant(code, codes, otherwise="Write its two letters, such as RU or DE.")
        return f"there is no country {code!r}", remedy
    entity = getattr(holidays, code)
    regions = {**{one: one for one in entity.subdivisions}, **entity.subdivisions_aliases}
    if not dash or region in regions:
        return None
    if not regions:
        return f"of {code}, no region's own holidays are known", f"Write {code} for those of the whole country."
    known = ", ".join(sorted(set(regions.values())))
    remedy = _meant(region, regions, otherwise=f"Regions: {known}.", before=f"{code}-")
    return f"{code} has no region {region!r}", remedy


def release() -> str:
    """Which release of the library answers; another one may know other days."""
    return metadata.version("holidays")


def _countries() -> Mapping[str, str]:
    """Codes of two and three letters, and names in English, with the code that each stands for."""
    from holidays.registry import COUNTRIES

    found: dict[str, str] = {}
    for name, (_, *codes) in COUNTRIES.items():
        short = [code for code in codes if len(code) in (2, 3)]
        found[name.replace("_", " ")] = short[0]
        found.update((code, code) for code in short)
    return found


def _meant(written: str, known: Mapping[str, str], *, otherwise: str, before: str = "") -> str:
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(written.lower(), by_lower, n=1)
    return f"Did you mean {before}{known[by_lower[near[0]]]}?" if near else otherwise
