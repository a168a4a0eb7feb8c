"""Visits without tags are in the channel that their analytics mean; those with tags in that of the rules."""

from collections.abc import AsyncIterator
from pathlib import Path

from collector.plugin import NOT_SET, Connector, ConnectorSettings, Fact, Window, stream
from tests.polling.bench import Bench

ROWS = (("dzen / recommend", "Referral", 5), ("dzen / recommend", NOT_SET, 7), ("dzen / cpc", NOT_SET, 11))


class Analytics(Connector[ConnectorSettings]):
    """Knows recommendations from links with tags."""

    name = "analytics"

    @stream(every="1h", provides={"sessions": [("source_medium", "campaign", "untagged_channel")]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        for source_medium, channel, visits in ROWS:
            members = {"source_medium": source_medium, "campaign": NOT_SET, "untagged_channel": channel}
            yield Fact(window.last, "sessions", visits, dimensions=members)


def test_what_analytics_mean_is_the_channel_of_visits_without_tags(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Analytics, backfill="0d")

    assert bench.poll().ok

    assert bench.total("sessions", by="channel") == {"Referral": 5, "Organic Social": 7, "Paid Social": 11}
    assert bench.total("sessions") == 23
