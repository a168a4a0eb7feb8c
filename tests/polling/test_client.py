"""The client against a real socket: limits, repetitions, refusals, and what a hostile answer gets."""

import asyncio
import gzip
import io
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from collector.clock import Clock, SystemClock
from collector.log import set_up
from collector.plugin import (
    BadResponse,
    Connector,
    ConnectorSettings,
    CredentialsRefused,
    Fact,
    Forbidden,
    Quota,
    QuotaExhausted,
    RateLimit,
    RateLimited,
    Request,
    Response,
    SourceContext,
    SourceError,
    TemporaryFailure,
    Token,
    Window,
    stream,
)
from collector.plugin.discovery import ConnectorInfo
from collector.polling import transport, wire
from collector.polling.client import Client
from collector.polling.connections import connect_source
from collector.polling.network import Exchange, Network
from collector.polling.throttle import Shared
from collector.settings.model import Source
from collector.store.buckets import Buckets
from tests.polling.vendor import Answer, Asked, vendor


class Settings(ConnectorSettings):
    """One account."""

    token: SecretStr = SecretStr("s3cret-canary")


class Acme(Connector[Settings]):
    """A vendor whose key goes into the query."""

    name = "acme"

    @stream(every="1h", provides={"sessions": [()]})
    def visits(self, window: Window) -> Iterator[Fact]:
        yield from ()

    def authorize(self, request: Request, token: Token | None) -> None:
        request.params["key"] = self.settings.token.get_secret_value()


