"""The KPI engine before an independent judge.

Whole small businesses are made up, written down as files, read by the program through its
command line alone, and every figure is held against what plain Python finds by the method's
texts. The judge (tests/kpi/judge) shares no code with the program: what it says, it says
without having looked.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kpi.judge.channels import by_tags
from tests.kpi.judge.compare import Judge, Question
from tests.kpi.judge.files import Folder
from tests.kpi.judge.invent import invent
from tests.kpi.judge.restate import earlier
from tests.kpi.judge.small import worlds
from tests.kpi.judge.tags import KNOWN, UNKNOWN, Tags
from tests.kpi.judge.world import NOT_SET, Facts, Row, World

WINDOWS = ("1d", "7d", "28d", "30d", "90d", "365d", "wtd", "mtd", "qtd", "ytd", "all")
Program = Callable[..., str]


@dataclass(frozen=True)
class Scene:
    """A business by its zone and its features, and by what it is broken down."""

    zone: str
    features: str = ""
    by: str = "manager pipeline region"


SCENES = {
    "sales": Scene("Europe/Moscow", "shops dedup gaps"),
    "costs": Scene("America/New_York", "costs life regional gaps", "region campaign channel"),
    "restated": Scene("Australia/Lord_Howe", "costs restated", "manager campaign"),
    "visits": Scene("Australia/Lord_Howe", "web sites", "manager campaign"),
    "networks": Scene("Europe/Moscow", "social nomargin", "network"),
    "answers": Scene("Europe/Moscow", "answers hours posts", "manager region network"),
    "vat": Scene("Europe/Moscow", "vat costs life", "pipeline campaign"),
    "channels": Scene("Europe/Moscow", "channels web costs", "channel campaign source_medium manager"),
    "rules": Scene("Australia/Lord_Howe", "channels macros cases web rules shops restated", "channel source_medium"),
    "first_touch": Scene("America/New_York", "channels first life vat costs", "channel pipeline campaign"),
    "filtered": Scene("Europe/Moscow", "channels where web costs vat", "campaign manager channel region"),
    "options": Scene("America/New_York", "channels costs where lag constants calls", "channel manager campaign"),
}
MORE_SCENES = {
    "any_hour": Scene("America/New_York", "answers posts", "manager region network"),
    "all_customers": Scene("Europe/Moscow", "channels costs all_customers", "channel"),
    "no_vat": Scene("Europe/Moscow", "novat costs", "pipeline campaign"),
    "all": Scene(
        "Australia/Lord_Howe",
        "channels rules web sites cases macros costs life regional vat answers social shops where lag constants "
        "calls dedup gaps restated",
        "channel manager campaign region source_medium network",
    ),
}
# What the program cannot do yet (today nothing), each with a scene that shows it. The other scenes go without
# until it can, and then it has to leave this list: these scenes must fail.
PENDING: dict[str, Scene] = {}


def read(world: World, folder: Path, program: Program, *, age: int = 0) -> Judge:
    """A judge of the world, once the program has read its files."""
    config = Folder(world, folder, age=age).write()
    program("--config", config, "poll", "--all")
    return Judge(world, config, program)


def judge(
    scene: Scene, seed: int, folder: Path, program: Program, pending: Collection[str] = frozenset(PENDING)
) -> None:
    """Ask of days all over the life of a business, and a little around it."""
    features = set(scene.features.split()) - set(pending)
    world, random = invent(seed, scene.zone, features), Random(seed)
    if "restated" in world.features:
        before = earlier(world, random)
        within = before.start + timedelta(days=random.randrange(world.length))
        faults = read(before, folder, program, age=2).faults(Question(within, "ytd"))
        assert not faults, "\n".join(faults)
    judged, faults = read(world, folder, program), []
    for question in questions(world, scene.by.split(), random):
        faults += judged.faults(question)
    assert not faults, "\n".join(faults)


def questions(world: World, dimensions: list[str], random: Random) -> Iterator[Question]:
    """Of all the time at its end, of days at random, of the KPIs' own windows, of a day without rates."""
    some = [world.start + timedelta(days=random.randrange(-3, world.length + 40)) for _ in range(3)]
    end = world.start + timedelta(days=world.length + 40)
    yield Question(some[0])
    yield from (Question(end, "all", by) for by in (None, *dimensions))
    for day in (date(2024, 2, 29), *some):
        yield from (Question(day, random.choice(WINDOWS), by) for by in (None, random.choice(dimensions)))
    for day in world.rates if "gaps" in world.features else ():
        if not any(day + timedelta(days=age) in world.rates for age in range(1, 11)):
            yield from (Question(day + timedelta(days=age), "1d") for age in (10, 11))


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_random_businesses_come_to_what_plain_python_finds(
    scene: Scene, tmp_path: Path, kpi_collector: Program
) -> None:
    judge(scene, 1, tmp_path, kpi_collector)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 22))
