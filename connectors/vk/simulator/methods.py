"""What each method answers, and by which token it may be asked; `execute` asks others."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from connectors.vk.simulator import posts, script
from connectors.vk.simulator.asked import Asked
from connectors.vk.simulator.community import Community, Shown
from connectors.vk.simulator.days import Question
from connectors.vk.simulator.refusals import DISABLED, MEMBERS_ONLY, Refusal, missing

Kind = Literal["user", "service", "community"]

MOST_CALLS, MOST_IDS, REACH_OF = 25, 30, 300
BARE_LISTS = (5, 131)
"""Through this version communities and posts come as lists, without a name."""

_MANAGERS = ("stats.get", "stats.getPostReach", "execute")
_OF_COMMUNITY = ("groups.getById", "execute", "utils.getServerTime")
_INTERVALS = ("day", "week", "month", "year", "all")
_GROUPS = "visitors,reach,activity"


class Methods:
    """The vendor's methods, for one request; `count` counts a call, and tells whether it is one too many."""

    def __init__(
        self, community: Community, asked: Asked, kind: Kind, now: datetime, shown: Shown, page: int,
        count: Callable[[str], bool],
    ) -> None:  # fmt: skip
        self._community = community
        self._asked = asked
        self._kind = kind
        self._now = now
        self._shown = shown
        self._page = page
        self._count = count
        self._errors: list[dict[str, Any]] = []

    def answer(self) -> dict[str, Any]:
        """The whole body.

        Raises:
            Refusal: it is refused.
        """
        self._may(self._asked.method)
        if self._asked.method not in (*_METHODS, "execute"):
            raise Refusal(3)
        if not self._asked.version:
            raise Refusal(8)
        if self._asked.method != "execute":
            return {"response": self._called(self._asked.method, self._asked.params)}
        found = {"response": self._executed()}
        return found | ({"execute_errors": self._errors} if self._errors else {})

    # ── who may, and whether it works now ────────────────────────────────────────────

    def _may(self, method: str) -> None:
        if self._kind == "community" and method not in _OF_COMMUNITY:
            raise Refusal(27)
        if self._kind == "service" and method in _MANAGERS:
            raise Refusal(28)

    def _called(self, method: str, params: Mapping[str, Any]) -> Any:
        self._may(method)
        switches = self._community.switches
        if method in switches.refusing:
            raise Refusal(switches.refusing[method], switches.words)
        if method not in _METHODS:
            raise Refusal(3)
        if self._count(method):
            raise Refusal(29)
        return _METHODS[method](self, {name: _plain(value) for name, value in params.items()})

    def _executed(self) -> Any:
        code = self._asked.params.get("code", "")
        if not code:
            raise missing("code")
        switches, calls = self._community.switches, 0
        if "execute" in switches.refusing:
            raise Refusal(switches.refusing["execute"], switches.words)

        def call(method: str, params: Mapping[str, Any]) -> Any:
            nonlocal calls
            calls += 1
            if calls > MOST_CALLS:
                raise script.Failed("Too many api calls")
            try:
                return self._called(method, params)
            except Refusal as refusal:
                self._errors.append(refusal.among(method))
                return False

        try:
            found = script.run(code, call)
        except script.CannotCompile as error:
            raise Refusal(12, f"Unable to compile code: {error}") from error
        except script.Failed as error:
            raise Refusal(13, f"Runtime error occurred during code invocation: {error}") from error
        if len(json.dumps(found)) > switches.most_bytes:
            raise Refusal(13, "Runtime error occurred during code invocation: response size is too big")
        return found

    # ── methods ──────────────────────────────────────────────────────────────────────

    def wall_get(self, params: Mapping[str, str]) -> Any:
        """A page of the wall."""
        owner = self._owner(params, "owner_id") if "domain" not in params else -self._community.group
        offset, count = _whole(params, "offset", 0), _whole(params, "count", 20)
        if offset < 0 or count < 0:
            raise missing("offset" if offset < 0 else "count")
        self._see_wall(owner)
        wanted = params.get("filter", "all")
        page = self._community.page(offset, min(count, 100, self._page), self._shown)
        if wanted not in ("all", "owner"):
            page = {"count": 0, "items": []}
        if params.get("extended") == "1":
            page |= {"profiles": [], "groups": [self._community.about()], "reaction_sets": []}
        return page

    def wall_by_id(self, params: Mapping[str, str]) -> Any:
        """Some posts; those that there are not are left out."""
        if not params.get("posts"):
            raise missing("posts")
        known, found = self._community.by_id(self._shown), []
        for each in params["posts"].split(","):
            owner, _, number = each.partition("_")
            if owner == str(-self._community.group) and number.isdigit() and int(number) in known:
                found.append(self._community.written(known[int(number)]))
        self._see_wall(-self._community.group)
        return found if self._is_old else {"items": found}

    def groups_by_id(self, params: Mapping[str, str]) -> Any:
        """The community; members only where they are asked for, and told."""
        wanted = (params.get("group_ids") or params.get("group_id") or "").split(",")
        group, about = self._community.group, self._community.about()
        if not {str(group), about["screen_name"], f"club{group}"} & set(wanted):
            raise missing("group_ids")
        switches = self._community.switches
        is_told = not (switches.hides_members or switches.deactivated or not self._shown([group], repr))
        if "members_count" in params.get("fields", "") and is_told:
            about["members_count"] = self._community.members()
        return [about] if self._is_old else {"groups": [about], "profiles": []}

    def stats_get(self, params: Mapping[str, str]) -> Any:
        """Days, and longer periods."""
        if _whole(params, "group_id", 0) != self._community.group:
            raise Refusal(125) if params.get("group_id", "").startswith("-") else Refusal(203)
        now = int(self._now.timestamp())
        since, until = _whole(params, "timestamp_from", now - 86_400), _whole(params, "timestamp_to", now)
        if since < 0 or until < since:
            raise Refusal(150)
        interval = params.get("interval", "day")
        if interval not in _INTERVALS:
            raise missing("interval")
        question = Question(
            since=since,
            until=until,
            interval=interval,
            count=_whole(params, "intervals_count", 0),
            groups=(params.get("stats_groups") or _GROUPS).split(","),
            is_extended=params.get("extended", "1") == "1",
            begins_at_moscow=self._community.switches.begins_at_moscow,
        )
        return self._community.days(question, self._shown)

    def post_reach(self, params: Mapping[str, str]) -> Any:
        """Of the newest posts."""
        owner = self._owner(params, "owner_id")
        ids = params.get("post_ids", "").split(",")
        if len(ids) > MOST_IDS or not all(each.isdigit() and int(each) > 0 for each in ids):
            raise missing("post_ids")
        if owner != -self._community.group:
            raise Refusal(210)
        switches = self._community.switches
        wall, pinned = self._community.wall(self._shown)
        newest = [post for post in wall if post is not pinned][:REACH_OF]
        newest += [pinned] if pinned is not None and len(newest) < REACH_OF else []
        known = {str(post.id): post for post in newest if post.id not in switches.without_reach}
        if switches.refuses_unknown and not known.keys() >= set(ids):
            raise Refusal(210)
        return [posts.reach(known[each]) for each in reversed(ids) if each in known]

    def server_time(self, params: Mapping[str, str]) -> Any:
        """Seconds."""
        del params
        return int(self._now.timestamp())

    def captcha(self, params: Mapping[str, str]) -> Any:
        """Is always refused: VK has it for clients to be tried."""
        del params
        raise Refusal(14)

    # ── parts of them ────────────────────────────────────────────────────────────────

    @property
    def _is_old(self) -> bool:
        return self._asked.version <= BARE_LISTS

    def _owner(self, params: Mapping[str, str], name: str) -> int:
        owner = _whole(params, name, 0)
        if not owner:
            raise missing(name)
        return owner

    def _see_wall(self, owner: int) -> None:
        switches = self._community.switches
        if switches.deactivated:
            raise Refusal(19 if switches.deactivated == "banned" else 18)
        if owner != -self._community.group:
            raise Refusal(15, DISABLED)
        if switches.is_closed:
            raise Refusal(15, MEMBERS_ONLY)


_METHODS: Mapping[str, Callable[[Methods, Mapping[str, str]], Any]] = {
    "wall.get": Methods.wall_get,
    "wall.getById": Methods.wall_by_id,
    "groups.getById": Methods.groups_by_id,
    "stats.get": Methods.stats_get,
    "stats.getPostReach": Methods.post_reach,
    "utils.getServerTime": Methods.server_time,
    "captcha.force": Methods.captcha,
}


def _plain(value: Any) -> str:
    """A parameter as a form has it; a script's may be numbers, truths and lists."""
    if isinstance(value, list):
        return ",".join(map(_plain, value))
    if value is None or isinstance(value, bool):
        return str(int(bool(value)))
    return str(value)


def _whole(params: Mapping[str, str], name: str, default: int) -> int:
    told = params.get(name)
    if told is None or told == "":
        return default
    if not told.removeprefix("-").isdigit():
        raise missing(name)
    return int(told)
