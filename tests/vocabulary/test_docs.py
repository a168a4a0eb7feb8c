"""docs/channels.md says what the code says."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from collector.vocabulary.builtin_channels import CRM_SOURCES, REFERRERS, RULES, BuiltIn
from collector.vocabulary.channels import CHANNELS, CLICK_IDS, NOT_WEB, ChannelRules
from collector.vocabulary.sources import ALIASES, BRANDS, PORTALS, SITES

TEXT = (Path(__file__).parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")


def section(name: str) -> list[str]:
    """The lines between the markers of a table."""
    found = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", TEXT, re.DOTALL)
    assert found is not None
    return found.group(1).splitlines()


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    header = list(header)
    lines = [header, ["---" for _ in header], *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def condition(rule: BuiltIn) -> str:
    parts = [
        f"{rule.kind} source" if rule.kind else "",
        f"source {code(rule.sources)}" if rule.sources else "",
        rule.campaign.name if rule.campaign else "",
        f"medium {code(name or '(not set)' for name in rule.mediums)}" if rule.mediums else "",
        rule.medium.name if rule.medium else "",
    ]
    return " and ".join(part for part in parts if part)


def by_channel(members: Mapping[str, str]) -> list[str]:
    return table(["evidence", "channel"], ([f"`{name}`", channel] for name, channel in members.items()))


def test_every_channel_is_documented_with_whether_it_is_paid_and_web() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section("channels")[2:]]

    assert [[row[0], *row[3:]] for row in rows] == [
        [name, "yes" * ChannelRules().is_paid(name), "yes" * (name not in NOT_WEB)] for name in CHANNELS
    ]
    assert all(re.search("[a-z]", row[1]) and row[2] for row in rows)


def test_the_built_in_rules_are_documented_in_their_order() -> None:
    rows = [[str(number), condition(rule), rule.channel] for number, rule in enumerate(RULES, 1)]

    assert section("rules") == table(["", "what matches", "channel"], rows)


def test_every_known_source_is_documented() -> None:
    rows = []
    for kind, aliases in ALIASES.items():
        hosts, brands = SITES[kind].split(), [f"{brand}.*" for brand in BRANDS.get(kind, "").split()]
        told = f"{code(hosts)}; portals: {code(brands + PORTALS.split())}" if kind == "search" else code(hosts + brands)
        rows.append([kind, code(aliases.split()), told])

    assert section("sources") == table(["kind", "aliases", "hosts"], rows)


def test_referrers_are_documented_with_their_medium() -> None:
    rows = [[kind, channel, f"`{medium}`"] for kind, (channel, medium) in REFERRERS.items()]

    assert section("referrers") == table(
        ["kind", "channel", "medium"], [*rows, ["any other site", "Referral", "`referral`"]]
    )


def test_every_click_id_is_documented() -> None:
    assert section("click ids") == by_channel(CLICK_IDS)


def test_every_crm_source_is_documented() -> None:
    assert section("crm sources") == by_channel({name.upper(): channel for name, channel in CRM_SOURCES.items()})
