"""The methods that there are, by their names: parameters in, an answer out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.bitrix24.simulator import stages
from connectors.bitrix24.simulator.fields import Look, Style
from connectors.bitrix24.simulator.filters import Part, classic_parts
from connectors.bitrix24.simulator.listing import Answer, classic_list, listing, paged, universal_list
from connectors.bitrix24.simulator.php import listed, lowered
from connectors.bitrix24.simulator.plain import picked
from connectors.bitrix24.simulator.portal import Portal
from connectors.bitrix24.simulator.refusals import Refusal, classic, refused
from connectors.bitrix24.simulator.switches import Switches
from connectors.bitrix24.simulator.tables import Table

Params = Mapping[str, Any]
_LEAD, _DEAL = 1, 2
_USER_SCOPES = ("user", "user_basic", "user_brief")
_BRIEF = ("ID", "ACTIVE", "NAME", "LAST_NAME", "USER_TYPE")
_KINDS = {1: "crm.lead", 2: "crm.deal", 3: "crm.contact", 4: "crm.company"}


@dataclass(frozen=True)
class Methods:
    """The methods of a portal as it stands."""

    made: Callable[[], Portal]
    switches: Switches
    page_size: int
    currencies: Callable[[], Sequence[dict[str, Any]]]
    now: Callable[[], str]
    shown: Callable[[Sequence[Any]], Sequence[Any]] = list

    def call(self, method: str, params: Params) -> Answer:
        """Answer a call.

        Raises:
            Refusal: there is no such method, a right is lacking, or a parameter makes no sense.
        """
        found: Mapping[str, Callable[[Params], Answer]] = {
            "crm.lead.list": lambda told: self._classic(self.portal.leads, told),
            "crm.deal.list": lambda told: self._classic(self.portal.deals, told),
            "crm.contact.list": lambda told: self._classic(self.portal.contacts, told),
            "crm.company.list": lambda told: self._classic(self.portal.companies, told),
            "crm.item.list": self._items,
            "crm.stagehistory.list": self._history,
            "crm.activity.list": self._activities,
            "crm.status.list": lambda told: _whole(self.shown(picked(stages.statuses(), told))),
            "crm.category.list": self._categories,
            "crm.currency.list": lambda told: Answer(self.shown(picked(self.currencies(), told)), total=0),
            "crm.settings.mode.get": lambda _: Answer(1 if self.switches.has_leads else 2),
            "user.get": self._users,
            "scope": lambda _: Answer(sorted(self.switches.scopes)),
            "server.time": lambda _: Answer(self.now()),
            "profile": lambda _: Answer(
                {"ID": "1", "ADMIN": False, "NAME": "Интегратор", "LAST_NAME": "", "PERSONAL_GENDER": ""}
            ),
            "app.info": lambda _: Answer(
                {"ID": "1", "CODE": "local.1", "VERSION": "1", "STATUS": "L", "LICENSE": "ru_nfr", "INSTALLED": True}
            ),
        }
        if method not in found:
            raise refused("ERROR_METHOD_NOT_FOUND")
        self._permit(method, params)
        return found[method](params)

    def _permit(self, method: str, params: Params) -> None:
        if method in self.switches.refused_methods:
            raise refused(self.switches.refused_methods[method])
        needed = _USER_SCOPES if method == "user.get" else ("crm",) if method.startswith("crm.") else ()
        if needed and not self.switches.scopes.intersection(needed):
            raise refused("insufficient_scope")
        names = (method, _KINDS.get(_type_of(params), "") if method == "crm.item.list" else "")
        if any(name.startswith(each) for each in self.switches.no_access for name in names):
            raise classic("Access denied.")

    @property
    def portal(self) -> Portal:
        """The tables, made when a method wants them."""
        return self.made()

    # ── lists ────────────────────────────────────────────────────────────────────────

    @property
    def _look(self) -> Look:
        return Look(self.switches.zone)

    def _classic(self, table: Table, params: Params) -> Answer:
        return classic_list(table, params, self._look, self.page_size)

    def _items(self, params: Params) -> Answer:
        kind = _type_of(params)
        table = self.portal.of_type(kind)
        if table is None:
            raise Refusal(400, "NOT_FOUND", "SPA not found")
        if self.switches.ignores_iso_dates and isinstance(params.get("filter"), Mapping):
            kept = {name: told for name, told in params["filter"].items() if "T" not in str(told)}
            params = {**params, "filter": kept}
        answer = universal_list(table, params, self._look, self.page_size, kind=kind)
        names = [str(name) for name in listed(params.get("select"))]
        is_original = str(params.get("useoriginalufnames", "N")).upper() == "Y"
        if self.switches.breaks_original_names and is_original and any("utm" in name.lower() for name in names):
            answer.result = {"items": [[] for _ in answer.result["items"]]}
        return answer

    def _history(self, params: Params) -> Answer:
        kind = _type_of(params)
        if kind not in (_LEAD, _DEAL):
            raise Refusal(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
        table = self.portal.lead_steps if kind == _LEAD else self.portal.deal_steps
        style: Style = "classic" if self.switches.history_as_text else "numbers"
        answer = classic_list(table, params, self._look, self.page_size, style=style)
        answer.result = {"items": answer.result}
        return answer

    def _activities(self, params: Params) -> Answer:
        told = params.get("filter")
        bindings = listed(lowered(told).get("bindings")) if isinstance(told, Mapping) else []
        table, default = self.portal.activities, (("START_TIME", False), ("ID", False))
        if not bindings:
            return classic_list(table, params, self._look, self.page_size, default=default)
        rest = {name: each for name, each in told.items() if name.upper() != "BINDINGS"} if told else {}
        return self._bound(table, bindings, {**params, "filter": rest})

    def _bound(self, table: Table, bindings: Sequence[Any], params: Params) -> Answer:
        """Those of some entities; one that belongs to two of them comes twice."""
        parts: list[Part] = classic_parts(params["filter"], table.fields, self._look)
        pairs = [{str(key).upper(): str(each) for key, each in pair.items()} for pair in bindings if pair]
        keys = [(int(pair.get("OWNER_TYPE_ID", 0)), int(pair.get("OWNER_ID", 0))) for pair in pairs]
        rows = [row for key in keys for row in self.portal.bound.get(key, ()) if all(part.holds(row) for part in parts)]
        rows.sort(key=lambda row: row.id if _first(params.get("order")) == "ID" else row.started)
        page = paged(rows, params, self.page_size)
        few = Table(page.rows, table.fields)
        shown = listing(few, [], {"select": params.get("select"), "start": -1}, self._look, len(page.rows) or 1)
        return Answer(shown.result, page.total, page.next, shown.rows)

    # ── dictionaries and people ──────────────────────────────────────────────────────

    def _categories(self, params: Params) -> Answer:
        if _type_of(params) != _DEAL:
            raise Refusal(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
        rows = self.shown(stages.categories())
        return Answer({"categories": rows}, total=len(rows), rows=len(rows))

    def _users(self, params: Params) -> Answer:
        order = {str(params.get("sort") or "ID").upper(): params.get("order") or "ASC"}
        asked = params.get("filter") or {name: told for name, told in params.items() if name in ("id", "active")}
        rows = self.shown(picked(stages.users(), {"filter": asked, "order": order}))
        if not self.switches.scopes.intersection(("user", "user_basic")):
            rows = [{name: row[name] for name in _BRIEF} for row in rows]
        page = paged(rows, params, self.page_size)
        return Answer(list(page.rows), page.total, page.next, len(page.rows))


def _whole(rows: Sequence[Any]) -> Answer:
    return Answer(rows, total=len(rows), rows=len(rows))


def _type_of(params: Params) -> int:
    told = str(params.get("entitytypeid", ""))
    return int(told) if told.isdigit() else 0


def _first(order: Any) -> str:
    return str(next(iter(order), "")).upper() if isinstance(order, Mapping) else ""
