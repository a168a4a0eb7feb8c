"""What simulators have in common: doors, pages, limits, faults on purpose, a journal without secrets."""

import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from collector.clock import FixedClock
from collector.testing.simulator import (
    Basic,
    Bearer,
    DailyQuota,
    Faults,
    HeaderKey,
    LeakyBucket,
    Running,
    SlidingWindow,
    Tokens,
    World,
    by_cursor,
    by_link,
    by_next_url,
    by_number,
    by_offset,
    running,
    serve,
    simulator_of,
)
from collector.testing.simulator.faults import parse_fault
from collector.testing.simulator.tls import make_authority
from tests.testing.acme.plugin import Acme
from tests.testing.acme.simulator import AcmeSimulator

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def request(query: str = "", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {"type": "http", "method": "GET", "path": "/rows", "query_string": query.encode(), "headers": raw,
         "server": ("vendor.example", 80), "scheme": "http"}
    )  # fmt: skip


@pytest.fixture
def acme() -> Iterator[Running]:
    with running(AcmeSimulator(World(days=30, today=TODAY), clock=FixedClock(NOW))) as found:
        yield found


def ask(acme: Running, **params: str) -> httpx.Response:
    told = {"since": "2026-11-19", "until": "2026-11-20", "page": "1", "key": acme.settings["token"], **params}
    return httpx.get(f"{acme.url}/v1/visits", params=told, trust_env=False)


# ── doors ────────────────────────────────────────────────────────────────────────────


def test_a_key_in_the_query_opens_and_another_one_does_not(acme: Running) -> None:
    assert len(ask(acme).json()["visits"]) == 6
    assert ask(acme, key="other").status_code == 401
    assert ask(acme, key="").json() == {"error": "credentials missing"}


@pytest.mark.parametrize(
    ("access", "good", "bad"),
    [
        (Bearer("t0ken"), {"authorization": "Bearer t0ken"}, {"authorization": "Bearer other"}),
        (HeaderKey("x-key", "k3y"), {"x_key": "k3y"}, {"x_key": "other"}),
        (HeaderKey("authorization", "k3y", "OAuth"), {"authorization": "OAuth k3y"}, {"authorization": "OAuth k"}),
        (Basic("me", "pass"), {"authorization": "Basic bWU6cGFzcw=="}, {"authorization": "Basic bWU6"}),
    ],
)
def test_each_kind_of_door_knows_its_own_key(access: Any, good: dict[str, str], bad: dict[str, str]) -> None:
    assert access.refusal(request(**good), NOW) is None
    assert access.refusal(request(**bad), NOW) == "unknown"
    assert access.refusal(request(), NOW) == "missing"


def test_a_token_runs_out_and_is_renewed_by_a_refresh_token_that_works_once() -> None:
    tokens = Tokens("me", "s3cret", refresh_token="first", single_use=True, lifetime=timedelta(minutes=5))
    asked = {"client_id": "me", "client_secret": "s3cret", "grant_type": "refresh_token", "refresh_token": "first"}

    status, body = tokens.answer(asked, NOW)
    entry = request(authorization=f"Bearer {body['access_token']}")

    assert (status, body["expires_in"]) == (200, 300)
    assert tokens.refusal(entry, NOW) is None
    assert tokens.refusal(entry, NOW + timedelta(minutes=5)) == "expired"
    assert tokens.answer(asked, NOW) == (400, {"error": "invalid_grant"})
    assert tokens.answer(asked | {"refresh_token": str(body["refresh_token"])}, NOW)[0] == 200
    assert {"first", "s3cret", body["access_token"]} <= set(tokens.secrets)


def test_client_credentials_give_a_token_without_a_refresh_token() -> None:
    tokens = Tokens("me", "s3cret")
    asked = {"client_id": "me", "client_secret": "s3cret", "grant_type": "client_credentials"}

    assert "refresh_token" not in tokens.answer(asked, NOW)[1]
    assert tokens.answer(asked | {"client_secret": "other"}, NOW) == (401, {"error": "invalid_client"})


# ── pages ────────────────────────────────────────────────────────────────────────────


def test_every_kind_of_page_gives_all_rows_and_then_ends() -> None:
    rows = list(range(5))

    assert [list(by_number(rows, request(f"page={n}"), size=2)) for n in (1, 2, 3, 4)] == [[0, 1], [2, 3], [4], []]
    assert by_offset(rows, request("offset=4&limit=10"), size=2) == ([4], 5)
    assert by_cursor(rows, request(), size=4) == ([0, 1, 2, 3], "c4")
    assert by_cursor(rows, request("cursor=c4"), size=4) == ([4], None)
    assert by_next_url(rows, request("q=1"), size=4)[1] == "http://vendor.example/rows?q=1&after=c4"
    assert by_link(rows, request("page=1"), size=3)[1] == {"Link": '<http://vendor.example/rows?page=2>; rel="next"'}
    assert by_link(rows, request("page=2"), size=3) == ([3, 4], {})


# ── limits ───────────────────────────────────────────────────────────────────────────


def test_a_sliding_window_lets_so_many_in_and_says_when_the_next_may_come() -> None:
    limit = SlidingWindow(2, per=10)

    told = [limit.early(request(), NOW + timedelta(seconds=at)) for at in (0, 4, 5, 10)]

    assert told == [0, 0, 5, 0]


