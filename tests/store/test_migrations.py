"""What the migrations make is what the program believes to have; stores of all earlier versions are taken over.

`history/` holds such stores, as the programs of their time left them, and what they read.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import collector.store.migrations
from collector.cli import invoke
from collector.store.connect import SCHEMA, open_store
from collector.store.errors import StoreFull
from collector.store.migrate import upgrade
from collector.store.schema import metadata
from tests.polling.importer import dump

HISTORY = Path(__file__).parent / "history"
VERSIONS = [path.stem.removeprefix("schema_") for path in sorted(HISTORY.glob("schema_*.sql"))]
READ_AT = 1_780_290_000  # 2026-06-01 05:00 UTC


def test_the_migrations_lead_to_the_schema_of_the_program(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/collector.db")
    with store.read() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []
    store.close()


def test_the_last_migration_is_the_one_that_the_program_names() -> None:
    assert _scripts().get_current_head() == SCHEMA


def test_a_store_of_every_earlier_version_is_kept_here() -> None:
    known = {each.revision for each in _scripts().walk_revisions()}

    assert set(VERSIONS) == known - {SCHEMA}


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(str(collector.store.migrations.__file__)).parent))
    return ScriptDirectory.from_config(config)


# ── stores of earlier versions ───────────────────────────────────────────────────────


def files(folder: Path) -> Path:
    """What those programs read, as it was when they read it."""
    shutil.copytree(HISTORY, folder, ignore=shutil.ignore_patterns("*.sql", "*.md"))
    for path in folder.rglob("*.csv"):
        os.utime(path, (READ_AT, READ_AT))
    return folder


def old_store(folder: Path, version: str) -> Path:
    path = folder / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((HISTORY / f"schema_{version}.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA application_id = 0x4B504943")
        connection.execute("PRAGMA journal_mode = WAL")
    return path


def contents(folder: Path) -> dict[str, Any]:
    """All figures, with what they are made of."""
    store = open_store(f"sqlite:///{folder}/store.db")
    found = dump(store)
    with store.read() as tx:
        query = "SELECT currency, per, day, value FROM rate JOIN part ON part.id = part_id AND live ORDER BY 1, 2, 3"
        rates = [tuple(row) for row in tx.exec_driver_sql(query)]
    store.close()
    entities = [tuple(map(_unspaced, row)) for row in found["entities"]]
    return {**found, "entities": entities, "rates": rates}


def _unspaced(field: Any) -> Any:
    """A body as what it says: earlier programs wrote it with spaces."""
    return json.loads(field) if isinstance(field, str) and field.startswith("{") else field


def shown(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> list[Any]:
    capsys.readouterr()
    asked = ["kpi", "show", "--at", "2026-04-10", "--window", "30d", "--format", "json", *more]
    assert invoke([*asked, "--config", str(folder / "collector.yml")]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [{name: value for name, value in row.items() if name != "fresh"} for row in rows]


def polled(folder: Path) -> None:
    assert invoke(["poll", "--all", "--config", str(folder / "collector.yml")]) == 0


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same files, read by the program of today."""
    folder = files(tmp_path_factory.mktemp("fresh") / "shop")
    polled(folder)
    return folder


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_store_has_the_figures_of_one_that_is_filled_today(
    version: str, tmp_path: Path, fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = files(tmp_path / "shop")
    old_store(folder, version)

    for more in ((), ("--by", "channel"), ("--by", "pipeline")):
        assert shown(folder, capsys, *more) == shown(fresh, capsys, *more)
    assert any(row["value"] not in (None, "0") for row in shown(folder, capsys))
    assert contents(folder) == contents(fresh)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_store_that_reads_its_files_again_restates_nothing(
    version: str, tmp_path: Path, fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = files(tmp_path / "shop")
    old_store(folder, version)
    polled(folder)

    reports = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert [(state, restated) for _, _, _, state, _, restated, *_ in reports] == [("done", "0")] * 5
    assert contents(folder) == contents(fresh)


def test_what_people_call_a_member_is_taken_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = files(tmp_path / "shop")
    old_store(folder, "0001")

    rows = shown(folder, capsys, "sales", "--by", "manager")
    assert {row["manager"] for row in rows} >= {"Анна К."}


# ── a migration that fails ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", VERSIONS)
def test_a_migration_that_fails_half_way_leaves_the_file_as_it_was(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = old_store(tmp_path, version)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("collector.store.migrate.upgrade", _fail)
        with pytest.raises(RuntimeError, match="half-way"):
            open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before
    assert not Path(f"{path}-wal").exists()

    open_store(f"sqlite:///{path}").close()
    assert path.read_bytes() != before


def _fail(tx: Connection, revision: str) -> None:
    upgrade(tx, revision)
    raise RuntimeError("half-way")


FULL = """
import resource, sys
from collector.store.connect import open_store
from collector.store.errors import StoreFull
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    open_store(f"sqlite:///{sys.argv[1]}")
except StoreFull as error:
    sys.exit(str(error))
"""


def test_a_disk_that_is_full_during_a_migration_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = old_store(tmp_path, "0001")
    before = path.read_bytes()
    command = [sys.executable, "-c", FULL, str(path), str(60_000)]
    died = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (died.returncode, died.stderr) == (1, f"{StoreFull(str(path))}\n")
    assert path.read_bytes() == before
    open_store(f"sqlite:///{path}").close()
