"""A break-down that falls far below the whole keeps its former rows, and is told as an error."""

import os
from pathlib import Path

from collector.cli import invoke
from collector.clock import SystemClock
from collector.store.connect import open_store
from collector.store.measures import window_totals
from collector.store.streams import states

CONFIG = """
currency: EUR
store: sqlite:///store.db
sources:
  site: {connector: csv, record: fact, path: site.csv, columns: {day: day, channel: channel, sessions: sessions},
    cuts: [[], [channel]]}
"""


def poll(folder: Path, *rows: str, minutes_ago: int) -> int:
    (folder / "collector.yml").write_text(CONFIG)
    path = folder / "site.csv"
    path.write_text("\n".join(["day,channel,sessions", *rows, ""]))
    then = SystemClock().now().timestamp() - 60 * minutes_ago
    os.utime(path, (then, then))
    return invoke(["--config", str(folder / "collector.yml"), "--log.level", "error", "poll", "--all"])


def sessions(folder: Path, by: str | None) -> dict[str | None, int]:
    store = open_store(f"sqlite:///{folder}/store.db")
    with store.read() as tx:
        days = [state.first_day for state in states(tx).values()]
        assert days[0] is not None
        found = window_totals(tx, "default", measures=["sessions"], first=days[0], last=days[0], by=by)
    store.close()
    return {total.member: int(total.value) for total in found}


def test_the_former_rows_of_a_collapsed_cut_are_kept_and_the_whole_is_taken_over(tmp_path: Path) -> None:
    assert poll(tmp_path, "2026-10-01,,100", "2026-10-01,Email,60", "2026-10-01,Direct,38", minutes_ago=90) == 0
    assert poll(tmp_path, "2026-10-01,,110", "2026-10-01,Email,50", minutes_ago=60) == 1

    assert sessions(tmp_path, None) == {None: 110}
    assert sessions(tmp_path, "channel") == {"Email": 60, "Direct": 38}


def test_a_break_down_that_is_whole_again_is_taken_over(tmp_path: Path) -> None:
    poll(tmp_path, "2026-10-01,,100", "2026-10-01,Email,100", minutes_ago=90)
    poll(tmp_path, "2026-10-01,,110", "2026-10-01,Email,50", minutes_ago=60)
    assert poll(tmp_path, "2026-10-01,,110", "2026-10-01,Email,88", minutes_ago=30) == 0

    assert sessions(tmp_path, "channel") == {"Email": 88}


def test_a_first_break_down_is_kept_though_it_is_too_small(tmp_path: Path) -> None:
    assert poll(tmp_path, "2026-10-01,,100", "2026-10-01,Email,50", minutes_ago=90) == 1

    assert sessions(tmp_path, "channel") == {"Email": 50}


def test_few_events_tell_nothing(tmp_path: Path) -> None:
    assert poll(tmp_path, "2026-10-01,,20", "2026-10-01,Email,1", minutes_ago=90) == 0
