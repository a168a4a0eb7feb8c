"""`kpi-collector channels`: to which channel evidence leads, and by which rule."""

import json
from collections.abc import Mapping, Sequence

import click

from collector.cli.context import Refused, load_config
from collector.cli.listing import show
from collector.cli.options import CONFIG, invocation
from collector.settings.channels import rules_of
from collector.settings.findings import suggestion
from collector.vocabulary.channels import CLICK_IDS, UNASSIGNED, ChannelRules, Grouping, clean_tag

TAGS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
KEYS = (*TAGS, "referrer", "lead_source", *CLICK_IDS)

COLUMNS = ["channel", "rule", "evidence"]


@click.group()
def channels() -> None:
    """Channels: to which one a lead, deal or visit belongs, and why."""


@channels.command()
@click.argument("evidence", metavar="KEY=VALUE...", nargs=-1, required=True)
@click.option("--project", help="By this project's rules.")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def explain(ctx: click.Context, evidence: tuple[str, ...], project: str | None, output: str) -> None:
    """To which channel this evidence leads, and by which rule.

    KEY is utm_source, utm_medium, utm_campaign, utm_content, utm_term, referrer, lead_source
    or a click id (yclid, gclid, rb_clickid, fbclid, …).
    """
    given = _given(evidence)
    found = group(_rules(ctx, project), given)
    row = {"channel": found.channel, "rule": found.rule, "evidence": found.evidence}
    if output == "json":
        click.echo(json.dumps(row, ensure_ascii=False))
    else:
        show([row], columns=COLUMNS, output="table")


def group(rules: ChannelRules, given: Mapping[str, str]) -> Grouping:
    """By the strongest evidence that a rule matches; no other lead or deal is looked at."""
    source, medium, campaign = (given.get(name) for name in ("utm_source", "utm_medium", "utm_campaign"))
    lead_source = given.get("lead_source")
    found = [
        rules.of_tags(source, medium, campaign, lead_source),
        rules.of_click_ids({name: value for name, value in given.items() if name in CLICK_IDS}),
        None if any(map(clean_tag, (source, medium, campaign))) else rules.of_referrer(given.get("referrer")),
        rules.of_lead_source(lead_source),
    ]
    told = ", ".join(f"{key}={value}" for key, value in given.items())
    return next(filter(None, found), Grouping(UNASSIGNED, "no rule matches", told))


def _given(evidence: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for each in evidence:
        key, equals, value = each.partition("=")
        key = key.strip().lower()
        if not equals:
            raise Refused(f"{each!r} is no KEY=VALUE; write for instance utm_source=vk")
        if key not in KEYS:
            raise Refused(f"there is no key {key!r}. {suggestion(key, KEYS, what='Keys')}")
        if key in given:
            raise Refused(f"{key} is given twice")
        given[key] = value
    return given


def _rules(ctx: click.Context, project: str | None) -> ChannelRules:
    """The project's rules; where there is no configuration at all, the built-in ones."""
    path = invocation(ctx).config_path
    if project is None and path == CONFIG and not path.exists():
        click.echo(f"no {CONFIG} here: by the built-in rules only", err=True)
        return ChannelRules()
    config, _ = load_config(ctx)
    if project is not None and project not in config.projects:
        raise Refused(f"there is no project {project!r}. {suggestion(project, config.projects, what='Projects')}")
    chosen = [each for each in config.projects.values() if project in (None, each.name)]
    found = {rules_of(each) for each in chosen}
    if len(found) > 1:
        names = ", ".join(each.name for each in chosen)
        raise Refused(f"projects differ in their rules; name one by --project: {names}")
    return found.pop()
