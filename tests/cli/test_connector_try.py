"""`connector try`: each answer beside its records, no secret in any of it, also when it fails."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.log import MASK
from tests.polling.vendor import Answer, Asked, Vendor, vendor

CONFIG = """
currency: EUR
sources:
  shop:
    connector: http_json
    base_url: {url}
    auth: {{kind: bearer, token: t0ken-canary}}
    headers: {{Cookie: c00kie-canary}}
    streams:
      orders:
        kind: since
        request: {{path: /orders, params: {{limit: 5, api_key: qu3ry-canary, "since": "{{since}}"}}}}
        pages: {{by: cursor, param: after, next: next_token}}
        record: deal
        rows: orders
        fields: {{id: id, created_at: at, status: {{const: open}}, amount: total, manager: seller}}
"""


def order(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "at": "2026-11-01T10:00:00Z", "total": "5.00", "seller": "ann", "note": "x" * 500, **more}


PAGES: dict[str | None, dict[str, Any]] = {
    None: {
        "orders": [order(number) for number in range(1, 6)],
        "next_token": "page-2",
        "access_token": "issu3d-canary",
    },
    "page-2": {"orders": [order(6, seller="t0ken-canary")], "next_token": "page-3"},
    "page-3": {"orders": [order(7)], "next_token": "page-4"},
    "page-4": {"orders": [order(8)]},
}


def shop(asked: Asked) -> Answer:
    page = PAGES[asked.one("after")]
    echo = {"you_sent": asked.headers["authorization"], "or": asked.one("api_key"), "again": "issu3d-canary"}
    headers = {"X-RateLimit-Remaining": "7", "Set-Cookie": "sid=s3ssion-canary; Path=/", "X-Other": "s3ssion-canary"}
    return Answer(body={**page, "echo": echo}, headers=headers)


Try = Callable[..., Any]


@pytest.fixture
def acme() -> Iterator[Vendor]:
    with vendor(lambda asked: shop(asked)) as running:
        yield running


@pytest.fixture
def attempt(cli: Any, tmp_path: Path, acme: Vendor, monkeypatch: pytest.MonkeyPatch) -> Try:
    def run(*options: str, wanted: str = "shop/orders", columns: int = 100, change: tuple[str, str] = ("", "")) -> Any:
        monkeypatch.setenv("COLUMNS", str(columns))
        text = CONFIG.format(url=acme.url)
        (tmp_path / "collector.yml").write_text(text.replace(*change) if change[0] else text, encoding="utf-8")
        return cli("connector", "try", wanted, *options)

    return run


def test_it_shows_each_request_its_answer_and_the_records_that_came_of_it(attempt: Try, acme: Vendor) -> None:
    told = attempt()

    assert told.code == 0, told.err
    text = told.out
    assert text.index("GET http://127.0.0.1") < text.index("200, ") < text.index("→ deal 1") < text.index("request 2")
    assert "limit=5" in text
    assert "→   amount: 5.00" in text
    assert "< x-ratelimit-remaining: 7" in text
    assert '"next_token": "page-2"' in text  # a cursor is no secret
    assert 'checkpoint {"of": ' in text
    assert "xxx… (500 characters)" in text
    assert len(acme.asked) == 3


def test_it_says_what_it_leaves_out(attempt: Try) -> None:
    text = attempt().out

    assert '"… 2 more"' in text
    assert "… 2 more records" in text
    assert "shop/orders: 3 requests, 7 records; there is more, which --limit leaves out" in text
    assert "4 requests, 8 records\n" in attempt("--limit", "0").out
    assert "more records" not in attempt("--full").out


@pytest.mark.parametrize(
    "options", [(), ("--full", "--limit", "0"), ("--format", "json"), ("--format", "json", "--full")]
)
@pytest.mark.parametrize("columns", [80, 160])
def test_no_secret_is_shown_not_even_in_the_vendors_echo(attempt: Try, options: tuple[str, ...], columns: int) -> None:
    told = attempt(*options, columns=columns)

    assert told.code == 0, told.err
    for secret in ("t0ken", "qu3ry", "c00kie", "s3ssion", "issu3d"):
        assert secret not in told.out + told.err
    assert MASK in told.out


def test_on_a_wide_terminal_answers_and_records_stand_side_by_side(attempt: Try) -> None:
    lines = attempt(columns=160).out.splitlines()

    assert any(line.startswith("GET http") and "│ deal 1" in line for line in lines)
    assert max(map(len, lines)) <= 160


def test_programs_get_an_object_for_each_exchange_and_one_for_the_end(attempt: Try) -> None:
    *steps, end = (json.loads(line) for line in attempt("--format", "json").out.splitlines())

    assert [len(step["records"]) for step in steps] == [4, 2, 2]  # three of five, and the checkpoint
    assert steps[0]["records_left_out"] == 2
    assert steps[0]["request"]["headers"]["Authorization"] == MASK
    assert steps[0]["response"]["status"] == 200
    assert steps[0]["records"][0]["type"] == "deal"
    assert end == {"stream": "shop/orders", "ended": "stopped", "reason": None, "message": None}


def test_a_stream_that_fails_shows_what_came_till_then_and_why(attempt: Try) -> None:
    told = attempt(change=("total, manager", "totl, manager"))

    assert told.code == 1
    assert "200, " in told.out
    assert "1 requests, 0 records" in told.out
    assert "shop/orders: bad_response: GET 127.0.0.1/orders, row 1 (id 1): expected a deal, but amount" in told.err


def test_a_refusal_is_shown_with_its_reason(cli: Any, tmp_path: Path) -> None:
    with vendor(lambda asked: Answer(403, {"error": f"key {asked.headers['authorization']} lacks a right"})) as acme:
        (tmp_path / "collector.yml").write_text(CONFIG.format(url=acme.url), encoding="utf-8")
        told = cli("connector", "try", "shop")

    assert told.code == 1
    assert "403, " in told.out
    assert "shop/orders: forbidden: " in told.err
    assert "canary" not in told.out + told.err


def test_what_a_vendor_writes_can_do_nothing_to_the_terminal(cli: Any, tmp_path: Path) -> None:
    with vendor(lambda _: Answer(500, "<html>\x1b[2J\x9b31m\u202eevil".encode())) as acme:
        text = CONFIG.format(url=acme.url).replace("headers:", "timeout: 1s\n    headers:")
        (tmp_path / "collector.yml").write_text(text, encoding="utf-8")
        told = cli("connector", "try", "shop")

    assert "evil" in told.out
    assert not {"\x1b", "\x9b", "\u202e"} & set(told.out)


def test_no_answer_at_all_is_shown_too(cli: Any, tmp_path: Path) -> None:
    with vendor(lambda _: Answer()) as acme:
        url = acme.url
    (tmp_path / "collector.yml").write_text(
        CONFIG.format(url=url).replace("headers:", "timeout: 1ms\n    headers:"), encoding="utf-8"
    )
    told = cli("connector", "try", "shop/orders")

    assert told.code == 1
    assert "shop/orders: timeout: no end within" in told.err


def test_a_source_of_files_shows_its_records(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("d,a\n2026-11-01,5\n", encoding="utf-8")
    os.utime(tmp_path / "orders.csv", (1_793_000_000, 1_793_000_000))  # what is fresh may still be written
    (tmp_path / "collector.yml").write_text(
        "currency: EUR\nsources:\n  files: {connector: csv, record: deal, path: orders.csv, "
        "columns: {closed_at: d, amount: a}, constants: {status: won}}\n",
        encoding="utf-8",
    )
    told = cli("connector", "try", "files")

    assert told.code == 0, told.err
    assert "→ deal orders.csv:2" in told.out
    assert "files/rows: 0 requests, 1 records" in told.out


def test_an_unknown_source_is_a_mistake(attempt: Try) -> None:
    told = attempt(wanted="shop/order")

    assert told.code == 2
    assert "no source or stream 'shop/order'; did you mean shop/orders?" in told.err
