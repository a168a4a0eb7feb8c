"""The way to a vendor: certificates, a private authority, a proxy."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import trustme

from collector.plugin import Connector, ConnectorSettings, Deal, Since, TemporaryFailure, stream
from tests.polling.bench import NOW, Bench
from tests.polling.test_client import OK, Setting
from tests.polling.vendor import Answer, Asked, vendor


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    return made


def _server(authority: trustme.CA, *, until: datetime | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_after=until).configure_cert(context)
    return context


def test_a_private_authority_is_trusted_where_it_is_named(tmp_path: Path, authority: trustme.CA) -> None:
    with vendor(lambda _: OK, tls=_server(authority)) as acme:
        assert Setting(acme.url, ca_file=str(tmp_path / "ca.pem")).get() == {"rows": [1]}

        with pytest.raises(TemporaryFailure, match=r"is not accepted: .*name its certificate in `ca_file`") as refused:
            Setting(acme.url).get()
        assert not refused.value.retry


def test_a_certificate_that_expired_is_told_and_not_tried_again(tmp_path: Path, authority: trustme.CA) -> None:
    over = _server(authority, until=datetime.now(UTC) - timedelta(days=1))
    with vendor(lambda _: OK, tls=over) as acme:
        setting = Setting(acme.url, ca_file=str(tmp_path / "ca.pem"))
        with pytest.raises(TemporaryFailure, match="certificate has expired"):
            setting.get()
        assert setting.network.counters.frozen().requests["default", "src"] == {"error": 1}


def test_a_ca_file_that_holds_no_certificate_is_told_by_its_setting(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("nothing")
    for name in ("no.pem", "missing.pem"):
        with pytest.raises(TemporaryFailure, match=rf"ca_file: .*{name}: no certificate"):
            Setting("https://127.0.0.1:1", ca_file=str(tmp_path / name)).get()


def test_a_proxy_is_used_and_its_password_shown_nowhere() -> None:
    with vendor(lambda _: OK) as proxy:
        setting = Setting("http://acme.example", proxy=proxy.url.replace("//", "//user:canary@"))

        assert setting.get("/v1/rows", page=2) == {"rows": [1]}
        assert proxy.asked[0].headers["host"] == "acme.example"
        assert "proxy-authorization" in proxy.asked[0].headers


def test_a_proxy_that_refuses_is_temporary() -> None:
    def refuse(asked: Asked) -> Answer:
        del asked
        return Answer(407, b"no")

    with vendor(refuse) as proxy, pytest.raises(Exception, match="407"):
        Setting("http://acme.example", proxy=proxy.url).get()


def test_two_clients_of_one_loop_do_not_disturb_each_other() -> None:
    with vendor(lambda _: OK) as one, vendor(lambda _: Answer(500)) as other:

        async def both() -> tuple[object, object]:
            good, bad = Setting(one.url), Setting(other.url)
            try:
                return tuple(
                    await asyncio.gather(
                        good.client.get_json("/v1/rows"), bad.client.get_json("/v1/rows"), return_exceptions=True
                    )
                )  # type: ignore[return-value]
            finally:
                await good.client.close()
                await bad.client.close()

        answered, failed = asyncio.run(both())
    assert answered == {"rows": [1]}
    assert isinstance(failed, TemporaryFailure)


class Dated(Connector[ConnectorSettings]):
    """Deals of a vendor that tells the time."""

    name = "dated"

    @stream(every="1h")
    async def deals(self, since: Since) -> AsyncIterator[Deal]:
        for row in await self.client.get_json(
            "/deals", params={"after": since.after.isoformat() if since.after else None}
        ):
            yield Deal(**row)


@pytest.mark.parametrize(("ahead", "after"), [(30, "2026-11-20T09:20:00+00:00"), (-30, "2026-11-20T09:50:00+00:00")])
def test_a_clock_that_is_ahead_of_the_vendors_loses_no_change_and_is_told_of(
    tmp_path: Path, ahead: int, after: str
) -> None:
    there = format_datetime(NOW - timedelta(minutes=ahead), usegmt=True)
    with vendor(lambda _: Answer(200, [], {"Date": there})) as crm:
        bench = Bench(tmp_path, Dated, base_url=crm.url)
        for _ in range(2):
            report = bench.poll()

        assert [asked.one("after") for asked in crm.asked] == [None, after]
    way = "ahead of" if ahead > 0 else "behind"
    assert report.warnings == (f"this machine's clock is 30 min {way} the vendor's, by its answers; set it (NTP)",)