@pytest.mark.parametrize("scene", (SCENES | MORE_SCENES).values(), ids=SCENES | MORE_SCENES)
def test_many_random_businesses_come_to_what_plain_python_finds(
    scene: Scene, seed: int, tmp_path: Path, kpi_collector: Program
) -> None:
    judge(scene, seed, tmp_path, kpi_collector)


@pytest.mark.parametrize("lacking", PENDING)
@pytest.mark.xfail(strict=True, raises=AssertionError, reason="the program cannot do it yet")
def test_what_is_pending_still_fails(lacking: str, tmp_path: Path, kpi_collector: Program) -> None:
    for seed in (1, 2, 3):
        judge(PENDING[lacking], seed, tmp_path / str(seed), kpi_collector, PENDING.keys() - {lacking})


# ── small worlds ─────────────────────────────────────────────────────────────────────

DAYS = st.integers(0, 220).map(lambda number: date(2024, 3, 1) + timedelta(days=number))
QUESTIONS = st.lists(
    st.builds(Question, DAYS, st.sampled_from(("1d", "7d", "90d", "mtd")), st.sampled_from((None, "manager"))),
    min_size=1,
    max_size=2,
)
AT_LAST = (Question(date(2025, 12, 31), "all"), Question(date(2025, 12, 31), "all", "manager"))
FEW = settings(max_examples=max(15, settings().max_examples // 5))


def judge_small(world: World, questions: list[Question], program: Program) -> None:
    with TemporaryDirectory() as folder:
        judged = read(world, Path(folder), program)
        for question in questions:
            faults = judged.faults(question)
            assert not faults, "\n".join(faults)


@FEW
@given(world=worlds(), questions=QUESTIONS)
def test_leads_and_customers_of_small_businesses_are_counted_by_the_rules(
    world: World, questions: list[Question], kpi_collector: Program
) -> None:
    judge_small(world, [*AT_LAST, *questions], kpi_collector)


@FEW
@given(world=worlds(channels=True), questions=QUESTIONS)
def test_channels_of_small_businesses_go_by_the_order_of_evidence(
    world: World, questions: list[Question], kpi_collector: Program
) -> None:
    by_channel = [replace(question, by="channel") for question in questions]
    judge_small(world, [replace(AT_LAST[0], by="channel"), *by_channel], kpi_collector)


# ── tags whose channel is known ──────────────────────────────────────────────────────


@pytest.mark.parametrize("tags", [*KNOWN, *UNKNOWN], ids=lambda tags: f"{tags.source}/{tags.medium}/{tags.campaign}")
def test_the_judge_knows_the_channel_of_known_tags(tags: Tags) -> None:
    assert (by_tags([], tags.source, tags.medium, tags.campaign or "") or "Unassigned") == tags.channel


def test_visits_by_known_tags_are_in_the_channels_that_people_would_say(tmp_path: Path, kpi_collector: Program) -> None:
    world = invent(1, "Europe/Moscow", ["web"])
    cut, day = ("source_medium", "campaign"), world.start
    told = {tags: f"{tags.source} / {tags.medium or NOT_SET}" for tags in KNOWN}
    rows = [
        Row(day, {"sessions": Decimal(2**number)}, "", cut, {"source_medium": pair, "campaign": tags.campaign or ""})
        for number, (tags, pair) in enumerate(told.items())
    ]
    world.facts = [Facts(name="site", measures=("sessions",), rows=rows, cuts=(cut,))]
    expected: dict[str, int] = {}
    for number, tags in enumerate(told):
        expected[tags.channel] = expected.get(tags.channel, 0) + 2**number

    shown = read(world, tmp_path, kpi_collector).shown(Question(day, "1d", "channel"))["traffic", "1d"]

    assert {member: int(line["value"]) for member, line in shown.items()} == expected
