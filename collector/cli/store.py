"""`store`: what the store holds, and its care."""

import json
from collections.abc import Mapping
from dataclasses import asdict

import click

from collector.cli.care import backup, prune, rebuild
from collector.cli.forget import forget
from collector.cli.listing import Format, format_option, plain, show
from collector.cli.opened import at, opened, progress
from collector.clock import SystemClock
from collector.polling.windows import missing_days
from collector.settings.model import Config
from collector.store.care.status import Status, status
from collector.store.care.verify import Verdict, verify
from collector.store.connect import Store
from collector.store.streams import StreamKey

COLUMNS = [
    "project",
    "source",
    "stream",
    "last_success",
    "data_through",
    "state",
    "reason",
    "waits_until",
    "days_missing",
]


@click.group()
def store() -> None:
    """What the store holds, and its care."""


for command in (backup, rebuild, prune, forget):
    store.add_command(command)


@store.command("status")
@click.option("--verify", "verified", is_flag=True, help="Check that it is whole, and a sample of its figures.")
@click.option("--full", is_flag=True, help="With --verify: check all figures.")
@format_option
@click.pass_context
def show_status(ctx: click.Context, verified: bool, full: bool, output: Format) -> None:
    """Sizes, counts, and each stream's clocks."""
    if full and not verified:
        raise click.UsageError("--full goes with --verify")
    with opened(ctx) as (opened_store, config):
        found = status(opened_store)
        with opened_store.read() as tx:
            missing = missing_days(tx, config, SystemClock().now(), found.streams)
        verdict = _verdict(opened_store, config, full=full) if verified else None
    if output == "json":
        told = {} if verdict is None else {"verified": {"full": full, **asdict(verdict)}}
        click.echo(json.dumps(_as_json(found, missing) | told, ensure_ascii=False))
    else:
        if output == "table":
            click.echo(f"{opened_store.path}: schema {found.schema}, {found.bytes / 1e6:.1f} MB, {found.facts} facts")
            click.echo(", ".join(f"{number} {kind}s" for kind, number in found.entities.items()) + " alive\n")
        show(_streams(found, missing), columns=COLUMNS, output=output)
    if verdict is not None:
        _conclude(ctx, verdict, full=full, output=output)


def _verdict(opened_store: Store, config: Config, *, full: bool) -> Verdict:
    with at(opened_store) as place, progress() as line:
        return verify(opened_store, config, place.locks, full=full, tell=lambda what: line.show(f"looking at {what} …"))


def _conclude(ctx: click.Context, verdict: Verdict, *, full: bool, output: Format) -> None:
    """Say what is wrong on stderr; exit 1 if anything is."""
    for note in verdict.notes:
        click.echo(f"note: {note}", err=True)
    for fault in verdict.faults:
        click.echo(f"fault: {fault}", err=True)
    if verdict.faults:
        ctx.exit(1)
    if output == "table":
        click.echo("\nverified: all is well" if full else "\nverified: all is well, in a sample of the figures")


def _as_json(found: Status, missing: Mapping[StreamKey, int]) -> dict[str, object]:
    return {
        "schema": found.schema,
        "bytes": found.bytes,
        "facts": found.facts,
        "entities": dict(found.entities),
        "streams": _streams(found, missing),
    }


def _streams(found: Status, missing: Mapping[StreamKey, int]) -> list[dict[str, object]]:
    return [
        {
            "project": each.project,
            "source": each.source,
            "stream": each.stream,
            "last_success": plain(each.last_success),
            "data_through": plain(each.data_through),
            "state": each.state,
            "reason": each.reason,
            "waits_until": plain(each.waits_until),
            "days_missing": missing.get((each.project, each.source, each.stream)),
        }
        for each in found.streams
    ]