def test_a_bucket_leaks() -> None:
    limit = LeakyBucket(rate=2, burst=3)

    told = [limit.early(request(), NOW + timedelta(seconds=at)) for at in (0, 0, 0, 0, 0.5)]

    assert told == [0, 0, 0, 0.5, 0]


def test_a_daily_quota_is_whole_again_at_midnight() -> None:
    limit = DailyQuota(1)

    assert limit.early(request(), NOW) == 0
    assert limit.early(request(), NOW) == 14 * 3600
    assert limit.left(request(), NOW) == 0
    assert limit.early(request(), NOW + timedelta(hours=14)) == 0


def test_a_call_too_many_is_refused_and_written_down(acme: Running) -> None:
    answers = [ask(acme) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    assert [entry.number for entry in acme.simulator.journal.overruns] == [6]


# ── faults ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "status"), [("429", 429), ("429-untold", 429), ("401", 401), ("403", 403), ("500", 500), ("502", 502)]
)
def test_a_fault_meets_the_request_it_was_set_for_and_no_other(acme: Running, kind: str, status: int) -> None:
    acme.simulator.faults.once(kind, at=2)

    assert [ask(acme).status_code for _ in range(3)] == [200, status, 200]
    assert [entry.fault for entry in acme.simulator.journal] == [None, kind, None]


def test_only_one_of_the_two_429s_says_how_long_to_wait(acme: Running) -> None:
    acme.simulator.faults.once("429", at=1)
    acme.simulator.faults.once("429-untold", at=2)

    assert [ask(acme).headers.get("retry-after") for _ in range(2)] == ["2", None]


def test_a_body_can_end_in_the_middle_with_and_without_the_connection(acme: Running) -> None:
    acme.simulator.faults.once("malformed", at=1)
    acme.simulator.faults.once("cut", at=2)

    with pytest.raises(json.JSONDecodeError):
        ask(acme).json()
    with pytest.raises(httpx.RemoteProtocolError):
        ask(acme)
    assert ask(acme).status_code == 200


def test_a_vendor_can_be_slow_trickle_and_live_in_another_hour(acme: Running) -> None:
    faults = acme.simulator.faults
    faults.slow_seconds = faults.trickle_seconds = 0.0
    for at, kind in enumerate(("slow", "trickle", "skew"), start=1):
        faults.once(kind, at=at)

    answers = [ask(acme) for _ in range(4)]

    assert {answer.text for answer in answers} == {answers[-1].text}
    assert [answer.headers["date"][17:25] for answer in answers] == ["10:00:00", "10:00:00", "11:00:00", "10:00:00"]


def test_chance_is_the_same_for_the_same_seed() -> None:
    rates = {"429": 0.2, "500": 0.1}
    drawn = [Faults(seed=7, rates=rates).meeting(number) for number in range(1000)]

    assert drawn == [Faults(seed=7, rates=rates).meeting(number) for number in range(1000)]
    assert drawn != [Faults(seed=8, rates=rates).meeting(number) for number in range(1000)]
    assert 150 < drawn.count("429") < 250
    assert 60 < drawn.count("500") < 140


@pytest.mark.parametrize("text", ["418=0.1", "429", "429=2", "429=often"])
def test_a_fault_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        parse_fault(text)


# ── what stands around ───────────────────────────────────────────────────────────────


def test_the_journal_tells_all_but_secrets(acme: Running) -> None:
    ask(acme)

    (entry,) = acme.simulator.journal
    assert (entry.method, entry.path, entry.status) == ("GET", "/v1/visits", 200)
    assert entry.query["since"] == "2026-11-19"
    assert acme.settings["token"] not in repr(entry)


def test_it_speaks_tls_by_an_authority_of_its_own(tmp_path: Path) -> None:
    with running(AcmeSimulator(), tls=make_authority(tmp_path)) as acme:
        context = ssl.create_default_context(cafile=acme.settings["ca_file"])
        answer = httpx.get(f"{acme.url}/v1/followers?key={acme.settings['token']}", verify=context, trust_env=False)

    assert acme.url.startswith("https://127.0.0.1:")
    assert answer.status_code == 200


def test_a_connectors_simulator_is_found_beside_it() -> None:
    assert simulator_of(Acme) is AcmeSimulator


def test_the_first_line_says_how_to_reach_it() -> None:
    code = "from collector.testing.simulator import serve, World\n"
    code += "from datetime import date\nfrom tests.testing.acme.simulator import AcmeSimulator\n"
    code += "serve(AcmeSimulator, world=World(seed=3, today=date(2026, 11, 20)), faults=['500=0.1'])"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            first = json.loads(process.stdout.readline())
            url = f"{first['base_url']}/v1/followers?key={first['settings']['token']}"
            assert httpx.get(url, trust_env=False).status_code == 200
        finally:
            process.terminate()

    assert (first["connector"], first["seed"], first["today"]) == ("acme", 3, "2026-11-20")
    assert Acme.settings_type.model_validate(first["settings"]).base_url == first["base_url"]


@pytest.mark.parametrize("listen", ["9000", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:http"])
def test_an_address_that_is_none_is_refused(listen: str) -> None:
    with pytest.raises(ValueError, match="is no address to listen on"):
        serve(AcmeSimulator, listen=listen)
