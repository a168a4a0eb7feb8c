"""python-telegram-bot and aiogram, as they are, read the simulator and see what the company's books say."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from aiogram import Bot as AioBot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramNotFound, TelegramUnauthorizedError
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict, InvalidToken

KINDS = ["channel_post", "edited_channel_post", "message_reaction_count"]


@pytest.fixture
def served(simulate: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return simulate("telegram")


def bot_of(served: dict[str, Any], token: str | None = None) -> Bot:
    return Bot(token or served["settings"]["bot_token"], base_url=f"{served['base_url']}/bot")


def with_bot(bot: Bot, work: Callable[[Bot], Awaitable[Any]]) -> Any:
    async def whole() -> Any:
        async with bot:
            return await work(bot)

    return asyncio.run(whole())


def with_aio(served: dict[str, Any], work: Callable[[AioBot], Awaitable[Any]], token: str | None = None) -> Any:
    async def whole() -> Any:
        session = AiohttpSession(api=TelegramAPIServer.from_base(served["base_url"]))
        async with AioBot(token or served["settings"]["bot_token"], session=session) as bot:
            return await work(bot)

    return asyncio.run(whole())


def test_members_are_what_the_books_say(served: dict[str, Any], truth: Callable[..., Any]) -> None:
    channel = served["settings"]["channel"]
    books = truth("telegram", "network")

    count = with_bot(bot_of(served), lambda bot: bot.get_chat_member_count(channel))

    assert Decimal(count) == books["2026-11-19", "followers", "telegram"]
    assert with_aio(served, lambda bot: bot.get_chat_member_count(channel)) == count


def test_the_channel_and_the_bots_place_in_it(served: dict[str, Any]) -> None:
    channel = served["settings"]["channel"]

    async def asked(bot: Bot) -> tuple[Any, Any]:
        return await bot.get_chat(channel), await bot.get_chat_member(channel, bot.id)

    chat, member = with_bot(bot_of(served), asked)
    assert (chat.type, f"@{chat.username}") == ("channel", channel)
    assert member.status == "administrator"

    async def asked_too(bot: AioBot) -> tuple[Any, Any]:
        return await bot.get_chat(channel), await bot.get_chat_member(channel, bot.id)

    chat, member = with_aio(served, asked_too)
    assert (chat.type, member.status) == ("channel", "administrator")


def test_posts_of_the_last_day_are_those_of_the_books(served: dict[str, Any], truth: Callable[..., Any]) -> None:
    books = truth("telegram", "network")

    async def heard(bot: Bot) -> tuple[Update, ...]:
        await bot.delete_webhook()
        return await bot.get_updates(allowed_updates=KINDS)

    updates = with_bot(bot_of(served), heard)
    posts = [each.channel_post for each in updates if each.channel_post is not None]
    first = {(post.media_group_id or post.message_id): post for post in posts if post.pinned_message is None}
    of_yesterday = [post for post in first.values() if post.date.strftime("%Y-%m-%dT%H") <= "2026-11-19T20"]

    assert len(of_yesterday) <= books.get(("2026-11-19", "posts", "telegram"), 0)
    again = with_aio(served, lambda bot: bot.get_updates(allowed_updates=KINDS))
    assert [each.update_id for each in again] == [each.update_id for each in updates], "nothing was confirmed"
    if updates:
        last = updates[-1].update_id + 1
        assert with_bot(bot_of(served), lambda bot: bot.get_updates(offset=last)) == ()
        assert with_bot(bot_of(served), lambda bot: bot.get_updates()) == ()


def test_the_older_of_two_long_polls_is_ended(served: dict[str, Any]) -> None:
    async def both(bot: Bot) -> None:
        async with bot_of(served) as other:
            offset = 10_000_000  # nothing is left to be had at once
            older = asyncio.create_task(bot.get_updates(offset=offset, timeout=20))
            await asyncio.sleep(0.5)
            newer = asyncio.create_task(other.get_updates(offset=offset, timeout=1))
            with pytest.raises(Conflict, match="terminated by other getUpdates request"):
                await older
            assert await newer == ()

    with_bot(bot_of(served), both)


def test_refusals_are_the_clients_own_errors(served: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        with_bot(bot_of(served), lambda bot: bot.get_chat("@nobody_here"))
    with pytest.raises(InvalidToken):
        with_bot(bot_of(served, "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), lambda bot: bot.get_me())
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        with_aio(served, lambda bot: bot.get_chat("@nobody_here"))
    with pytest.raises((TelegramUnauthorizedError, TelegramNotFound)):
        with_aio(served, lambda bot: bot.get_me(), "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
