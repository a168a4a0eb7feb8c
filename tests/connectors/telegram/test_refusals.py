"""Each refusal of Telegram's: which error, what it says, and what the poll comes to."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import respx
from pydantic import ValidationError

from collector.plugin import (
    CredentialsRefused,
    Forbidden,
    RateLimited,
    Response,
    SourceError,
    TemporaryFailure,
)
from connectors.telegram.refusals import Conflict, Misconfigured, refusal
from connectors.telegram.settings import TelegramSettings
from tests.connectors.telegram.told import SAMPLES, TOKEN, Desk, result, sample


def refused(name: str) -> SourceError | None:
    answer = sample(name)
    return refusal(Response(answer.status_code, {}, answer.content, "POST api.telegram.org"), "@sample_channel")


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("error_400_chat_id_empty", Misconfigured, r"there is none of this name, or it is private"),
        ("error_400_chat_not_found", Misconfigured, r"@sample_channel: there is none of this name, or it is private"),
        ("error_400_migrated", Misconfigured, r"moved to -1001000000077: name a channel"),
        ("error_401", CredentialsRefused, r"does not know the bot_token \(Unauthorized\): it was revoked"),
        ("error_401_malformed", CredentialsRefused, r"invalid token specified"),
        ("error_403_kicked", Forbidden, r"bot was kicked from the channel chat”: make the bot an administrator"),
        ("error_403_not_member", Forbidden, r"bot is not a member of the channel chat”: make the bot an administrator"),
        ("error_404", CredentialsRefused, r"not as @BotFather gave it, or base_url is no Bot API"),
        ("error_404_method", CredentialsRefused, r"method not found"),
        ("error_409_other_poll", Conflict, r"another program reads the updates of this bot at the same time"),
        ("error_409_webhook", Conflict, r"go to a webhook: another program uses it"),
        ("error_500", TemporaryFailure, r"answered 500: Internal Server Error: restart"),
    ],
)
def test_who_acts_and_what_to_do(name: str, kind: type[SourceError], words: str) -> None:
    error = refused(name)

    assert type(error) is kind
    with pytest.raises(kind, match=words):
        raise error


def test_flood_control_says_how_long() -> None:
    error = refused("error_429")

    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=17)


def test_every_sample_of_an_error_is_an_error() -> None:
    for path in SAMPLES.glob("error_*.json"):
        assert refused(path.stem) is not None, path.stem
    assert Misconfigured.actor == Conflict.actor == "user"


def test_a_proxys_page_goes_by_its_status() -> None:
    assert refusal(Response(502, {}, b"<html>", "POST api.telegram.org"), "@a") is None


# ── in a poll ────────────────────────────────────────────────────────────────────────


@respx.mock
def test_a_bot_that_is_no_administrator_is_told_and_is_not_taken_for_a_channel_without_posts(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for answer in (
        result({"status": "left", "user": {"id": 1}}),
        httpx.Response(
            400, json={"ok": False, "error_code": 400, "description": "Bad Request: member list is inaccessible"}
        ),
    ):
        desk.of["getChatMember"] = lambda _, answer=answer: answer  # type: ignore[misc]

        report = desk.poll()

        assert (report.state, report.reason) == ("failed", "forbidden")
        assert "@sample_channel: the bot is no administrator of it: make the bot an administrator" in str(
            report.message
        )
    assert not any(each.url.path.endswith("getUpdates") for each in desk.asked)


@respx.mock
def test_a_group_is_no_channel(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["getChat"] = lambda _: result({"id": -5, "type": "group"})

    assert "is a group; name a channel" in str(desk.poll().message)


@respx.mock
@pytest.mark.parametrize("way", ["redirect", "page", "private"])
def test_without_a_public_page_the_posts_of_the_bot_api_are_in_all_the_same(tmp_path: Path, way: str) -> None:
    desk = Desk(tmp_path, preview=True)
    desk.of["getUpdates"] = lambda _: sample("getUpdates_mixed")
    if way == "private":
        desk.of["getChat"] = lambda _: result({"id": -1001000000001, "type": "channel"})
    redirect = httpx.Response(302, headers={"location": "https://t.me/sample_channel"})
    desk.page = lambda _: redirect if way == "redirect" else sample("public_page_no_preview")

    report = desk.poll()

    assert (report.state, report.reason) == ("failed", "forbidden")
    assert "shows no public page: it is private, or its owner has closed the preview" in str(report.message)
    assert list(desk.posts()) == ["101", "102", "105", "107"]
    desk.of["getUpdates"] = lambda _: sample("getUpdates_empty")
    desk.poll()
    assert desk.form("getUpdates")["offset"] == "500011", "what is committed is confirmed"


@respx.mock
def test_a_second_poller_fails_the_poll_and_nothing_is_lost(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["getUpdates"] = lambda _: sample("error_409_other_poll")

    report = desk.poll()

    assert (report.state, report.reason) == ("failed", "error")
    assert "make a bot for kpi-collector alone" in str(report.message)
    desk.of["getUpdates"] = lambda _: sample("getUpdates_mixed")
    assert desk.poll().records == 4


@respx.mock
def test_a_bot_of_two_channels_is_told_of(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["getChat"] = lambda _: result({"id": -1002000000002, "type": "channel", "username": "other_channel"})
    desk.of["getUpdates"] = lambda _: sample("getUpdates_mixed")

    report = desk.poll()

    assert (report.state, report.records) == ("done", 0)
    assert "give each channel a bot of its own" in report.warnings[0]


@respx.mock
def test_flood_control_is_waited_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    answers = [sample("error_429"), sample("getUpdates_mixed")]
    desk.of["getUpdates"] = lambda _: answers.pop(0)
    began = desk.bench.clock.now()

    assert desk.poll().state == "done"

    assert desk.bench.clock.now() - began >= timedelta(seconds=17)


@respx.mock
@pytest.mark.parametrize("told", [[], {"ok": True}, {"ok": True, "result": {}}, {"ok": True, "result": [1]}])
def test_an_answer_that_is_none(tmp_path: Path, told: object) -> None:
    desk = Desk(tmp_path)
    desk.of["getUpdates"] = lambda _: httpx.Response(200, json=told)

    report = desk.poll()

    assert (report.state, report.reason) == ("failed", "bad_response")
    assert TOKEN not in str(report.message)


# ── settings ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("told", "channel"),
    [
        ("@sample_channel", "@sample_channel"),
        ("sample_channel", "@sample_channel"),
        ("https://t.me/sample_channel", "@sample_channel"),
        ("t.me/s/sample_channel", "@sample_channel"),
        (-1001000000001, "-1001000000001"),
    ],
)
def test_a_channel_may_be_written_in_many_ways(told: object, channel: str) -> None:
    assert TelegramSettings.model_validate({"channel": told, "bot_token": TOKEN}).channel == channel


@pytest.mark.parametrize("told", ["", "https://t.me/+AbCdEf", "@a", "12345", "Наш канал"])
def test_what_names_no_channel(told: str) -> None:
    with pytest.raises(ValidationError, match="a channel is its @name or its number"):
        TelegramSettings.model_validate({"channel": told, "bot_token": TOKEN})


def test_what_is_no_token_is_not_shown() -> None:
    with pytest.raises(ValidationError, match="a bot's token is a number") as caught:
        TelegramSettings.model_validate({"channel": "@sample_channel", "bot_token": "secret-canary"})

    assert "secret-canary" not in str(caught.value)
