"""`backfill`: read all that is missing of the history now, with progress; `--dry-run` only tells how much that is."""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta

import click

from collector.cli.context import Failed, load_config
from collector.cli.listing import Format, format_option, show
from collector.cli.opened import Progress as Line
from collector.cli.opened import progress
from collector.cli.poll import choose
from collector.clock import SystemClock
from collector.daemon import make_jobs
from collector.plugin.reports import PollReport
from collector.polling.backfill import Lack, Progress, backfill, lacks
from collector.polling.connections import Connections
from collector.polling.credentials import Vault
from collector.polling.job import Job
from collector.polling.network import open_network
from collector.polling.runner import Poller
from collector.polling.turns import key_of
from collector.store.connect import Store, open_store
from collector.store.errors import StoreError
from collector.store.locks import PollLocks

NAMES = ["project", "source", "stream"]
DAYS = ["days_wanted", "days_in", "days_missing"]
PLANNED = [*NAMES, *DAYS, "first", "last", "windows", "estimate"]
DONE = [*NAMES, "state", *DAYS, "records", "reason", "message"]

_EVERY_SECONDS = 10.0
"""Between two lines of progress where there is no terminal."""


@click.command("backfill")
@click.argument("wanted", metavar="[SOURCE[/STREAM]]", required=False)
@click.option("--project", help="Only this project's sources.")
@click.option("--dry-run", is_flag=True, help="Tell what is missing; read nothing.")
@format_option
@click.pass_context
def backfill_command(
    ctx: click.Context, wanted: str | None, project: str | None, dry_run: bool, output: Format
) -> None:
    """Read all that is missing of the history now."""
    config, _ = load_config(ctx)
    chosen = {(source.project, source.name, stream) for source, stream in choose(config, wanted, project)}
    clock = SystemClock()
    try:
        with closing(open_store(config.store)) as store:
            vault = Vault(store, clock, config.vault_keys)
            jobs, connections = make_jobs(store, config, open_network(store.path, clock), vault)
            mine = [job for job in jobs if key_of(job) in chosen]
            found = lacks(store, mine, clock.now())
            if dry_run:
                show([_planned(lack) for lack in found], columns=PLANNED, output=output)
                return
            told = asyncio.run(_all(store, found, connections, clock))
            after = {key_of(lack.job): lack for lack in lacks(store, mine, clock.now())}
    except StoreError as error:
        raise Failed(str(error)) from error
    show([_done(after[key_of(job)], report) for job, report in told], columns=DONE, output=output)
    for job, report in told:
        if report is not None and report.state == "waiting":
            click.echo(f"{job}: {report.message}; start again then, it goes on where it was", err=True)
    if not all(report is None or report.ok for _, report in told):
        ctx.exit(1)


async def _all(
    store: Store, found: Sequence[Lack], connections: Connections, clock: SystemClock
) -> list[tuple[Job, PollReport | None]]:
    with closing(PollLocks(store.path)) as locks, progress() as line:
        poller = Poller(store, clock, locks)
        teller = _Teller(line)
        try:
            return [(lack.job, await backfill(poller, lack, clock, teller.tell)) for lack in found]
        finally:
            for connection in connections.values():
                await connection.close()


class _Teller:
    """Writes how far it has come: over and over on a terminal, else now and then."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._last: tuple[Job, float] | None = None

    def tell(self, at: Progress) -> None:
        """Tell, unless it was just told."""
        if sys.stderr.isatty():
            self._line.show(sentence(at))
            return
        now, over = time.monotonic(), at.days == at.of_days
        if over or self._last is None or self._last[0] is not at.job or now - self._last[1] >= _EVERY_SECONDS:
            self._last = (at.job, now)
            click.echo(sentence(at), err=True)


def sentence(at: Progress) -> str:
    """How far one stream has come: `crm/visits: 60 of 400 days (15 %), 12.0 days/s, 28 s left`."""
    if at.of_days is None:
        return f"{at.job}: {at.records} records so far"
    share = 100 * at.days // at.of_days if at.of_days else 100
    rate = "" if at.days_per_second is None else f", {at.days_per_second:.1f} days/s"
    left = "" if at.left is None else f", {roughly(at.left)} left"
    return f"{at.job}: {at.days} of {at.of_days} days ({share} %){rate}{left}"


def roughly(span: timedelta) -> str:
    """A duration in its two greatest units: `2 h 5 min`."""
    seconds = round(span.total_seconds())
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def _planned(lack: Lack) -> dict[str, object]:
    first, last = lack.span or (None, None)
    estimate = timedelta(0) if lack.complete else lack.estimate
    return {
        **_days(lack),
        "first": first,
        "last": last,
        "windows": None if lack.plan is None else len(lack.plan.history),
        "estimate": "unknown" if estimate is None else f"about {roughly(estimate)}" if estimate else "nothing to do",
        "estimate_seconds": None if estimate is None else estimate.total_seconds(),
    }


def _done(lack: Lack, report: PollReport | None) -> dict[str, object]:
    told = {"records": 0} if report is None else {name: getattr(report, name) for name in DONE if name in _REPORTED}
    return {**_days(lack), "state": "complete" if lack.complete else "incomplete", **told}


_REPORTED = ("state", "records", "reason", "message")


def _days(lack: Lack) -> dict[str, object]:
    wanted, missing = lack.days_wanted, lack.days_missing
    there = None if wanted is None or missing is None else wanted - missing
    names = dict(zip(NAMES, key_of(lack.job), strict=True))
    return {**names, "days_wanted": wanted, "days_in": there, "days_missing": missing, "complete": lack.complete}
