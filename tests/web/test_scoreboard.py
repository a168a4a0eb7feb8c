"""The landing page: true, in the reader's language, and nothing of a vendor's runs in it."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from collector.kpi.values import UNDEFINED_REASONS
from collector.plugin.errors import FAILURE_REASONS, WAIT_REASONS
from collector.snapshot.build import build
from collector.snapshot.inputs import Access, SnapshotInputs, StreamHealth
from collector.store.state import StreamState
from collector.vocabulary import texts
from collector.vocabulary.texts import LANGUAGES
from collector.web import words
from collector.web.scoreboard import _state_words, section
from tests.web.conftest import NOW

Ask = Callable[..., httpx.Response]


def _text(page: str) -> str:
    """What stands on the page, without tags."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_kpis_stand_with_their_values_days_and_reasons(ask: Ask) -> None:
    told = _text(ask("/?lang=en").text)

    assert "Revenue about revenue by channel 1,234,568 RUB" in told
    assert "33.3 % held · 20 Nov 2026 nothing to divide by 20 Nov 2026" in told
    assert "Sessions about traffic no source gives it" in told


def test_sources_stand_with_state_time_and_message(ask: Ask) -> None:
    told = _text(ask("/?lang=en").text)

    assert "crm / deals csv read 4 min ago 22 Nov 2026" in told
    assert "crm / leads csv file cannot be read; late, values held 24 h ago" in told
    assert "Not all figures are current. Late or failing: crm." in told


@pytest.mark.parametrize(
    ("path", "accept_language", "language"),
    [
        ("/", "", "ru"),
        ("/?project=club", "", "en"),
        ("/", "en-US,en;q=0.9,ru;q=0.8", "en"),
        ("/?project=club", "ru-RU", "ru"),
        ("/", "de", "ru"),
        ("/?lang=en", "ru", "en"),
        ("/?lang=xx", "", "ru"),
    ],
)
def test_the_language_is_the_links_then_the_browsers_then_the_projects(
    ask: Ask, path: str, accept_language: str, language: str
) -> None:
    answer = ask(path, accept_language=accept_language)

    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text


def test_russian(ask: Ask) -> None:
    told = _text(ask("/?lang=ru").text)

    assert "Выручка про revenue по каналам 1 234 568 RUB" in told
    assert "удержано" in told
    assert "файл не читается" in told


def test_what_a_vendor_sent_is_text_and_no_markup(ask: Ask) -> None:
    page = ask("/?lang=en").text

    assert "&lt;b&gt;leads.csv&lt;/b&gt;" in page
    assert "<b>leads.csv" not in page
    assert "<script" not in page


def test_the_page_needs_nothing_from_elsewhere(ask: Ask) -> None:
    answer = ask("/")
    style = re.search(r"<style>(.*?)</style>", answer.text, flags=re.S)
    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert not re.search(r"(src|href)=\"(https?:)?//", answer.text)
    assert "style=" not in answer.text


def test_before_the_first_snapshot_the_page_says_what_is_awaited(ask: Ask, daemon: Any) -> None:
    daemon.snapshot = None

    assert ask("/").status_code == 503
    assert "the first snapshot is not made yet" in ask("/?lang=en").text


def test_the_other_language_is_of_the_same_projects(ask: Ask) -> None:
    assert 'href="?lang=en&amp;project=club"' in ask("/?project=club&lang=ru").text
    assert 'href="?lang=en"' in ask("/?lang=ru").text


def test_an_unknown_project_is_not_found(ask: Ask) -> None:
    assert ask("/?project=nobody").status_code == 404


