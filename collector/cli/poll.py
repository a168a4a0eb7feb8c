"""`poll`: read sources now, whatever their interval says; `--dry-run` only shows the records."""

import asyncio
import json
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches

import click

from collector.cli.context import Failed, Refused, load_config
from collector.cli.days import DAY, in_order
from collector.cli.listing import Format, format_option, show
from collector.cli.reaching import reaching
from collector.clock import SystemClock
from collector.daemon import make_jobs
from collector.plugin.errors import InvalidRecord, SourceError
from collector.plugin.records import as_json
from collector.plugin.reports import PollReport
from collector.polling.credentials import Vault
from collector.polling.dry import dry_run
from collector.polling.network import open_network
from collector.polling.redaction import Redaction
from collector.polling.runner import Poller, poll_to_the_end
from collector.settings.model import Config, Source
from collector.store.connect import Store, open_store
from collector.store.errors import StoreError
from collector.store.locks import PollLocks

COLUMNS = ["project", "source", "stream", "state", "records", "restated", "data_through", "reason", "message"]


@click.command()
@click.argument("wanted", metavar="[SOURCE[/STREAM]]", required=False)
@click.option("--all", "everything", is_flag=True, help="Poll every source.")
@click.option("--project", help="Only this project's sources.")
@click.option("--dry-run", is_flag=True, help="Print the records; write nothing.")
@click.option("--since", type=DAY, help="With --dry-run: the first day (2026-11-02).")
@click.option("--until", type=DAY, help="With --dry-run: the last day.")
@format_option
@click.pass_context
def poll(
    ctx: click.Context,
    wanted: str | None,
    everything: bool,
    project: str | None,
    dry_run: bool,
    since: date | None,
    until: date | None,
    output: Format,
) -> None:
    """Read SOURCE (or one STREAM of it) now."""
    if (wanted is None) is not everything:
        raise click.UsageError("name a SOURCE or SOURCE/STREAM, or say --all")
    if (since or until) and not dry_run:
        raise click.UsageError("--since and --until go with --dry-run")
    in_order(since, until)
    config, _ = load_config(ctx)
    chosen = choose(config, wanted, project)
    if dry_run:
        _show_records(config, chosen, since, until)
        return
    try:
        store = open_store(config.store)
        reports = asyncio.run(_poll_all(store, config, chosen))
    except StoreError as error:
        raise Failed(str(error)) from error
    for report in reports:
        for warning in report.warnings:
            click.echo(f"warning: {report.source}/{report.stream}: {warning}", err=True)
    show([_row(report) for report in reports], columns=COLUMNS, output=output)
    store.close()
    for report in reports:
        if report.state == "waiting":
            click.echo(f"{report.source}/{report.stream}: {report.message}", err=True)
    if not all(report.ok and report.reason is None for report in reports):
        ctx.exit(1)


Chosen = list[tuple[Source, str]]
"""Sources with the names of their chosen streams."""


def choose(config: Config, wanted: str | None, project: str | None) -> Chosen:
    """The streams that `SOURCE`, `SOURCE/STREAM` or nothing (all) names.

    Raises:
        Refused: there is no such project, source or stream.
    """
    if project is not None and project not in config.projects:
        raise Refused(f"no project {project!r}; there are {', '.join(config.projects)}")
    sources = [source for source in config.sources if project in (None, source.project)]
    name, _, stream = (wanted or "").partition("/")
    found = [
        (source, each.name)
        for source in sources
        if not name or source.name == name
        for each in source.streams
        if not stream or each.name == stream
    ]
    if not found:
        known = sorted({source.name for source in sources} | {f"{s.name}/{e.name}" for s in sources for e in s.streams})
        near = get_close_matches(wanted or "", known, n=1)
        raise Refused(f"no source or stream {wanted!r}" + (f"; did you mean {near[0]}?" if near else ""))
    return found


async def _poll_all(store: Store, config: Config, chosen: Chosen) -> list[PollReport]:
    network = open_network(store.path, SystemClock())
    vault = Vault(store, SystemClock(), config.vault_keys)
    jobs, connections = make_jobs(store, config, network, vault)
    keys = {(source.project, source.name, stream) for source, stream in chosen}
    poller = Poller(store, SystemClock(), PollLocks(store.path))
    due = [job for job in jobs if (job.project.name, job.source.name, job.stream.name) in keys]
    try:
        return [await poll_to_the_end(poller, job) for job in due]
    finally:
        for connection in connections.values():
            await connection.close()


def _row(report: PollReport) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(report, name) for name in COLUMNS}
    return row | {"seconds": report.duration.total_seconds(), "warnings": list(report.warnings)}


def _show_records(config: Config, chosen: Chosen, since: date | None, until: date | None) -> None:
    with reaching(config, [source for source, _ in chosen]) as (network, vault):
        failed = False
        for source, stream in chosen:
            project = config.projects[source.project]
            try:
                _print(dry_run(project, source, stream, network, vault, since=since, until=until))
            except (SourceError, InvalidRecord, TimeoutError) as error:
                failed = True
                told = Redaction(source.settings)(str(error)) or "no end within its time-out"
                click.echo(f"{source.name}/{stream}: {told}", err=True)
    if failed:
        raise Failed("not all could be read")


def _print(records: Iterable[object]) -> None:
    for record in records:
        click.echo(json.dumps(as_json(record), ensure_ascii=False))  # type: ignore[arg-type]
