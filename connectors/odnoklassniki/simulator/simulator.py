"""Odnoklassniki's REST API: the company's group, by signed requests."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.testing.company import Company
from collector.testing.company.calendar import day_of
from collector.testing.simulator import Refused, Simulator, SlidingWindow
from connectors.odnoklassniki.signing import session_secret_of, signature
from connectors.odnoklassniki.simulator.group import (
    GROUP_ID,
    TOPICS,
    TRENDS,
    Group,
    after_anchor,
    anchor_of,
    media_topic,
    topic_id,
    trends,
)
from connectors.odnoklassniki.simulator.refusals import Refusal

APPLICATION_KEY = "CSOSNAKGDIHBABABA"
CLIENT_ID = "512000000001"
LIFETIME = timedelta(minutes=30)
_EXPIRES = "1800"
_MOST = 100
_TO_COME = 2**53


@dataclass
class Switches:
    """What may go wrong, or look otherwise."""

    refuses: int | None = None
    """Every request, by this code."""
    is_admin: bool = True
    has_permission: bool = True
    session_expired: bool = False
    wraps_groups: bool = False
    """Groups come under `groups`."""
    texts: bool = False
    """Instants come in texts."""
    overlaps: bool = False
    """A page begins with the last topic of the one before, as when something is published meanwhile."""


class OdnoklassnikiSimulator(Simulator):
    """A group that the token's user administers."""

    connector = "odnoklassniki"
    exempt: ClassVar = {"memory-flat": "A group has a dozen figures a day, and no more"}
    spared: ClassVar[Collection[str]] = ("/oauth/token.do",)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.switches = Switches()
        self.limits = [SlidingWindow(20, per=1.0, name="flood")]  # nothing is published
        self.application_secret = self.secret("application")
        self.refresh_token = self.secret("refresh")
        self._sessions = {self.secret("token"): self.secret("session")}
        self._ends: dict[str, float] = {}
        self._group = Group()
        self._company: Company | None = None

    # ── what others need ─────────────────────────────────────────────────────────────

    def settings(self, base_url: str) -> dict[str, Any]:
        """The group, and its administrator's eternal token."""
        return {
            "base_url": base_url,
            "group_id": GROUP_ID,
            "application_key": APPLICATION_KEY,
            "access_token": self.secret("token"),
            "session_secret_key": self.secret("session"),
        }

    @property
    def secrets(self) -> Collection[str]:
        """Tokens, and what requests are signed with."""
        return {*self._sessions, *self._sessions.values(), self.application_secret, self.refresh_token}

    def refuse_access(self, why: Refused) -> Response:
        """With status 200, as everything."""
        return Refusal({"missing": 453, "unknown": 103, "expired": 102}[why]).response()

    def forbid(self) -> Response:
        """A permission that the application has not been given."""
        return Refusal(10, "GROUP_CONTENT").response()

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """How long to wait is never told."""
        del wait
        return Refusal(8).response()

    def broken(self) -> Response:
        """In the vendor's words."""
        return Refusal(2).response()

    @property
    def company(self) -> Company:
        """The company at the present instant."""
        if self._company is None:
            self._company = Company(self.world.seed, self.today, self.world.days, self.world.size)
        return self._company.at(self.now())

    # ── requests ─────────────────────────────────────────────────────────────────────

    def routes(self) -> Sequence[Route]:
        """Both ways to name a method, and the tokens of OAuth."""
        both = ["GET", "POST"]
        return [
            Route("/fb.do", self._called, methods=both),
            Route("/api/{group}/{name}", self._called, methods=both),
            Route("/oauth/token.do", self._token, methods=["POST"]),
        ]

    async def _called(self, request: Request) -> Response:
        asked = {**request.query_params, **await _form(request)}
        place = request.path_params
        method = f"{place['group']}.{place['name']}" if place else asked.get("method", "")
        try:
            self._let_in(asked)
            return JSONResponse(self._answer(method, asked))
        except Refusal as refusal:
            return refusal.response()

    def _let_in(self, asked: Mapping[str, str]) -> None:
        """Signature, token, application, as the vendor looks at them."""
        if self.switches.refuses is not None:
            raise Refusal(self.switches.refuses, "GROUP_CONTENT")
        token = asked.get("access_token")
        if not token:
            raise Refusal(453)
        secret = self._sessions.get(token, "")
        if secret and asked.get("sig") != signature(asked, secret):
            raise Refusal(104)
        if not secret:
            raise Refusal(103)
        ends = self._ends.get(token)
        if self.switches.session_expired or (ends is not None and ends <= self.clock.now().timestamp()):
            raise Refusal(102)
        if asked.get("application_key") != APPLICATION_KEY:
            raise Refusal(101)

    def _answer(self, method: str, asked: Mapping[str, str]) -> Any:
        methods: Mapping[str, Callable[[Mapping[str, str]], Any]] = {
            "group.getStatTrends": self._trends,
            "group.getStatTopics": self._topics,
            "group.getStatTopic": self._topic,
            "mediatopic.getByIds": self._media_topics,
            "group.getInfo": self._groups,
            "group.getCounters": self._counters,
            "url.getInfo": lambda _: {"type": "GROUP", "objectId": int(GROUP_ID)},
            "auth.touchSession": lambda _: {"success": True},
        }
        if method not in methods:
            raise Refusal(3, method)
        return methods[method](asked)

    def _of_admins(self, asked: Mapping[str, str], name: str = "gid") -> None:
        """Statistics are for the group's administrators."""
        if not self.switches.has_permission:
            raise Refusal(10, "GROUP_CONTENT")
        if _needed(asked, name) != GROUP_ID:
            raise Refusal(160)
        if not self.switches.is_admin:
            raise Refusal(50)

    def _trends(self, asked: Mapping[str, str]) -> Any:
        self._of_admins(asked)
        fields = _fields(asked, TRENDS)
        first, last = (day_of(each // 1000) for each in _span(asked))
        days = self._group.days(self.company, first, last)
        told = trends(self.shown(days, of=lambda day: day.day), fields)
        return self._spelt(told)

    def _topics(self, asked: Mapping[str, str]) -> Any:
        self._of_admins(asked)
        fields = _fields(asked, TOPICS)
        first, last = _span(asked)
        shown = self.shown(self._group.topics(self.company), of=topic_id)
        there = [each for each in shown if first <= each.published * 1000 <= last]
        rest = there
        if asked.get("anchor"):
            after = after_anchor(asked["anchor"])
            if after is None:
                raise Refusal(100, "anchor")
            back = 0 if self.switches.overlaps else 1
            rest = [each for each in there if (-each.published, -each.id) >= (-after[0], -after[1] + back)]
        count = min(_number(asked, "count", 50), _MOST, self.page_size) + (self.switches.overlaps and rest is not there)
        page = rest[:count]
        told = {
            "topics": [{field: TOPICS[field](each) for field in fields} for each in page],
            "has_more": len(rest) > len(page),
            "totalCount": len(there),
        }
        return self._spelt(told | ({"anchor": anchor_of(page[-1])} if page else {}))

    def _topic(self, asked: Mapping[str, str]) -> Any:
        fields = _fields(asked, TOPICS)
        wanted = _needed(asked, "topic_id")
        for each in self._group.topics(self.company):
            if topic_id(each) == wanted:
                return {"topic": {field: TOPICS[field](each) for field in fields}}
        raise Refusal(300)

    def _media_topics(self, asked: Mapping[str, str]) -> Any:
        ids = _needed(asked, "topic_ids").split(",")
        if len(ids) > _MOST:
            raise Refusal(100, "topic_ids")
        found = [media_topic(each) for each in self._group.topics(self.company) if topic_id(each) in ids]
        return {"media_topics": found, "entities": {}}

    def _groups(self, asked: Mapping[str, str]) -> Any:
        ids = _needed(asked, "uids").split(",")
        whole = {"uid": GROUP_ID, "name": "Сосна", "shortname": "sosna", "members_count": self._members()}
        fields = {each.strip().lower() for each in asked.get("fields", "uid,name").split(",")}
        groups = [{name: value for name, value in whole.items() if name in fields}] if GROUP_ID in ids else []
        return {"groups": groups} if self.switches.wraps_groups else groups

    def _counters(self, asked: Mapping[str, str]) -> Any:
        self._of_admins(asked, "group_id")
        told = {"members": self._members(), "themes": len(self._group.topics(self.company))}
        wanted = asked.get("counterTypes", "MEMBERS,THEMES").lower().split(",")
        return {"counters": {name: value for name, value in told.items() if name in wanted}}

    def _members(self) -> int:
        company = self.company
        (day,) = self._group.days(company, company.yesterday.toordinal(), company.yesterday.toordinal())
        return day.followers

    def _spelt(self, told: Any) -> Any:
        """Instants as numbers, or in texts."""
        if not self.switches.texts:
            return told
        if isinstance(told, dict):
            return {
                name: str(each) if name in ("time", "created_ms") else self._spelt(each) for name, each in told.items()
            }
        return [self._spelt(each) for each in told] if isinstance(told, list) else told

    # ── tokens ───────────────────────────────────────────────────────────────────────

    async def _token(self, request: Request) -> Response:
        asked = await _form(request)
        if (asked.get("client_id"), asked.get("client_secret")) != (CLIENT_ID, self.application_secret):
            return JSONResponse({"error": "invalid_client", "error_description": "Invalid client"})
        if asked.get("grant_type") != "refresh_token" or asked.get("refresh_token") != self.refresh_token:
            return JSONResponse({"error": "invalid_request", "error_description": "Expired code"})
        token = self.secret(f"token{len(self._sessions)}")
        self._sessions[token] = session_secret_of(token, self.application_secret)
        self._ends[token] = (self.clock.now() + LIFETIME).timestamp()
        return JSONResponse({"access_token": token, "token_type": "session", "expires_in": _EXPIRES})


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))


def _needed(asked: Mapping[str, str], name: str) -> str:
    if not asked.get(name):
        raise Refusal(100, name)
    return asked[name]


def _number(asked: Mapping[str, str], name: str, default: int) -> int:
    told = asked.get(name, "")
    if told and not re.fullmatch(r"\d{1,16}", told):
        raise Refusal(100, name)
    return int(told) if told else default


def _span(asked: Mapping[str, str]) -> tuple[int, int]:
    return _number(asked, "start_time", 0), _number(asked, "end_time", _TO_COME)


def _fields(asked: Mapping[str, str], known: Mapping[str, object]) -> list[str]:
    told = asked.get("fields", "*")
    if told == "*":
        return list(known)
    fields = [each.lower() for each in told.split(",")]
    if any(each not in known for each in fields):
        raise Refusal(100, "fields")
    return fields
