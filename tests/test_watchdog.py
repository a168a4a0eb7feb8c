"""What is stuck, and what only fails or takes its time."""

from contextlib import suppress

import pytest

from collector.systemd import Systemd
from collector.watchdog import Signs, stuck, watch


@pytest.mark.parametrize(
    "signs",
    [
        Signs(),
        Signs(snapshot_seconds=600),
        Signs(write_seconds=600),
        Signs(waiting_seconds=90_000),
        Signs(silent_seconds=90_000),
        Signs(waiting_seconds=5000, silent_seconds=5000, timeout_seconds=3000),
    ],
)
def test_what_takes_its_time_is_not_stuck(signs: Signs) -> None:
    assert stuck(signs) is None


@pytest.mark.parametrize(
    ("signs", "fault"),
    [
        (Signs(snapshot_seconds=901), "a snapshot has been under way for 901 s"),
        (Signs(write_seconds=901), "the store has been written to in one go for 901 s"),
        (
            Signs(waiting_seconds=4000, silent_seconds=4001, timeout_seconds=300),
            "polls wait for their turn, and none has ended for 4001 s",
        ),
    ],
)
def test_what_never_ends_is_stuck(signs: Signs, fault: str) -> None:
    assert stuck(signs) == fault


class Manager(Systemd):
    """Writes down what it is told."""

    def __init__(self) -> None:
        super().__init__({})
        self.heard: list[str] = []

    def alive(self) -> None:
        self.heard.append("alive")

    def status(self, status: str) -> None:
        self.heard.append(status)


@pytest.mark.anyio
async def test_the_manager_hears_nothing_more_while_something_is_stuck(caplog: pytest.LogCaptureFixture) -> None:
    manager = Manager()
    signs = iter([Signs(), Signs(write_seconds=1000), Signs(write_seconds=1001), Signs(), Signs(write_seconds=1000)])
    with suppress(RuntimeError):  # no more signs
        await watch(manager, lambda: next(signs), every=0)

    assert manager.heard == [
        "alive",
        "stuck: the store has been written to in one go for 1000 s",
        "alive",
        "stuck: the store has been written to in one go for 1000 s",
    ]
    assert caplog.text.count("no longer told that all is well") == 2
