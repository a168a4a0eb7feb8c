"""What a user says of an Instagram account and a Facebook page."""

from collections.abc import Sequence

from pydantic import Field, SecretStr, field_validator, model_validator

from collector.plugin import ConnectorSettings

INSTAGRAM_STREAMS = (
    *("instagram_followers", "instagram_follows", "instagram_views", "instagram_likes", "instagram_comments"),
    *("instagram_shares", "instagram_saves", "instagram_clicks"),
    *("instagram_reach", "instagram_reach_7d", "instagram_reach_28d", "instagram_posts"),
)
FACEBOOK_STREAMS = (
    *("facebook_followers", "facebook_gained", "facebook_lost", "facebook_views", "facebook_likes", "facebook_clicks"),
    *("facebook_reach", "facebook_reach_7d", "facebook_reach_28d", "facebook_posts"),
)


class MetaSettings(ConnectorSettings):
    """An Instagram account, a Facebook page, or both."""

    base_url: str = Field(
        default="https://graph.facebook.com",
        description="Where the Graph API answers; with Instagram Login https://graph.instagram.com",
    )
    access_token: SecretStr = Field(description="Long-lived: of a system user, a person, a page or an Instagram user")
    instagram_id: str | None = Field(default=None, description="The Instagram professional account, by its number")
    page_id: str | None = Field(default=None, description="The Facebook page, by its number")
    app_id: str | None = Field(default=None, description="The app, where a person's token is to be prolonged by itself")
    app_secret: SecretStr | None = Field(
        default=None, description="The app's secret: for that, and where the app demands a proof with each call"
    )
    leave_out: list[str] = Field(
        default=[], description="Streams that are not to be read, such as one whose metric Meta has retired"
    )

    @field_validator("instagram_id", "page_id")
    @classmethod
    def _a_number(cls, told: str | None) -> str | None:
        if told is not None and not (told.isascii() and told.isdigit()):
            raise ValueError("is the number that the Graph API knows it by (me/accounts tells it), not its name")
        return told

    @field_validator("leave_out")
    @classmethod
    def _known(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in (*INSTAGRAM_STREAMS, *FACEBOOK_STREAMS):
                known = ", ".join((*INSTAGRAM_STREAMS, *FACEBOOK_STREAMS))
                raise ValueError(f"there is no stream {name}; there are {known}")
        return names

    @model_validator(mode="after")
    def _something(self) -> "MetaSettings":
        if self.instagram_id is None and self.page_id is None:
            raise ValueError("instagram_id or page_id is needed, or both: what is to be read")
        if self.app_id is not None and self.app_secret is None:
            raise ValueError("app_id: app_secret is needed with it")
        return self

    @property
    def by_instagram_login(self) -> bool:
        """Whether the token is an Instagram user's, which Facebook's own endpoints do not know."""
        return "graph.instagram.com" in self.base_url

    def reads(self, names: Sequence[str]) -> list[str]:
        """Those streams that are not left out."""
        return [name for name in names if name not in self.leave_out]
