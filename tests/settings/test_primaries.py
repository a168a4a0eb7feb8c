"""Two sources of one site: the configuration says which one counts."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from collector.plugin import Connector, ConnectorSettings, Fact, Stream, Window, hookimpl, stream
from collector.plugin.discovery import Plugins, discover

Errors = Callable[..., list[str]]


class Web(Connector[ConnectorSettings]):
    name = "web"

    @stream(every="1h", provides={"sessions": [()], "page_views": [()], "purchases": [()], "new_users": [()]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        yield Fact(day=window.first, measure="sessions", value=1)


class Shop(Connector[ConnectorSettings]):
    name = "shop"

    @stream(every="1h", provides={"purchases": [()], "spend": [()]})
    async def orders(self, window: Window) -> AsyncIterator[Fact]:
        yield Fact(day=window.first, measure="purchases", value=1)


class Ads(Connector[ConnectorSettings]):
    name = "ads"

    @stream(every="1h", provides={"spend": [()]})
    async def costs(self, window: Window) -> AsyncIterator[Fact]:
        yield Fact(day=window.first, measure="spend", value=1)


class Imported(Connector[ConnectorSettings]):
    """Web analytics that were told what the ad system `ads` cost."""

    name = "imported"

    def streams(self) -> list[Stream]:
        (cost,) = super().streams()
        return [replace(cost, instead_of=frozenset({"ads"}))]

    @stream(every="1h", provides={"spend": [()]})
    async def costs(self, window: Window) -> AsyncIterator[Fact]:
        yield Fact(day=window.first, measure="spend", value=1)


class WebPlugin:
    @hookimpl
    def register_connectors(self) -> list[type]:
        return [Web, Shop, Ads, Imported]


@pytest.fixture(scope="session")
def plugins() -> Plugins:
    return discover(extra=[("web", WebPlugin())])


def told(errors: Errors, *sources: str) -> list[str]:
    return errors("currency: EUR\nsources:\n" + "".join(f"  {each}\n" for each in sources))


@pytest.mark.parametrize(
    "sources",
    [
        ["ga: {connector: web}", "ym: {connector: web}"],
        ["ga: {connector: web, site: one}", "ym: {connector: web, site: two}"],
        ["ga: {connector: web, site: one, primary: true}", "ym: {connector: web, site: one}"],
        ["ga: {connector: web, site: one}", "ym: {connector: web, site: one, mode: pilot}"],
        ["ga: {connector: web, site: one}", "direct: {connector: ads, site: one}"],
        ["vk: {connector: ads, site: one}", "direct: {connector: ads, site: one, reserve: 0.3}"],
        ["one: {connector: web}", "ym: {connector: web, site: two}"],
        ["ga: {connector: imported}", "shop: {connector: shop}"],
        ["ga: {connector: imported}", "direct: {connector: ads, mode: pilot}"],
    ],
)
def test_sources_that_do_not_measure_the_same_have_nothing_to_settle(folder: Any, sources: list[str]) -> None:
    config = folder.load("currency: EUR\nsources:\n" + "".join(f"  {each}\n" for each in sources))

    assert len(config.sources) == 2


def test_without_a_primary_both_are_named(errors: Errors) -> None:
    assert told(errors, "ga: {connector: web, site: one}", "ym: {connector: web, site: one}") == [
        "collector.yml:4: sources.ym: gives new_users, page_views, purchases, … of the site one, as ga does;"
        " none is primary → Write primary: true at the one of ga, ym that counts."
    ]


def test_a_source_is_a_site_of_its_own_name(errors: Errors) -> None:
    (found,) = told(errors, "ga: {connector: web}", "ym: {connector: web, site: ga}")

    assert "of the site ga, as ga does" in found


def test_two_primaries_are_one_too_many(errors: Errors) -> None:
    both = "connector: web, site: one, primary: true"
    assert told(errors, f"ga: {{{both}}}", f"ym: {{{both}}}") == [
        "collector.yml:4: sources.ym.primary: ga is the primary source of the site one already,"
        " for new_users, page_views, purchases, … → Keep one of the two."
    ]


def test_each_measure_needs_one_of_those_that_give_it(errors: Errors) -> None:
    found = told(
        errors,
        "ga: {connector: web, site: one, primary: true}",
        "ym: {connector: web, site: one}",
        "cms: {connector: shop, site: one, primary: true}",
    )

    assert found == [
        "collector.yml:5: sources.cms.primary: ga is the primary source of the site one already,"
        " for purchases → Keep one of the two."
    ]


def test_of_three_all_are_named(errors: Errors) -> None:
    (found,) = told(errors, *(f"{name}: {{connector: shop, site: one}}" for name in ("a", "b", "c")))

    assert found.startswith("collector.yml:5: sources.c: gives purchases of the site one, as a and b do; none is pri")


def test_projects_settle_it_each_for_itself(folder: Any) -> None:
    source = "{ga: {connector: web, site: one}}"
    config = folder.load(f"currency: EUR\nsources: {source}\nprojects: {{shop: {{sources: {source}}}}}")

    assert len(config.sources) == 2


def test_spend_that_was_imported_and_is_read_directly_counts_twice(errors: Errors) -> None:
    assert told(errors, "ga: {connector: imported}", "direct: {connector: ads}") == [
        "collector.yml:3: sources.ga: gives the spend of ads, which direct reads directly"
        " → Leave it out in one of the two."
    ]
