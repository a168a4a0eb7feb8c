"""What `check` tells of an access, and what tokens of each kind read, on the simulator."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import Forbidden
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from connectors.vk.plugin import Vk
from connectors.vk.simulator import VkSimulator


@contextmanager
def source(folder: Path, kind: str = "user", says: str | None = None) -> Iterator[tuple[Bench, VkSimulator]]:
    """A source with a token of a kind, which it may call by another."""
    trial = Trial(Vk, Plot(VkSimulator), folder)
    with trial.ground() as (ground, clock):
        simulator = ground.simulator
        assert isinstance(simulator, VkSimulator)
        token: Any = {"access_token": simulator.tokens[kind], "token_kind": says or kind}  # type: ignore[index]
        with trial.bench(ground, clock, token) as bench:
            yield bench, simulator


def told(bench: Bench) -> list[str]:
    return list(bench.run(bench.connector.check))


@pytest.mark.parametrize("kind", ["user", "service", "community"])
def test_an_access_that_works_has_nothing_to_tell(kind: str, tmp_path: Path) -> None:
    with source(tmp_path, kind) as (bench, _):
        assert told(bench) == []


@pytest.mark.parametrize(
    ("kind", "streams"),
    [("user", {"posts", "stats", "followers"}), ("service", {"posts", "followers"}), ("community", {"followers"})],
)
def test_a_token_reads_what_its_kind_may(kind: str, streams: set[str], tmp_path: Path) -> None:
    with source(tmp_path, kind) as (bench, simulator):
        reports = {report.stream: report for report in bench.poll_all()}

        assert set(reports) == streams
        assert all(report.ok and report.records for report in reports.values())
        assert not simulator.journal.overruns


def test_posts_are_the_same_by_a_service_token_but_for_their_reach(tmp_path: Path) -> None:
    posts = {}
    for kind in ("user", "service"):
        (tmp_path / kind).mkdir()
        with source(tmp_path / kind, kind) as (bench, _):
            bench.poll_all()
            posts[kind] = {str(row[3]): json.loads(str(row[7])) for row in bench.books()["entities"]}
    for each in posts["user"].values():
        del each["reach"], each["clicks"]
    assert posts["user"] == posts["service"]


@pytest.mark.parametrize(
    ("kind", "sentence"), [("service", "token_kind: service"), ("community", "token_kind: community")]
)
def test_a_token_of_another_kind_than_was_said_is_told(kind: str, sentence: str, tmp_path: Path) -> None:
    with source(tmp_path, kind, says="user") as (bench, _):
        reports = {report.stream: report for report in bench.poll_all()}

        assert {name: report.reason for name, report in reports.items()} == {
            "stats": "forbidden",
            "posts": "forbidden",
            "followers": None,
        }
        assert sentence in (reports["stats"].message or "")


def test_days_that_are_not_the_projects_are_told(tmp_path: Path) -> None:
    with source(tmp_path) as (bench, simulator):
        simulator.switches.begins_at_moscow = True

        assert told(bench) == ["VK's days are those of Europe/Moscow, the project's of UTC"]
        assert bench.poll_all()[-1].ok


def test_what_is_hidden_is_told(tmp_path: Path) -> None:
    with source(tmp_path, "community") as (bench, simulator):
        simulator.switches.hides_members = simulator.switches.is_closed = True

        assert told(bench) == [
            "the community is closed: only its members see its posts",
            "VK does not tell how many followers there are: the community hides it from this token",
        ]


def test_a_closed_wall_is_refused(tmp_path: Path) -> None:
    with source(tmp_path) as (bench, simulator):
        simulator.switches.is_closed = True

        with pytest.raises(Forbidden, match="only for community members"):
            told(bench)


def test_counters_that_are_hidden_are_unknown_and_come_back(tmp_path: Path) -> None:
    with source(tmp_path) as (bench, simulator):
        simulator.switches.hides_views = simulator.switches.hides_comments = True
        assert all(report.ok for report in bench.poll_all())
        assert not any('"views"' in str(row[7]) or '"comments"' in str(row[7]) for row in bench.books()["entities"])

        simulator.switches.hides_views = False
        assert all(report.ok for report in bench.poll_all())
        assert any('"views"' in str(row[7]) for row in bench.books()["entities"])
