"""The settings of one community."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr

from collector.plugin import ConnectorSettings

_NUMBER = re.compile(r"(?:-|club|public|event)?([1-9]\d{0,11})")
"""As people copy it: from an address (club123), from a post's owner (-123), or bare."""


def _number(value: object) -> int:
    told = _NUMBER.fullmatch(str(value).strip()) if isinstance(value, int | str) else None
    if told is None or isinstance(value, bool):
        raise ValueError(f"group_id: {value!r:.80} is no community's number, such as 1000001; a short name is none")
    return int(told[1])


class VkSettings(ConnectorSettings):
    """One community."""

    base_url: str = Field(default="https://api.vk.ru", description="Where VK's API answers")
    group_id: Annotated[int, BeforeValidator(_number)] = Field(
        description="The community's number, without a minus: community → Manage → Settings, or club… in its address"
    )
    access_token: SecretStr = Field(
        description="Token of an administrator or editor, with the rights stats, wall, groups, offline"
    )
    token_kind: Literal["user", "service", "community"] = Field(
        default="user",
        description="Whose the token is; a service token reads posts and followers, a community's followers",
    )
    post_reach: bool = Field(
        default=True, description="false: do not ask for the reach and clicks of posts, where VK does not tell them"
    )
    ad_posts: bool = Field(default=True, description="false: posts that are marked as advertising do not count")
