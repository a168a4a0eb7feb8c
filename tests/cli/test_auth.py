"""auth: a person signs in at a real token server, by paste and by redirect; and no token is ever shown."""

import io
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from collector.cli import invoke
from collector.cli.consent import NoConsent, NotLoopback, address, answered
from collector.plugin import Connector, ConnectorSettings, Fact, Grant, HttpClient, OAuth2, Token, Window, hookimpl
from collector.plugin import stream as reads
from collector.plugin.discovery import Plugins, discover
from tests.polling.token_server import TokenServer, serving
from tests.polling.token_vendor import Vendor


class Settings(ConnectorSettings):
    server_url: str = ""
    client_secret: SecretStr | None = None
    redirect_uri: str | None = None
    kind: Literal["code", "client_credentials"] | None = "code"
    can_revoke: bool = False


class Revoking(OAuth2):
    async def revoke(self, http: HttpClient, token: Token) -> bool:
        await http.post_json(f"{self.account}/oauth2/revoke", json={"token": token.access.get_secret_value()})
        return True


class Amo(Connector[Settings]):
    name = "amo"

    @reads(every="1h", provides={"sessions": [()]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        yield Fact(day=window.first, measure="sessions", value=1)

    def grant(self) -> Grant | None:
        if self.settings.kind is None:
            return None
        made = Revoking if self.settings.can_revoke else OAuth2
        return made(
            token_url=f"{self.settings.server_url}/oauth2/access_token",
            authorize_url=f"{self.settings.server_url}/oauth" if self.settings.kind == "code" else None,
            client_id="id",
            client_secret=self.settings.client_secret or SecretStr(""),
            kind=self.settings.kind,
            redirect_uri=self.settings.redirect_uri,
            style="json",
            rotates=True,
            account=self.settings.server_url,
        )


class Plugin:
    @hookimpl
    def register_connectors(self) -> list[type[Connector[Any]]]:
        return [Amo]


@dataclass
class Place:
    """A folder with a configuration, a vendor, a terminal."""

    folder: Path
    server: TokenServer
    plugins: Plugins
    capsys: pytest.CaptureFixture[str]
    shown: str = ""

    def configure(self, *, top: str = "", **settings: Any) -> None:
        given = {"server_url": self.server.url, "client_secret": "client-c4n4ry", **settings}
        said = "".join(f"    {name}: {json.dumps(value)}\n" for name, value in given.items())
        text = f"currency: EUR\nstore: sqlite:///c.db\n{top}sources:\n  crm:\n    connector: amo\n{said}"
        (self.folder / "collector.yml").write_text(text)

    def run(self, *arguments: str) -> int:
        code = invoke([*arguments, "--config", str(self.folder / "collector.yml")], plugins=self.plugins)
        self.look()
        return code

    def look(self) -> str:
        told = self.capsys.readouterr()
        self.shown += told.out + told.err
        return told.out

    def status(self, *more: str) -> list[dict[str, Any]]:
        self.look()
        invoke(
            ["auth", "--status", "--format", "json", *more, "--config", str(self.folder / "collector.yml")],
            plugins=self.plugins,
        )
        return [json.loads(line) for line in self.look().splitlines()]


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    with serving(Vendor()) as server:
        made = Place(tmp_path, server, discover(extra=[("amo", Plugin())]), capsys)
        made.configure(redirect_uri="https://me.example/back")
        yield made
        made.look()
        for secret in (server.vendor.current, server.vendor.access, "client-c4n4ry"):
            assert secret is None or secret not in made.shown


class Person:
    """Who opens the address that the terminal shows, and pastes what comes of it."""

    def __init__(self, place: Place, paste: Callable[[str], str]) -> None:
        self._place = place
        self._paste = paste

    def readline(self, *_: int) -> str:
        shown = next(line for line in self._place.look().splitlines() if line.startswith("http"))
        sent = httpx.get(shown).headers["location"]
        return self._paste(sent) + "\n"


@pytest.fixture
def person(place: Place, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], str]], None]:
    return lambda paste: monkeypatch.setattr("sys.stdin", Person(place, paste))


