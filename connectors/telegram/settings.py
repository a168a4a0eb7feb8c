"""What a user says of one Telegram channel."""

import re

from pydantic import Field, SecretStr, field_validator

from collector.plugin import ConnectorSettings

_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_NUMBER = re.compile(r"-100[0-9]+")
_LINK = re.compile(r"(https?://)?(t|telegram)\.me/(s/)?")


class TelegramSettings(ConnectorSettings):
    """One channel, and the bot that is among its administrators."""

    base_url: str = Field(default="https://api.telegram.org", description="Address of the Bot API")
    channel: str = Field(description="The channel's `@name`, or its number (`-100…`)")
    bot_token: SecretStr = Field(description="From @BotFather, of a bot that nothing else reads")
    preview: bool = Field(default=False, description="Read views from the channel's public page, too")
    preview_url: str = Field(default="https://t.me", description="Where the public page is")

    @field_validator("channel")
    @classmethod
    def _known(cls, told: str) -> str:
        name = _LINK.sub("", told.strip()).removeprefix("@").rstrip("/")
        if _NUMBER.fullmatch(name):
            return name
        if not _NAME.fullmatch(name):
            raise ValueError("a channel is its @name or its number, which begins with -100; an invitation link is none")
        return f"@{name}"

    @field_validator("bot_token")
    @classmethod
    def _whole(cls, token: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("a bot's token is a number, a colon and 35 characters, as @BotFather gave it")
        return token

    @property
    def bot_id(self) -> int:
        """The bot's own number, which is no secret."""
        return int(self.bot_token.get_secret_value().partition(":")[0])
