"""The company, seen through something that broke on a day: a tag, a form, a campaign's tags.

The company goes on as it did; what breaks is what one of its systems sees. So a break belongs
to a system: web analytics that have lost their tag see less, an ad system still tells all
clicks. Days before the break, and the books of whoever sees without it, are as ever.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal

from collector.testing.company.calendar import midnight
from collector.testing.company.company import Company
from collector.testing.company.entities import Deal, Lead
from collector.testing.company.visits import Visits
from collector.testing.company.ways import BY_KEY

FORM = "WEB"
"""The CRM's source of what was sent by a form."""
LANDING = ("yandex-organic", "google-organic", "articles")
"""The ways whose visitors land on the most visited pages, some 26 % of all."""


@dataclass(frozen=True)
class Break:
    """What breaks, and on which day.

    `tag`: visits by some `ways` are not seen any more (their page has lost the tag). `form`:
    of what is sent by the forms no lead comes, and no deal of one. `utm`: visits by these
    ways arrive without their tags, as if they had been typed.
    """

    kind: Literal["tag", "form", "utm"]
    since: date
    ways: tuple[str, ...] = LANDING


class Broken(Company):
    """The base of what is seen through a break."""

    fault: ClassVar[Break]

    def _is_struck(self, day: int) -> bool:
        return day >= self.fault.since.toordinal()


class WithoutTag(Broken):
    """Some pages tell of no visits."""

    def visits(self, first: date | None = None, last: date | None = None) -> Iterator[Visits]:
        """Those of the other pages."""
        for each in super().visits(first, last):
            if not (self._is_struck(each.day) and each.way.key in self.fault.ways):
                yield each


class WithoutUtm(Broken):
    """Some ways bring no tags."""

    def visits(self, first: date | None = None, last: date | None = None) -> Iterator[Visits]:
        """Those of these ways are direct ones."""
        direct: dict[int, Visits] = {}
        for each in super().visits(first, last):
            if not self._is_struck(each.day) or each.way.key not in (*self.fault.ways, "direct"):
                yield each
            elif each.day in direct:
                direct[each.day] = _together(direct[each.day], each)
            else:
                direct[each.day] = replace(each, way=BY_KEY["direct"])
        yield from direct.values()


def _together(one: Visits, other: Visits) -> Visits:
    counts = (name for name in Visits.__slots__ if name not in ("day", "way"))
    return replace(one, **{name: getattr(one, name) + getattr(other, name) for name in counts})


class WithoutForm(Broken):
    """The CRM hears nothing of the forms."""

    def leads(self) -> Iterator[Lead]:
        """Those that did not come by a form, or before it broke."""
        return (each for each in super().leads() if not self._is_lost(each))

    def deals(self) -> Iterator[Deal]:
        """Those that did not begin with such a lead."""
        lost = {each.id for each in super().leads() if self._is_lost(each)}
        return (each for each in super().deals() if each.lead not in lost)

    def _is_lost(self, each: Lead) -> bool:
        return each.crm_source == FORM and each.created >= midnight(self.fault.since.toordinal())


_SEEN: Mapping[str, type[Broken]] = {"tag": WithoutTag, "utm": WithoutUtm, "form": WithoutForm}


def broken(company: Company, fault: Break) -> Company:
    """The company as who has this break sees it; it stays broken as time goes on."""
    kind = _SEEN[fault.kind]
    seen: type[Broken] = type(kind.__name__, (kind,), {"fault": fault})
    return seen(company.seed, company.today, company.days, company.size, company.instant, company.told)
