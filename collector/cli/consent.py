"""How a person's consent comes back: pasted on the terminal, or by the vendor's redirect to this machine.

Behind `auth`. The state is random and must come back as it was sent, so that nobody can
slip in a code of their own. A code lives 20 to 30 seconds at some vendors, so it is
exchanged as soon as it is here.
"""

import asyncio
import hmac
import ipaddress
from collections.abc import Mapping
from html import escape
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from collector.vocabulary.texts import Language, text
from collector.web.negotiation import language

PATIENCE_SECONDS = 600.0
"""How long a redirect is waited for."""

_LONGEST = 16 * 1024  # of a request's head
_READ_SECONDS = 10.0


class NoConsent(Exception):
    """What came back is no consent; its words are for the person at the terminal."""


class NotLoopback(ValueError):
    """An address that is not this machine's alone."""


def answered(pasted: str, state: str) -> dict[str, str]:
    """The vendor's answer in what a person pasted: the whole address, its query, or the bare code.

    Raises:
        NoConsent: there is no code in it, or it belongs to another attempt.
    """
    said = pasted.strip()
    if "://" in said or said.startswith(("/", "?")):
        parts = urlsplit(said)
        found = dict(parse_qsl(parts.query)) or dict(parse_qsl(parts.fragment))
    elif "=" in said and ("code=" in said or "error=" in said):
        found = dict(parse_qsl(said))
    else:
        found = {"code": said, "state": state}
    return checked(found, state)


def checked(found: Mapping[str, str], state: str) -> dict[str, str]:
    """The answer, if it is one to our question.

    Raises:
        NoConsent: consent was refused, there is no code, or the state is not ours.
    """
    if not is_ours(found, state):
        raise NoConsent(
            "the state is not the one that was sent: this address belongs to another attempt, or somebody "
            "has tampered with it. Begin again, and use the new address only"
        )
    if found.get("error"):
        why = readable(found.get("error_description", ""))
        told = readable(found["error"]) + (f": {why}" if why else "")
        raise NoConsent(f"consent was not given ({told})")
    if not found.get("code"):
        raise NoConsent("there is no code in it; paste the whole address that the vendor has sent you to")
    return dict(found)


def is_ours(found: Mapping[str, str], state: str) -> bool:
    """Whether an answer belongs to this attempt."""
    return hmac.compare_digest(found.get("state", "").encode(), state.encode())


def readable(words: str) -> str:
    """A vendor's words on one line, without what a terminal would obey."""
    return "".join(each for each in " ".join(words.split()) if each.isprintable())[:200]


def address(listen: str) -> tuple[str, int]:
    """Host and port of a loopback address.

    Raises:
        NotLoopback: it is none.
    """
    host, separator, port = listen.rpartition(":")
    host = host.strip("[]")
    try:
        alone = host == "localhost" or ipaddress.ip_address(host).is_loopback
        number = int(port)
    except ValueError:
        alone, number = False, -1
    if not separator or not alone or not 0 <= number <= 65535:
        raise NotLoopback(f"{listen!r} is no address of this machine alone; write 127.0.0.1:PORT")
    return host, number


class Redirect:
    """A tiny server for one redirect. Use it as `async with Redirect(…) as redirect`.

    The browser's page waits for `conclude`, so that it tells what has become of the code.
    """

    def __init__(self, host: str, port: int, state: str) -> None:
        self._host = host
        self._port = port
        self._state = state
        self._server: asyncio.Server | None = None
        self._found: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
        self._outcome: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> "Redirect":
        self._server = await asyncio.start_server(self._serve, self._host, self._port, limit=_LONGEST)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.conclude(ok=False)
        if self._server is not None:
            self._server.close()
            await asyncio.sleep(0.1)  # the page is on its way

    @property
    def uri(self) -> str:
        """Where it is reached."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/"

    async def answer(self) -> dict[str, str]:
        """The query of the redirect that is ours; consent or not is still to be looked at (`checked`).

        Raises:
            NoConsent: nobody came.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await asyncio.shield(self._found)
        except TimeoutError:
            raise NoConsent(f"nobody came back within {PATIENCE_SECONDS / 60:g} minutes") from None

    def conclude(self, *, ok: bool) -> None:
        """Say what has become of it, on the page that waits."""
        if not self._outcome.done():
            self._outcome.set_result(ok)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_READ_SECONDS):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status, page = await self._page(head)
            writer.write(_response(status, page))
            await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # not a browser that was sent here
        finally:
            writer.close()

    async def _page(self, head: str) -> tuple[str, str]:
        lines = head.split("\r\n")
        method, target, *_ = [*lines[0].split(" "), "", ""]
        accepted = next((line[16:] for line in lines if line.lower().startswith("accept-language:")), "")
        spoken = language(accepted, "en")
        found = dict(parse_qsl(urlsplit(target).query))
        if method != "GET" or not (found.get("code") or found.get("error")):
            return "404 Not Found", _html("sign_in_waiting", spoken)
        if not is_ours(found, self._state):
            return "400 Bad Request", _html("sign_in_stranger", spoken)
        if not self._found.done():
            self._found.set_result(found)
        ok = await asyncio.shield(self._outcome)
        return ("200 OK", _html("signed_in", spoken)) if ok else ("400 Bad Request", _html("sign_in_failed", spoken))


def _html(key: str, spoken: Language) -> str:
    said = escape(text(key, spoken))
    return (
        f'<!DOCTYPE html><html lang="{spoken}"><meta charset="utf-8"><title>kpi-collector</title><p>{said}</p></html>'
    )


def _response(status: str, page: str) -> bytes:
    body = page.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Content-Security-Policy: default-src 'none'\r\nCache-Control: no-store\r\n"
        "Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
