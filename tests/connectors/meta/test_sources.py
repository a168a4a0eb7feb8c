"""Two accounts of one network, in one project: each keeps its own, and what goes wrong at one stays there."""

import json
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from collector.cli import invoke
from collector.clock import FixedClock, SystemClock
from collector.testing.simulator import World, running
from connectors.meta.simulator import MetaSimulator
from tests.connectors.meta.shop import BEGINS, FLOWS, OF_POSTS, STOCKS, Shop

DAYS = 12


def test_two_accounts_do_not_disturb_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = FixedClock(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    with ExitStack() as stack:
        vendors = [MetaSimulator(World(seed=seed, days=DAYS)) for seed in (1, 2)]
        for vendor in vendors:
            vendor.counted_every = timedelta(seconds=1)  # to the second, as the books are
        served = [stack.enter_context(running(each)) for each in vendors]
        sources = {
            name: {"connector": "meta", "backfill": f"{DAYS}d", **each.settings}
            for name, each in zip(("one", "other"), served, strict=True)
        }
        shops = [Shop(tmp_path, sources, vendor, clock) for vendor in vendors]
        for name in ("one", "other"):
            shops[0].poll(name)
        clock.advance(timedelta(days=1))
        vendors[0].switches.token_error = 460

        assert invoke(["--log.level", "error", "--config", str(shops[0].config), "poll", "one"]) == 1
        shops[0].poll("other")
        capsys.readouterr()

        measures = (*FLOWS, *STOCKS, *OF_POSTS)
        assert shops[1].stored(*measures, source="other") == shops[1].books(*measures)
        last = vendors[0].company.yesterday
        flows = {key: value for key, value in shops[0].books(*FLOWS).items() if key[0] < last}
        assert shops[0].stored(*FLOWS, source="one") == flows
        assert flows != {key: value for key, value in shops[1].books(*FLOWS).items() if key[0] < last}
        status = json.loads(_status(shops[0], capsys))
        failed = {each["source"] for each in status["streams"] if each["state"] == "failed"}
        assert failed == {"one"}


def _status(shop: Shop, capsys: pytest.CaptureFixture[str]) -> str:
    invoke(["--config", str(shop.config), "store", "status", "--format", "json"])
    return capsys.readouterr().out
