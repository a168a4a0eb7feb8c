"""Posts: the listing, newest first, and the insights of each, fifty in a request.

The listing goes on while there is a `next`; pages that are too much are asked for in halves.
A post that is gone when its insights are asked for is told as gone, if its parent still answers.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from collector.plugin import (
    BadResponse,
    Forbidden,
    Gone,
    HttpClient,
    Json,
    Post,
    Response,
    SourceError,
    TemporaryFailure,
)
from connectors.meta import mapping, refusals
from connectors.meta.insights import ASKED_AGAIN, VERSION, missing, path
from connectors.meta.objects import Objects

PAGE_SIZE = 100
BATCH = 50
"""Requests in one; each counts all the same."""

_LISTED_MOST = 10_000
"""Media of an Instagram account that Meta lists; older ones are there, and not told of."""

Values = dict[str, int]
"""A post's insights."""


@dataclass(frozen=True)
class Kind:
    """The posts of one network."""

    network: str
    edge: str
    fields: str
    published: str
    metrics: Sequence[str]
    post: Callable[[Json, Mapping[str, int], str], Post]


INSTAGRAM = Kind(
    network=mapping.INSTAGRAM,
    edge="media",
    fields="id,caption,media_type,media_product_type,permalink,timestamp,like_count,comments_count,is_shared_to_feed",
    published="timestamp",
    metrics=("views", "reach", "shares", "saved"),
    post=mapping.instagram_post,
)
FACEBOOK = Kind(
    network=mapping.FACEBOOK,
    edge="published_posts",
    fields="id,created_time,message,permalink_url,status_type,shares,is_published,reactions.limit(0).summary(total_count)"
    ",comments.limit(0).summary(total_count),attachments{media_type}",
    published="created_time",
    metrics=("post_media_view", "post_total_media_view_unique", "post_clicks"),
    post=mapping.facebook_post,
)


