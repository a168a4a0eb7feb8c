"""Posts, posted: on their day of publication, with the reactions that they have now."""

from collector.store.ledger import ONE, Members, Posting, State, ordinal
from collector.store.rules import Rules

_REACTIONS = ("likes", "comments", "shares", "saves")


def post_post(posting: Posting, post: State, *, members: Members, rules: Rules) -> None:
    """One post; its engagement counts where its views are known, so that the two speak of the same posts."""
    day, views = ordinal(post.created, rules), post.body.get("views")
    posting.entries.append((day, "posts", "", ONE, members))
    if views is not None:
        engagement = sum(int(post.body.get(name) or 0) for name in _REACTIONS)
        posting.entries.append((day, "post_engagement", "", engagement * ONE, members))
        posting.entries.append((day, "post_views", "", int(views) * ONE, members))
