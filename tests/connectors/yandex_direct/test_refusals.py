"""Each refusal of Direct has its state, its reason and a sentence; what is being made is waited for."""

import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import respx

from tests.connectors.yandex_direct.desk import NOW, Desk, empty, headers_of, sample


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


REFUSALS = [
    ("direct_error_53.json", "failed", "credentials_refused", "make a new one with the right direct:api"),
    ("direct_error_53_as_string.json", "failed", "credentials_refused", "OAuth token is missing"),
    ("direct_error_54.json", "failed", "forbidden", "write the login of the client"),
    ("direct_error_58.json", "failed", "forbidden", "wait until it is approved"),
    ("direct_error_1000.json", "failed", "temporary", "Server temporarily unavailable"),
    ("direct_error_4000.json", "failed", "bad_response", "other parameters exists already"),
    ("direct_error_8000.json", "failed", "bad_response", "Unknown field in FieldNames: Costs"),
    ("direct_error_56.json", "waiting", "rate_limited", "rate limit reached"),
    ("direct_error_506.json", "waiting", "rate_limited", "rate limit reached"),
    ("direct_error_152.json", "waiting", "quota", "quota used up"),
    ("direct_error_9000.json", "waiting", "not_ready", "queue of reports is full"),
]


@respx.mock
@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(("name", "state", "reason", "sentence"), REFUSALS)
def test_a_refusal_says_what_to_do(desk: Desk, name: str, state: str, reason: str, sentence: str, status: int) -> None:
    desk.answers(lambda: sample(name, status))

    report = desk.poll()

    assert (report.state, report.reason) == (state, reason)
    assert sentence in (report.message or "")
    assert "sample-token" not in (report.message or "")


@respx.mock
def test_points_that_are_used_up_come_back_by_the_hour(desk: Desk) -> None:
    desk.bench.clock.advance(timedelta(minutes=20))
    desk.answers(client=lambda: sample("direct_error_152.json"))

    assert desk.poll().until == NOW + timedelta(hours=1)


@respx.mock
def test_a_login_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    desk = Desk(tmp_path, client_login="shop-direct")
    desk.answers(lambda: sample("direct_error_54.json", 400))

    assert "may not read the campaigns of shop-direct" in (desk.poll().message or "")
    assert desk.asked[0].headers["client-login"] == "shop-direct"


@respx.mock
def test_a_login_without_an_account_is_told(desk: Desk) -> None:
    desk.answers(lambda: httpx.Response(400, json={"error": {"error_code": 513, "error_string": "x"}}))

    report = desk.poll()

    assert (report.reason, "has no account in Direct" in (report.message or "")) == ("forbidden", True)


@respx.mock
@pytest.mark.parametrize(
    "body", [{"result": {"Clients": []}}, {"result": {"Clients": [{"Login": "x"}]}}, {"result": None}, []]
)
def test_an_account_without_a_currency_is_no_account(desk: Desk, body: object) -> None:
    desk.answers(client=lambda: httpx.Response(200, json=body))

    report = desk.poll()

    assert (report.reason, "Currency" in (report.message or "") or "currency" in (report.message or "")) == (
        "bad_response",
        True,
    )


@respx.mock
def test_points_are_shown(desk: Desk) -> None:
    desk.answers(lambda: httpx.Response(200, text=empty().text, headers={"Units": "10/20828/64000"}))
    desk.poll()

    quotas = desk.bench.network.counters.frozen().quotas_left["default", "src"]
    assert quotas == {"points": pytest.approx(20828 / 64000)}


# ── the queue ────────────────────────────────────────────────────────────────────────


def names(desk: Desk) -> set[str]:
    return {json.loads(request.content)["params"]["ReportName"] for request in desk.asked}


@respx.mock
def test_a_queued_report_is_asked_for_again_just_as_before(desk: Desk) -> None:
    answers = iter([headers_of("direct_201_headers.txt"), headers_of("direct_202_headers.txt"), empty()])
    desk.answers(lambda: next(answers))

    assert desk.poll().state == "done"
    assert len({request.content for request in desk.asked}) == 1
    assert len({json.dumps(sorted(request.headers.items())) for request in desk.asked}) == 1
    assert desk.bench.clock.now() - NOW >= timedelta(seconds=20 + 7)


@respx.mock
def test_each_run_has_a_report_of_its_own(desk: Desk) -> None:
    desk.answers()

    desk.poll()
    desk.poll()

    assert len(names(desk)) == 2


@respx.mock
def test_a_queued_report_outlives_a_restart(desk: Desk, tmp_path: Path) -> None:
    desk.answers(lambda: headers_of("direct_201_headers.txt"))
    assert desk.poll().state == "waiting"
    desk.bench.store.close()
    respx.reset()
    later = Desk(tmp_path)
    later.answers()

    assert later.poll().state == "done"
    assert names(later) == names(desk)


@respx.mock
def test_with_other_settings_it_is_another_report(desk: Desk, tmp_path: Path) -> None:
    desk.answers(lambda: headers_of("direct_201_headers.txt"))
    desk.poll()
    desk.bench.store.close()
    respx.reset()
    later = Desk(tmp_path, include_vat=False)
    later.answers()

    later.poll()

    assert not names(later) & names(desk)


@respx.mock
def test_a_report_that_never_finishes_is_given_up_with_a_sentence(desk: Desk) -> None:
    desk.answers(lambda: headers_of("direct_202_headers.txt"))
    seen = set()
    for _ in range(200):
        report = desk.poll()
        if report.state != "waiting":
            break
        seen.add(report.message)
        assert report.until is not None
        desk.bench.clock.advance(report.until - desk.bench.clock.now())

    assert seen == {"Direct is still making the report (1 in its queue)"}
    assert (report.state, report.reason) == ("failed", "temporary")
    assert f"has not finished the report {names(desk).pop()} since 2026-11-20 10:00 UTC" in (report.message or "")
    assert timedelta(hours=1) <= desk.bench.clock.now() - NOW < timedelta(hours=2)

    desk.poll()
    assert len(names(desk)) == 2, "the next poll asks for another one"


@respx.mock
def test_what_takes_too_long_at_once_is_queued(desk: Desk) -> None:
    answers = iter([httpx.Response(502, text="<html>"), headers_of("direct_201_headers.txt"), empty()])
    desk.answers(lambda: next(answers))

    assert desk.poll().state == "done"
    assert [request.headers["processingmode"] for request in desk.asked] == ["auto", "offline", "offline"]
    assert len(names(desk)) == 2


@respx.mock
def test_without_a_word_it_waits_ten_seconds(desk: Desk) -> None:
    answers = iter([httpx.Response(201), empty()])
    desk.answers(lambda: next(answers))
    desk.poll()

    assert desk.bench.clock.now() - NOW >= timedelta(seconds=10)


@respx.mock
def test_another_currency_stays_what_it_is(desk: Desk) -> None:
    desk.answers(lambda: _today(), client=lambda: sample("direct_clients_get_other_currency.json"))
    desk.poll()

    with desk.bench.store.read() as tx:
        assert set(tx.exec_driver_sql("SELECT DISTINCT currency FROM fact").scalars()) == {"KZT", ""}


def _today() -> httpx.Response:
    text = (empty().text.splitlines()[0]) + "\n2026-11-20\t7\tA\tSEARCH\t10\t1\t5.00\nTotal rows: 1\n"
    return httpx.Response(200, text=text)
