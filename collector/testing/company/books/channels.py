"""By which channel a lead or a deal came: the order of evidence (method, section 3).

Between `people` and the entries. What a tag or click id means is what the company's ways mean
by it (`ways`), so that no rule has to be read here.
"""

from collections import defaultdict

from collector.testing.company.books.entry import Members, told
from collector.testing.company.books.people import People, is_refund
from collector.testing.company.entities import Deal, Lead
from collector.testing.company.terms import TOUCH_LASTS
from collector.testing.company.ways import CLICK_CHANNELS, MACRO, SOURCE_CHANNELS, channel_of

EXISTING, UNASSIGNED = "Existing customers", "Unassigned"
NOT_WEB = frozenset({"Calls", "Offline", "Partners", EXISTING})
PAID = ("Cross-network", "Display")


def is_paid(channel: str) -> bool:
    """Whether money is paid for each who comes by it."""
    return channel in PAID or channel.startswith("Paid ")


def own(entity: Lead | Deal) -> str | None:
    """What its own tags say, else its own click id."""
    return channel_of(entity.tags) or CLICK_CHANNELS.get(entity.click)


class Channels:
    """The channels and all other members of leads and deals."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._named = {lead.id: lead for lead in people.leads}
        self._members: dict[tuple[tuple[str, str], ...], Members] = {}
        self._touches: dict[str, list[tuple[int, str]]] = defaultdict(list)
        touching: list[Lead | Deal] = [*people.leads, *(deal for deal in people.deals if not is_refund(deal))]
        for entity in sorted(touching, key=lambda each: each.created):
            customer, channel = people.customer(entity), own(entity)
            if customer and channel:
                self._touches[customer].append((entity.created, channel))

    def members(self, entity: Lead | Deal) -> Members:
        """All that it can be cut by."""
        campaign = "" if entity.tags.campaign == MACRO else entity.tags.campaign
        members = (
            ("channel", self.channel(entity)),
            ("campaign", told(campaign)),
            ("source_medium", entity.tags.source_medium),
            ("manager", str(entity.manager)),
            ("pipeline", told(entity.pipeline if isinstance(entity, Deal) else None)),
            ("lead_source", told(entity.crm_source)),
        )
        if members not in self._members:  # few differ, and there are very many entities
            self._members[members] = dict(members)
        return self._members[members]

    def channel(self, entity: Lead | Deal) -> str:
        """By the first evidence that means one."""
        return (
            own(entity)
            or self._of_named_lead(entity)
            or self._last_touch(entity)
            or self._existing(entity)
            or SOURCE_CHANNELS.get(entity.crm_source)
            or UNASSIGNED
        )

    def _of_named_lead(self, entity: Lead | Deal) -> str | None:
        lead = self._named.get(entity.lead) if isinstance(entity, Deal) and entity.lead is not None else None
        return own(lead) if lead else None

    def _last_touch(self, entity: Lead | Deal) -> str | None:
        found = None
        for at, channel in self._touches.get(self._people.customer(entity), ()):
            if entity.created - TOUCH_LASTS.total_seconds() <= at < entity.created:
                found = channel
        return found

    def _existing(self, entity: Lead | Deal) -> str | None:
        if isinstance(entity, Deal) and entity.is_repeat:
            return EXISTING
        wins = self._people.wins.get(self._people.customer(entity), ())
        return EXISTING if any((win.closed or 0) < entity.created for win in wins) else None
