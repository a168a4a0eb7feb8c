"""Each refusal of Meta's has its error, its state, its reason and a sentence that says what to do."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from collector.plugin import (
    BadResponse,
    CredentialsExpired,
    CredentialsRefused,
    Forbidden,
    PollReport,
    QuotaExhausted,
    RateLimited,
    Response,
    SourceError,
    TemporaryFailure,
)
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.ground import grounds_of
from collector.testing.conformance.trial import Trial
from connectors.meta import refusals
from connectors.meta.plugin import Meta
from connectors.meta.settings import MetaSettings
from connectors.meta.simulator import MetaSimulator, Switches
from tests.connectors.meta.desk import HEADERS, NOW, SETTINGS, Vendor, connector, refusal_of

# ── by the samples ───────────────────────────────────────────────────────────────────

ERRORS: dict[str, type[SourceError] | None] = {
    "error_1": None,
    "error_2": TemporaryFailure,
    "error_4": RateLimited,
    "error_10_permission": Forbidden,
    "error_10_story_viewers": None,
    "error_17": RateLimited,
    "error_32": RateLimited,
    "error_100_invalid_metric": None,
    "error_100_product_type": None,
    "error_100_window": None,
    "error_100_follower_count": None,
    "error_100_33_deleted": None,
    "error_100_2108006": None,
    "error_190_463": CredentialsExpired,
    "error_190_460": CredentialsRefused,
    "error_200": Forbidden,
    "error_613": RateLimited,
    "error_80001": RateLimited,
    "error_80002": QuotaExhausted,
    "error_3001": None,
}
"""None: whoever asked knows what it means."""


@pytest.mark.parametrize(("name", "kind"), ERRORS.items())
def test_each_sample_is_told_as_what_it_is(name: str, kind: type[SourceError] | None) -> None:
    error = refusals.refusal(refusal_of(name), NOW)

    assert type(error) is (kind or type(None))


def test_no_sample_of_a_refusal_is_forgotten() -> None:
    assert {f"{name}.json" for name in ERRORS} == set(HEADERS["status"])


def test_the_minutes_until_access_returns_are_minutes() -> None:
    error = refusals.refusal(refusal_of("error_80002"), NOW)

    assert isinstance(error, QuotaExhausted)
    assert error.until == NOW + timedelta(minutes=13)


def test_usage_is_percent_of_what_is_allowed() -> None:
    made = connector(Vendor(lambda path, asked: {}))

    found = {each.name: each for each in made.quotas(refusal_of("error_80002"))}

    assert (found["app"].remaining, found["app"].limit) == (72, 100)
    assert (found["instagram"].remaining, found["instagram"].limit) == (0, 100)
    assert found["app"].key == "access_token"


@pytest.mark.parametrize("told", ["", "no", "[]", '{"call_count": null}', '{"call_count": {}}', '{"1": 5}'])
def test_headers_that_make_no_sense_say_nothing(told: str) -> None:
    answer = Response(200, {"x-app-usage": told, "x-business-use-case-usage": told}, b"{}", "GET /x")

    assert all(each.percent == 0 for each in refusals.usages(answer))


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"<html>", 502, TemporaryFailure),
        (b"<html>", 400, BadResponse),
        (b'{"error": "x"}', 400, BadResponse),
        (b'{"error": {"code": "190"}}', 400, CredentialsRefused),
        (b'{"error": {"code": 2}}', 200, TemporaryFailure),
        (b'{"error": {"code": 368, "message": "blocked"}}', 400, QuotaExhausted),
    ],
)
def test_bodies_that_are_otherwise(body: bytes, status: int, kind: type[SourceError]) -> None:
    assert isinstance(refusals.refusal(Response(status, {}, body, "GET /x"), NOW), kind)


def test_another_version_than_ours_is_told_of_once() -> None:
    made = connector(Vendor(lambda path, asked: {}))
    answer = Response(200, {"facebook-api-version": "v27.0"}, b"{}", "GET /x")

    made.refusal(answer)
    made.refusal(answer)

    (warning,) = made.take_warnings()
    assert "v27.0" in warning


# ── by the simulator, through the engine ─────────────────────────────────────────────


class Scene:
    """A source before the simulator."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        assert isinstance(bench.ground.simulator, MetaSimulator)
        self.vendor = bench.ground.simulator

    @property
    def switches(self) -> Switches:
        return self.vendor.switches

    def poll(self, stream: str) -> PollReport:
        return self.bench.poll(next(each for each in self.bench.streams if each.name == stream))

    def days(self, stream: str) -> list[int]:
        """The days of which it has facts."""
        return sorted({int(str(row[2])) for row in self.bench.books()["facts"] if row[0] == stream})

    def posts(self) -> dict[str, dict[str, object]]:
        """The posts that live, by id."""
        rows = self.bench.books()["entities"]
        return {str(row[3]): json.loads(str(row[7])) for row in rows if not row[5]}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    (plot,) = grounds_of(Meta)
    trial = Trial(Meta, plot, tmp_path)
    with trial.ground() as (ground, clock), trial.bench(ground, clock, {"backfill": "12d"}) as bench:
        yield Scene(bench)