class _Waits:
    """Pauses that take no time, and are remembered."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


class _Moving:
    """A clock that moves on by what is slept."""

    def __init__(self, waits: _Waits) -> None:
        self._waits = waits
        self._real = SystemClock()

    def now(self) -> datetime:
        return self._real.now() + timedelta(seconds=sum(self._waits.seconds))

    def monotonic(self) -> float:
        return self._real.monotonic() + sum(self._waits.seconds)


class Setting:
    """A client of a vendor, and how long it has waited."""

    def __init__(
        self,
        url: str,
        kind: type[Connector[Any]] = Acme,
        *,
        store: Path | None = None,
        name: str = "src",
        real: bool = False,
        **settings: object,
    ) -> None:
        self.waits = _Waits()
        clock: Clock = SystemClock() if real else _Moving(self.waits)
        shared = Shared(Buckets(store), clock, sleep=asyncio.sleep if real else self.waits)
        self.seen: list[Exchange] = []
        self.network = Network(shared, observe=self.seen.append)
        values = kind.settings_type.model_validate({"base_url": url, **settings})
        context = SourceContext("default", name, ZoneInfo("UTC"), "RUB", clock.now)
        self.source = Source(name, "default", ConnectorInfo(kind, "test", "1"), values, context, ())
        connection = connect_source(self.source, self.network)
        self.client, self.connector = connection.client, connection.connector

    def run(self, use: Callable[[Client], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            try:
                return await use(self.client)
            finally:
                await self.client.close()

        return asyncio.run(whole())

    def get(self, path: str = "/v1/rows", **params: Any) -> Any:
        return self.run(lambda client: client.get_json(path, params=params))


def answers(*those: Answer) -> Callable[[Asked], Answer]:
    """One after the other; the last one for ever."""
    left = list(those)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


OK = Answer(body={"rows": [1]})


# ── answers ──────────────────────────────────────────────────────────────────────────


def test_a_json_body_comes_with_its_numbers_as_they_were_written() -> None:
    with vendor(lambda _: Answer(body=b'{"a": 0.10, "b": 2}')) as acme:
        assert Setting(acme.url).get() == {"a": Decimal("0.10"), "b": 2}
        assert acme.asked[0].one("key") == "s3cret-canary"


def test_an_empty_answer_by_its_status_is_none_and_an_empty_body_is_bad() -> None:
    with vendor(answers(Answer(204), Answer(body=b""))) as acme:
        setting = Setting(acme.url)

        assert setting.get() is None
        with pytest.raises(BadResponse, match="expected a JSON body, got 'nothing'"):
            setting.get()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>Bad gateway</html>", "<html>"),
        (b'{"rows": [1, 2', "rows"),
        (b'{"a": NaN}', "NaN"),
        (b"[" * 99_999, r"\["),
    ],
)
def test_what_is_no_json_is_told_with_its_first_bytes(body: bytes, told: str) -> None:
    with vendor(lambda _: Answer(body=body)) as acme, pytest.raises(BadResponse, match=told):
        Setting(acme.url).get()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, CredentialsRefused),
        (403, Forbidden),
        (404, BadResponse),
        (429, RateLimited),
        (500, TemporaryFailure),
        (302, BadResponse),
    ],
)
def test_a_status_is_an_error_of_the_taxonomy(status: int, error: type[SourceError]) -> None:
    with vendor(lambda _: Answer(status, b"no")) as acme, pytest.raises(error):
        Setting(acme.url).get()


def test_a_connector_reads_refusals_its_own_way_also_out_of_200() -> None:
    class Polite(Acme):
        def refusal(self, response: Response) -> SourceError | None:
            return Forbidden("needs the right `reports`") if b"error" in response.body else None

    with vendor(lambda _: Answer(body={"error": 7})) as acme, pytest.raises(Forbidden, match="reports"):
        Setting(acme.url, Polite).get()


# ── repetitions ──────────────────────────────────────────────────────────────────────


def test_what_passes_is_asked_again_and_counted() -> None:
    with vendor(answers(Answer(500), Answer(502, b"<html>"), Answer(503), OK)) as acme:
        setting = Setting(acme.url)

        assert setting.get() == {"rows": [1]}
        assert setting.network.counters.frozen().requests["default", "src"] == {"500": 1, "502": 1, "503": 1, "200": 1}


def test_five_attempts_are_enough() -> None:
    with vendor(lambda _: Answer(500)) as acme:
        with pytest.raises(TemporaryFailure, match="answered 500"):
            Setting(acme.url).get()
        assert len(acme.asked) == 5


def test_what_is_refused_for_good_is_asked_once() -> None:
    with vendor(lambda _: Answer(403)) as acme:
        with pytest.raises(Forbidden):
            Setting(acme.url).get()
        assert len(acme.asked) == 1


def test_retry_after_is_kept_in_seconds() -> None:
    with vendor(answers(Answer(429, headers={"Retry-After": "7"}), OK)) as acme:
        setting = Setting(acme.url)
        setting.get()

        assert sum(setting.waits.seconds) == pytest.approx(7, abs=0.5)


def test_retry_after_as_a_date_is_measured_by_the_vendors_own_clock() -> None:
    there = datetime(2020, 1, 1, tzinfo=UTC)  # its clock is years behind
    dates = {
        "Date": format_datetime(there, usegmt=True),
        "Retry-After": format_datetime(there + timedelta(seconds=9), usegmt=True),
    }

    with vendor(answers(Answer(503, headers=dates), OK)) as acme:
        setting = Setting(acme.url)
        setting.get()

        assert sum(setting.waits.seconds) == pytest.approx(9, abs=0.5)


def test_retry_after_as_a_date_of_a_vendor_without_a_clock_is_measured_by_ours() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=9), usegmt=True)
    with vendor(answers(Answer(429, headers={"Retry-After": later}), OK)) as acme:
        setting = Setting(acme.url)
        setting.get()

        assert sum(setting.waits.seconds) == pytest.approx(9, abs=1.5)


def test_a_vendor_that_refuses_for_ever_without_a_word_is_left_alone_for_longer_each_time() -> None:
    with vendor(lambda _: Answer(429)) as acme:
        setting = Setting(acme.url)
        with pytest.raises(RateLimited):
            setting.get()

        assert len(acme.asked) == 5
        assert sum(setting.waits.seconds) >= 14.5  # 1, 2, 4, 8, less what passed meanwhile


def test_a_long_retry_after_ends_the_poll_at_once_and_holds_the_account_for_others_too() -> None:
    with vendor(answers(Answer(429, headers={"Retry-After": "3600"}), OK)) as acme:
        setting = Setting(acme.url)
        with pytest.raises(RateLimited) as refused:
            setting.get()
        assert refused.value.retry_after == timedelta(hours=1)

        with pytest.raises(QuotaExhausted) as waiting:
            setting.get()
        left = waiting.value.until - SystemClock().now()
        assert timedelta(minutes=59) < left <= timedelta(hours=1)
        assert len(acme.asked) == 1


def test_a_source_with_little_time_does_not_spend_it_on_waiting() -> None:
    with vendor(answers(Answer(429, headers={"Retry-After": "30"}), OK)) as acme:
        with pytest.raises(QuotaExhausted):
            Setting(acme.url, timeout="20s").get()
        assert len(acme.asked) == 1


def test_a_poll_that_repeats_too_much_fails() -> None:
    flaky = answers(*[each for _ in range(30) for each in (Answer(500), OK)])
    with vendor(flaky) as acme:
        setting = Setting(acme.url)

        async def often(client: Client) -> None:
            for _ in range(30):
                await client.get_json("/v1/rows")

        with pytest.raises(TemporaryFailure, match="given up, since 10 of this poll's 21 requests were repetitions"):
            setting.run(often)


def test_a_refused_connection_is_temporary_and_names_the_host() -> None:
    with vendor(lambda _: OK) as acme:
        url = acme.url
    with pytest.raises(TemporaryFailure, match=r"no connection to 127\.0\.0\.1"):
        Setting(url).get()


def test_a_name_that_cannot_be_resolved_says_so() -> None:
    with pytest.raises(TemporaryFailure, match=r"the name nowhere\.invalid cannot be resolved"):
        Setting("http://nowhere.invalid").get()


# ── hosts and redirects ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "link",
    [
        "http://evil.example/next",
        "https://127.0.0.1/next",
        "file:///etc/passwd",
        "http://127.0.0.1:1/x",
        "//evil.example/x",
    ],
)
def test_a_link_to_elsewhere_gets_no_request(link: str) -> None:
    with vendor(answers(Answer(302, headers={"Location": link}), OK)) as acme:
        with pytest.raises(BadResponse, match=r"expected an address at 127\.0\.0\.1"):
            Setting(acme.url).get()
        assert len(acme.asked) == 1
    if ":" in link.partition("/")[0]:
        with vendor(lambda _: OK) as acme, pytest.raises(BadResponse, match=r"expected an address at 127\.0\.0\.1"):
            Setting(acme.url).get(link)


def test_a_redirect_at_home_is_followed_with_the_token() -> None:
    with vendor(answers(Answer(302, headers={"Location": "/v2/rows?page=2"}), OK)) as acme:
        assert Setting(acme.url).get() == {"rows": [1]}
        assert (acme.asked[1].path, acme.asked[1].one("page"), acme.asked[1].one("key")) == (
            "/v2/rows",
            "2",
            "s3cret-canary",
        )


def test_a_redirect_at_home_keeps_the_headers_that_were_asked_with() -> None:
    with vendor(answers(Answer(301, headers={"Location": "/v1/rows/"}), OK)) as acme:
        Setting(acme.url).run(lambda client: client.get_json("/v1/rows", headers={"X-Version": "7"}))

        assert [asked.headers.get("x-version") for asked in acme.asked] == ["7", "7"]


def test_a_redirect_to_another_declared_host_carries_no_token() -> None:
    class Two(Settings):
        files_url: str = ""

    class Split(Connector[Two]):
        """Reports lie on a second host."""

        name = "split"

        def authorize(self, request: Request, token: Token | None) -> None:
            request.headers["Authorization"] = f"Bearer {self.settings.token.get_secret_value()}"

    with (
        vendor(lambda _: OK) as files,
        vendor(lambda _: Answer(302, headers={"Location": f"{files.url}/report"})) as acme,
    ):
        assert Setting(acme.url, Split, files_url=files.url).get() == {"rows": [1]}
        assert "authorization" in acme.asked[0].headers
        assert "authorization" not in files.asked[0].headers


def test_a_connector_may_be_told_of_redirects_and_follow_none() -> None:
    class Settled(Acme):
        """For it a redirect means that the account has moved."""

        follows_redirects = False

        def refusal(self, response: Response) -> SourceError | None:
            return Forbidden(f"moved to {response.headers['location']}") if response.status == 301 else None

    with vendor(lambda _: Answer(301, headers={"Location": "https://elsewhere.example/v1/rows"})) as acme:
        with pytest.raises(Forbidden, match=r"moved to https://elsewhere\.example"):
            Setting(acme.url, Settled).get()
        assert len(acme.asked) == 1


def test_redirects_in_a_circle_end() -> None:
    with vendor(lambda _: Answer(302, headers={"Location": "/v1/rows"})) as acme:
        with pytest.raises(BadResponse, match="over 5 redirects"):
            Setting(acme.url).get()
        assert len(acme.asked) == 6


def test_a_redirected_post_is_no_answer() -> None:
    with (
        vendor(lambda _: Answer(307, headers={"Location": "/elsewhere"})) as acme,
        pytest.raises(BadResponse, match="redirect"),
    ):
        Setting(acme.url).run(lambda client: client.post_json("/v1/rows", json={}))


# ── hostile bodies ───────────────────────────────────────────────────────────────────


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST_BYTES", 1_000_000)
    bomb = gzip.compress(b"0" * 50_000_000)
    packed = Answer(body=bomb, headers={"Content-Encoding": "gzip"})
    with vendor(lambda _: packed) as acme, pytest.raises(BadResponse, match="at most 1000000 bytes"):
        Setting(acme.url).get()


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip"])
def test_an_encoding_that_nobody_asked_for_is_refused(encoding: str) -> None:
    packed = Answer(body=b"x", headers={"Content-Encoding": encoding})
    with vendor(lambda _: packed) as acme, pytest.raises(BadResponse, match="a body in gzip"):
        Setting(acme.url).get()


def test_gzip_in_several_members_is_one_body() -> None:
    members = gzip.compress(b'{"rows"') + gzip.compress(b": [1]") + gzip.compress(b"}")

    def in_pieces(write: Callable[[bytes], Any]) -> None:
        write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n")
        for at in range(len(members)):
            write(members[at : at + 1])

    whole = Answer(body=members, headers={"Content-Encoding": "gzip"})
    with vendor(answers(whole, Answer(raw=in_pieces))) as acme:
        setting = Setting(acme.url)
        assert (setting.get(), setting.get()) == ({"rows": [1]}, {"rows": [1]})


def test_a_cut_off_body_is_asked_for_again() -> None:
    whole = gzip.compress(b'{"rows": [1]}')

    def cut(write: Callable[[bytes], Any]) -> None:
        write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")

    def short(write: Callable[[bytes], Any]) -> None:
        write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + whole[:-6])

    good = Answer(body=whole, headers={"Content-Encoding": "gzip"})
    with vendor(answers(Answer(raw=cut), Answer(raw=short), good)) as acme:
        assert Setting(acme.url).get() == {"rows": [1]}
        assert len(acme.asked) == 3


def test_a_body_that_trickles_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST_SECONDS", 0.3)

    def trickle(write: Callable[[bytes], Any]) -> None:
        write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            if not write(b" "):
                return
            time.sleep(0.05)

    with (
        vendor(lambda _: Answer(raw=trickle)) as acme,
        pytest.raises(TemporaryFailure, match=r"no whole answer within 0\.3 s"),
    ):
        Setting(acme.url).get()


def test_a_request_that_the_end_of_the_poll_cuts_off_is_counted() -> None:
    async def cut_off(client: Client) -> None:
        async with asyncio.timeout(0.3):
            await client.get_json("/v1/rows")

    with vendor(lambda _: Answer(raw=lambda _: time.sleep(1))) as acme:
        setting = Setting(acme.url)
        with pytest.raises(TimeoutError):
            setting.run(cut_off)
        assert setting.network.counters.frozen().requests["default", "src"] == {"error": 1}


# ── limits ───────────────────────────────────────────────────────────────────────────


def most_in(times: Sequence[float], seconds: float) -> int:
    """The most requests in any stretch of so many seconds."""
    return max(sum(1 for other in times if begin <= other < begin + seconds) for begin in times)


def _acme(**declared: object) -> type[Connector[Any]]:
    return type("Limited", (Acme,), {"name": "limited", "__doc__": "With limits.", **declared})


def test_no_second_holds_more_than_the_vendor_allows_and_the_reserve_is_left(tmp_path: Path) -> None:
    kind = _acme(limits=[RateLimit(20, per="1s", key="token")])
    with vendor(lambda _: OK) as acme:
        for restart in range(2):  # the second one goes on where the first one was
            sources = [
                Setting(
                    acme.url,
                    kind,
                    store=tmp_path / "c.db",
                    name=f"s{each}",
                    real=True,
                    token=f"account-{each % 2}-{restart * 0}",
                )
                for each in range(4)
            ]

            async def all_of_them(those: list[Setting] = sources) -> None:
                async def one(setting: Setting) -> None:
                    for _ in range(8):
                        await setting.client.get_json("/v1/rows")
                    await setting.client.close()

                await asyncio.gather(*map(one, those))

            asyncio.run(all_of_them())
        for account in ("account-0-0", "account-1-0"):
            times = [asked.at for asked in acme.asked if asked.one("key") == account]
            assert len(times) == 32
            assert most_in(times, 1.0) <= 20
            assert len(times) <= 16 * (times[-1] - times[0] + 1)


def test_without_a_reserve_a_second_holds_no_more_than_the_vendor_allows_though_requests_come_late() -> None:
    kind = _acme(limits=[RateLimit(10, per="1s")])
    with vendor(lambda _: OK) as acme:
        setting = Setting(acme.url, kind, reserve=0, real=True)

        async def ask(client: Client) -> None:
            for _ in range(25):
                await client.get_json("/v1/rows")

        setting.run(ask)
        left = [asked.at for asked in acme.asked]
        late = [at + (0.05 if number % 11 == 0 else 0.0) for number, at in enumerate(left)]
        assert most_in(late, 1.0) <= 10
        assert left[-1] - left[0] < 24 / 10 * 1.1 + 0.5


def test_a_first_request_that_takes_long_to_be_made_does_not_meet_the_second_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real_one, pauses = transport.open_http, [0.5]  # the first time httpx is imported

    def slow(**how: Any) -> Any:
        time.sleep(pauses.pop() if pauses else 0)
        return real_one(**how)

    monkeypatch.setattr(wire, "open_http", slow)
    kind = _acme(limits=[RateLimit(3, per="1s", key="host")])
    with vendor(lambda _: OK) as acme:
        sources = [Setting(acme.url, kind, store=tmp_path / "c.db", name=f"s{each}", real=True) for each in range(2)]

        async def ask() -> None:
            await asyncio.gather(*(each.client.get_json("/v1/rows") for each in sources))
            for each in sources:
                await each.client.close()

        asyncio.run(ask())
        first, second = (asked.at for asked in acme.asked)
        assert second - first > 0.3


def test_a_quota_learnt_from_headers_is_obeyed_and_shown(tmp_path: Path) -> None:
    told = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "20", "X-RateLimit-Reset": "3000"}
    with vendor(lambda _: Answer(body=[], headers=told)) as acme:
        setting = Setting(acme.url, store=tmp_path / "c.db")
        setting.get()

        with pytest.raises(QuotaExhausted):
            setting.get()
        assert setting.network.counters.frozen().quotas_left["default", "src"] == {"requests": 0.2}
        with pytest.raises(QuotaExhausted):  # after a restart too
            Setting(acme.url, store=tmp_path / "c.db").get()
        assert len(acme.asked) == 1


def test_a_quota_out_of_a_body_belongs_to_its_account(tmp_path: Path) -> None:
    class Metered(Acme):
        name = "metered"
        limits = (RateLimit(100, per="1s", key="token"),)

        def quotas(self, response: Response) -> list[Quota]:
            return [Quota("tokens", response.json()["left"], 100, self.client.now() + timedelta(hours=1), key="token")]

    with vendor(lambda asked: Answer(body={"left": 0 if asked.one("key") == "poor" else 90})) as acme:
        poor = Setting(acme.url, Metered, store=tmp_path / "c.db", name="one", token="poor")
        sister = Setting(acme.url, Metered, store=tmp_path / "c.db", name="two", token="poor")
        rich = Setting(acme.url, Metered, store=tmp_path / "c.db", name="three", token="rich")
        poor.get()

        with pytest.raises(QuotaExhausted):
            sister.get()
        assert rich.get() == {"left": 90}


def test_a_call_may_cost_more_than_one() -> None:
    kind = _acme(limits=[RateLimit(1000, per="1h", name="units")])
    with vendor(lambda _: OK) as acme:
        setting = Setting(acme.url, kind, reserve=0)

        async def dear(client: Client) -> None:
            for _ in range(3):
                await client.get_json("/v1/rows", cost={"units": 400})

        with pytest.raises(QuotaExhausted):
            setting.run(dear)
        assert len(acme.asked) == 2


def test_a_limit_of_some_paths_leaves_the_others_alone() -> None:
    kind = _acme(limits=[RateLimit(1, per="1h", paths="/v1/report")])
    with vendor(lambda _: OK) as acme:
        setting = Setting(acme.url, kind, reserve=0)
        setting.get("/v1/report/a")
        setting.get("/v1/rows")

        with pytest.raises(QuotaExhausted):
            setting.get("/v1/report/b")


# ── secrets ──────────────────────────────────────────────────────────────────────────


def test_no_message_and_no_log_shows_a_secret() -> None:
    lines = io.StringIO()
    set_up(level="debug", stream=lines)

    class Hooked(ConnectorSettings):
        webhook_url: SecretStr

    class Portal(Connector[Hooked]):
        """The key is in the path."""

        name = "portal"

    def echo(asked: Asked) -> Answer:
        return Answer(500 if asked.path.endswith("x") else 200, b"no json: " + asked.path.encode())

    with vendor(echo) as acme:
        url = f"{acme.url}/rest/1/canary-of-the-webhook/"
        setting = Setting(url, Portal, webhook_url=url)
        for path in ("deals", "deals.x"):
            with pytest.raises(SourceError) as error:
                setting.get(path)
            assert "canary" not in setting.client.redact(str(error.value))
            assert "canary" not in str(error.value).split(", got")[0]
    logging.getLogger("anyone").error("asked %s", url)
    assert "asked" in lines.getvalue()
    assert "canary" not in lines.getvalue()


def test_a_clock_that_is_ahead_is_noticed() -> None:
    there = format_datetime(datetime.now(UTC) - timedelta(minutes=10), usegmt=True)
    with vendor(
        lambda _: Answer(
            raw=lambda write: write(f"HTTP/1.1 200 OK\r\nDate: {there}\r\nContent-Length: 2\r\n\r\n[]".encode())
        )
    ) as acme:
        setting = Setting(acme.url)
        setting.get()

        assert timedelta(minutes=9, seconds=58) < setting.client.ahead < timedelta(minutes=10, seconds=5)
