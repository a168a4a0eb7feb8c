"""What nobody uses goes: removed sources, hidden rows, channels of former rules, names."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import Connector, ConnectorSettings, Deal, Fact, Member, Part, Window, parts, stream
from collector.settings.model import Config
from collector.settings.sections import ChannelRule
from collector.store import configured
from collector.store import parts as store_parts
from collector.store.care.prune import preview, prune
from collector.store.care.task import Place, Taken
from collector.store.errors import Busy
from collector.store.locks import PollLocks
from tests.polling.bench import NOW, Bench


class Crm(Connector[ConnectorSettings]):
    """Visits by source and medium, and a file of deals."""

    name = "crm"

    @stream(every="1h", provides={"sessions": [("source_medium",)]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        for day in window.days():
            tag = self.__dict__.get("tag", f"s{day.day % 2} / cpc")
            yield Fact(day=day, measure="sessions", value=1, dimensions={"source_medium": tag})

    @stream(every="1h")
    def deals(self, part: Part) -> Iterator[Deal | Member]:
        at = datetime(2026, 11, 1, tzinfo=UTC)
        for number in range(self.__dict__.get("count", 20)):
            yield Deal(str(number), at, at, "won", Decimal(10), "RUB", at, customer_id=f"c{number}", manager="m1")
        yield Member("manager", "m1", "Ann")

    @parts(of="deals")
    def files(self) -> list[Part]:
        return [Part("deals", "v1", NOW)]


class Care(Bench):
    """A bench that prunes, by its configuration or another one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Crm, backfill="10d")
        self.locks = PollLocks(self.store.path)

    def prune(self, config: Config | None = None, **place: Any) -> list[Taken]:
        config = config or self.config
        configured.apply(self.store, config)
        return prune(Place(self.store, self.locks, **place), config, NOW)

    def rows(self, query: str) -> list[Any]:
        with self.store.read() as tx:
            return [tuple(row) for row in tx.exec_driver_sql(query)]

    def without(self) -> Config:
        """The configuration after the source was removed."""
        return replace(self.config, projects={"default": replace(self.project, sources={})})


TABLES = ("fact", "daily", "entity", "posting", "visit", "sample", "part", "covered", "title", "touched")


@pytest.fixture
def care(tmp_path: Path) -> Care:
    bench = Care(tmp_path)
    for name in ("visits", "deals"):
        assert bench.poll(name).ok
    return bench


def test_a_removed_source_leaves_no_row_behind(care: Care) -> None:
    assert care.status().streams
    taken = care.prune(care.without())

    assert {each.what for each in taken} >= {"removed sources"}
    assert {name: care.rows(f"SELECT count(*) FROM {name}")[0][0] for name in TABLES} == dict.fromkeys(TABLES, 0)
    assert care.status().streams == ()


def test_a_configured_source_keeps_all(care: Care) -> None:
    before = {name: care.rows(f"SELECT count(*) FROM {name}") for name in TABLES}

    assert care.prune() == []
    assert {name: care.rows(f"SELECT count(*) FROM {name}") for name in TABLES} == before


def test_a_removed_source_that_comes_back_begins_anew(care: Care) -> None:
    care.prune(care.without())
    assert care.prune() == []
    assert care.state("visits").state == "new"
    assert care.poll("visits").ok
    assert care.poll("deals").ok

    assert care.total("sessions") == 11
    assert care.total("deals_won") == 20


def test_one_that_still_polls_a_removed_source_harms_nobody(care: Care) -> None:
    """A daemon goes by its own configuration until it is reloaded."""
    care.prune(care.without())
    assert care.poll("visits").ok

    assert care.state("visits").state == "done"
    assert [each.what for each in care.prune(care.without())] == ["removed sources", "unused names"]


