"""The scoreboard's cells: how a figure has moved, and what is to be doubted of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from collector.kpi.values import Kpi, Value
from collector.snapshot.build import build
from collector.snapshot.inputs import SnapshotInputs
from collector.vocabulary.texts import Language
from collector.web.cells import Cell, cells

DAY = date(2026, 11, 22)


def cell(
    value: str | None,
    previous: str | None,
    *,
    unit: str = "lead",
    better: Any = "up",
    language: Language = "en",
    flags: frozenset[str] = frozenset(),
) -> Cell:
    kpi = Kpi("it", "it", unit, better, {}, {}, ("7d",))
    now, then = (None if each is None else Decimal(each) for each in (value, previous))
    found = Value("shop", "it", "7d", DAY, DAY, now, unit, flags=flags, previous=then)
    (told,) = cells(kpi, {"7d": found}, ["7d"], "22 Nov 2026", language)
    return told


def moved(*given: str | None, **more: Any) -> tuple[str, str] | None:
    move = cell(*given, **more).move
    return None if move is None else (move.shown.replace("\u00a0", " "), move.tone)


@pytest.mark.parametrize(
    ("better", "up", "down"), [("up", "good", "bad"), ("down", "bad", "good"), ("within", "flat", "flat")]
)
def test_a_move_is_good_or_bad_as_the_kpi_says(better: str, up: str, down: str) -> None:
    assert moved("120", "100", better=better) == ("▲ 20.0 %", up)
    assert moved("75", "100", better=better) == ("▼ 25.0 %", down)


def test_shares_move_by_points() -> None:
    assert moved("0.25", "0.2", unit="ratio") == ("▲ 5.0 points", "good")
    assert moved("0.25", "0.2", unit="ratio", language="ru") == ("▲ 5,0 п. п.", "good")


def test_a_multiple_moves_by_per_cent_of_what_it_was() -> None:
    assert moved("3", "2.5", unit="ratio") == ("▲ 20.0 %", "good")


def test_from_nothing_a_figure_moves_by_itself() -> None:
    assert moved("7", "0") == ("▲ 7", "good")


def test_what_did_not_move_says_so() -> None:
    assert moved("7", "7") == ("→", "flat")


def test_without_an_earlier_value_nothing_is_said() -> None:
    assert moved("7", None) is None
    assert moved(None, "7") is None


def test_what_it_was_is_told_beside() -> None:
    move = cell("120", "100").move

    assert move is not None
    assert move.title == "in the window before: 100"


def test_doubts_are_told_in_sentences_of_the_readers_language() -> None:
    doubted = frozenset({"partial", "vat_unset"})

    english, russian = cell("7", None, flags=doubted).doubts, cell("7", None, flags=doubted, language="ru").doubts

    assert english is not None
    assert english.startswith("partial: some of these days' data")
    assert russian is not None
    assert "с НДС суммы или без" in russian


# ── on the page ──────────────────────────────────────────────────────────────────────


def test_moves_and_doubts_stand_on_the_page_with_a_legend(
    ask: Callable[..., httpx.Response], daemon: Any, inputs: SnapshotInputs
) -> None:
    shop, club = inputs.values
    first, *others = shop.values
    first = replace(first, previous=Decimal(1_000_000), flags=frozenset({"provisional"}))
    daemon.snapshot = build(None, replace(inputs, values=(replace(shop, values=(first, *others)), club)))

    page = ask("/?lang=en").text.replace("\u00a0", " ")

    assert '<span class="move good" title="in the window before: 1,000,000 RUB">▲ 23.5 %</span>' in page
    assert '<span class="doubt" title="provisional: a source may still restate the last day">*</span>' in page
    assert "<li>* provisional: a source may still restate the last day</li>" in page


def test_a_flag_of_a_plugin_is_text_and_no_markup(
    ask: Callable[..., httpx.Response], daemon: Any, inputs: SnapshotInputs
) -> None:
    shop, club = inputs.values
    first, *others = shop.values
    first = replace(first, flags=frozenset({'"><script>'}))
    daemon.snapshot = build(None, replace(inputs, values=(replace(shop, values=(first, *others)), club)))

    assert "<script" not in ask("/").text
