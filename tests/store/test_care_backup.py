"""A backup is whole or not there, whatever happens meanwhile."""

import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from collector.store.care.backup import Backup, BackupFailed, back_up
from collector.store.connect import SCHEMA, Store, open_store
from collector.store.errors import StoreRefused


def fill(store: Store, rows: int = 20_000) -> None:
    with store.write() as tx:
        tx.exec_driver_sql("CREATE TABLE ballast (number INTEGER PRIMARY KEY, content BLOB)")
        tx.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO ballast SELECT i, randomblob(200) FROM n",
            (rows,),
        )


def test_a_backup_opens_as_the_store_it_was(store: Store, tmp_path: Path) -> None:
    store.names.measures(["sessions"])
    target = tmp_path / "backup.db"

    assert back_up(store.path, target) == Backup(target, SCHEMA, target.stat().st_size)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    copy = open_store(f"sqlite:///{target}")
    with copy.read() as tx:
        assert tx.exec_driver_sql("SELECT name FROM measure").scalar() == "sessions"
    copy.close()


def test_one_made_while_others_write_is_a_single_moment(store: Store, tmp_path: Path) -> None:
    fill(store)
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            with store.write() as tx:  # both or neither
                tx.exec_driver_sql("INSERT INTO measure (name) VALUES (?)", (f"m{number}",))
                tx.exec_driver_sql("INSERT INTO dimension (name) VALUES (?)", (f"m{number}",))

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(3):
        back_up(store.path, tmp_path / f"{number}.db")
    done.set()
    writer.join()

    for number in range(3):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as copy:
            tables = [
                copy.execute(f"SELECT name FROM {name} ORDER BY id").fetchall() for name in ("measure", "dimension")
            ]
            assert tables[0] == tables[1]
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_is_there_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear Ann")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")

    for target in (letter, tmp_path, store.path, tmp_path / "link"):
        with pytest.raises(BackupFailed, match="is there already"):
            back_up(store.path, target)
    assert letter.read_text() == "dear Ann"


def test_a_folder_that_is_not_there_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="no such file or directory"):
        back_up(store.path, tmp_path / "nowhere" / "backup.db")


def test_deleted_rows_are_not_in_it(store: Store, tmp_path: Path) -> None:
    store.names.measures(["secret_measure_name"])
    with store.write() as tx:
        tx.exec_driver_sql("DELETE FROM measure")
    back_up(store.path, tmp_path / "backup.db")

    assert b"secret_measure_name" not in (tmp_path / "backup.db").read_bytes()


def test_its_progress_goes_from_nothing_to_all(store: Store, tmp_path: Path) -> None:
    fill(store, 100_000)
    heard: list[float] = []
    back_up(store.path, tmp_path / "backup.db", progress=heard.append)

    assert heard == sorted(heard)
    assert heard[0] < 0.5 < heard[-1] <= 1


CHILD = """
import os, resource, sys
from pathlib import Path
from collector.store.care.backup import back_up
from collector.store.errors import StoreError

store, target, how = sys.argv[1:]
if how == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    try:
        back_up(Path(store), Path(target))
    except StoreError as error:
        sys.exit(str(error))
else:
    back_up(Path(store), Path(target), progress=lambda _: os._exit(9))
"""


def child(store: Store, target: Path, how: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", CHILD, str(store.path), str(target), how]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_full_disk_leaves_no_half_file(store: Store, tmp_path: Path) -> None:
    fill(store)
    target = tmp_path / "copies" / "backup.db"
    target.parent.mkdir()
    died = child(store, target, "full")

    assert died.returncode == 1
    assert died.stderr == f"backup {target}: the disk is full; no copy was made, and the store is as it was\n"
    assert list(target.parent.iterdir()) == []
    with store.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM ballast").scalar() == 20_000


def test_one_that_is_killed_is_no_backup_and_is_in_nobodys_way(store: Store, tmp_path: Path) -> None:
    fill(store, 100_000)
    target = tmp_path / "copies" / "backup.db"
    target.parent.mkdir()
    assert child(store, target, "killed").returncode == 9

    assert not target.exists()
    assert all(".part" in left.name for left in target.parent.iterdir())
    assert back_up(store.path, target).bytes > 10_000_000


def test_a_store_that_is_not_there_or_damaged_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="there is no store"):
        back_up(tmp_path / "none.db", tmp_path / "backup.db")
    (tmp_path / "letter.db").write_text("dear Ann" * 1000)
    with pytest.raises(StoreRefused, match="damaged or no SQLite database"):
        back_up(tmp_path / "letter.db", tmp_path / "backup.db")
    assert not (tmp_path / "backup.db").exists()
