"""The simulator answers as Odnoklassniki does: signatures, tokens, fields, anchors."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from collector.clock import FixedClock
from collector.testing.simulator import World, running
from connectors.odnoklassniki.signing import session_secret_of, signature
from connectors.odnoklassniki.simulator import OdnoklassnikiSimulator
from connectors.odnoklassniki.simulator.simulator import CLIENT_ID

TODAY = date(2026, 3, 20)


class Api:
    """What asks it, signed by the secret of its token."""

    def __init__(self, simulator: OdnoklassnikiSimulator, url: str, clock: FixedClock) -> None:
        self.simulator, self.clock = simulator, clock
        self.http = httpx.Client(base_url=url)
        told = simulator.settings(url)
        self.token, self.secret = told["access_token"], told["session_secret_key"]
        self.own = {"application_key": told["application_key"], "format": "json", "gid": told["group_id"]}

    def form(self, method: str, **params: str) -> dict[str, str]:
        form = {**self.own, "method": method, **params}
        return {**form, "sig": signature(form, self.secret), "access_token": self.token}

    def asked(self, method: str, **params: str) -> Any:
        return self.http.post("/fb.do", data=self.form(method, **params)).json()

    def code(self, method: str = "group.getStatTopics", **params: str) -> Any:
        return self.asked(method, **params)["error_code"]


@pytest.fixture
def api() -> Iterator[Api]:
    clock = FixedClock(datetime(2026, 3, 20, 9, 30, tzinfo=UTC))
    with running(OdnoklassnikiSimulator(World(days=60, today=TODAY), clock=clock)) as found:
        assert isinstance(found.simulator, OdnoklassnikiSimulator)
        api = Api(found.simulator, found.url, clock)
        try:
            yield api
        finally:
            api.http.close()


def test_it_is_asked_in_four_ways(api: Api) -> None:
    form = api.form("group.getStatTopics", fields="ID", count="3")
    bare = {name: value for name, value in form.items() if name not in ("sig", "method")}
    bare["sig"] = signature(bare, api.secret)
    told = [
        api.http.post("/fb.do", data=form).json(),
        api.http.get("/fb.do", params=form).json(),
        api.http.post("/api/group/getStatTopics", data=bare).json(),
        api.http.get("/api/group/getStatTopics", params=bare).json(),
    ]
    assert len(told[0]["topics"]) == 3
    assert all(each == told[0] for each in told)


def test_what_is_wrong_is_told_with_status_200(api: Api) -> None:
    form = api.form("group.getStatTopics", fields="ID")
    wrong = [
        {**form, "sig": "0" * 32},
        {**form, "fields": "ID,LIKES"},
        {**form, "access_token": "x"},
        {name: value for name, value in form.items() if name != "access_token"},
    ]
    answers = [api.http.post("/fb.do", data=each) for each in wrong]
    assert [each.status_code for each in answers] == [200] * 4
    assert [each.json()["error_code"] for each in answers] == [104, 104, 103, 453]
    assert answers[0].json() == {
        "error_code": 104,
        "error_msg": "PARAM_SIGNATURE : Invalid signature",
        "error_data": None,
    }


def test_methods_parameters_and_the_group_are_looked_at(api: Api) -> None:
    assert api.code("group.getStatTrend") == 3
    assert api.code(gid="") == 100
    assert api.code(gid="7") == 160
    assert api.code(fields="SAVES") == 100
    assert api.code(anchor="?") == 100
    assert api.code("group.getStatTopic", topic_id="1") == 300
    api.own["application_key"] = "OTHER"
    assert api.code() == 101


def test_only_fields_that_were_asked_for_come_back(api: Api) -> None:
    told = api.asked("group.getStatTopics", fields="ID,LIKES", count="1")
    assert set(told["topics"][0]) == {"id", "likes"}
    (topic,) = told["topics"]
    assert api.asked("group.getStatTopic", topic_id=topic["id"], fields="ID,LIKES") == {"topic": topic}
    (media,) = api.asked("mediatopic.getByIds", topic_ids=topic["id"])["media_topics"]
    assert media["like_summary"]["count"] == topic["likes"]


def test_pages_follow_their_anchor_and_are_by_publication(api: Api) -> None:
    ids: list[str] = []
    anchor: dict[str, str] = {}
    while True:
        told = api.asked("group.getStatTopics", fields="ID,CREATED_MS", count="7", **anchor)
        ids += [each["id"] for each in told["topics"]]
        if not told["has_more"]:
            break
        anchor = {"anchor": told["anchor"]}
    assert len(set(ids)) == len(ids) == told["totalCount"] > 14
    whole = api.asked("group.getStatTopics", fields="ID,CREATED_MS", count="100")["topics"]
    assert [each["created_ms"] for each in whole] == sorted((each["created_ms"] for each in whole), reverse=True)

    since = str(whole[3]["created_ms"])
    assert api.asked("group.getStatTopics", fields="ID", start_time=since)["totalCount"] == 4


def test_trends_are_of_days_that_are_over(api: Api) -> None:
    told = api.asked("group.getStatTrends", fields="LIKES,MEMBERS_COUNT,NEW_MEMBERS,LEFT_MEMBERS,MEMBERS_DIFF")
    days = [datetime.fromtimestamp(each["time"] / 1000, UTC) for each in told["likes"]]
    assert len(days) == 60
    assert days[-1] == datetime(2026, 3, 18, 21, tzinfo=UTC)  # yesterday began in Moscow
    came, went, apart = (
        [each["value"] for each in told[name]] for name in ("new_members", "left_members", "members_diff")
    )
    assert apart == [one - other for one, other in zip(came, went, strict=True)]
    members = [each["value"] for each in told["members_count"]]
    assert [later - before for before, later in pairwise(members)] == apart[1:]

    api.simulator.empty()
    assert api.asked("group.getStatTrends", fields="LIKES") == {}


def test_a_token_of_consent_lives_half_an_hour(api: Api) -> None:
    asked = {
        "grant_type": "refresh_token",
        "refresh_token": api.simulator.refresh_token,
        "client_id": CLIENT_ID,
        "client_secret": api.simulator.application_secret,
    }
    told = api.http.post("/oauth/token.do", data=asked).json()
    assert (told["token_type"], told["expires_in"]) == ("session", "1800")
    assert api.http.post("/oauth/token.do", data={**asked, "refresh_token": "x"}).json()["error"] == "invalid_request"

    api.token = told["access_token"]
    api.secret = session_secret_of(api.token, api.simulator.application_secret)
    assert api.asked("auth.touchSession") == {"success": True}
    api.clock.advance(timedelta(minutes=31))
    assert api.code() == 102


def test_a_group_is_found_by_its_number_or_address(api: Api) -> None:
    (told,) = api.asked("group.getInfo", uids="50000000000001", fields="uid,name,members_count")
    assert api.asked("group.getCounters", group_id="50000000000001")["counters"]["members"] == told["members_count"]
    assert api.asked("group.getInfo", uids="7") == []
    assert api.asked("url.getInfo", url="ok.ru/sosna")["objectId"] == 50000000000001
    api.simulator.switches.wraps_groups = True
    assert api.asked("group.getInfo", uids="50000000000001")["groups"][0]["uid"] == told["uid"]
