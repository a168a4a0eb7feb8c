"""The store's care, typed."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import pytest

from collector.store.connect import SCHEMA

CONFIG = """
currency: EUR
store: sqlite:///store.db
{more}
sources:
  crm:
    connector: csv
    record: deal
    path: deals.csv
    columns: {{id: id, customer_id: customer, closed_at: date, amount: amount, yclid: yclid}}
    constants: {{status: won}}
  ads: {{connector: csv, record: fact, path: ads.csv, columns: {{day: day, campaign: campaign, spend: spend}}}}
"""
ANN = "contact:ZQX-7781-forget-me"
TODAY = datetime.now(UTC).date()


def day(back: int) -> str:
    return (TODAY - timedelta(days=back)).isoformat()


def put(folder: Path, name: str, text: str) -> None:
    """A file that came to rest an hour ago, but today: yesterday is whole in it. Each time at another instant."""
    (folder / name).write_text(text)
    midnight = datetime.combine(TODAY, clock_time(), UTC).timestamp()
    old = max(time.time() - 3600 + len(text) % 1000, midnight + len(text) % 10)
    os.utime(folder / name, (old, old))


@pytest.fixture
def shop(tmp_path: Path, cli: Any) -> Path:
    """Old and young deals and costs, read."""
    deals = [f"{n},contact:{n},{day(n)},10,\n" for n in range(1, 20)]
    deals += [f"a{n},{ANN},{day(n)},100,777001777\n" for n in (1, 5, 300, 500)]
    put(tmp_path, "deals.csv", "id,customer,date,amount,yclid\n" + "".join(deals))
    put(tmp_path, "ads.csv", "day,campaign,spend\n" + "".join(f"{day(n)},k{n % 3},1\n" for n in range(1, 400)))
    configure(tmp_path)
    assert cli("poll", "--all").code == 0
    return tmp_path


def configure(folder: Path, more: str = "") -> None:
    (folder / "collector.yml").write_text(CONFIG.format(more=more))


def value(cli: Any, kpi: str, window: str = "30d", *more: str) -> Any:
    outcome = cli("kpi", "show", kpi, "--window", window, "--format", "json", *more)
    row = json.loads(outcome.out)
    return row["undefined"] or row["value"]


# ── backup ───────────────────────────────────────────────────────────────────────────


def test_a_backup_is_told_with_its_size_and_can_be_put_in_place(cli: Any, shop: Path) -> None:
    before = value(cli, "revenue")
    outcome = cli("store", "backup", "copy.db", "--format", "json")
    told = json.loads(outcome.out)

    assert outcome.code == 0
    assert told == {"path": "copy.db", "schema": SCHEMA, "bytes": (shop / "copy.db").stat().st_size}
    for name in ("store.db", "store.db-wal", "store.db-shm"):
        (shop / name).unlink(missing_ok=True)
    (shop / "copy.db").rename(shop / "store.db")
    assert value(cli, "revenue") == before


def test_a_backup_overwrites_nothing(cli: Any, shop: Path) -> None:
    outcome = cli("store", "backup", "deals.csv")

    assert outcome.code == 1
    assert outcome.err == "Error: backup deals.csv: is there already; no copy was made, and the store is as it was\n"


def test_a_backup_makes_no_store_and_changes_none(cli: Any, tmp_path: Path) -> None:
    configure(tmp_path)
    assert cli("store", "backup", "copy.db").code == 1
    assert not (tmp_path / "store.db").exists()


# ── status --verify ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("full", [(), ("--full",)])
def test_a_store_that_is_well_is_said_to_be(cli: Any, shop: Path, full: tuple[str, ...]) -> None:
    outcome = cli("store", "status", "--verify", *full)

    assert outcome.code == 0
    assert outcome.out.splitlines()[-1].startswith("verified: all is well")
    assert outcome.err == ""


def test_what_is_wrong_is_a_sentence_and_exit_code_1(cli: Any, shop: Path) -> None:
    with closing(sqlite3.connect(shop / "store.db")) as connection, connection:
        connection.execute("UPDATE daily SET value = value + 1")
    outcome = cli("store", "status", "--verify", "--full")
    as_json = cli("store", "status", "--verify", "--format", "json")

    assert outcome.code == as_json.code == 1
    assert "fault: ads/rows: " in outcome.err
    assert "daily figures are not the sums of its facts; run `store rebuild`" in outcome.err
    verified = json.loads(as_json.out)["verified"]
    assert (verified["full"], len(verified["faults"]), verified["notes"]) == (False, 1, [])

    assert cli("store", "rebuild").code == 0
    assert cli("store", "status", "--verify", "--full").code == 0


def test_full_is_a_way_to_verify(cli: Any, shop: Path) -> None:
    assert cli("store", "status", "--full").code == 2
    assert "verified" not in json.loads(cli("store", "status", "--format", "json").out)


# ── rebuild ──────────────────────────────────────────────────────────────────────────


def test_a_rebuild_tells_how_many_figures_changed(cli: Any, shop: Path) -> None:
    outcome = cli("store", "rebuild")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == "0 figures changed"

    with closing(sqlite3.connect(shop / "store.db")) as connection, connection:
        connection.execute("UPDATE daily SET value = 0 WHERE part_id IN (SELECT part_id FROM fact)")
    rows = [json.loads(line) for line in cli("store", "rebuild", "--format", "json").out.splitlines()]
    assert [(row["source"], row["what"], row["changed"] > 0) for row in rows] == [
        ("ads", "facts", True),
        ("crm", "leads and deals", False),
    ]
    assert value(cli, "spend") == "30"


def test_only_a_project_that_there_is_can_be_rebuilt(cli: Any, shop: Path) -> None:
    assert cli("store", "rebuild", "--project", "default").code == 0
    outcome = cli("store", "rebuild", "--project", "deflt")
    assert (outcome.code, "there are default" in outcome.err) == (2, True)


# ── prune ────────────────────────────────────────────────────────────────────────────


def test_without_retention_there_is_nothing_to_remove(cli: Any, shop: Path) -> None:
    assert cli("store", "prune").out == "there is nothing to remove\n"


def test_retention_takes_what_is_old_and_windows_that_reach_there_are_too_short(cli: Any, shop: Path) -> None:
    kpis = ("revenue", "sales", "spend", "cac", "new_customers", "returning_customers")
    before = {kpi: value(cli, kpi, "90d") for kpi in kpis}
    configure(shop, "retention: 120d")
    foreseen = cli("store", "prune", "--dry-run", "--format", "json").out
    assert value(cli, "sales", "365d") == "22"

    outcome = cli("store", "prune", "--format", "json")
    rows = [json.loads(line) for line in outcome.out.splitlines()]
    assert {(row["source"], row["what"], row["rows"]) for row in rows} >= {
        ("ads", "facts", 279),
        ("crm", "leads and deals", 1),  # the first won deal of 500 days ago stays, the second one goes
    }
    assert foreseen.splitlines() == outcome.out.splitlines()[:2]
    assert {kpi: value(cli, kpi, "90d") for kpi in kpis} == before
    assert value(cli, "sales", "365d") == "too_short"
    assert value(cli, "spend", "365d") == "too_short"
    assert cli("store", "prune").out == "there is nothing to remove\n"


def test_a_removed_source_keeps_its_data_until_it_is_pruned(cli: Any, shop: Path) -> None:
    whole = (shop / "collector.yml").read_text()
    (shop / "collector.yml").write_text(whole[: whole.index("  ads:")])
    assert cli("store", "status").code == 0
    with closing(sqlite3.connect(shop / "store.db")) as connection:
        assert connection.execute("SELECT count(*) FROM fact").fetchone() == (399,)

    outcome = cli("store", "prune", "--format", "csv")
    assert outcome.out.splitlines()[1] == f"default,ads,removed sources,{3 * 399}"
    assert [each["source"] for each in json.loads(cli("store", "status", "--format", "json").out)["streams"]] == ["crm"]
    with closing(sqlite3.connect(shop / "store.db")) as connection:
        assert connection.execute("SELECT count(*) FROM fact").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM dimset").fetchone() == (0,)


# ── forget ───────────────────────────────────────────────────────────────────────────


def bytes_with(folder: Path, text: str) -> list[str]:
    return sorted(path.name for path in folder.glob("*.db*") if text.encode() in path.read_bytes())


def test_a_person_is_forgotten_also_when_the_file_is_read_again(cli: Any, shop: Path) -> None:
    kpis = ("revenue", "sales", "new_customers", "returning_customers")
    before = {kpi: value(cli, kpi, "365d") for kpi in kpis}
    assert bytes_with(shop, ANN)

    outcome = cli("store", "forget", ANN, "--yes")

    assert outcome.code == 0
    assert outcome.out == f"forgotten: {ANN}; 0 leads and 4 deals count on without a name\n"
    assert bytes_with(shop, ANN) == bytes_with(shop, "777001777") == []
    assert {kpi: value(cli, kpi, "365d") for kpi in kpis} == before

    put(shop, "deals.csv", (shop / "deals.csv").read_text() + f"new,{ANN},{day(2)},1,777001777\n")
    assert cli("poll", "--all").code == 0
    assert cli("store", "backup", "copy.db").code == 0
    assert bytes_with(shop, ANN) == bytes_with(shop, "777001777") == []
    assert value(cli, "sales", "365d") == str(int(before["sales"]) + 1)
    assert value(cli, "new_customers", "365d") == before["new_customers"]
    assert cli("store", "rebuild").out.splitlines()[-1] == "0 figures changed"


def test_whoever_is_not_known_or_forgotten_already_is_told(cli: Any, shop: Path) -> None:
    unknown = cli("store", "forget", "contact:nobody", "--yes")
    assert (unknown.code, "no customer 'contact:nobody' is known here" in unknown.err) == (1, True)

    assert cli("store", "forget", ANN, "--yes").code == 0
    again = cli("store", "forget", ANN, "--yes")
    assert (again.code, again.err) == (1, f"Error: {ANN} was forgotten already\n")


def test_one_that_was_cut_off_goes_on(cli: Any, shop: Path) -> None:
    assert cli("store", "forget", ANN, "--yes").code == 0
    with closing(sqlite3.connect(shop / "store.db")) as connection, connection:
        connection.execute("UPDATE forgotten SET wiped = 0")

    outcome = cli("store", "forget", ANN, "--yes")
    assert (outcome.code, outcome.out) == (0, f"forgotten: {ANN}; what was left to do is done\n")


def test_nobody_is_forgotten_without_a_yes(cli: Any, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = cli("store", "forget", ANN)
    assert (outcome.code, "say --yes" in outcome.err) == (2, True)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    outcome = cli("store", "forget", ANN)
    assert (outcome.code, "nobody was forgotten" in outcome.err) == (1, True)
    assert bytes_with(shop, ANN)


def test_an_id_of_two_systems_has_to_be_said_of_which(cli: Any, shop: Path) -> None:
    second = "  shop: {connector: csv, record: lead, path: leads.csv, columns: {created_at: day, customer_id: who}"
    with (shop / "collector.yml").open("a") as file:
        file.write(second + ", constants: {status: open}}\n")
    put(shop, "leads.csv", f"day,who\n{day(3)},{ANN}\n")
    assert cli("poll", "shop").code == 0

    outcome = cli("store", "forget", ANN, "--yes")
    assert outcome.code == 2
    assert "crm of project default, shop of project default. Say which with --system" in outcome.err
    of_shop = cli("store", "forget", ANN, "--yes", "--system", "shop")
    assert of_shop.out == f"forgotten: {ANN}; 1 leads and 0 deals count on without a name\n"
    assert "warning: the same text still stands in entity.body; it is not this customer's id there" in of_shop.err
    assert cli("store", "forget", ANN, "--yes").code == 0
    assert bytes_with(shop, ANN) == []


# ── a full disk ──────────────────────────────────────────────────────────────────────

FULL = f"""
import resource, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from collector.store.connect import SCHEMA
from collector.cli import invoke
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
sys.exit(invoke(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "command", [("backup", "copy.db"), ("rebuild",), ("prune",), ("forget", ANN, "--yes")], ids=lambda words: words[0]
)
def test_a_full_disk_is_told_and_nothing_is_lost(cli: Any, shop: Path, command: tuple[str, ...]) -> None:
    kpis = ("revenue", "sales", "spend", "new_customers", "returning_customers")
    before = {kpi: value(cli, kpi, "90d") for kpi in kpis}
    configure(shop, "retention: 120d")
    typed = [sys.executable, "-c", FULL, "store", *command]
    died = subprocess.run(typed, capture_output=True, text=True, check=False, cwd=shop)

    assert died.returncode == 1
    assert "the disk is full" in died.stderr
    assert "Traceback" not in died.stderr
    assert not (shop / "copy.db").exists()
    assert {kpi: value(cli, kpi, "90d") for kpi in kpis} == before
    assert cli("store", *command).code == 0
    assert {kpi: value(cli, kpi, "90d") for kpi in kpis} == before
    assert cli("store", "status", "--verify", "--full").code == 0