@pytest.mark.parametrize(
    ("value", "unit", "currency", "en", "ru"),
    [
        ("1234567.891", "money", "RUB", "1,234,568 RUB", "1 234 568 RUB"),
        ("-12.345", "money/lead", "EUR", "−12.35 EUR", "−12,35 EUR"),
        ("0.1234", "ratio", None, "12.3 %", "12,3 %"),
        ("42", "lead", None, "42", "42"),
        ("1.5", "lead", None, "1.50", "1,50"),
        ("300000", "second", None, "3.5 d", "3,5 дн."),
        ("259200", "second", None, "3 d", "3 дн."),
        ("90", "second", None, "90 s", "90 с"),
        ("1E+30", "lead", None, f"1{',000' * 10}", f"1{' 000' * 10}"),
    ],
)
def test_figures_are_written_as_people_write_them(
    value: str, unit: str, currency: str | None, en: str, ru: str
) -> None:
    def shown(language: texts.Language) -> str:
        found = words.figure(Decimal(value), unit=unit, currency=currency, language=language)
        return found.replace("\u00a0", " ").replace("\u202f", " ")

    assert (shown("en"), shown("ru")) == (en, ru)


def test_a_ratio_above_two_is_a_multiple() -> None:
    assert words.are_shares([Decimal("0.5"), Decimal("1.4")])
    assert not words.are_shares([Decimal("0.5"), Decimal("3.2")])
    assert words.figure(Decimal("3.2"), unit="ratio", currency=None, language="en", as_share=False) == "3.20"


def test_an_age_is_told_in_its_greatest_unit() -> None:
    ages = [timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=47), timedelta(days=3), timedelta(-1)]

    assert [words.age(age, "en") for age in ages] == ["30 s", "5 min", "47 h", "3 d", "0 s"]


def test_every_text_is_in_both_languages_and_every_reason_has_words() -> None:
    for table in (texts.TEXTS, texts.REASONS, texts.STATES, texts.FAILURES, texts.WINDOWS):
        for key, said in table.items():
            assert set(said) == {"en", "ru"}, key
    assert set(texts.REASONS) == set(UNDEFINED_REASONS)
    assert set(texts.FAILURES) == {*FAILURE_REASONS, *WAIT_REASONS}


def test_who_must_sign_in_again_is_told_so_with_the_end_of_access(inputs: SnapshotInputs) -> None:
    source = replace(inputs.sources[0], access=Access(needs_reauth=True, expires_at=inputs.now + timedelta(days=3)))
    snapshot = build(None, replace(inputs, sources=(source,)))
    english, russian = (section(snapshot, inputs.projects[0], language) for language in LANGUAGES)

    line = english.streams[0]
    assert (line.tone, line.state, line.access) == (
        "bad",
        "sign in again; read",
        "access until 26\u00a0Nov\u00a02026, 12:30",
    )
    assert russian.streams[0].state == "нужен повторный вход; прочитан"
    assert russian.streams[0].access == "доступ до 26\u00a0нояб.\u00a02026, 12:30"


@pytest.mark.parametrize(
    ("reason", "until", "language", "told"),
    [
        ("quota", NOW + timedelta(hours=2), "en", "waits for its quota until 14:30"),
        ("quota", NOW + timedelta(hours=2), "ru", "ждёт квоты до 14:30"),
        ("quota", NOW + timedelta(hours=20), "en", "waits for its quota until 24 Nov 2026, 08:30"),
        ("rate_limited", NOW + timedelta(hours=2), "en", "asked to slow down, waits until 14:30"),
    ],
)
def test_a_stream_that_waits_says_for_what_and_until_when(
    reason: str, until: datetime, language: texts.Language, told: str
) -> None:
    state = StreamState("shop", "crm", "deals", "since", state="waiting", reason=reason, waits_until=until)
    stream = StreamHealth(state, "fresh", timedelta(hours=1), days_missing=None)

    assert _state_words(NOW, ZoneInfo("Europe/Moscow"), stream, language, signed_out=False).replace("\xa0", " ") == told


def test_history_that_is_missing_is_told_in_days_and_doubts_about_what_was_read_in_words() -> None:
    state = StreamState("shop", "crm", "deals", "since", state="done", reason="sweep_refused")
    stream = StreamHealth(state, "fresh", timedelta(hours=1), days_missing=120)

    said = _state_words(NOW, ZoneInfo("Europe/Moscow"), stream, "en", signed_out=False)
    assert said == "too much would vanish at once; 120 days of history to be read"
