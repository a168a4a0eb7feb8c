"""The examples of docs/http_json.md, each against a vendor that answers in that API's shape."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.cli import invoke
from collector.plugin import BadResponse, Deal, Fact, RateLimited, Reading
from connectors.http_json import plugin
from tests.connectors.http_json.live import Live
from tests.polling.bench import NOW
from tests.polling.vendor import Answer, Asked, vendor

DOCS = (Path(__file__).parents[3] / "docs/http_json.md").read_text(encoding="utf-8")


def example(heading: str) -> str:
    """The one source under a heading, without what a test brings itself."""
    section = DOCS.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    (text,) = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    (source,) = yaml.safe_load(text)["sources"].values()
    del source["base_url"], source["connector"]
    return yaml.safe_dump(source, sort_keys=False)


def unix(day: int) -> int:
    return int(datetime(2026, 11, day, 10, tzinfo=UTC).timestamp())


# ── Stripe ───────────────────────────────────────────────────────────────────────────


def transaction(number: int, amount: int, kind: str = "charge", customer: str | None = "cus_1") -> dict[str, Any]:
    source = {"id": f"ch_{number}", "object": "charge", "customer": customer}
    return {
        "id": f"txn_{number}", "object": "balance_transaction", "amount": amount, "created": unix(number),
        "currency": "usd", "fee": 0, "net": amount, "reporting_category": kind, "source": source,
        "status": "available", "type": kind,
    }  # fmt: skip


ALL = [
    transaction(9, 1099),
    transaction(8, -1099, "refund", None),
    transaction(7, -5000, "payout"),
    transaction(6, 250),
]


def stripe(asked: Asked) -> Answer:
    if asked.headers.get("authorization") != "Bearer ${STRIPE_KEY}":
        return Answer(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}})
    if (after := asked.one("starting_after")) is not None and after not in [each["id"] for each in ALL]:
        message = f"No such balance transaction: '{after}'"
        return Answer(400, {"error": {"code": "resource_missing", "type": "invalid_request_error", "message": message}})
    least = int(asked.one("created[gte]") or 0)
    those = [each for each in ALL if each["created"] >= least]
    at = 1 + [each["id"] for each in those].index(after) if after is not None else 0
    page = those[at : at + 2]
    more = at + 2 < len(those)
    return Answer(body={"object": "list", "data": page, "has_more": more, "url": "/v1/balance_transactions"})


def test_stripe_payments_and_refunds_are_won_deals(tmp_path: Path) -> None:
    with vendor(stripe) as acme:
        live = Live(tmp_path, acme.url, example("Stripe"))
        records = live.records("payments")

        assert [(each.id, str(each.amount), each.currency, each.customer_id) for each in records] == [  # type: ignore[union-attr]
            ("txn_6", "2.50", "USD", "cus_1"),
            ("txn_8", "-10.99", "USD", None),
            ("txn_9", "10.99", "USD", "cus_1"),
        ]
        assert [asked.one("starting_after") for asked in acme.asked] == [None, "txn_8"]
        assert acme.asked[0].query["expand[]"] == ["data.source"]
        assert live.poll().ok
        assert (live.total("revenue"), live.total("refunds")) == (Decimal("13.49"), Decimal("10.99"))
        before = live.stored()
        assert live.poll().ok
        assert acme.asked[-1].one("created[gte]") == str(int((NOW - timedelta(minutes=10)).timestamp()))
        assert live.stored() == before


def test_stripe_refuses_with_words(tmp_path: Path) -> None:
    with vendor(stripe) as acme:
        text = example("Stripe").replace("data[-1].id", "data[-1].object")
        with pytest.raises(BadResponse, match="No such balance transaction: 'balance_transaction'"):
            Live(tmp_path, acme.url, text).records("payments")


# ── Shopify ──────────────────────────────────────────────────────────────────────────


def order(number: int, status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": 450789460 + number, "created_at": f"2026-11-{number:02}T09:00:00-05:00", "cancel_reason": None,
        "updated_at": f"2026-11-{number:02}T09:05:00-05:00", "processed_at": f"2026-11-{number:02}T09:01:00-05:00",
        "currency": "EUR", "current_total_price": "403.00", "total_price": "409.94", "financial_status": status,
        "customer": {"id": 207119551}, "source_name": "web", "test": False, **more,
    }  # fmt: skip


def shopify(asked: Asked) -> Answer:
    assert asked.headers["x-shopify-access-token"] == "${SHOPIFY_TOKEN}"
    headers = {"X-Shopify-Shop-Api-Call-Limit": "1/40"}
    path = f"http://{asked.headers['host']}/admin/api/2025-01/orders.json"
    if asked.one("page_info") is None:
        assert asked.one("status") == "any"
        headers["Link"] = f'<{path}?limit=250&page_info=hijgklmn>; rel="next"'
        rows = [order(2, "paid"), order(3, "pending", customer=None), order(3, "paid", test=True)]
        return Answer(body={"orders": rows}, headers=headers)
    assert set(asked.query) == {"page_info", "limit"}  # another parameter beside page_info is refused
    headers["Link"] = f'<{path}?limit=250&page_info=abcdefg>; rel="previous"'
    return Answer(body={"orders": [order(5, "voided", cancel_reason="fraud")]}, headers=headers)


def test_shopify_orders_are_deals(tmp_path: Path) -> None:
    with vendor(shopify) as acme:
        live = Live(tmp_path, acme.url, example("Shopify"))
        paid, pending, voided = (each for each in live.records("orders") if isinstance(each, Deal))

    assert (paid.id, paid.status, paid.amount, paid.currency) == ("450789462", "won", Decimal("403.00"), "EUR")
    assert paid.closed_at == datetime(2026, 11, 2, 14, 1, tzinfo=UTC)
    assert (pending.status, pending.customer_id) == ("open", None)
    assert (voided.status, voided.loss_reason) == ("lost", "fraud")


# ── Plausible ────────────────────────────────────────────────────────────────────────


def plausible(asked: Asked) -> Answer:
    assert (asked.method, asked.path) == ("POST", "/api/v2/query")
    query = json.loads(asked.body)
    first, last = (date.fromisoformat(day) for day in query["date_range"])
    days = [str(first + timedelta(days=number)) for number in range((last - first).days + 1)]
    if query["dimensions"] == ["time:day"]:
        rows = [{"dimensions": [day], "metrics": [10, 8, 30]} for day in days]
        return Answer(body={"results": rows, "meta": {}, "query": query})
    rows = [{"dimensions": [day, name], "metrics": [4]} for day in days for name in ("Direct", "Organic Search")]
    offset = query["pagination"]["offset"]
    return Answer(body={"results": rows[offset : offset + 3], "meta": {"total_rows": len(rows)}, "query": query})


def test_plausible_visits_come_whole_and_by_channel(tmp_path: Path) -> None:
    days: dict[str, Any] = {"since": date(2026, 11, 1), "until": date(2026, 11, 2)}
    with vendor(plausible) as acme:
        live = Live(tmp_path, acme.url, example("Plausible"))
        whole, channels = live.records("visits", **days), live.records("channels", **days)

        assert whole[:3] == [
            Fact(date(2026, 11, 1), "sessions", 10),
            Fact(date(2026, 11, 1), "users_1d", 8),
            Fact(date(2026, 11, 1), "page_views", 30),
        ]
        assert [each.dimensions["vendor_channel"] for each in channels if isinstance(each, Fact)] == [
            "Direct",
            "Organic Search",
        ] * 2
        assert [json.loads(asked.body)["pagination"]["offset"] for asked in acme.asked[1:]] == [0, 3]


# ── WooCommerce, GitHub ──────────────────────────────────────────────────────────────


def test_woocommerce_sales_come_by_day(tmp_path: Path) -> None:
    def woo(asked: Asked) -> Answer:
        assert asked.headers["authorization"].startswith("Basic ")
        assert (asked.one("date_min"), asked.one("date_max")) == ("2026-11-01", "2026-11-02")
        day = {"sales": "14.00", "orders": 3, "items": 6, "tax": "0.00", "shipping": "10.00", "customers": 0}
        empty = {**day, "sales": "0.00", "orders": 0}
        totals = {"2026-11-01": day, "2026-11-02": empty}
        return Answer(body=[{"total_sales": "14.00", "totals_grouped_by": "day", "totals": totals}])

    with vendor(woo) as acme:
        live = Live(tmp_path, acme.url, example("WooCommerce"))
        records = live.records("sales", since=date(2026, 11, 1), until=date(2026, 11, 2))

    assert records == [
        Fact(date(2026, 11, 1), "purchases", 3),
        Fact(date(2026, 11, 1), "web_revenue", Decimal("14.00"), "RUB"),
        Fact(date(2026, 11, 2), "purchases", 0),
        Fact(date(2026, 11, 2), "web_revenue", 0, "RUB"),
    ]


def test_github_stars_are_a_reading_and_its_rate_limit_is_no_lack_of_rights(tmp_path: Path) -> None:
    reset = int(NOW.timestamp()) + 1800
    body = {"id": 1296269, "full_name": "example/project", "stargazers_count": 80, "subscribers_count": 42}
    over = Answer(403, {"message": "API rate limit exceeded for user ID 1."}, {"X-RateLimit-Reset": str(reset)})
    with vendor(lambda _: Answer(body=body)) as acme:
        assert Live(tmp_path / "a", acme.url, example("GitHub")).records("stars") == [
            Reading("followers", Decimal(80), {"network": "github"})
        ]
        assert acme.asked[0].headers["x-github-api-version"] == "2022-11-28"
    with vendor(lambda _: over) as acme, pytest.raises(RateLimited, match="0:30:00"):
        Live(tmp_path / "b", acme.url, example("GitHub")).records("stars")


# ── what is written down ─────────────────────────────────────────────────────────────

BLOCKS = [
    text
    for page in (DOCS, Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8"))
    for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    if text.startswith("sources:")
]


@pytest.mark.parametrize("text", BLOCKS, ids=lambda text: text.split("\n")[1].strip(" :"))
def test_every_source_in_the_docs_is_without_a_mistake(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in re.findall(r"\$\{(\w+)\}", text):
        monkeypatch.setenv(name, "s3cret-of-" + name)
    path = tmp_path / "collector.yml"
    path.write_text("currency: EUR\n" + text, encoding="utf-8")

    assert invoke(["config", "show", "--config", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "s3cret-of" not in shown
    path.write_text(shown, encoding="utf-8")
    assert invoke(["config", "show", "--config", str(path)]) == 0
    assert capsys.readouterr().out == shown


def test_there_are_as_many_examples_as_the_docs_say() -> None:
    assert len(BLOCKS) == 7