STREAMS = ("instagram_likes", "instagram_followers", "instagram_posts", "facebook_views", "facebook_posts")


def lapse(scene: Scene) -> None:
    scene.switches.token_ends = scene.bench.clock.now()


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize(
    ("change", "state", "reason", "sentence"),
    [
        (lambda s: setattr(s.switches, "lacks", "read_insights"), "failed", "forbidden", "Requires read_insights"),
        (lambda s: setattr(s.switches, "token_error", 460), "failed", "credentials_refused", "make a new one"),
        (lapse, "failed", "credentials_refused", "Session has expired"),
        (lambda s: setattr(s.switches, "busy_minutes", 13), "waiting", "quota", "it returns at"),
        (lambda s: setattr(s.switches, "blocked", True), "waiting", "quota", "it returns at"),
        (lambda s: setattr(s.switches, "is_visible", False), "failed", "forbidden", "does not exist"),
    ],
)
def test_a_refusal_says_what_to_do(
    scene: Scene, change: Callable[[Scene], None], state: str, reason: str, sentence: str, stream: str
) -> None:
    change(scene)

    report = scene.poll(stream)

    assert (report.state, report.reason) == (state, reason), report
    assert sentence in (report.message or ""), report.message


def test_an_account_that_is_no_business_one_is_told_how_to_become_one(scene: Scene) -> None:
    scene.switches.is_business = False

    report = scene.poll("instagram_followers")

    assert (report.state, report.reason) == ("failed", "forbidden")
    assert "switch to Business or Creator" in (report.message or "")


@pytest.mark.parametrize(
    ("metric", "stream", "others"),
    [
        ("shares", "instagram_shares", ("instagram_likes", "instagram_views", "instagram_follows")),
        ("reach", "instagram_reach", ("instagram_likes", "instagram_followers")),
        ("page_media_view", "facebook_views", ("facebook_likes", "facebook_followers")),
    ],
)
def test_a_metric_that_meta_has_retired_is_dropped_by_name_while_the_others_go_on(
    scene: Scene, metric: str, stream: str, others: tuple[str, ...]
) -> None:
    scene.switches.retired.add(metric)

    report = scene.poll(stream)
    told = {other: scene.poll(other) for other in others}
    asked = len(scene.vendor.journal)
    again = scene.poll(stream)

    assert (report.state, report.reason) == ("failed", "bad_response")
    assert f"the metric {metric}, which Meta has retired" in (report.message or "")
    assert f"leave_out: [{stream}]" in (report.message or "")
    assert scene.days(stream) == []
    assert all(each.state == "done" and each.records for each in told.values()), told
    assert (again.state, len(scene.vendor.journal)) == ("failed", asked), "it is not asked for again the same day"
    scene.switches.retired.clear()
    scene.bench.clock.advance(timedelta(days=1))
    assert scene.poll(stream).state == "done"


def test_a_kind_of_reaction_that_is_retired_is_left_out_of_the_sum(scene: Scene) -> None:
    scene.switches.retired.add("page_actions_post_reactions_anger_total")

    report = scene.poll("facebook_likes")

    assert report.state == "done"
    assert any("page_actions_post_reactions_anger_total" in each for each in report.warnings)


def test_a_metric_of_posts_that_is_retired_is_unknown_and_named(scene: Scene) -> None:
    scene.switches.retired.add("post_clicks")

    report = scene.poll("facebook_posts")

    assert report.state == "done"
    assert any("post_clicks" in each for each in report.warnings)
    found = scene.posts().values()
    assert {each.get("clicks") for each in found} == {None}
    assert None not in {each.get("reach") for each in found}


def test_usage_near_the_limit_is_honoured_before_meta_refuses(scene: Scene) -> None:
    scene.switches.usage = {"call_count": 85, "total_time": 10, "total_cputime": 10}

    report = scene.poll("instagram_likes")

    assert (report.state, report.reason) == ("waiting", "quota")
    assert len(scene.vendor.journal) <= 3
    scene.switches.usage = {"call_count": 28, "total_time": 10, "total_cputime": 10}
    scene.bench.clock.advance(timedelta(minutes=16))
    assert scene.poll("instagram_likes").state == "done"


def test_days_that_meta_has_not_counted_yet_are_missing_and_come_later(scene: Scene) -> None:
    scene.switches.late_days = 2

    report = scene.poll("instagram_likes")

    today = scene.bench.clock.now().date()
    assert (report.state, report.data_through) == ("done", today - timedelta(days=3))
    scene.switches.late_days = 0
    assert scene.poll("instagram_likes").data_through == today - timedelta(days=1)


def test_days_before_the_account_are_missing_and_no_zeros(scene: Scene) -> None:
    opened = scene.bench.clock.now() - timedelta(days=10)
    scene.switches.since = opened

    assert scene.poll("facebook_likes").state == "done"
    assert scene.poll("instagram_likes").state == "done"

    first = opened.date().toordinal() + 1
    assert (scene.days("facebook_likes")[0], scene.days("instagram_likes")[0]) == (first, first)


