"""The meta connector: an Instagram professional account and a Facebook page by the Graph API.

Each figure by day is a stream of its own, so that a metric which Meta retires takes none with
it. Read on: `settings`; `instagram` (by `totals`: a day a call) and `facebook` (figures by day);
`posts`; `insights` (names that are refused); `days` (California's); `mapping`; `refusals`;
`tokens` (their end); `objects`, `checking`.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from collector.plugin import (
    Concurrency,
    Connector,
    Gone,
    Grant,
    HttpClient,
    Instant,
    Post,
    Quota,
    Request,
    Response,
    SourceContext,
    SourceError,
    Stream,
    Token,
    hookimpl,
    read_back_to,
)
from connectors.meta import checking, mapping, posts, refusals, tokens
from connectors.meta.facebook import Facebook
from connectors.meta.insights import VERSION, Insights
from connectors.meta.instagram import Instagram
from connectors.meta.objects import Objects
from connectors.meta.settings import FACEBOOK_STREAMS, INSTAGRAM_STREAMS, MetaSettings

POSTS_EVERY = timedelta(hours=1)
USAGE_FALLS = timedelta(minutes=15)
"""How long to wait where usage is high: it is that of the last hour, and falls by and by."""


class Meta(Connector[MetaSettings]):
    """An Instagram account, a Facebook page, or both."""

    name = "meta"
    title = "Instagram and Facebook"
    stability = "beta"
    limits = (Concurrency(4, key="access_token"),)  # how much may be asked is told by each answer; see `quotas`

    def __init__(self, settings: MetaSettings, context: SourceContext, client: HttpClient) -> None:
        super().__init__(settings, context, client)
        self._insights = Insights(self._present_client)
        self._grant = tokens.AccessToken(settings)
        self._other_version = False
        self._streams = [*self._of_account(), *self._of_page()]

    def _present_client(self) -> HttpClient:
        return self.client

    def streams(self) -> Sequence[Stream]:
        """Those of the account, then those of the page."""
        return self._streams

    def _of_account(self) -> Iterator[Stream]:
        account, client = self.settings.instagram_id, self._present_client
        if account is not None:
            names = self.settings.reads(INSTAGRAM_STREAMS)
            yield from Instagram(account, self._insights, Objects(client), names, client).streams()
            if "instagram_posts" in names:
                yield self._posts("instagram_posts", posts.INSTAGRAM, account)

    def _of_page(self) -> Iterator[Stream]:
        page = self.settings.page_id
        if page is not None:
            names = self.settings.reads(FACEBOOK_STREAMS)
            yield from Facebook(page, self._insights, self._present_client, self.warn).streams(names)
            if "facebook_posts" in names:
                # of comments and shares the page has no figures by day
                yield self._posts("facebook_posts", posts.FACEBOOK, page, "comments", "shares")

    def _posts(self, name: str, kind: posts.Kind, parent: str, *grows: str) -> Stream:
        listing = posts.Posts(kind, parent, self._present_client, refusal=self.refusal, warn=self.warn)

        def read(now: Instant) -> AsyncIterator[Post | Gone]:
            return listing.read(read_back_to(now))

        return Stream(
            name=name,
            kind="now",
            every=POSTS_EVERY,
            read=read,
            yields=frozenset({Post.type, Gone.type}),
            provides=dict.fromkeys(grows, (mapping.CUT,)),
            sweep=listing.ids,
        )

    async def check(self) -> Sequence[str]:
        """Ask for the account and the page."""
        return await checking.check(self.settings, self.context, self._present_client)

    # ── what the client asks ─────────────────────────────────────────────────────────

    def grant(self) -> Grant:
        """The settings' token, whose end Meta tells."""
        return self._grant

    def authorize(self, request: Request, token: Token | None) -> None:
        """A bearer; and the app's proof, where its secret is known."""
        super().authorize(request, token)
        if token is not None:
            request.params.update(tokens.proof(self.settings, token.access))

    def refusal(self, response: Response) -> SourceError | None:
        """By Meta's codes. A version that is not ours is told of: figures may mean something else in it."""
        version = response.headers.get("facebook-api-version", VERSION)
        if version != VERSION and not self._other_version:
            self._other_version = True
            self.warn(f"Meta answers as {version}, and not as {VERSION}: kpi-collector wants a newer version")
        return refusals.refusal(response, self.client.now())

    def quotas(self, response: Response) -> Iterable[Quota]:
        """What is left of the app's and the account's hour, in percent."""
        for usage in refusals.usages(response):
            resets = self.client.now() + (usage.returns_in or USAGE_FALLS)
            yield Quota(usage.name, max(0.0, 100 - usage.percent), 100, resets, key="access_token")


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """The connector that this folder holds."""
    return [Meta]
