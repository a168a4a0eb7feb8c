"""`connector try`: what a vendor answers, and beside it the records that are made of it.

For those who write a connector or describe an API: nothing is stored.
"""

from datetime import date
from difflib import get_close_matches
from typing import Literal

import click

from collector.cli.context import Failed, Refused, load_config
from collector.cli.days import DAY
from collector.cli.exchanges import Secrets, secrets_of
from collector.cli.tried import as_lines, as_text
from collector.clock import SystemClock
from collector.polling.network import open_network
from collector.polling.trying import Trial, try_stream
from collector.settings.model import Config, Source
from collector.store.buckets import beside

REQUESTS = 3


@click.command(name="try")
@click.argument("wanted", metavar="SOURCE[/STREAM]")
@click.option("--project", help="Only this project's sources.")
@click.option("--since", type=DAY, help="The first day (2026-11-02); default: a week ago, entities: all of them.")
@click.option("--until", type=DAY, help="The last day; default: today.")
@click.option("--limit", type=click.IntRange(min=0), default=REQUESTS, show_default=True, help="Requests; 0: all.")
@click.option("--full", is_flag=True, help="All records, and bodies as they are.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="For people, or one object a line.",
)
@click.pass_context
def try_source(
    ctx: click.Context,
    wanted: str,
    project: str | None,
    since: date | None,
    until: date | None,
    limit: int,
    full: bool,
    output: Literal["table", "json"],
) -> None:
    """Show what SOURCE (or one STREAM of it) answers, and the records that come of it; store nothing."""
    config, _ = load_config(ctx)
    failed = []
    for source, stream in _chosen(config, wanted, project):
        network = open_network(beside(config.store), SystemClock())
        trial = try_stream(
            config.projects[source.project], source, stream, network, since=since, until=until, requests=limit or None
        )
        secrets = _secrets(trial, config)
        shown = f"{source.name}/{stream}"
        lines = (
            as_lines(shown, trial, secrets, full=full)
            if output == "json"
            else as_text(shown, trial, secrets, full=full)
        )
        for line in lines:
            click.echo(line)
        for warning in trial.warnings:
            click.echo(f"warning: {shown}: {secrets.cover(warning)}", err=True)
        if trial.reason is not None:
            failed.append(f"{shown}: {trial.reason}: {secrets.cover(trial.message or '')}")
    if failed:
        raise Failed("\n".join(failed))


def _chosen(config: Config, wanted: str, project: str | None) -> list[tuple[Source, str]]:
    if project is not None and project not in config.projects:
        raise Refused(f"no project {project!r}; there are {', '.join(config.projects)}")
    name, _, stream = wanted.partition("/")
    sources = [source for source in config.sources if project in (None, source.project)]
    found = [
        (source, each.name)
        for source in sources
        if source.name == name
        for each in source.streams
        if stream in ("", each.name)
    ]
    if not found:
        known = [
            known for each in sources for known in (each.name, *(f"{each.name}/{one.name}" for one in each.streams))
        ]
        near = get_close_matches(wanted, known, n=1)
        raise Refused(f"no source or stream {wanted!r}" + (f"; did you mean {near[0]}?" if near else ""))
    return found


def _secrets(trial: Trial, config: Config) -> Secrets:
    exchanges = [step.exchange for step in trial.steps if step.exchange is not None]
    found = secrets_of(trial.redact, exchanges)
    return Secrets(found.redact, found.found | frozenset(config.secrets))
