"""What is remembered of the log changes the cost of an import, and nothing else."""

from collections import Counter
from pathlib import Path

import pytest

from collector.plugin import as_json
from collector.testing.conformance.bench import Bench, without_checkpoints
from collector.testing.conformance.ground import grounds_of
from collector.testing.conformance.trial import Trial
from connectors.amocrm import history, recent
from connectors.amocrm.plugin import AmoCrm


def imported(bench: Bench) -> tuple[Counter[str], int]:
    before = bench.requests
    leads = next(each for each in bench.streams if each.name == "leads")
    found = Counter(repr(as_json(each)) for each in without_checkpoints(bench.records(leads)))
    return found, bench.requests - before


@pytest.mark.parametrize("most", [30_000, 300])
def test_an_import_by_memory_is_the_one_by_ids_and_cheaper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    (plot,) = grounds_of(AmoCrm)
    with Trial(AmoCrm, plot, tmp_path).scene() as bench:
        monkeypatch.setattr(recent, "MOST", most)
        by_memory, few = imported(bench)
        monkeypatch.setattr(history, "MANY", 10_000)
        by_ids, many = imported(bench)

    assert by_memory == by_ids
    assert few < many or most < 30_000  # one that is too small is of no use, and does no harm


def test_where_much_is_said_it_is_asked_by_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (plot,) = grounds_of(AmoCrm)
    with Trial(AmoCrm, plot, tmp_path).scene() as bench:
        by_memory, _ = imported(bench)
        monkeypatch.setattr(recent, "CREDIT", 1)
        given_up, _ = imported(bench)

    assert given_up == by_memory
