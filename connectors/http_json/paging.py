"""The pages of one request: each asked for when the one before has been read, to an end that is sure.

Where the next one is found is a small value (`at`) that can be kept and gone on from.
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from collector.plugin import BadResponse, HttpClient, Json, Response
from connectors.http_json.asking import PageSettings, RequestSettings
from connectors.http_json.expressions import BadExpression, Expression
from connectors.http_json.mapping import Rows
from connectors.http_json.templates import Filler

At = str | int
"""Where a page is: its number, offset, cursor or address."""

_LINK = re.compile(r"<(?P<target>[^>]*)>(?P<params>(?:\s*;\s*[\w*-]+(?:\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]*))?)*)")
_PARAM = re.compile(r";\s*([\w*-]+)(?:\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]*)))?")


@dataclass(frozen=True)
class PageRules:
    """How pages go on, compiled; with no settings there is but one."""

    settings: PageSettings | None
    next: Expression | None = None
    more: Expression | None = None
    total_pages: Expression | None = None
    total: Expression | None = None


@dataclass(frozen=True)
class Page:
    """One answer; `after`: where the next one is, None at the end; `number`: how many the run has read with it."""

    body: Json
    rows: list[Json]
    where: str
    after: At | None
    number: int


def placeholders(pages: PageSettings | None) -> frozenset[str]:
    """The placeholders that pages bring."""
    if pages is None:
        return frozenset()
    place = {pages.by} & {"page", "offset", "cursor"}
    return frozenset(place | ({"size"} if pages.size is not None else set()))


@dataclass(frozen=True)
class Pages:
    """A request with its pages."""

    request: RequestSettings
    headers: Mapping[str, str]
    rules: PageRules
    rows: Rows

    @property
    def can_resume(self) -> bool:
        """Whether a later run may go on at a page."""
        return self.rules.settings is not None and self.rules.settings.resume

    async def read(
        self, client: HttpClient, filler: Filler, *, base: str, at: At | None = None, before_it: int = 0
    ) -> AsyncIterator[Page]:
        """Each page, from `at` on, with `before_it` read in former turns.

        Where those were too many already, one more is read: by then it may be the last.

        Raises:
            BadResponse: a page or its next comes twice, or there is no end to them.
        """
        settings = self.rules.settings
        most = 1 if settings is None else settings.max_pages
        if at is None and settings is not None and settings.by in ("page", "offset"):
            at = settings.first if settings.first is not None else int(settings.by == "page")
        seen, before = {at}, None
        for number in range(before_it + 1, max(most, before_it + 1) + 1):
            response = await self._asked(client, filler, at)
            body = None if response.status == 204 else self._body(response)
            rows = self.rows.of(body, response.where)
            if rows and rows == before:
                raise BadResponse(expected="another page", where=response.where, got="the rows of the page before")
            after = self._after(at, body, rows, response)
            if isinstance(after, str) and settings is not None and settings.by in ("link", "url"):
                after = _joined(self._address(base, filler) if at is None else str(at), after, response)
            if after is not None and after in seen:
                raise BadResponse(expected="another next page", where=response.where, got="one that was read already")
            yield Page(body, rows, response.where, after, number)
            if after is None:
                return
            seen.add(after)
            at, before = after, rows
        raise BadResponse(expected=f"an end within {most} pages (max_pages)", where=response.where, got="more")

    def _body(self, response: Response) -> Json:
        """The body; null is no list without rows, unless it may be without them."""
        body = response.json()
        if body is None and not self.rows.optional:
            raise BadResponse(expected=f"rows at {self.rows.path.text!r}", where=response.where, got="null")
        return body

    async def _asked(self, client: HttpClient, filler: Filler, at: At | None) -> Response:
        settings, asked = self.rules.settings, self.request
        by = "" if settings is None else settings.by
        places: dict[str, At | None] = {by: at, "size": None if settings is None else settings.size}
        filler = Filler(filler.zone, {**filler.fillings, **places})
        wanted = {"accept": "application/json", **_lower(self.headers), **_lower(asked.headers)}
        headers = {name: str(value) for name, text in wanted.items() if (value := filler.text(text)) is not None}
        if by in ("link", "url") and at is not None:
            where, params = str(at), {}
        else:
            where, params = str(filler.text(asked.path)), self._params(filler, at)
        form = None if asked.form is None else filler.json(dict(asked.form))
        return await client.request(
            asked.method,
            where,
            params=params,
            headers=headers,
            json=filler.json(asked.json_body),
            form=None if form is None else {name: str(value) for name, value in form.items()},
        )

    def _params(self, filler: Filler, at: At | None) -> dict[str, Any]:
        settings = self.rules.settings
        params: dict[str, Any] = filler.json(dict(self.request.params))
        if settings is not None and settings.param is not None and at is not None:
            params[settings.param] = at
        if settings is not None and settings.size_param is not None:
            params[settings.size_param] = settings.size
        return params

    def _after(self, at: At | None, body: Json, rows: list[Json], response: Response) -> At | None:
        """What the answer says of the next page; None: there is none."""
        settings = self.rules.settings
        if settings is None or body is None:
            return None
        try:
            if self.rules.more is not None and not self.rules.more.holds(body):
                return None
            if settings.short_page_ends and settings.size is not None and len(rows) < settings.size:
                return None
            match settings.by:
                case "page" | "offset":
                    return self._counted(settings, int(at or 0), body, rows)
                case "link":
                    found: Json = next_link(response.headers.get("link", ""))
                case _:
                    found = None if self.rules.next is None else self.rules.next.of(body)
        except BadExpression as error:
            raise BadResponse(expected=f"the next page at {error}", where=response.where, got=body) from error
        if found is None or found is False or found == "":
            return None
        if isinstance(found, bool | list | dict):
            raise BadResponse(expected="a cursor or an address", where=response.where, got=found)
        return found if isinstance(found, int) else str(found)

    def _counted(self, settings: PageSettings, at: int, body: Json, rows: list[Json]) -> int | None:
        """The next number, unless this page was empty or the last one that the body tells of."""
        first = settings.first if settings.first is not None else int(settings.by == "page")
        if not rows:
            return None
        if settings.by == "page":
            total = None if self.rules.total_pages is None else _count(self.rules.total_pages.of(body))
            return None if total is not None and at - first + 1 >= total else at + 1
        total = None if self.rules.total is None else _count(self.rules.total.of(body))
        return None if total is not None and at - first + len(rows) >= total else at + len(rows)

    def _address(self, base: str, filler: Filler) -> str:
        """The address of the first page, for links that are relative to it."""
        return f"{base.rstrip('/')}/{str(filler.text(self.request.path)).lstrip('/')}"


def _joined(address: str, link: str, response: Response) -> str:
    try:
        return urljoin(address, link)
    except ValueError as error:
        raise BadResponse(expected="an address", where=response.where, got=link) from error


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def next_link(header: str) -> str | None:
    """The target of `rel=next` in a Link header (RFC 8288)."""
    for match in _LINK.finditer(header):
        for name, quoted, plain in _PARAM.findall(match["params"]):
            if name.lower() == "rel" and "next" in (quoted or plain).lower().split():
                return match["target"]
    return None


def _count(found: Json) -> int | None:
    """A number of pages or rows, also where it is written as a text."""
    try:
        return None if found is None else int(found)
    except (TypeError, ValueError) as error:
        raise BadExpression(f"{found!r:.40} is no number") from error
