"""What people and programs are told: the command, the API, the page, the metrics; in English and Russian."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import get_args

import anyio
import httpx
import pytest

from collector.kpi.reconciliation.findings import Finding, MemberDrift, State
from collector.kpi.reconciliation.rule import Drift, Length
from collector.snapshot.reconciliation import reconciliation
from collector.snapshot.snapshot import Snapshot
from collector.vocabulary.reconciliation import CHECKS, DIMENSIONS, LACKS, SENTENCES, SHARED, known
from collector.vocabulary.texts import LANGUAGES, Language
from collector.web.app import make_app
from collector.web.openapi import CHECK
from collector.web.reconciliation import COLUMNS, row, sentence
from tests.kpi.conftest import Business
from tests.kpi.test_states import Face, day, snapshot

Run = Callable[..., str]
DOCS = (Path(__file__).parents[3] / "docs" / "reconciliation.md").read_text(encoding="utf-8")


def sessions(*, broken: int = 0, number: int = 1000) -> str:
    """Forty days through yesterday, the last ones with half."""
    lines = (f"{day(ago)},{number // 2 if ago <= broken else number}" for ago in range(40, 0, -1))
    return "\n".join(["day,sessions", *lines])


@pytest.fixture
def broken(business: Business) -> Business:
    """The primary source has lost half of its visits two days ago."""
    business.settings["kpis"] = ["traffic"]
    business.facts("ga", sessions(broken=2), site="shop", primary=True)
    business.facts("metrica", sessions(), site="shop")
    business.poll()
    return business


def asked(shown: Snapshot, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=make_app(Face(shown), route_prefix="/"))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
            return await client.get(path)

    return anyio.run(ask)


# ── the command ──────────────────────────────────────────────────────────────────────


def test_the_command_says_what_differs_since_when_by_how_much_and_what_to_do(
    broken: Business, kpi_collector: Run
) -> None:
    told = kpi_collector("--config", broken.config, "reconcile").replace("\u00a0", " ")

    assert re.search(r"web_sessions +drift +\S+ +-0\.035714 +2d +-0\.5 +0\.0 +-0\.5", told)
    assert (
        f"Sessions: the primary source ↔ the other one of the site: since {day(2)} the gap is \u221250 % instead of "
        f"the usual 0 % (sessions of the primary source 1 000, sessions of the other source 2 000 in the 2 days "
        f"through {day(1)}). The primary source's tag is gone from some pages" in told
    )


def test_it_speaks_russian(broken: Business, kpi_collector: Run) -> None:
    told = kpi_collector("--config", broken.config, "reconcile", "--lang", "ru").replace("\u00a0", " ")

    assert f"с {day(2)} расхождение \u221250 % вместо обычного 0 %" in told
    assert "пропал счётчик" in told


def test_programs_get_rows(broken: Business, kpi_collector: Run) -> None:
    (line,) = kpi_collector("--config", broken.config, "reconcile", "web_sessions", "--format", "json").splitlines()
    found = json.loads(line)
    (shown,) = csv.DictReader(io.StringIO(kpi_collector("--config", broken.config, "reconcile", "--format", "csv")))

    assert [*found] == ["project", *COLUMNS]
    assert (found["state"], found["drift"], found["since"]) == ("drift", -0.5, str(day(2)))
    assert [*shown] == COLUMNS
    assert shown["check"] == "web_sessions"


def test_of_a_past_day_it_says_what_was_then(broken: Business, kpi_collector: Run) -> None:
    then = str(day(2) - timedelta(days=1))
    (line,) = kpi_collector("--config", broken.config, "reconcile", "--at", then, "--format", "json").splitlines()

    assert (json.loads(line)["state"], json.loads(line)["through"]) == ("ok", then)


def test_a_check_that_is_not_there_is_a_mistake(broken: Business, kpi_collector: Run) -> None:
    kpi_collector("--config", broken.config, "reconcile", "sesions", code=2)


# ── the snapshot ─────────────────────────────────────────────────────────────────────


def test_metrics_the_page_and_the_api_say_the_same(broken: Business) -> None:
    shown = snapshot(broken.config)
    text = b"".join(shown.bodies["text"].plain).decode()
    of = '{project="default",check="web_sessions"'
    assert f"marketing_reconciliation_gap_ratio{of}}} -0.035714286" in text
    assert f'marketing_reconciliation_drift_ratio{of},window="2d"}} -0.5' in text
    assert f"marketing_reconciliation_alarm{of}}} 1" in text

    page = asked(shown, "/?lang=en").text.replace("\u00a0", " ")
    assert "but they do not agree as they did. Checks that have come apart: 1." in page
    assert f"since {day(2)} the gap is \u221250 %" in page

    (found,) = asked(shown, "/api/v1/reconciliation?check=web_sessions&lang=ru").json()
    assert found.keys() == CHECK["properties"].keys()
    assert (found["state"], found["since"]) == ("drift", str(day(2)))
    assert "пропал счётчик" in found["text"]
    assert asked(shown, "/api/v1/reconciliation?check=nothing").status_code == 404
    assert asked(shown, "/api/v1/reconciliation?lang=de").status_code == 404
    assert asked(shown, "/api/v1/reconciliation?format=csv").text.startswith("project,check,state")


def test_while_all_agrees_nobody_is_bothered(business: Business) -> None:
    business.settings["kpis"] = ["traffic"]
    for name, more in (("ga", {"site": "shop", "primary": True}), ("metrica", {"site": "shop"})):
        business.facts(name, sessions(), **more)
    business.poll()
    shown = snapshot(business.config)

    assert (
        'marketing_reconciliation_alarm{project="default",check="web_sessions"} 0'
        in b"".join(shown.bodies["text"].plain).decode()
    )
    assert "the figures can be trusted" in asked(shown, "/?lang=en").text


def test_what_cannot_be_judged_has_a_reason_and_no_sample() -> None:
    found = {
        family.name: family.samples for family in reconciliation("p", [Finding("forms_leads", lack="no_data")], "")
    }

    assert found["marketing_reconciliation_undefined"] == (
        ("", '{project="p",check="forms_leads",reason="no_data"}', "1"),
    )
    assert [name for name, samples in found.items() if samples] == ["marketing_reconciliation_undefined"]


# ── sentences ────────────────────────────────────────────────────────────────────────

OFF = Drift(2, -0.9, -0.1, -0.8, 0.3, is_alarm=True, since=739_700, a=10, b=100)
SCENES: dict[State, list[Finding]] = {
    "unknown": [Finding("forms_leads", lack=lack) for lack in LACKS],
    "ok": [Finding("forms_leads", gap=0.1)],
    "outside": [Finding("cut_sessions_channel", gap=0.5), Finding("crm_leads", a=40, b=39, gap=0.025)],
    "drift": [
        *(Finding(each.name, gap=0.0, drifts=(OFF,)) for each in CHECKS if not each.is_pattern),
        *(Finding(f"unassigned_{name}", gap=0.0, drifts=(OFF,)) for name in SHARED),
        *(Finding("clicks_sessions", gap=0.0, members=(MemberDrift(by, "x", "autumn", OFF),)) for by in DIMENSIONS),
        Finding("crm_deals", a=60, b=100, gap=-0.4, alarmed=True),
    ],
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", get_args(State))
def test_there_is_a_sentence_for_whatever_is_found(state: State, language: Language) -> None:
    for found in SCENES[state]:
        assert found.state == state
        told = sentence(found, language)
        assert len(told) > 20
        assert "{" not in told
        assert bool(re.search("[а-яё]", told)) is (language == "ru")
        assert row("p", found, language)["text"] == told


def test_a_member_that_explains_a_drift_is_named() -> None:
    told = sentence(SCENES["drift"][-2], "en")
    of_campaign = sentence(Finding("clicks_sessions", members=(MemberDrift("campaign", "7", "autumn", OFF),)), "en")

    assert "(site autumn)" in told
    assert "(campaign autumn)" in of_campaign


def test_a_member_that_is_but_a_small_part_of_it_is_not() -> None:
    whole = Drift(2, -0.5, 0, -0.5, 0.2, is_alarm=True, since=739_700, a=5_000, b=10_000)
    found = Finding("clicks_sessions", gap=0.0, drifts=(whole,), members=(MemberDrift("campaign", "7", "x", OFF),))

    assert found.alarm is whole
    assert found.culprit is None


# ── the docs ─────────────────────────────────────────────────────────────────────────


def _table(heading: str) -> list[list[str]]:
    section = re.split(r"^## ", DOCS, flags=re.MULTILINE)
    (mine,) = [each for each in section if each.startswith(f"{heading}\n")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in mine.splitlines() if line.startswith("|")]


def test_every_check_is_documented_with_its_band_and_no_others() -> None:
    rows = {name: cells for cells in _table("The checks")[2:] for name in re.findall(r"`([^`]+)`", cells[0])}
    names = [each.name for each in CHECKS if not each.is_pattern]
    names += ["cut_<measure>_<dimension>", *(f"unassigned_{name}" for name in SHARED)]

    assert sorted(rows) == sorted(names)
    for name, cells in rows.items():
        low, high = known(name).band
        told = [float(each) for each in re.findall(r"-?\d+", cells[3].replace("\u2212", "-"))]
        assert told == ([100 * low, 100 * high] if high else [0.0])


def test_every_reason_and_state_is_documented() -> None:
    assert [cells[0].strip("`") for cells in _table("The gap")[2:]] == [*LACKS]
    assert [cells[0].strip("`") for cells in _table("States")[2:]] == [*get_args(State)]


def test_lengths_are_windows_of_the_metric() -> None:
    assert get_args(Length) == (2, 7, 28)
    assert all(set(words) == set(LANGUAGES) for words in SENTENCES.values())
