"""A bot: whom its token names, the updates that wait for it, and who is waiting for them."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from collector.testing.simulator import Refused
from connectors.telegram.simulator.channel import Channel
from connectors.telegram.simulator.queue import Queue


@dataclass
class Bot:
    """One bot, administrator of one channel."""

    id: int
    token: str
    channel: Channel
    queue: Queue
    _newest: object = None

    def user(self) -> dict[str, Any]:
        """As getMe tells."""
        return {
            "id": self.id,
            "is_bot": True,
            "first_name": "Sample bot",
            "username": f"sample_{self.id}_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def take_turn(self) -> object:
        """Be the one that asks for updates; whoever did so before loses its turn."""
        self._newest = object()
        return self._newest

    def has_turn(self, turn: object) -> bool:
        """Whether nobody has asked since."""
        return self._newest is turn


@dataclass(frozen=True)
class TokenInPath:
    """`/bot<token>/<method>`; public pages need none."""

    tokens: Collection[str]

    def refusal(self, request: Request, now: object) -> Refused | None:
        """Whether the token is one of ours."""
        del now
        token = token_of(request.url.path)
        return "unknown" if token is not None and token not in self.tokens else None

    @property
    def secrets(self) -> Collection[str]:
        """All tokens."""
        return self.tokens


def token_of(path: str) -> str | None:
    """The token in a path of the Bot API."""
    return path.removeprefix("/bot").partition("/")[0] if path.startswith("/bot") else None


def made_token(bot_id: int, name: str) -> str:
    """A token as they look: the bot's number and 35 characters."""
    return f"{bot_id}:AA{hashlib.sha256(name.encode()).hexdigest()[:33]}"
