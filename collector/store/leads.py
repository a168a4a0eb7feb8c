"""Leads, posted: those that count, on their day of creation, with the best state of their duplicates."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.store.codec import to_instant
from collector.store.deals import MembersOf
from collector.store.ledger import ONE, UNSTAGED, Posting, State, by_creation, ordinal
from collector.store.rules import Rules
from collector.vocabulary.channels import NOT_WEB


@dataclass(slots=True)
class _Counted:
    """A lead that counts, with what its duplicates bring."""

    state: State
    created: datetime
    qualified: bool
    converted: bool
    answered: datetime | None
    converted_at: datetime | None

    def inherit(self, other: "_Counted") -> None:
        """The best state and the earliest response of a duplicate."""
        self.qualified |= other.qualified
        self.converted |= other.converted
        self.answered = _earlier(self.answered, other.answered)
        self.converted_at = _earlier(self.converted_at, other.converted_at)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)


def post_leads(
    posting: Posting,
    customer: str | None,
    leads: list[State],
    *,
    members_of: MembersOf,
    became: Mapping[str, datetime],
    rules: Rules,
) -> None:
    """The entries and samples of one customer's leads; `became`: when deals that name them were made."""
    repeats = duplicates(leads, customer, rules)
    counted: list[_Counted] = []
    for lead in sorted(leads, key=by_creation):
        if _is_junk(lead, rules):
            continue
        found = _counted(lead, became.get(lead.key), rules)
        if lead.key in repeats:
            counted[-1].inherit(found)
        else:
            counted.append(found)
    channel = rules.all_dimensions.index("channel")
    for each in counted:
        members, day = members_of(each.state), ordinal(each.created, rules)
        reached = {
            "leads": True,
            "web_leads": members[channel] not in NOT_WEB,
            "qualified_leads": each.qualified,
            "leads_converted": each.converted,
            UNSTAGED: bool(each.state.body.get("is_deal")) and not rules.deal_stages,
        }
        posting.entries += [(day, name, "", ONE, members) for name, is_so in reached.items() if is_so]
        _post_response(posting, each, day, members, rules)
        if each.converted_at is not None:
            seconds = max(0, int((each.converted_at - each.created).total_seconds()))
            posting.samples.append(("seconds_to_convert", day, each.state.key, seconds, members))


def duplicates(leads: Iterable[State], customer: str | None, rules: Rules) -> dict[str, str]:
    """Which of one customer's leads repeat which one that counts, by key; never without a customer."""
    found: dict[str, str] = {}
    counted: State | None = None
    for lead in sorted(leads if customer is not None else (), key=by_creation):
        if _is_junk(lead, rules):
            continue
        if counted is not None and lead.created - counted.created < rules.lead_dedup:
            found[lead.key] = counted.key
        else:
            counted = lead
    return found


def _post_response(posting: Posting, each: _Counted, day: int, members: tuple[str, ...], rules: Rules) -> None:
    key = each.state.key
    if each.answered is None:
        due = to_instant(rules.hours.after(each.created, rules.response_target))
        posting.samples.append(("leads_unanswered", day, key, due, members))
        return
    seconds = rules.hours.seconds_between(each.created, each.answered)
    posting.samples.append(("response_seconds", day, key, seconds, members))
    posting.entries.append((day, "leads_response_due", "", ONE, members))
    if timedelta(seconds=seconds) <= rules.response_target:
        posting.entries.append((day, "leads_answered_in_time", "", ONE, members))


def _is_junk(lead: State, rules: Rules) -> bool:
    status = lead.status
    if status == "junk":
        return True
    if status == "converted":
        return False
    by_reason = status == "lost" and lead.body.get("loss_reason") in rules.junk_loss_reasons
    return by_reason or lead.body.get("stage") in rules.junk_stages


def _counted(lead: State, became: datetime | None, rules: Rules) -> _Counted:
    """The steps that a lead has ever reached: now, in its history, or by the vendor's word."""
    body, passed = lead.body, list(_passed(lead))
    converted = bool(body.get("ever_converted")) or any(
        status == "converted" or stage in rules.deal_stages for _, status, stage in passed
    )
    qualified = converted or bool(body.get("ever_qualified"))
    qualified = qualified or any(
        status == "qualified" or stage in rules.qualified_stages for _, status, stage in passed
    )
    reached = [at for at, status, stage in passed if at and (status == "converted" or stage in rules.deal_stages)]
    at = min(reached, default=became) if converted else None
    return _Counted(lead, lead.created, qualified, converted, lead.instant("first_response_at"), at)


def _passed(lead: State) -> Iterator[tuple[datetime | None, str, str | None]]:
    """All states that a lead is known to have been in; that of now without an instant."""
    yield None, lead.status, lead.body.get("stage")
    yield from lead.history
