"""`store backup`, `store rebuild` and `store prune`: the store's care, beside a running daemon."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from collector.cli.context import Failed, Refused, load_config
from collector.cli.listing import Format, format_option, show
from collector.cli.opened import at, opened, progress
from collector.clock import SystemClock
from collector.store.care import prune as pruning
from collector.store.care import rebuild as rebuilding
from collector.store.care.backup import back_up
from collector.store.care.task import Taken
from collector.store.connect import path_of
from collector.store.errors import StoreError


@click.command()
@click.argument("target", metavar="PATH", type=click.Path(path_type=Path))
@format_option
@click.pass_context
def backup(ctx: click.Context, target: Path, output: Format) -> None:
    """Copy the store to PATH, as it is at this instant."""
    config, _ = load_config(ctx)
    try:
        with progress() as line:
            made = back_up(path_of(config.store), target, progress=lambda share: line.show(f"{share:.0%} copied"))
    except StoreError as error:
        raise Failed(str(error)) from error
    show([asdict(made)], columns=["path", "schema", "bytes"], output=output)


@click.command()
@click.option("--project", help="Only this project's.")
@format_option
@click.pass_context
def rebuild(ctx: click.Context, project: str | None, output: Format) -> None:
    """Make all that is derived anew; nothing should come out otherwise."""
    with opened(ctx) as (store, config), progress() as line:
        if project is not None and project not in config.projects:
            raise Refused(f"no project {project!r}; there are {', '.join(config.projects)}")

        def tell(number: int, of: int, step: rebuilding.Step) -> None:
            line.show(f"{number} of {of}: {step.source}, {step.what} …")

        found = rebuilding.rebuild(store, config, project=project, tell=tell)
    show([asdict(each) for each in found], columns=["project", "source", "what", "changed"], output=output)
    if output == "table":
        changed = sum(each.changed for each in found)
        click.echo(f"\n{changed} figures changed" + (": what was shown before was wrong" if changed else ""))


@click.command()
@click.option("--dry-run", is_flag=True, help="Tell what would go; remove nothing.")
@format_option
@click.pass_context
def prune(ctx: click.Context, dry_run: bool, output: Format) -> None:
    """Remove what has had its time, and what nobody uses."""
    now = SystemClock().now()
    with opened(ctx) as (store, config), progress() as line, at(store) as place:
        if dry_run:
            taken = pruning.preview(store, config, now)
        else:
            taken = pruning.prune(place, config, now, tell=lambda task: line.show(f"{task.source} {task.what} …"))
    _show_taken(taken, output)


def _show_taken(taken: Sequence[Taken], output: Format) -> None:
    if output == "table" and not taken:
        click.echo("there is nothing to remove")
        return
    show([asdict(each) for each in taken], columns=["project", "source", "what", "rows"], output=output)
