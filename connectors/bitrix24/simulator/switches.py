"""What may be otherwise at a portal: refusals, rights, plans, oddities. Tests turn these switches."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo


@dataclass
class Switches:
    """As the portal stands at first, nothing is wrong."""

    refusing: str | None = None
    """A code of `refusals`: every call is refused with it, such as `OVERLOAD_LIMIT`."""
    refused_methods: dict[str, str] = field(default_factory=dict)
    """Method → the code with which it is refused."""
    status: int | None = None
    """Refusals come with this status instead of their own, such as 200."""
    scopes: set[str] = field(default_factory=lambda: {"crm", "user_brief"})
    no_access: set[str] = field(default_factory=set)
    """Beginnings of methods for which the employee lacks the right, such as `crm.lead`."""
    hidden_managers: set[int] = field(default_factory=set)
    """Whose leads and deals the employee may not see: they are silently missing."""
    has_leads: bool = True
    """False: the simple CRM mode."""
    moved_to: str | None = None
    """The portal's new host; every call is redirected there."""
    https_only: bool = False
    """Webhooks are refused over plain http, as the vendor does; off, since nothing else answers here."""
    is_deleted: bool = False
    """The webhook is: its code is not known any more."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Moscow"))
    is_own_server: bool = False
    """A server of the customer's own tells no operating figures, and has no limit on them."""
    operating_limit: float = 480.0
    seconds_a_call: float = 0.02
    seconds_a_row: float = 0.0005
    """How long methods are said to run."""
    delay: float = 0.0
    delay_a_row: float = 0.0
    """How long answers take in truth, in seconds."""
    rebinds: bool = False
    """A converted lead's activities become those of its deal or contact; only BINDINGS finds them by the lead."""
    activity_modifies: bool = False
    """An activity also moves DATE_MODIFY of its lead."""
    breaks_original_names: bool = False
    """crm.item.list with useOriginalUfNames and UTM fields answers rows without anything in them."""
    ignores_iso_dates: bool = False
    """crm.item.list leaves conditions with ISO dates out."""
    history_as_text: bool = False
    """The history of stages has its numbers as texts, as older portals do."""
    is_cut_off: bool = False
    """Calls take over a minute, and a page of the proxy answers in their place."""
