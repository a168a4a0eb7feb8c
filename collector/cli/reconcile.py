"""`kpi-collector reconcile`: whether two ways of counting the same still agree, and why not."""

from datetime import date

import click

from collector.cli.asked import choose, engines
from collector.cli.context import Refused
from collector.cli.days import DAY
from collector.cli.listing import Format, format_option, show
from collector.kpi.reconciliation.findings import Finding
from collector.kpi.reconciliation.reconcile import reconcile
from collector.vocabulary.texts import LANGUAGES, Language
from collector.web.reconciliation import COLUMNS, row, sentence

SHORT = ["check", "state", "through", "gap", "window", "recent", "usual", "drift", "since"]
"""What the table has; the sentences stand below it."""


@click.command(name="reconcile")
@click.argument("check", metavar="[CHECK]", required=False)
@click.option("--at", type=DAY, help="As of this day (2026-11-02), it included; default: now.")
@click.option("--project", help="Only this project's.")
@click.option("--lang", "language", type=click.Choice(LANGUAGES), help="In this language; default: the project's.")
@format_option
@click.pass_context
def reconcile_command(
    ctx: click.Context,
    check: str | None,
    at: date | None,
    project: str | None,
    language: Language | None,
    output: Format,
) -> None:
    """Whether two ways of counting the same still agree; since when not, and what to do."""
    config, chosen = choose(ctx, None, project)
    with engines(config, chosen, at) as found:
        told = [
            (each.project, finding)
            for each, engine in zip(chosen, found, strict=True)
            for finding in _named(reconcile(engine), check)
        ]
    if check is not None and not told:
        raise Refused(f"there is no check {check!r} here; `kpi-collector reconcile` shows all that there are.")
    rows = [row(of.name, finding, language or of.language) for of, finding in told]
    columns = [*SHORT] if output == "table" else COLUMNS
    show(rows, columns=columns if len(config.projects) == 1 else ["project", *columns], output=output)
    if output == "table":
        for of, finding in told:
            if check is not None or finding.state != "ok":
                click.echo(f"\n{sentence(finding, language or of.language)}")


def _named(findings: tuple[Finding, ...], check: str | None) -> list[Finding]:
    return [each for each in findings if check in (None, each.check)]
