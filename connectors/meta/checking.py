"""What `check` asks, and what of it a person should know."""

from collections.abc import Callable, Iterator
from datetime import datetime

from collector.plugin import HttpClient, SourceContext
from connectors.meta import days
from connectors.meta.objects import ACCOUNT, PAGE, Objects
from connectors.meta.settings import MetaSettings

FEW_FOLLOWERS = 100


async def check(settings: MetaSettings, context: SourceContext, client: Callable[[], HttpClient]) -> list[str]:
    """Ask for the account and the page."""
    objects, told = Objects(client), list(_of_days(context, client().now()))
    if settings.instagram_id is not None:
        found = await objects.read(settings.instagram_id, ACCOUNT)
        followers = found.get("followers_count")
        if isinstance(followers, int) and followers < FEW_FOLLOWERS:
            told.append(
                f"@{found.get('username')} has {followers} followers: under {FEW_FOLLOWERS} Instagram tells some "
                "figures not at all, and they are shown as missing"
            )
    if settings.page_id is not None:
        found = await objects.read(settings.page_id, PAGE)
        likes = found.get("fan_count")
        if isinstance(likes, int) and likes < FEW_FOLLOWERS:
            told.append(f"the page has {likes} likes: under {FEW_FOLLOWERS} Meta tells no insights of it")
    return told


def _of_days(context: SourceContext, now: datetime) -> Iterator[str]:
    if days.apart(context.zone, now):
        yield f"Meta's days are those of {days.PACIFIC.key}, the project's of {context.zone.key}"