def test_a_pruned_name_is_not_in_the_way_of_a_new_one(care: Care) -> None:
    """`was:` hands data to a new name, unless that has data of its own."""
    with care.store.write() as tx:
        tx.exec_driver_sql("UPDATE stream SET source = 'old' WHERE source = 'src'")
        tx.exec_driver_sql(
            "INSERT INTO stream (project, source, name, kind, system, counted, history_complete, state) "
            "VALUES ('default', 'src', 'visits', 'window', 'src', 0, 0, 'pruned')"
        )
    settings = care.source.settings.model_copy(update={"was": "old"})
    renamed = replace(care.project, sources={"src": replace(care.source, settings=settings)})
    configured.apply(care.store, replace(care.config, projects={"default": renamed}))

    assert care.state("visits").state == "done"
    assert care.total("sessions") == 11


def test_a_removed_source_that_is_being_polled_is_waited_for(care: Care) -> None:
    number = care.numbers["default", "src", "visits"]
    assert care.locks.take(number)

    with pytest.raises(Busy):
        care.prune(care.without(), patience=0.1)
    care.locks.release(number)
    assert {each.what for each in care.prune(care.without())} >= {"removed sources"}


def test_rows_that_a_crash_left_hidden_go_but_not_those_of_a_poll_under_way(care: Care) -> None:
    number = care.numbers["default", "src", "visits"]
    with care.store.write() as tx:
        staged = store_parts.begin(tx, number, name="#staged")
        tx.exec_driver_sql("INSERT INTO fact VALUES (?, 1, 1, 1, '', 7, 0)", (staged,))
    assert care.locks.take(number)
    assert care.prune() == []
    care.locks.release(number)

    assert care.prune() == [Taken("hidden rows", "default", "src", 1)]
    assert care.rows("SELECT count(*) FROM fact WHERE value = 7") == [(0,)]
    assert care.rows(f"SELECT count(*) FROM part WHERE id = {staged}") == [(0,)]


def test_channels_that_former_rules_found_go(care: Care) -> None:
    former = care.rows("SELECT count(*) FROM dimset_channel")
    rules = (ChannelRule(channel="Email", source="s1"),)
    config = replace(care.config, projects={"default": replace(care.project, channels=rules)})
    configured.keep_up(care.store, config)
    assert care.rows("SELECT count(*) FROM grouping") == [(2,)]

    assert [each.what for each in care.prune(config)] == ["channels of former rules"]
    assert care.rows("SELECT count(*) FROM grouping") == [(1,)]
    assert care.rows("SELECT count(*) FROM dimset_channel") == former
    configured.keep_up(care.store, config)
    assert care.total("sessions", by="channel")["Email"] == 5


OPEN = """
import sys
from collector.store.connect import open_store
store = open_store(sys.argv[1])
with store.read() as tx:
    tx.exec_driver_sql("SELECT 1 FROM part").first()
print("open", flush=True)
sys.stdin.read()
"""


def test_names_that_nobody_uses_go_once_nobody_else_has_the_store_open(care: Care) -> None:
    sets = care.rows("SELECT count(*) FROM dimset")
    care.connector.__dict__["tag"] = "new / cpc"
    with care.store.write() as tx:
        tx.exec_driver_sql("DELETE FROM covered")
    assert care.poll("visits").ok
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, f"sqlite:///{care.store.path}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        assert care.prune() == []
        other.communicate("")
    assert [each.what for each in care.prune()] == ["unused names"]

    assert care.rows("SELECT count(*) FROM dimset") == [(sets[0][0] - 1,)]
    assert care.rows("SELECT value FROM member WHERE value LIKE 's%cpc'") == []
    care.connector.__dict__["tag"] = "s0 / cpc"
    with care.store.write() as tx:
        tx.exec_driver_sql("DELETE FROM covered")
    assert care.poll("visits").ok
    assert care.total("sessions", by="source_medium") == {"s0 / cpc": 11}


def test_the_preview_foresees_all_kinds(care: Care) -> None:
    assert preview(care.store, care.config, NOW) == []
    configured.apply(care.store, care.without())

    told = preview(care.store, care.without(), NOW)
    assert [each.what for each in told] == ["removed sources"] * 3
    assert [each for each in care.prune(care.without()) if each.what == "removed sources"] == told
