"""collector/kpi/supply.py: which streams have what a measure is made of."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from collector.kpi.supply import Feed, gives
from collector.plugin import Connector, ConnectorSettings, Lead, Since, Stream, stream
from collector.vocabulary.measures import all_measures
from tests.polling.bench import Bench


class Forms(Connector[ConnectorSettings]):
    """Leads."""

    name = "forms"
    says: bool | None = None

    @stream(every="1h")
    async def leads(self, since: Since) -> AsyncIterator[Lead]:
        none: Sequence[Lead] = ()
        for lead in none:
            yield lead

    def streams(self) -> Sequence[Stream]:
        return [replace(each, maps_qualified=self.says) for each in super().streams()]


@pytest.mark.parametrize(
    ("connectors", "streams", "told"),
    [(False, None, False), (True, None, True), (True, False, False), (False, True, True)],
)
def test_what_a_stream_says_of_qualified_goes_before_what_its_connector_says(
    connectors: bool, streams: bool | None, told: bool, tmp_path: Path
) -> None:
    kind = type("Kind", (Forms,), {"name": "kind", "__doc__": "-", "maps_qualified": connectors, "says": streams})
    bench = Bench(tmp_path, kind)
    feed = Feed(bench.source, bench.source.streams[0], None, "fresh")

    assert gives(feed, all_measures()["qualified_leads"]) is told
    assert gives(feed, all_measures()["leads"])
