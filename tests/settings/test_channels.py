"""`channels:` in a configuration: its rules, and the mistake of one that can never match."""

from collections.abc import Callable
from typing import Any

from collector.settings.channels import rules_of
from collector.settings.model import Config

Errors = Callable[..., list[str]]

SOURCES = "currency: EUR\nsources:\n  site: {connector: acme, token: t}\n"


def test_rules_of_the_top_level_are_those_of_projects_without_their_own(folder: Any) -> None:
    config: Config = folder.load(
        SOURCES
        + """channels: [{channel: Influencers, source: "blog-*"}]
paid_channels: [Influencers]
projects:
  shop: {sources: {site: {connector: acme, token: t}}}
  studio: {channels: [{channel: Partners, source: "blog-*"}], sources: {site: {connector: acme, token: t}}}
"""
    )

    rules = {name: rules_of(project) for name, project in config.projects.items()}
    assert [rules[name].of_session("blog-anna / post", None) for name in ("default", "shop", "studio")] == [
        "Influencers",
        "Influencers",
        "Partners",
    ]
    assert rules["shop"].is_paid("Influencers")
    assert rules["default"] == rules["shop"]


def test_without_the_keys_there_are_the_built_in_rules(folder: Any) -> None:
    config: Config = folder.load(SOURCES + "channels:\npaid_channels:\n")

    assert rules_of(config.projects["default"]).of_session("vk / cpc", None) == "Paid Social"


def test_a_rule_that_can_never_match_is_told_at_its_line(errors: Errors) -> None:
    text = SOURCES + 'channels:\n  - {channel: A, source: "vk*"}\n  - {channel: B, source: vk_ads, medium: cpc}\n'
    told = "can never match: channels[0] matches all that it matches, and comes before"

    assert errors(text) == [f"collector.yml:6: channels[1]: {told} → Change its patterns, move it up, or leave it out."]


def test_it_is_told_once_where_projects_inherit_it(errors: Errors) -> None:
    text = SOURCES + 'channels: [{channel: A, source: "{source}"}]\nprojects:\n  shop: {}\n  studio: {}\n'

    assert [each.split(" → ")[0] for each in errors(text)] == [
        "collector.yml:4: channels[0]: can never match: no source is '{source}': "
        "a macro that was not filled counts as missing"
    ]


def test_a_projects_own_rules_are_told_with_the_project(errors: Errors) -> None:
    text = SOURCES + 'projects:\n  shop:\n    channels:\n      - {channel: " ", source: a}\n'

    assert errors(text) == [
        "collector.yml:7: projects.shop.channels[0].channel: is blank → Name the channel that the rule means."
    ]