# ── posts ────────────────────────────────────────────────────────────────────────────


def test_a_post_that_is_deleted_between_pages_is_gone_and_no_other(scene: Scene) -> None:
    scene.poll("instagram_posts")
    before = scene.posts()
    gone = sorted(before)[-1]
    scene.switches.vanishing.add(gone)
    scene.bench.clock.advance(timedelta(hours=1))

    report = scene.poll("instagram_posts")

    assert report.state == "done"
    assert before.keys() - scene.posts().keys() == {gone}


def test_hidden_likes_are_unknown(scene: Scene) -> None:
    scene.switches.hides_likes = True

    assert scene.poll("instagram_posts").state == "done"
    found = scene.posts().values()
    assert {each.get("likes") for each in found} == {None}
    assert None not in {each.get("comments") for each in found}


def test_a_post_of_the_time_before_the_business_account_has_no_insights(scene: Scene) -> None:
    number = scene.vendor.items("instagram")[0][0].id
    scene.switches.before_business.add(number)

    assert scene.poll("instagram_posts").state == "done"
    assert scene.posts()[number].get("views") is None


def test_drafts_are_no_posts(scene: Scene) -> None:
    scene.switches.drafts = True

    scene.poll("facebook_posts")

    assert len(scene.posts()) == len(scene.vendor.items("facebook")[0])


def test_emoji_and_right_to_left_captions_harm_nothing(scene: Scene) -> None:
    assert {"🔥" in each for each in ("Скидка до конца недели 🔥🛋️",)} == {True}

    assert scene.poll("instagram_posts").state == "done"


# ── the token ────────────────────────────────────────────────────────────────────────


def ends_of(scene: Scene) -> datetime | None:
    """When the vault says that a person is needed."""
    with scene.bench.store.read() as tx:
        told = tx.exec_driver_sql("SELECT refresh_expires_at FROM token").scalar()
    return None if told is None else datetime.fromtimestamp(told / 1e6, UTC)


def test_the_end_of_the_token_is_known_well_before_and_looked_at_every_day(scene: Scene) -> None:
    now = scene.bench.clock.now()
    scene.switches.token_ends = now + timedelta(days=20)
    scene.poll("instagram_likes")

    assert ends_of(scene) == now + timedelta(days=20)
    scene.switches.token_ends = None
    scene.switches.data_access_ends = now + timedelta(days=90)
    scene.bench.clock.advance(timedelta(days=1))
    scene.poll("instagram_likes")
    assert ends_of(scene) == now + timedelta(days=90)


def test_a_persons_token_becomes_the_pages_own(scene: Scene) -> None:
    scene.switches.token_type = "USER"

    assert scene.poll("facebook_views").state == "done"
    tokens = {entry.path for entry in scene.vendor.journal if "me/accounts" in entry.path}
    assert tokens


def test_a_persons_token_is_prolonged_where_the_app_is_named(tmp_path: Path) -> None:
    (plot,) = grounds_of(Meta)
    trial = Trial(Meta, plot, tmp_path)
    with trial.ground() as (ground, clock):
        vendor = ground.simulator
        assert isinstance(vendor, MetaSimulator)
        settings = {"app_id": "200000000000001", "app_secret": vendor.secret("app_secret"), "backfill": "5d"}
        with trial.bench(ground, clock, settings) as bench:
            scene = Scene(bench)
            vendor.switches.token_type = "USER"
            vendor.switches.token_ends = clock.now() + timedelta(days=10)

            assert scene.poll("facebook_views").state == "done"

            ends = ends_of(scene)
            assert ends is not None
            assert ends - clock.now() > timedelta(days=58)


# ── settings ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"instagram_id": None, "page_id": None}, "instagram_id or page_id is needed"),
        ({"instagram_id": "sosna_mebel"}, "not its name"),
        ({"leave_out": ["likes"]}, "there is no stream likes"),
        ({"app_id": "1"}, "app_secret is needed with it"),
    ],
)
def test_settings_that_mean_nothing_are_refused(changed: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        MetaSettings.model_validate({**SETTINGS, **changed})


def test_streams_can_be_left_out_and_one_of_the_two_is_enough() -> None:
    vendor = Vendor(lambda path, asked: {})

    names = [each.name for each in connector(vendor, page_id=None, leave_out=["instagram_shares"]).streams()]

    assert "instagram_likes" in names
    assert "instagram_shares" not in names
    assert not any(name.startswith("facebook") for name in names)


def test_without_who_came_and_went_followers_are_those_of_now() -> None:
    made = connector(Vendor(lambda path, asked: {}), leave_out=["instagram_follows"])

    assert {each.name: each.kind for each in made.streams()}["instagram_followers"] == "now"


# ── very many posts ──────────────────────────────────────────────────────────────────


@pytest.mark.soak
def test_a_hundred_thousand_posts_are_read_to_the_end(scene: Scene) -> None:
    scene.vendor.grow(100_000)

    report = scene.poll("facebook_posts")

    assert (report.state, report.records >= 100_000) == ("done", True)
    assert len(scene.posts()) >= 100_000
