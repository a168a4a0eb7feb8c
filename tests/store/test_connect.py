"""A store is opened, made, or refused untouched."""

import os
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from collector.store.connect import SCHEMA, open_store
from collector.store.errors import StoreFull, StoreRefused


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_a_new_store_belongs_to_its_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "collector.db"
    open_store(url(path)).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_store_opens_again_with_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "collector.db"
    store = open_store(url(path))
    store.names.measures(["sessions"])
    store.close()
    store = open_store(url(path))

    with store.read() as tx:
        assert tx.exec_driver_sql("SELECT name FROM measure").scalar() == "sessions"
    store.close()


def test_a_write_that_is_under_way_is_told(tmp_path: Path) -> None:
    store = open_store(url(tmp_path / "collector.db"))
    assert store.write_seconds == 0
    with store.write():
        assert store.write_seconds > 0
    with suppress(ZeroDivisionError), store.write():
        _ = 1 / 0

    assert store.write_seconds == 0
    store.close()


def refused(path: Path) -> str:
    before = path.read_bytes()
    with pytest.raises(StoreRefused) as refusal:
        open_store(url(path))
    assert path.read_bytes() == before
    return str(refusal.value)


def test_a_file_that_is_no_database_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "collector.db"
    path.write_bytes(b"not a database, but a letter" * 100)

    assert "damaged or no SQLite database" in refused(path)


def test_a_damaged_store_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "collector.db"
    store = open_store(url(path))
    store.names.measures([f"measure_{n}" for n in range(5000)])
    store.close()
    content = bytearray(path.read_bytes())
    content[8192:-4096] = os.urandom(len(content) - 8192 - 4096)
    path.write_bytes(content)

    assert "damaged" in refused(path)


def test_a_newer_store_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "collector.db"
    open_store(url(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    assert f"has schema 9999, this version of kpi-collector knows {SCHEMA}" in refused(path)


def test_another_programs_database_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()

    assert "is a database of another program" in refused(path)


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")

    with pytest.raises(StoreRefused, match="cannot be written"):
        open_store(url(blocker / "collector.db"))
    with pytest.raises(StoreRefused, match="is a folder"):
        open_store(url(tmp_path))


def test_a_server_that_is_not_served_yet_is_refused_without_its_password() -> None:
    with pytest.raises(StoreRefused) as refusal:
        open_store("postgresql://me:canary@localhost/kpi")

    assert "only SQLite" in str(refusal.value)
    assert "canary" not in str(refusal.value)


def test_a_full_disk_takes_back_what_was_being_written(tmp_path: Path) -> None:
    store = open_store(url(tmp_path / "collector.db"))
    store.names.measures(["kept"])
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    def fill() -> None:
        with store.write() as tx:
            tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            tx.exec_driver_sql("CREATE TABLE big AS SELECT randomblob(100000) FROM measure, measure, measure")

    with pytest.raises(StoreFull, match="the disk is full; nothing was lost"):
        fill()
    with store.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE name = 'big'").scalar() == 0
        assert tx.exec_driver_sql("SELECT name FROM measure").scalar() == "kept"
    store.close()


def test_a_name_whose_number_was_taken_back_is_numbered_again(tmp_path: Path) -> None:
    store = open_store(url(tmp_path / "collector.db"))
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    names = [f"measure_{number:0500}" for number in range(500)]
    with pytest.raises(StoreFull):
        store.names.measures(names)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")

    known = store.names.measures(names)

    with store.read() as tx:
        stored = {row.name: row.id for row in tx.exec_driver_sql("SELECT name, id FROM measure")}
    assert {name: known[name] for name in names} == stored
    store.close()
