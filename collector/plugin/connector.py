"""The base of all connectors, and the decorators that make methods into streams.

A stream method yields records; the engine decides when it runs, commits what it yields
and maps what it raises. An `async def` generator does I/O by `self.client`; a plain
generator runs in a worker thread and may read files.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import UnionType
from typing import Any, ClassVar, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from collector.plugin import growth
from collector.plugin.client import HttpClient, Json, Query, Request, Response
from collector.plugin.credentials import Grant, Token
from collector.plugin.durations import parse_duration
from collector.plugin.errors import BadResponse, SourceError
from collector.plugin.limits import Limit, Quota
from collector.plugin.measure import NAME, Measure
from collector.plugin.records import Record
from collector.plugin.settings import ConnectorSettings
from collector.plugin.window import Mark, Part, StreamKind

Cut = tuple[str, ...]
"""One set of dimensions in which a stream gives a measure; `()` is the whole."""

Stability = Literal["experimental", "beta", "stable"]
Yield = Record | Mark
Rows = Iterator[Yield] | AsyncIterator[Yield]
S = TypeVar("S", bound=ConnectorSettings)
F = TypeVar("F", bound=Callable[..., Any])

DAYS_AT_ONCE = 30
"""Days of history that a stream is asked for at once, unless it says otherwise."""

_MARK = "__kpi_collector__"
_KINDS: Mapping[str, StreamKind] = {"window": "window", "since": "since", "part": "part", "now": "now"}


@dataclass(frozen=True)
class Stream:
    """One thing that a connector reads.

    `provides` maps each measure to its cuts (facts, readings); `yields` names the record
    types. `read` takes what its kind says: a Window, Since, Part or Instant. `list_parts`
    (part streams) yields the Parts that exist; `sweep` yields the ids that exist.
    `repeated`: what two facts of one key mean: an `error`, or that their values add up.
    """

    name: str
    kind: StreamKind
    every: timedelta
    read: Callable[..., Rows]
    yields: frozenset[str]
    restates: timedelta | None = None
    provides: Mapping[str, tuple[Cut, ...]] = field(default_factory=dict)
    repeated: Literal["error", "sum"] = "error"
    list_parts: Callable[[], Iterable[Part]] | None = None
    sweep: Callable[[], Iterator[str] | AsyncIterator[str]] | None = None
    rereads: timedelta | None = None
    """How often a since stream is read whole again, for changes of which its vendor does not tell."""
    fields: frozenset[str] | None = None
    """The fields of its entities that the source can fill; None: all that there are."""
    maps_qualified: bool | None = None
    """Whether its leads' statuses tell `qualified`; None: as the connector says."""
    days_at_once: int = DAYS_AT_ONCE
    """How many days of history one window may hold, where a request for more costs the vendor little more."""
    instead_of: frozenset[str] = frozenset()
    """Connectors of ad systems whose spend it gives in their place; beside it they would count twice."""

    def __post_init__(self) -> None:
        if self.kind == "now" and "post" in self.yields:
            object.__setattr__(self, "provides", growth.with_recounts(self.provides))

    @property
    def grows(self) -> frozenset[str]:
        """The measures that come of the growth of its posts."""
        return growth.grown(self.provides) if self.kind == "now" and "post" in self.yields else frozenset()

    def fills(self, name: str) -> bool:
        """Whether its entities may have a field at all: what nobody can tell is not zero."""
        return self.fields is None or name in self.fields


@dataclass(frozen=True)
class _Declared:
    kind: StreamKind
    every: str | timedelta
    restates: str | timedelta | None
    provides: Mapping[str, Sequence[Cut]]
    yields: frozenset[str] | None
    repeated: Literal["error", "sum"]
    rereads: str | timedelta | None


def stream(
    *,
    every: str | timedelta,
    restates: str | timedelta | None = None,
    provides: Mapping[str, Sequence[Cut]] | None = None,
    yields: Iterable[type[Record]] | None = None,
    repeated: Literal["error", "sum"] = "error",
    rereads: str | timedelta | None = None,
) -> Callable[[F], F]:
    """Make a method a stream; its parameter's name (`window since part now`) tells the kind.

    `every`, `restates` and `rereads` are durations (`"1h"`). `yields` is read off the return
    annotation unless it is given.
    """

    def mark(method: F) -> F:
        names = [name for name in inspect.signature(method).parameters if name != "self"]
        if len(names) != 1 or names[0] not in _KINDS:
            raise TypeError(
                f"stream {method.__name__}: takes just one parameter, named window, since, part or now; it has {names}"
            )
        types = None if yields is None else frozenset(kind.type for kind in yields)
        declared = _Declared(_KINDS[names[0]], every, restates, dict(provides or {}), types, repeated, rereads)
        setattr(method, _MARK, ("stream", declared))
        return method

    return mark