def code_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["code"][0]


# ── signing in ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("paste", [lambda url: url, code_of, lambda url: urlsplit(url).query])
def test_a_person_signs_in_by_pasting_the_address_or_the_code(place: Place, person: Any, paste: Any) -> None:
    person(paste)

    assert place.run("auth", "crm") == 0
    assert "crm: signed in" in place.shown
    assert "unencrypted: set vault_key" in place.shown
    (row,) = place.status()
    assert (row["source"], row["kind"], row["signed_in"], row["encrypted"]) == ("crm", "code", True, False)


def test_with_a_key_it_is_kept_encrypted(place: Place, person: Any) -> None:
    place.configure(top="vault_key: k3y-c4n4ry-k3y-c4n4ry\n", redirect_uri="https://me.example/back")
    person(lambda url: url)

    assert place.run("auth", "crm") == 0
    assert place.status("crm")[0]["encrypted"] is True
    assert "k3y-c4n4ry" not in place.shown
    assert str(place.server.vendor.current).encode() not in b"".join(f.read_bytes() for f in place.folder.glob("c.db*"))


@pytest.mark.parametrize(
    ("paste", "told"),
    [
        (lambda url: url.replace("state=", "state=x"), "the state is not the one that was sent"),
        (lambda url: url.partition("?")[0] + "?code=1", "the state is not the one that was sent"),
        (lambda url: url.replace("code=", "error=access_denied&c="), "consent was not given (access_denied)"),
        (lambda url: url.replace("code=", "c="), "there is no code in it"),
        (lambda _: "stale", "the code was not accepted: the token endpoint answered 400: invalid_grant"),
    ],
)
def test_what_is_no_consent_is_told_with_what_to_do(place: Place, person: Any, paste: Any, told: str) -> None:
    person(paste)

    assert place.run("auth", "crm") == 1
    assert told in place.shown
    assert place.status("crm")[0]["signed_in"] is False


def test_a_code_that_has_expired_is_told_so(place: Place, person: Any) -> None:
    person(lambda _: "stale")
    place.run("auth", "crm")

    assert "Authorization code has expired" in place.shown
    assert "20 to 30 seconds" in place.shown


def test_a_redirect_to_this_machine_signs_in(place: Place) -> None:
    place.configure()
    codes: list[int] = []
    command = threading.Thread(target=lambda: codes.append(place.run("auth", "crm", "--listen", "127.0.0.1:0")))
    command.start()
    url = _shown(place)
    back = parse_qs(urlsplit(url).query)["redirect_uri"][0]
    stranger = httpx.get(back, params={"code": "x", "state": "mine"}, headers={"Accept-Language": "ru"})
    assert (stranger.status_code, "от другой попытки" in stranger.text) == (400, True)
    assert httpx.get(f"{back}favicon.ico").status_code == 404
    page = httpx.get(url, follow_redirects=True, headers={"Accept-Language": "ru"})
    command.join(10)

    assert (page.status_code, "Вход выполнен" in page.text) == (200, True)
    assert codes == [0]
    assert place.status("crm")[0]["signed_in"] is True


def test_a_refusal_by_redirect_is_told_on_the_page_and_the_terminal(place: Place) -> None:
    place.configure()
    codes: list[int] = []
    command = threading.Thread(target=lambda: codes.append(place.run("auth", "crm", "--listen", "127.0.0.1:0")))
    command.start()
    asked = parse_qs(urlsplit(_shown(place)).query)
    page = httpx.get(asked["redirect_uri"][0], params={"error": "access_denied", "state": asked["state"][0]})
    command.join(10)

    assert (page.status_code, "the terminal says why" in page.text, codes) == (400, True, [1])
    assert "consent was not given (access_denied)" in place.shown


