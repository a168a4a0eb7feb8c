"""`connector try`: what a vendor answers, and beside it the records that are made of it.

For those who write a connector or describe an API: nothing is stored.
"""

from datetime import date
from typing import Literal

import click

from collector.cli.context import Failed, load_config
from collector.cli.days import DAY, in_order
from collector.cli.exchanges import Secrets, secrets_of
from collector.cli.poll import choose
from collector.cli.reaching import reaching
from collector.cli.tried import as_lines, as_text
from collector.polling.trying import Trial, try_stream
from collector.settings.model import Config

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
    in_order(since, until)
    config, _ = load_config(ctx)
    failed = []
    chosen = choose(config, wanted, project)
    with reaching(config, [source for source, _ in chosen]) as (network, vault):
        for source, stream in chosen:
            trial = try_stream(
                config.projects[source.project],
                source,
                stream,
                network,
                vault,
                since=since,
                until=until,
                requests=limit or None,
            )
            secrets, shown = _secrets(trial, config), f"{source.name}/{stream}"
            written = as_lines if output == "json" else as_text
            for line in written(shown, trial, secrets, full=full):
                click.echo(line)
            for warning in trial.warnings:
                click.echo(f"warning: {shown}: {secrets.cover(warning)}", err=True)
            if trial.reason is not None:
                failed.append(f"{shown}: {trial.reason}: {secrets.cover(trial.message or '')}")
    if failed:
        raise Failed("\n".join(failed))


def _secrets(trial: Trial, config: Config) -> Secrets:
    exchanges = [step.exchange for step in trial.steps if step.exchange is not None]
    found = secrets_of(trial.redact, exchanges)
    return Secrets(found.redact, found.found | frozenset(config.secrets))