def sweep(*, of: str) -> Callable[[F], F]:
    """Make a method the sweep of the stream `of`: it yields the ids that exist, all or none."""
    return lambda method: _marked(method, "sweep", of)


def parts(*, of: str) -> Callable[[F], F]:
    """Make a method the listing of the part stream `of`: it returns the Parts that exist now."""
    return lambda method: _marked(method, "parts", of)


def _marked(method: F, role: str, of: str) -> F:
    setattr(method, _MARK, (role, of))
    return method


@dataclass(frozen=True)
class SourceContext:
    """What a connector may know of the place it works in.

    `measures` are all that are registered; `dimensions` the project's extra ones (name →
    the vendor's field); `folder` is what relative paths are relative to; `now` tells the time.
    """

    project: str
    source: str
    zone: ZoneInfo
    currency: str
    now: Callable[[], datetime]
    measures: Mapping[str, Measure] = field(default_factory=dict)
    dimensions: Mapping[str, str] = field(default_factory=dict)
    folder: str = "."


class Connector(Generic[S]):
    """Reads one kind of system. Subclass as `class Example(Connector[Settings])`.

    Building one does no I/O. `self.settings` are the source's settings, `self.context`
    its place, `self.client` the HTTP client.
    """

    name: ClassVar[str]
    title: ClassVar[str] = ""
    stability: ClassVar[Stability] = "experimental"
    api_version: ClassVar[str] = "1"
    """The major version of `collector.plugin` that it was made for."""
    base_url: ClassVar[str | None] = None
    """The vendor's own address, where the settings have no default for it."""
    hosts: ClassVar[Sequence[str]] = ()
    """Further hosts that requests may go to."""
    follows_redirects: ClassVar[bool] = True
    """Whether a redirect of a GET is followed; where it is not, it comes to `refusal` as an answer."""
    maps_qualified: ClassVar[bool] = False
    """Whether its leads' statuses tell `qualified` without the user naming stages."""
    limits: Sequence[Limit] = ()
    """What the vendor allows; a connector whose settings say it sets it as it is built."""
    settings_type: ClassVar[type[ConnectorSettings]] = ConnectorSettings

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        for base in getattr(cls, "__orig_bases__", ()):
            for argument in get_args(base):
                if isinstance(argument, type) and issubclass(argument, ConnectorSettings):
                    cls.settings_type = argument
        if "name" in cls.__dict__ and not NAME.fullmatch(cls.name):
            raise TypeError(f"connector {cls.name!r}: a name is lower case letters, digits and _, a letter first")

    def __init__(self, settings: S, context: SourceContext, client: HttpClient) -> None:
        self.settings = settings
        self.context = context
        self.client = client
        self._warnings: list[str] = []

    def streams(self) -> Sequence[Stream]:
        """What it reads; by default the methods marked with `@stream`."""
        return _declared_streams(type(self), self)

    async def check(self) -> Sequence[str]:
        """Try the access that the settings give; return what a person should know, raise what refuses."""
        return ()

    # ── what the engine's client asks ────────────────────────────────────────────────

    def grant(self) -> Grant | None:
        """How tokens are come by, where they expire; None: the settings hold all that is needed."""
        return None

    def authorize(self, request: Request, token: Token | None) -> None:
        """Add what the vendor knows us by; `token` is the grant's present one. By default a bearer."""
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token.access.get_secret_value()}"

    def refusal(self, response: Response) -> SourceError | None:
        """The vendor's refusal as an error of the taxonomy; None: go by the status.

        Called for every answer, 2xx too: some vendors refuse with 200.
        """
        del response
        return None

    def quotas(self, response: Response) -> Iterable[Quota]:
        """What an answer (also a refusal) says of quotas."""
        del response
        return ()

    def limit_key(self, name: str) -> str | None:
        """Whose bucket a limit's `key` means, where it is neither `source`, `host` nor `ip`: by default a
        setting's value. None: the source's own.

        Raises:
            TypeError: nobody's: a defect of the connector.
        """
        if name not in type(self.settings).model_fields:
            raise TypeError(f"the limit's key {name!r} is no setting, and limit_key does not know it")
        value = getattr(self.settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        return None if plain is None else str(plain)

    def credentials_expire_at(self) -> datetime | None:
        """When the settings' own key dies, if that can be known (a grant's tokens tell it themselves)."""
        return None

    # ── telling people ───────────────────────────────────────────────────────────────

    def warn(self, message: str) -> None:
        """Tell people something that is no failure; it comes with the poll's report."""
        if len(self._warnings) < 100:  # a report is read by people
            self._warnings.append(message)

    def take_warnings(self) -> tuple[str, ...]:
        """The warnings since the last call."""
        taken, self._warnings = tuple(self._warnings), []
        return taken

    async def pages(
        self,
        path: str,
        *,
        rows: Callable[[Json], Sequence[Json]] | str | None = None,
        page: str = "page",
        first: int = 1,
        **params: Any,
    ) -> AsyncIterator[Json]:
        """Each row of a numbered run of pages (`?page=1`, `2`, …), until one has no rows.

        `rows` finds the rows in a body: a key (`data.items`), or a function; by default the body is the list.
        A page that repeats the one before raises `BadResponse`: the vendor ignores the number.
        """
        number, before = first, None
        while True:
            query: Query = {name: _query(value) for name, value in params.items()} | {page: number}
            body = await self.client.get_json(path, params=query)
            if body is None:  # 204: an empty answer
                return
            found = _rows_of(body, rows, path)
            if not found:
                return
            if found == before:
                raise BadResponse(expected=f"another page {number}", where=f"GET {path}", got="the page before again")
            for row in found:
                yield row
            number, before = number + 1, found

    async def cursor_pages(
        self,
        path: str,
        *,
        next: Callable[[Json], str | None] | str,  # noqa: A002 - what vendors call it
        rows: Callable[[Json], Sequence[Json]] | str | None = None,
        cursor: str = "cursor",
        **params: Any,
    ) -> AsyncIterator[Json]:
        """Each row of a chain of pages: each body names the next page's cursor, the last one names none.

        `next` finds it in a body: a key (`paging.next`), or a function; `cursor` is the parameter that
        takes it. Pages without rows may stand in between. A cursor that comes again raises `BadResponse`.
        """
        asked: set[str] = set()
        query: Query = {name: _query(value) for name, value in params.items()}
        while True:
            body = await self.client.get_json(path, params=query)
            if body is None:  # 204: an empty answer
                return
            for row in _rows_of(body, rows, path):
                yield row
            following = next(body) if callable(next) else _within(body, next)
            if not following:
                return
            if following in asked:
                raise BadResponse(expected="another cursor", where=f"GET {path}", got=following)
            asked.add(following)
            query = {**query, cursor: following}


def _rows_of(body: Json, rows: Callable[[Json], Sequence[Json]] | str | None, path: str) -> Sequence[Json]:
    found = rows(body) if callable(rows) else body if rows is None else _within(body, rows)
    if not isinstance(found, list):
        raise BadResponse(expected="a list of rows", where=f"GET {path}", got=body)
    return found


def _within(body: Json, keys: str) -> Json:
    """What stands at `paging.next`; None where there is no such key."""
    for key in keys.split("."):
        if not isinstance(body, dict):
            return None
        body = body.get(key)
    return body


def _query(value: Any) -> str | int | float | bool | None:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def declared_streams(connector: type[Connector[Any]]) -> tuple[Stream, ...]:
    """The streams that a class declares, to be looked at: nothing can be read by them.

    Raises:
        TypeError: a declaration makes no sense.
    """
    return _declared_streams(connector, connector)


def _declared_streams(
    connector: type[Connector[Any]], owner: Connector[Any] | type[Connector[Any]]
) -> tuple[Stream, ...]:
    found: dict[str, tuple[_Declared, Callable[..., Any]]] = {}
    helpers: dict[tuple[str, str], Callable[..., Any]] = {}
    for name, function in inspect.getmembers(connector, inspect.isfunction):
        match getattr(function, _MARK, None):
            case ("stream", _Declared() as declared):
                found[name] = (declared, getattr(owner, name))
            case (str() as role, str() as of):
                helpers[(role, of)] = getattr(owner, name)
    for role, of in helpers:
        if of not in found:
            raise TypeError(f"{connector.__name__}: @{role}(of={of!r}) names no stream; it has {sorted(found)}")
    return tuple(
        Stream(
            name=name,
            kind=declared.kind,
            every=parse_duration(declared.every),
            restates=None if declared.restates is None else parse_duration(declared.restates),
            provides={measure: tuple(tuple(cut) for cut in cuts) for measure, cuts in declared.provides.items()},
            yields=_yields(method) if declared.yields is None else declared.yields,
            repeated=declared.repeated,
            read=method,
            list_parts=helpers.get(("parts", name)),
            sweep=helpers.get(("sweep", name)),
            rereads=None if declared.rereads is None else parse_duration(declared.rereads),
        )
        for name, (declared, method) in found.items()
    )


def _yields(method: Callable[..., Any]) -> frozenset[str]:
    """The record types in `-> AsyncIterator[Deal | StageChange]`."""
    hint = get_type_hints(method).get("return")
    arguments = get_args(hint)
    if not arguments:
        raise TypeError(f"stream {method.__name__}: say what it yields, as in -> AsyncIterator[Fact]")
    inner = arguments[0]
    kinds = get_args(inner) if get_origin(inner) is UnionType or get_args(inner) else (inner,)
    return frozenset(kind.type for kind in kinds if hasattr(kind, "type"))
