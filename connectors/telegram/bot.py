"""The Bot API, asked: a method's name and parameters in, its result out.

The token stands in the path, so nobody but this module writes one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.plugin import BadResponse, Forbidden, HttpClient, Json
from connectors.telegram.refusals import ADMIN
from connectors.telegram.settings import TelegramSettings

MOST_UPDATES = 100
ALLOWED = '["channel_post","edited_channel_post","message_reaction_count","my_chat_member"]'
"""Reactions are off unless they are named; the server remembers the list."""


@dataclass(frozen=True)
class Channel:
    """The channel as the bot sees it now."""

    id: int
    name: str | None
    """Without @; a private one has none."""

    @property
    def link(self) -> str:
        """Where its posts are shown, by their numbers."""
        return f"https://t.me/{self.name}" if self.name else f"https://t.me/c/{str(self.id).removeprefix('-100')}"


class Bot:
    """The bot of one source."""

    def __init__(self, client: HttpClient, settings: TelegramSettings) -> None:
        self._client, self._settings = client, settings

    async def channel(self) -> Channel:
        """The channel, which may have been renamed.

        Raises:
            Forbidden: it is a group or a person.
        """
        told = await self._call("getChat", chat_id=self._settings.channel)
        if not isinstance(told, dict) or not isinstance(told.get("id"), int):
            raise BadResponse(expected="a chat with its id", where="getChat", got=told)
        if told.get("type") != "channel":
            raise Forbidden(f"channel {self._settings.channel}: is a {told.get('type')}; name a channel")
        name = told.get("username")
        return Channel(told["id"], name if isinstance(name, str) and name else None)

    async def members(self) -> Json:
        """How many there are now."""
        return await self._call("getChatMemberCount", chat_id=self._settings.channel)

    async def require_admin(self) -> None:
        """A bot that is no administrator is sent no posts, and told nothing of that.

        Raises:
            Forbidden: it is none.
        """
        told = await self._call("getChatMember", chat_id=self._settings.channel, user_id=self._settings.bot_id)
        if not isinstance(told, dict) or told.get("status") not in ("administrator", "creator"):
            raise Forbidden(f"channel {self._settings.channel}: the bot is no administrator of it: {ADMIN}")

    async def updates(self, offset: int | None, *, dry: bool) -> Sequence[Mapping[str, Any]]:
        """What waits at the vendor; all before `offset` is confirmed by asking. `dry`: nothing changes there."""
        asked: dict[str, Any] = {"limit": MOST_UPDATES, "timeout": 0}
        if not dry:
            asked |= {"allowed_updates": ALLOWED} | ({} if offset is None else {"offset": offset})
        told = await self._call("getUpdates", **asked)
        if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
            raise BadResponse(expected="a list of updates", where="getUpdates", got=told)
        return told

    async def _call(self, method: str, **parameters: str | int) -> Json:
        token = self._settings.bot_token.get_secret_value()
        form = {name: str(value) for name, value in parameters.items()}
        body = (await self._client.request("POST", f"/bot{token}/{method}", form=form)).json()
        if not isinstance(body, dict) or body.get("ok") is not True or "result" not in body:
            raise BadResponse(expected="an answer of the Bot API", where=method, got=body)
        return body["result"]
