"""/metrics: the snapshot's bytes, in the format and compression that the client reads.

Plain ASGI, since this is the one answer that is asked for all day: nothing here touches
the network, the store or a formula.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from collector.snapshot.render import CONTENT_TYPES, Format
from collector.snapshot.snapshot import EMPTY, Body, Snapshot
from collector.web.live import Live
from collector.web.negotiation import metrics_format, takes_gzip
from collector.web.state import WebState, waiting_for

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

_PLAIN: Header = (b"content-type", b"text/plain; charset=utf-8")
_NO_SNIFFING: Header = (b"x-content-type-options", b"nosniff")
_VARY: Header = (b"vary", b"Accept, Accept-Encoding")
_GZIP: Header = (b"content-encoding", b"gzip")


class _Unanswerable(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Metrics:
    """The endpoint, an ASGI application."""

    def __init__(self, state: WebState) -> None:
        self._state = state
        self._live = Live()
        self._types: dict[Format, Header] = {
            form: (b"content-type", type_.encode()) for form, type_ in CONTENT_TYPES.items()
        }

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            await _answer(send, 405, [_PLAIN, (b"allow", b"GET, HEAD")], [b"/metrics is read with GET.\n"], "GET")
            return
        accept, encoding = _accepts(scope["headers"])
        form = metrics_format(accept)
        try:
            body, live = self._chosen(scope["query_string"], form)
        except _Unanswerable as error:
            await _answer(send, error.status, [_PLAIN], [f"{error}\n".encode()], method)
            return
        headers = [self._types[form], _VARY]
        if takes_gzip(encoding):
            await _answer(send, 200, [*headers, _GZIP], body.gzip(live), method)
        else:
            await _answer(send, 200, headers, body.identity(live), method)

    def _chosen(self, query: bytes, form: Format) -> tuple[Body, bytes]:
        snapshot = self._state.snapshot
        asked = parse_qs(query.decode("latin-1"), keep_blank_values=True) if query else {}
        projects, names = asked.get("project"), asked.get("name[]")
        if projects is not None:
            _check_projects(projects, snapshot, self._state)
        live = self._live.nothing(form) if projects else self._own(names, form)
        if snapshot is None:
            return EMPTY, live
        if projects is not None and len(projects) == 1 and names is None:
            return snapshot.project_body(projects[0], form), live
        if projects is None and names is None:
            return snapshot.bodies[form], live
        return snapshot.select(form, projects=_set(projects), names=_set(names)), live

    def _own(self, names: list[str] | None, form: Format) -> bytes:
        return self._live.everything(form) if names is None else self._live.only(names, form)


def _set(given: list[str] | None) -> set[str] | None:
    return None if given is None else set(given)


def _check_projects(projects: Iterable[str], snapshot: Snapshot | None, state: WebState) -> None:
    if snapshot is None:
        raise _Unanswerable(503, f"Not ready: {waiting_for(state)}.")
    known = {project.name for project in snapshot.projects}
    for project in projects:
        if project not in known:
            raise _Unanswerable(404, f"There is no project {project!r}; there are: {', '.join(sorted(known))}.")


def _accepts(headers: Iterable[Header]) -> tuple[str, str]:
    """Accept and Accept-Encoding; a header that is given twice counts as one list."""
    accept, encoding = [], []
    for name, value in headers:
        if name == b"accept":
            accept.append(value.decode("latin-1"))
        elif name == b"accept-encoding":
            encoding.append(value.decode("latin-1"))
    return ",".join(accept), ",".join(encoding)


async def _answer(send: Send, status: int, headers: list[Header], pieces: list[bytes], method: str) -> None:
    length = (b"content-length", str(sum(map(len, pieces))).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length, _NO_SNIFFING]})
    if method == "HEAD":
        pieces = [b""]
    for piece in pieces[:-1]:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": pieces[-1]})
