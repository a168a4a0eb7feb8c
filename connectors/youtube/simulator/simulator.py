"""The routes of the Data API, the Analytics API and Google's token endpoint, over two channels."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.testing.company import Company
from collector.testing.company.calendar import seconds
from collector.testing.simulator import Refused, Simulator
from connectors.youtube.simulator import items, report
from connectors.youtube.simulator.access import GoogleAccess, bearer
from connectors.youtube.simulator.channel import Channel
from connectors.youtube.simulator.refusals import PROJECT, Refusal
from connectors.youtube.simulator.switches import Switches

TOKEN_PATH = "/token"  # noqa: S105 - a path
UNITS = 10_000
MOST_ITEMS, DEFAULT_ITEMS = 50, 5
_PACIFIC = ZoneInfo("America/Los_Angeles")
_PAGE = "EAAa"


class YouTubeSimulator(Simulator):
    """The company's channel, and another company's; `switches` make them less open, `units` run out."""

    connector = "youtube"
    spared = (TOKEN_PATH,)
    page_size = MOST_ITEMS
    exempt: ClassVar = {
        "empty-answer": "a channel has a number of subscribers, if it has nothing else",
        "memory-flat": "a day has seven figures, however large the channel; a test of its own reads 100,000 videos",
    }

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.switches = Switches()
        seed = self.world.seed
        self.channel = self._made(seed, 1, "Shop Channel 🛍")
        self.other = self._made(seed + 1_000, 2, "Quiet Channel")
        self.channels = {each.id: each for each in (self.channel, self.other)}
        self.google = GoogleAccess(
            key=self.secret("key"),
            client_id=f"{PROJECT}-sample.apps.googleusercontent.com",
            client_secret=self.secret("client"),
            refresh_token=self.secret("refresh"),
        )
        self.access = self.google
        self.units = UNITS
        self._used: dict[str, int] = defaultdict(int)

    def _made(self, seed: int, number: int, title: str) -> Channel:
        company = Company(seed, self.today, self.world.days, self.world.size)
        return Channel(company, number=number, title=title)

    # ── what others need ─────────────────────────────────────────────────────────────

    def settings(self, base_url: str) -> dict[str, Any]:
        """As the channel's owner; there is nothing before its first day."""
        return {
            "base_url": base_url,
            "analytics_url": base_url,
            "token_url": f"{base_url}{TOKEN_PATH}",
            "channel_id": self.channel.id,
            "client_id": self.google.client_id,
            "client_secret": self.google.client_secret,
            "refresh_token": self.google.refresh_token,
            "backfill": f"{self.world.days}d",
        }

    def key_settings(self, base_url: str, *, other: bool = False) -> dict[str, Any]:
        """By an API key, of either channel."""
        channel = self.other if other else self.channel
        return {"base_url": base_url, "channel_id": channel.id, "api_key": self.google.key}

    @property
    def company(self) -> Company:
        """The company as it stands now."""
        return self.channel.company.at(self.now())

    def grow(self, records: int) -> None:
        """So many videos; days are as many as there are."""
        self.channel.grow(records)

    def routes(self) -> Sequence[Route]:
        """Google's paths."""
        return [
            Route(TOKEN_PATH, self._token, methods=["POST"]),
            Route("/youtube/v3/channels", self._charged(self._channels)),
            Route("/youtube/v3/playlistItems", self._charged(self._playlist)),
            Route("/youtube/v3/videos", self._charged(self._videos)),
            Route("/v2/reports", self._answered(self._report)),
        ]

    # ── refusals ─────────────────────────────────────────────────────────────────────

    def refuse_access(self, why: Refused) -> Response:
        """A key is told otherwise than a token."""
        del why
        by_key, self.google.by_key = self.google.by_key, False
        return (Refusal.bad_key() if by_key else Refusal.unauthenticated()).answer()

    def forbid(self) -> Response:
        """The channel is not theirs."""
        return Refusal.forbidden().answer()

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """Too many a minute; Google names no time."""
        del wait
        return Refusal.rate().answer()

    def broken(self) -> Response:
        """The vendor's own fault."""
        return Refusal.broken().answer()

    # ── what is charged ──────────────────────────────────────────────────────────────

    def used(self, now: datetime | None = None) -> int:
        """Units of the present day of California."""
        return self._used[(now or self.now()).astimezone(_PACIFIC).date().isoformat()]

    def spend(self, units: int) -> None:
        """Somebody else in the project uses so many."""
        self._used[self.now().astimezone(_PACIFIC).date().isoformat()] += units

    def _charged(self, make: Callable[[Request], Any]) -> Callable[[Request], Any]:
        def paid(request: Request) -> Any:
            if self.switches.disabled:
                raise Refusal.disabled()
            if self.used() >= self.units:
                raise Refusal.quota()
            self.spend(1)
            return make(request)

        return self._answered(paid)

    def _answered(self, make: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            try:
                return JSONResponse(make(request))
            except Refusal as refusal:
                return refusal.answer()

        return answer

    # ── routes ───────────────────────────────────────────────────────────────────────

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        status, body = self.google.answer(form, self.clock.now())
        return JSONResponse(body, status)

    def _channels(self, request: Request) -> Any:
        parts = _listed(request, "part")
        if not parts:
            raise Refusal.missing("part")
        ids = _listed(request, "id")
        if request.query_params.get("mine") == "true":
            if bearer(request) is None:
                raise Refusal.unauthenticated()
            ids = [self.other.id if self.switches.not_owner else self.channel.id]
        found = [self.channels[each] for each in ids if each in self.channels]
        told = [items.channel_item(each, self._at, parts, self.switches) for each in found]
        return items.listing("channel", told, total=len(told), size=DEFAULT_ITEMS)

    def _playlist(self, request: Request) -> Any:
        playlist = request.query_params.get("playlistId")
        channel = next((each for each in self.channels.values() if each.uploads == playlist), None)
        if channel is None or self.switches.no_videos:
            raise Refusal.no_playlist()
        begin = self._begin(request)
        most = min(MOST_ITEMS, self.page_size, max(0, int(request.query_params.get("maxResults", DEFAULT_ITEMS))))
        rows = self.shown(channel.newest_first(self._at), of=lambda each: each.id)
        parts, page = _listed(request, "part"), rows[begin : begin + most]
        told = [items.playlist_item(channel, each, begin + n, self._at, parts) for n, each in enumerate(page)]
        following = f"{_PAGE}{begin + most}" if begin + most < len(rows) else ""
        former = f"{_PAGE}{max(0, begin - most)}" if begin else ""
        return items.listing(
            "playlistItem", told, total=len(rows), size=most, nextPageToken=following, prevPageToken=former
        )

    def _begin(self, request: Request) -> int:
        token = request.query_params.get("pageToken", "")
        if not token:
            return 0
        place = token.removeprefix(_PAGE)
        if self.switches.tokens_expire or not place.isdecimal():
            self.switches.tokens_expire = False
            raise Refusal.page_token()
        return int(place)

    def _videos(self, request: Request) -> Any:
        parts, at = _listed(request, "part"), self._at
        ids = _listed(request, "id")
        if len(ids) > MOST_ITEMS:
            raise Refusal.page_token()
        told = []
        for number in ids:
            for channel in self.channels.values():
                video = channel.found(number, at)
                if video is not None and video.is_there(at):
                    told.append(items.video_item(channel, video, at, parts, self.switches))
        return items.listing("video", told, total=len(told), size=len(ids))

    def _report(self, request: Request) -> Any:
        if bearer(request) is None:
            raise Refusal.unauthenticated()
        if self.switches.no_scope:
            raise Refusal.no_scope()
        whose = request.query_params.get("ids", "").removeprefix("channel==")
        if self.switches.not_owner or whose not in ("MINE", self.channel.id):
            raise Refusal.forbidden()
        metrics, dimensions = _listed(request, "metrics"), _listed(request, "dimensions")
        if dimensions == ["video"] and request.query_params.get("sort") and request.query_params.get("maxResults"):
            return report.of_videos(self.channel, metrics, self._at, int(request.query_params["maxResults"]))
        if dimensions != ["day"]:
            raise Refusal.unsupported()
        first, last = (_day(request, name) for name in ("startDate", "endDate"))
        today = self.now().astimezone(_PACIFIC).date()
        told = report.by_day(self.channel, metrics, first, last, today, self.switches)
        if rows := self._days_shown(told.pop("rows", [])):
            told["rows"] = rows
        return told

    def _days_shown(self, rows: list[list[object]]) -> list[list[object]]:
        """The newest day stays while there are any: days after the last row are not taken back, but not told yet."""
        *earlier, newest = rows or [[]]
        shown = self.shown(earlier, of=lambda row: row[0])
        return [*shown, newest] if newest and self.scene != "empty" else list(shown)

    @property
    def _at(self) -> int:
        return seconds(self.now())


def _listed(request: Request, name: str) -> list[str]:
    """A list, by commas or as a parameter that is repeated."""
    return [each for told in request.query_params.getlist(name) for each in told.split(",") if each]


def _day(request: Request, name: str) -> date:
    told = request.query_params.get(name)
    if not told:
        raise Refusal.missing(name)
    try:
        return date.fromisoformat(told)
    except ValueError as error:
        raise Refusal.unsupported() from error
