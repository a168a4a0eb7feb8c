"""The methods of the Bot API, and the public pages, over two channels with a bot each."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from collector.testing.company import Company
from collector.testing.company.calendar import seconds
from collector.testing.simulator import Refused, Simulator
from connectors.telegram.simulator import page
from connectors.telegram.simulator.asked import Refusal, listed, parameters, whole
from connectors.telegram.simulator.bots import Bot, TokenInPath, made_token, token_of
from connectors.telegram.simulator.channel import Channel
from connectors.telegram.simulator.queue import KEPT, Queue
from connectors.telegram.simulator.switches import Switches

MOST_UPDATES, LONGEST_WAIT = 100, 50
LOOKS_EVERY = 0.1
_OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
_WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
_RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
    "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories", "can_post_messages", "can_edit_messages", "can_pin_messages",
    "can_manage_topics", "can_manage_direct_messages", "can_manage_tags", "can_send_welcome_messages",
)  # fmt: skip


class TelegramSimulator(Simulator):
    """The company's channel, and another company's; `switches` make them less open."""

    connector = "telegram"
    page_size = 20
    exempt: ClassVar = {
        "empty-answer": "a channel has a number of members, if it has nothing else",
        "last-page": "views move on while the connector waits between two pages; its own tests try pages of every size",
    }

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.switches = Switches()
        seed = self.world.seed
        self.bot = self._made(seed, 1, "sample_shop")
        self.other = self._made(seed + 1_000, 2, "sample_other")
        self.bots = {each.token: each for each in (self.bot, self.other)}
        self.access = TokenInPath(tuple(self.bots))

    def _made(self, seed: int, number: int, name: str) -> Bot:
        company = Company(seed, self.today, self.world.days, self.world.size)
        channel = Channel(company, number=number, name=name, title=f"Sample {name} 🛍")
        bot_id = 700_000_000 + seed * 10 + number
        queue = Queue(channel.events, seconds(self.now()) - KEPT)
        return Bot(bot_id, made_token(bot_id, self.secret(name)), channel, queue)

    # ── what others need ─────────────────────────────────────────────────────────────

    def settings(self, base_url: str) -> dict[str, Any]:
        """The company's channel, with its public page."""
        return self._settings(base_url, self.bot)

    def other_settings(self, base_url: str) -> dict[str, Any]:
        """The other company's."""
        return self._settings(base_url, self.other)

    def _settings(self, base_url: str, bot: Bot) -> dict[str, Any]:
        return {
            "base_url": base_url,
            "preview_url": base_url,
            "channel": f"@{bot.channel.name}",
            "bot_token": bot.token,
            "preview": True,
        }

    @property
    def company(self) -> Company:
        """The company as it stands now."""
        return self.bot.channel.company.at(self.now())

    def routes(self) -> Sequence[Route]:
        """The Bot API's one path, and the public page's."""
        return [
            Route("/bot{token}/{method}", self._method, methods=["GET", "POST"]),
            Route("/s/{name}", self._page),
        ]

    # ── refusals ─────────────────────────────────────────────────────────────────────

    def refuse_access(self, why: Refused) -> Response:
        """Telegram does not say why."""
        del why
        return Refusal(401, "Unauthorized").answer()

    def forbid(self) -> Response:
        """The bot is not there."""
        return Refusal(403, "Forbidden: bot is not a member of the channel chat").answer()

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """The time stands in the body."""
        if wait is None:
            return Refusal(429, "Too Many Requests").answer()
        after = max(1, math.ceil(wait.total_seconds()))
        return Refusal(429, f"Too Many Requests: retry after {after}", retry_after=after).answer()

    def broken(self) -> Response:
        """It restarts."""
        return Refusal(500, "Internal Server Error: restart").answer()

    # ── the Bot API ──────────────────────────────────────────────────────────────────

    async def _method(self, request: Request) -> Response:
        bot = self.bots[str(token_of(request.url.path))]
        bot.queue.listen(seconds(self.now()))
        try:
            told = await parameters(request)
            match request.path_params["method"].lower():
                case "getme":
                    result: object = bot.user()
                case "getchat":
                    result = self._chat(self._channel(bot, told))
                case "getchatmembercount" | "getchatmemberscount":
                    result = self._channel(bot, told).members(seconds(self.now()))
                case "getchatmember":
                    result = self._member(bot, told)
                case "getchatadministrators":
                    result = [self._member(bot, told)]
                case "getupdates":
                    result = await self._updates(bot, told)
                case "getwebhookinfo":
                    url = "https://hooks.example/bot" if self.switches.webhook else ""
                    result = {"url": url, "has_custom_certificate": False, "pending_update_count": len(bot.queue)}
                case "deletewebhook":
                    self.switches.webhook, result = False, True
                case _:
                    raise Refusal(404, "Not Found: method not found")
        except Refusal as refusal:
            return refusal.answer()
        return JSONResponse({"ok": True, "result": result})

    def _channel(self, bot: Bot, told: Mapping[str, Any]) -> Channel:
        asked = str(told.get("chat_id", ""))
        if not asked:
            raise Refusal(400, "Bad Request: chat_id is empty")
        channel = next((each.channel for each in self.bots.values() if _is(each.channel, asked)), None)
        if channel is None or (self.switches.is_private and asked.startswith("@")):
            raise Refusal(400, "Bad Request: chat not found")
        if self.switches.kicked:
            raise Refusal(403, "Forbidden: bot was kicked from the channel chat")
        if self.switches.is_private and channel is not bot.channel:
            raise Refusal(403, "Forbidden: bot is not a member of the channel chat")
        return channel

    def _chat(self, channel: Channel) -> dict[str, Any]:
        told: dict[str, Any] = {
            **channel.chat(),
            "active_usernames": [channel.name],
            "description": "News of the sample shop",
            "max_reaction_count": 11,
            "accent_color_id": 3,
            "accepted_gift_types": dict.fromkeys(
                ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"),
                False,
            ),
        }
        if self.switches.is_private:
            told = {name: value for name, value in told.items() if "username" not in name}
        return told

    def _member(self, bot: Bot, told: Mapping[str, Any]) -> dict[str, Any]:
        if self._channel(bot, told) is not bot.channel or self.switches.no_admin:
            raise Refusal(400, "Bad Request: member list is inaccessible")
        if whole(told, "user_id", bot.id) != bot.id:
            raise Refusal(400, "Bad Request: user not found")
        return {"status": "administrator", "user": bot.user(), **dict.fromkeys(_RIGHTS, False)}

    async def _updates(self, bot: Bot, told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        if self.switches.webhook:
            raise Refusal(409, _WEBHOOK)
        turn = bot.take_turn()
        if (kinds := listed(told, "allowed_updates")) is not None:
            bot.queue.allow(kinds)
        if offset := whole(told, "offset", 0):
            bot.queue.confirm(offset)
        most = min(MOST_UPDATES, max(1, whole(told, "limit", MOST_UPDATES)))
        ends = time.monotonic() + min(LONGEST_WAIT, max(0, whole(told, "timeout", 0)))
        while not (found := bot.queue.first(most)) and time.monotonic() < ends:
            await asyncio.sleep(LOOKS_EVERY)
            if not bot.has_turn(turn):
                raise Refusal(409, _OTHER_POLL)
            bot.queue.listen(seconds(self.now()))
        return [] if self.switches.no_admin else list(self.shown(found))

    # ── the public page ──────────────────────────────────────────────────────────────

    async def _page(self, request: Request) -> Response:
        name, at = request.path_params["name"], seconds(self.now())
        channel = next((each.channel for each in self.bots.values() if each.channel.name == name.lower()), None)
        if channel is None or self.switches.is_private or self.switches.no_preview == "redirect":
            return RedirectResponse(f"/{name}", 302)
        if self.switches.no_preview:
            return HTMLResponse(page.closed(channel))
        before = whole(request.query_params, "before", 1 << 60)
        older = (each for each in channel.newest_first(at) if each.number < before)
        found = [] if self.scene == "empty" else list(islice(older, self.page_size))
        shown = self.shown(found[::-1], of=lambda each: each.number)
        told = page.page(channel, shown, at, members=channel.members(at), hides_views=self.switches.hides_views)
        return HTMLResponse(told)

    def grow(self, records: int) -> None:
        """It reads nothing but the present."""
        raise NotImplementedError


def _is(channel: Channel, asked: str) -> bool:
    return asked in (str(channel.id), f"@{channel.name}") or asked.lower() == f"@{channel.name}"
