"""What is seen through a break: less from its day on, and all else as it was."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from collector.testing.company.broken import FORM, LANDING, Break, broken
from collector.testing.company.calendar import midnight
from collector.testing.company.company import Company
from collector.testing.company.visits import Visits

TODAY = date(2026, 6, 1)
SINCE = TODAY - timedelta(days=10)
WHOLE = Company(1, TODAY, 30)


def sessions(visits: Iterable[Visits]) -> Counter[tuple[bool, str]]:
    found: Counter[tuple[bool, str]] = Counter()
    for each in visits:
        found[each.day >= SINCE.toordinal(), each.tags.source_medium] += each.sessions
    return found


def test_before_the_break_all_is_as_it_was() -> None:
    last = SINCE - timedelta(days=1)
    for fault in (Break("tag", SINCE), Break("utm", SINCE, ("vk-lookalike",)), Break("form", SINCE)):
        seen = broken(WHOLE, fault)
        assert list(seen.visits(last=last)) == list(WHOLE.visits(last=last))
        assert [each for each in seen.leads() if each.created < midnight(SINCE.toordinal())] == [
            each for each in WHOLE.leads() if each.created < midnight(SINCE.toordinal())
        ]


def test_pages_without_a_tag_tell_nothing_and_were_visited_much() -> None:
    seen, whole = sessions(broken(WHOLE, Break("tag", SINCE)).visits()), sessions(WHOLE.visits())

    assert {key for key in whole if key not in seen} == {
        (True, name) for name in ("yandex / organic", "google / organic", "habr.ru / referral")
    }
    assert all(seen[key] == whole[key] for key in seen)
    lost = sum(whole.values()) - sum(seen.values())
    assert 0.2 < lost / sum(number for (after, _), number in whole.items() if after) < 0.3


def test_visits_without_their_tags_are_typed_ones_and_none_is_lost() -> None:
    fault = Break("utm", SINCE, ("vk-lookalike", "brand-search"))
    seen, whole = sessions(broken(WHOLE, fault).visits()), sessions(WHOLE.visits())

    assert sum(seen.values()) == sum(whole.values())
    assert seen[True, "(direct) / (none)"] > whole[True, "(direct) / (none)"]
    assert seen[True, "vk / cpc"] == 0
    days = [each.day for each in broken(WHOLE, fault).visits() if each.tags.source == "(direct)"]
    assert len(days) == len(set(days))


def test_a_broken_form_brings_no_leads_and_no_deals_of_them() -> None:
    seen = broken(WHOLE, Break("form", SINCE))
    struck = midnight(SINCE.toordinal())
    lost = {each.id for each in WHOLE.leads()} - {each.id for each in seen.leads()}

    assert lost
    assert all(each.created < struck or each.crm_source != FORM for each in seen.leads())
    assert {each.lead for each in seen.deals()} & lost == set()
    assert any(each.created >= struck for each in seen.leads())


@pytest.mark.parametrize("kind", ["tag", "form", "utm"])
def test_it_stays_broken_as_time_goes_on(kind: str) -> None:
    fault = Break(kind, SINCE, LANDING)  # type: ignore[arg-type]
    later = broken(WHOLE, fault).at(WHOLE.now + timedelta(days=3))

    assert list(later.visits()) == list(broken(Company(1, TODAY + timedelta(days=3), 33), fault).visits())
    assert len(list(later.leads())) == len(list(broken(Company(1, TODAY + timedelta(days=3), 33), fault).leads()))
