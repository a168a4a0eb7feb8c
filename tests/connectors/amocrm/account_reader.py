"""An account read whole by plain code, as the vendor's contract says, into the company's own terms.

It shares nothing with the connector: what it finds must be what the view of the company says.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import httpx

from collector.clock import FixedClock
from collector.testing.company.calendar import seconds
from collector.testing.company.entities import Customer, Deal, Lead
from collector.testing.company.ways import Tags
from collector.testing.simulator import Running
from connectors.amocrm.simulator import AmocrmSimulator

ANSWERS = ("outgoing_call", "outgoing_chat_message", "outgoing_sms")
WITH = "contacts,loss_reason,source,source_id"

Row = dict[str, Any]


class Account:
    """What an account holds now."""

    def __init__(self, vendor: Running, client: httpx.Client) -> None:
        assert isinstance(vendor.simulator, AmocrmSimulator)
        self.simulator, self.url, self.settings = vendor.simulator, vendor.url, vendor.settings
        self.client = client
        self.qualified = set(vendor.settings["qualified_stages"])
        self.of_deals = set(vendor.settings["deal_stages"])
        self.junk = set(vendor.settings["junk_loss_reasons"])

    @cached_property
    def incoming(self) -> set[tuple[int, int]]:
        """Pipeline and status of what nobody has taken yet."""
        return {
            (pipeline["id"], status["id"])
            for pipeline in self.get("leads/pipelines").json()["_embedded"]["pipelines"]
            for status in pipeline["_embedded"]["statuses"]
            if status["type"] == 1
        }

    def get(self, path: str, params: Mapping[str, object] | None = None, *, token: str | None = None) -> httpx.Response:
        """One answer."""
        bearer = {"Authorization": f"Bearer {token or self.settings['access_token']}"}
        url = path if path.startswith("http") else f"{self.url}/api/v4/{path}"
        told = {key: str(value) for key, value in params.items()} if params else None
        return self.client.get(url, params=told, headers=bearer)

    def pass_by(self, **time: float) -> int:
        """Let the vendor's clock move on; gives the instant before."""
        clock = self.simulator.clock
        assert isinstance(clock, FixedClock)
        before = seconds(clock.now())
        clock.advance(timedelta(**time))
        return before

    def pages(self, path: str, key: str, params: Mapping[str, object] | None = None) -> Iterator[list[Row]]:
        """A list's pages, by the links to the next ones."""
        answer = self.get(path, {"limit": 250, **(params or {})})
        while answer.status_code == 200:
            body = answer.json()
            yield body["_embedded"][key]
            if "next" not in body["_links"]:
                return
            answer = self.get(body["_links"]["next"]["href"])
        assert answer.status_code == 204, answer.text

    def rows(self, path: str, params: Mapping[str, object] | None = None) -> list[Row]:
        """A whole list."""
        return [row for page in self.pages(path, path.rpartition("/")[2], params) for row in page]

    # ── as the company tells it ──────────────────────────────────────────────────────

    def leads_and_deals(self, params: Mapping[str, object] | None = None) -> tuple[list[Lead], list[Deal]]:
        """What the contract's rules make of the rows."""
        moves: dict[int, list[Row]] = defaultdict(list)
        answered: dict[tuple[str, int], list[int]] = defaultdict(list)
        for event in self.rows("events"):
            if event["type"] == "lead_status_changed":
                moves[event["entity_id"]].append(event)  # newest first
            if event["type"] in ANSWERS and event["created_by"]:
                answered[event["entity_type"], event["entity_id"]].append(event["created_at"])
        leads, deals = [], []
        for row in self.rows("leads", {"with": WITH, "order[id]": "asc", **(params or {})}):
            status, reached = self._status(row, moves[row["id"]])
            embedded = row["_embedded"] or {}
            main = [each["id"] for each in embedded.get("contacts", ()) if each["is_main"]]
            firms = [each["id"] for each in embedded.get("companies", ())]
            keys = [("lead", row["id"]), *(("contact", each) for each in main)]
            first = [at for key in keys for at in answered[key] if at >= row["created_at"]]
            tags, click = _marks(row)
            reasons = [each["name"] for each in embedded.get("loss_reason", ())]
            common: Row = {
                "id": row["id"],
                "created": row["created_at"],
                "updated": row["updated_at"],
                "stage": str(row["status_id"]),
                "loss_reason": reasons[0] if reasons else "",
                "contact": main[0] if main else None,
                "company": firms[0] if firms else None,
                "manager": row["responsible_user_id"],
                "pipeline": row["pipeline_id"],
                "tags": tags,
                "click": click,
                "crm_source": str(row["source_id"] or ""),
            }
            leads.append(
                Lead(
                    **common,
                    status=status,
                    ever_qualified=reached or status == "converted",
                    ever_converted=status == "converted",
                    answered=min(first, default=None),
                )
            )
            if status == "converted":
                final = {142: "won", 143: "lost"}.get(row["status_id"], "open")
                amount = row.get("price_with_minor_units")
                cents = int(Decimal(repr(row["price"] if amount is None else amount)) * 100)
                closed = row["closed_at"] if final != "open" else None
                sold: Row = {"closed": closed, "cents": cents, "currency": "RUB", "lead": row["id"], "is_repeat": False}
                deals.append(Deal(**common, status=final, **sold))
        return leads, deals

    def _status(self, row: Row, moves: list[Row]) -> tuple[str, bool]:
        """By the contract's rules, with own deal stages; and whether it was ever qualified."""
        stage = f"{row['pipeline_id']}:{row['status_id']}"
        reached = any(_stage(move["value_after"]) in self.qualified for move in moves)
        reasons = [each["name"] for each in (row["_embedded"] or {}).get("loss_reason", ())]
        if row["status_id"] == 143 and self.junk.intersection(reasons):
            return "junk", reached
        if (row["pipeline_id"], row["status_id"]) in self.incoming:
            return "open", reached
        if row["status_id"] == 142 or stage in self.of_deals:
            return "converted", True
        if row["status_id"] == 143:
            before = next(
                _stage(move["value_before"]) for move in moves if _stage(move["value_after"]).endswith(":143")
            )
            is_deal = before in self.of_deals or before.endswith(":142")
            return ("converted", True) if is_deal else ("lost", reached)
        return ("qualified", True) if stage in self.qualified else ("open", reached)

    def customers(self) -> list[Customer]:
        """The contacts."""
        return [
            Customer(
                id=row["id"],
                created=row["created_at"],
                updated=row["updated_at"],
                company=next((each["id"] for each in row["_embedded"]["companies"]), None),
                merged_into=None,
            )
            for row in self.rows("contacts")
        ]


def _stage(values: list[Row]) -> str:
    status = values[0]["lead_status"]
    return f"{status['pipeline_id']}:{status['id']}"


def _marks(row: Row) -> tuple[Tags, str]:
    """Tags, and which click id there is."""
    told = {
        (each["field_code"] or each["field_name"]).lower(): each["values"][0]["value"]
        for each in row["custom_fields_values"] or ()
    }
    names = ("source", "medium", "campaign", "content", "term")
    clicks = [name for name in ("yclid", "gclid", "rb_clickid") if name in told]
    return Tags(*(told.get(f"utm_{name}", "") for name in names)), clicks[0] if clicks else ""