class Posts:
    """The posts of one account or page. `refusal` tells what an answer within a batch means."""

    def __init__(
        self,
        kind: Kind,
        parent: str,
        client: Callable[[], HttpClient],
        *,
        refusal: Callable[[Response], SourceError | None],
        warn: Callable[[str], None],
    ) -> None:
        self._kind = kind
        self._parent = parent
        self._client = client
        self._refusal = refusal
        self._warn = warn
        self._objects = Objects(client)
        self._refused: dict[str, tuple[datetime, str]] = {}
        self._without: dict[str, frozenset[str]] = {}

    async def read(self, back_to: datetime | None) -> AsyncIterator[Post | Gone]:
        """Those that were published since an instant, or all of them, as they stand now."""
        parent_answers: bool | None = None
        async for nodes in self._pages(self._kind.fields, back_to):
            listed = [node for node in nodes if _counts(node)]
            for start in range(0, len(listed), BATCH):
                some = listed[start : start + BATCH]
                found = await self._insights([str(node["id"]) for node in some])
                for node in some:
                    insights = found[str(node["id"])]
                    if insights is not None:
                        yield self._kind.post(node, insights, self._where)
                        continue
                    if parent_answers is None:
                        parent_answers = await self._objects.is_there(self._parent)
                    if parent_answers:
                        yield Gone("post", str(node["id"]))
        for name, (_, words) in self._present_refusals().items():
            self._warn(f"Meta tells no {name} of posts any more ({words}): it is left out, the rest goes on")

    async def ids(self) -> AsyncIterator[str]:
        """The ids of all that exist.

        Raises:
            TemporaryFailure: there are more than Meta lists.
        """
        if self._kind is INSTAGRAM:
            body = await self._objects.read(self._parent, "id,media_count")
            count = body.get("media_count")
            if isinstance(count, int) and count > _LISTED_MOST:
                raise TemporaryFailure(
                    f"the account has {count} posts, and Meta lists the newest {_LISTED_MOST}: which of the older ones "
                    "were deleted is not known",
                    retry=False,
                )
        async for nodes in self._pages(f"id,{self._kind.published}", None):
            for node in nodes:
                yield str(node["id"])

    # ── the listing ──────────────────────────────────────────────────────────────────

    @property
    def _where(self) -> str:
        return f"GET /{self._parent}/{self._kind.edge}"

    async def _pages(self, fields: str, back_to: datetime | None) -> AsyncIterator[list[Json]]:
        limit, asked = PAGE_SIZE, {"fields": fields}
        seen: set[str] = set()
        while True:
            answer = await self._client().request(
                "GET",
                path(self._parent, self._kind.edge),
                params={**asked, "limit": limit},
                accept=(*refusals.REFUSED, 500),
            )
            if answer.status >= 400:
                self._raise_unless_too_much(answer, limit)
                limit = max(1, limit // 2)
                continue
            nodes, after = self._read(answer)
            young = [node for node in nodes if back_to is None or self._published(node) >= back_to]
            if young:
                yield young
            if after is None or len(young) < len(nodes):  # newest first: all that follows is older still
                return
            if after in seen:
                raise BadResponse(expected="another cursor", where=answer.where, got=after)
            seen.add(after)
            asked["after"] = after

    def _raise_unless_too_much(self, answer: Response, limit: int) -> None:
        """Of a refusal, only that it was too much at once is to be got over."""
        told = refusals.told(answer)
        if told.is_gone:
            raise Forbidden(missing(self._parent, answer.where, told.message))
        if not told.wants_less:
            raise BadResponse(expected="posts", where=f"{answer.where} answered {answer.status}", got=told.message)
        if limit == 1:
            raise TemporaryFailure(f"{answer.where}: {told.message}, even for one post")

    def _read(self, answer: Response) -> tuple[list[Json], str | None]:
        """The posts of a page, and the next one's cursor; the last one has cursors too, but no `next`."""
        body = answer.json()
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, list) or not all(isinstance(node, dict) and node.get("id") for node in data):
            raise BadResponse(expected="posts under data", where=answer.where, got=body)
        paging = body.get("paging")
        if not isinstance(paging, dict) or not paging.get("next"):
            return data, None
        cursors = paging.get("cursors")
        after = cursors.get("after") if isinstance(cursors, dict) else None
        if not after:
            raise BadResponse(expected="the next page's cursor", where=answer.where, got=sorted(paging))
        return data, str(after)

    def _published(self, node: Json) -> datetime:
        return mapping.published(node, self._kind.published, self._where)

    # ── their insights ───────────────────────────────────────────────────────────────

    async def _insights(self, ids: Sequence[str]) -> dict[str, Values | None]:
        """By id; None: the post is gone. One that the batch does not answer well is asked for alone."""
        found: dict[str, Values | None] = {}
        asked = {each: names for each in ids if (names := self._wanted(each))}
        for each in ids:
            found[each] = {}
        if not asked:
            return found
        batch = [
            {"method": "GET", "relative_url": f"{each}/insights?{urlencode({'metric': ','.join(names)})}"}
            for each, names in asked.items()
        ]
        form = {"batch": json.dumps(batch), "include_headers": "false"}
        answer = await self._client().request("POST", f"/{VERSION}/", form=form)
        rows = answer.json()
        if not isinstance(rows, list) or len(rows) != len(batch):
            raise BadResponse(expected=f"{len(batch)} answers", where=answer.where, got=rows)
        for each, row in zip(asked, rows, strict=True):
            inner = _inner(row, f"GET /{each}/insights")
            is_good = inner is not None and inner.status == 200 and self._refusal(inner) is None
            found[each] = _values(inner) if inner is not None and is_good else await self._alone(each)
        return found

    async def _alone(self, post: str) -> Values | None:
        """The insights of one post, without the metrics that it does not have."""
        found: Values = {}
        names = list(self._wanted(post))
        together = True
        while names:
            some = names if together else names[:1]
            params = {"metric": ",".join(some)}
            answer = await self._client().request("GET", path(post, "insights"), params=params, accept=refusals.REFUSED)
            if answer.status < 400:
                found.update(_values(answer))
                names = names[len(some) :]
                continue
            told = refusals.told(answer)
            if told.is_gone:
                return None
            if told.is_untold:
                self._without[post] = frozenset(self._kind.metrics)
                return {}
            if not told.is_of_metric:
                raise BadResponse(expected="insights of a post", where=answer.where, got=told.message)
            if len(some) > 1:
                together = False
                continue
            self._note(post, names.pop(0), told)
        return found

    def _note(self, post: str, name: str, told: refusals.Told) -> None:
        """A metric that this post does not have, or no post has any more."""
        if "does not support" in told.message:
            self._without[post] = self._without.get(post, frozenset()) | {name}
        else:
            self._refused[name] = (self._client().now(), told.message)

    def _wanted(self, post: str) -> Sequence[str]:
        without, refused = self._without.get(post, frozenset()), self._present_refusals()
        return [name for name in self._kind.metrics if name not in without and name not in refused]

    def _present_refusals(self) -> dict[str, tuple[datetime, str]]:
        now = self._client().now()
        return {name: each for name, each in self._refused.items() if timedelta(0) <= now - each[0] < ASKED_AGAIN}


def _counts(node: Json) -> bool:
    """Drafts and dark posts of advertising are no posts."""
    return node.get("is_published") is not False and node.get("media_product_type") != "AD"


def _values(answer: Response) -> Values:
    return mapping.lifetime(mapping.metrics(answer.json(), answer.where), answer.where)


def _inner(row: Json, where: str) -> Response | None:
    """One answer of a batch; None: Meta had no time for it."""
    if not isinstance(row, dict) or not isinstance(row.get("code"), int) or not isinstance(row.get("body"), str):
        return None
    return Response(row["code"], {}, row["body"].encode(), where)
