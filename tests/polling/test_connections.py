"""A reload keeps the connectors and clients of sources that did not change."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.clock import FixedClock
from collector.plugin import Connector, ConnectorSettings, Fact, Window, stream
from collector.polling.connections import connect
from collector.polling.network import open_network
from tests.polling.bench import NOW, Bench

KEY = ("default", "src")
NETWORK = open_network(None, FixedClock(NOW))


class Quiet(Connector[ConnectorSettings]):
    """Nothing happens."""

    name = "quiet"

    @stream(every="1h", provides={"sessions": [()]})
    def visits(self, window: Window) -> Iterator[Fact]:
        yield from ()


def test_a_source_that_did_not_change_keeps_its_connector_and_client(tmp_path: Path) -> None:
    former = connect(Bench(tmp_path, Quiet).config, {}, NETWORK)

    assert connect(Bench(tmp_path, Quiet).config, former, NETWORK)[KEY].client is former[KEY].client


def test_other_settings_or_another_zone_make_another_connection(tmp_path: Path) -> None:
    config = Bench(tmp_path, Quiet).config
    former = connect(config, {}, NETWORK)
    moved = replace(config.projects["default"], zone=ZoneInfo("Europe/Moscow"))

    assert connect(Bench(tmp_path, Quiet, timeout="9s").config, former, NETWORK)[KEY] is not former[KEY]
    assert connect(replace(config, projects={"default": moved}), former, NETWORK)[KEY] is not former[KEY]
