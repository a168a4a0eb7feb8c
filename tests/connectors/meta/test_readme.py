"""connectors/meta/README.md says what the code does."""

import re
from pathlib import Path

from collector.plugin import format_duration
from connectors.meta import plugin, posts
from connectors.meta.facebook import FIGURES, REACTIONS
from connectors.meta.totals import FOLLOWS, TOTALS
from tests.connectors.meta.desk import Vendor, connector

README = Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return re.split(r"^## ", README.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0].strip()


def test_every_stream_is_in_it_as_it_is() -> None:
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section("Streams").splitlines()]
    told = {cells[0].strip("`"): cells[1:] for cells in lines if cells and cells[0].startswith("`")}
    streams = {each.name: each for each in connector(Vendor(lambda path, asked: {})).streams()}

    assert told.keys() == streams.keys()
    for name, stream in streams.items():
        kind, every, restated, gives = told[name]
        assert (kind, every) == (stream.kind, format_duration(stream.every))
        assert restated == ("–" if stream.restates is None else format_duration(stream.restates))
        declared = {measure for measure in stream.provides if "recount" not in measure}
        assert declared <= set(re.findall(r"`(\w+)`", gives))
        assert "posts" in gives or "post" not in stream.yields


def test_every_metric_that_is_asked_for_is_in_it() -> None:
    single = {name for figure in FIGURES.values() for name in figure.metrics if name not in REACTIONS}
    names = {FOLLOWS, "reach", *(metric for metric, _ in TOTALS.values()), *single}
    names |= {*posts.INSTAGRAM.metrics, *posts.FACEBOOK.metrics}

    assert all(f"`{name}`" in section("Streams") for name in names)