def _shown(place: Place) -> str:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        found = [line for line in place.look().splitlines() if line.startswith("http")]
        if found:
            return found[0]
        time.sleep(0.02)
    raise AssertionError("no address was shown")


def test_only_this_machine_may_be_listened_on(place: Place) -> None:
    assert place.run("auth", "crm", "--listen", "0.0.0.0:8000") == 2
    assert "no address of this machine alone" in place.shown
    for listen in ("0.0.0.0:1", "example.com:1", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000"):
        with pytest.raises(NotLoopback):
            address(listen)
    assert address("[::1]:8000") == ("::1", 8000)


def test_client_credentials_need_nobody(place: Place) -> None:
    place.configure(kind="client_credentials")

    assert place.run("auth", "crm") == 0
    assert "nobody's consent is needed; a token is there" in place.shown
    assert place.status("crm")[0]["kind"] == "client_credentials"


def test_a_source_without_a_grant_tells_what_lets_us_in(place: Place) -> None:
    place.configure(kind=None)

    assert place.run("auth", "crm") == 2
    assert "nobody signs in to it. Its settings hold what lets us in: client_secret." in place.shown
    assert place.status() == [{"project": "default", "source": "crm", "kind": "settings", "expires_at": None}]


# ── usage ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name a SOURCE, or say --status"),
        (("crn",), "there is no source 'crn'. Did you mean crm?"),
        (("crm", "--status", "--revoke"), "only one of"),
        (("crm", "--project", "shop"), "no project 'shop'"),
    ],
)
def test_mistakes_in_usage(place: Place, arguments: tuple[str, ...], told: str) -> None:
    assert place.run("auth", *arguments) == 2
    assert told in place.shown


def test_check_warns_of_tokens_that_no_key_seals(place: Place) -> None:
    place.run("check")
    assert "warning: crm: its tokens are kept unencrypted in the store; set vault_key" in place.shown

    place.shown = ""
    place.configure(top="vault_key: k3y-c4n4ry-k3y-c4n4ry\n")
    place.run("check")
    assert "unencrypted" not in place.shown


# ── revoking ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("can_revoke", "told"),
    [(True, "the vendor has revoked the token"), (False, "the vendor was not told, so take the access back")],
)
def test_revoking_says_which_of_both_was_done(place: Place, person: Any, can_revoke: bool, told: str) -> None:
    place.configure(redirect_uri="https://me.example/back", can_revoke=can_revoke)
    person(lambda url: url)
    place.run("auth", "crm")

    assert place.run("auth", "crm", "--revoke") == 0
    assert told in place.shown
    assert place.server.vendor.revoked == ([place.server.vendor.access] if can_revoke else [])
    assert place.status("crm")[0]["signed_in"] is False
    assert place.run("auth", "crm", "--revoke") == 0
    assert "crm: there was no token" in place.shown


def test_a_vendor_that_cannot_be_asked_keeps_the_token_from_being_forgotten(place: Place, person: Any) -> None:
    place.configure(redirect_uri="https://me.example/back", can_revoke=True)
    person(lambda url: url)
    place.run("auth", "crm")
    place.server.vendor.is_down = True

    assert place.run("auth", "crm", "--revoke") == 1
    assert "nothing was forgotten, try again" in place.shown
    assert place.status("crm")[0]["signed_in"] is True


# ── what was pasted ──────────────────────────────────────────────────────────────────


def test_a_vendors_words_do_not_move_the_cursor() -> None:
    with pytest.raises(NoConsent) as told:
        answered("https://me.example/?error=no&error_description=%1B%5B2Jgone%0Aaway&state=s", "s")
    assert str(told.value) == "consent was not given (no: [2Jgone away)"


@pytest.mark.parametrize("pasted", ["", "\n"])
def test_whoever_pastes_nothing_is_told_so(place: Place, monkeypatch: pytest.MonkeyPatch, pasted: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(pasted))

    assert place.run("auth", "crm") == 1
    assert "nothing was pasted" in place.shown
