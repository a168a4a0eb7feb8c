"""`store`: what the store holds, and its care."""

import json

import click

from collector.cli.context import Failed, load_config
from collector.cli.listing import Format, format_option, plain, show
from collector.store.care.status import Status, status
from collector.store.configured import apply
from collector.store.connect import open_store
from collector.store.errors import StoreError

COLUMNS = ["project", "source", "stream", "last_success", "data_through", "state", "reason"]


@click.group()
def store() -> None:
    """What the store holds, and its care."""


@store.command("status")
@format_option
@click.pass_context
def show_status(ctx: click.Context, output: Format) -> None:
    """Sizes, counts, and each stream's clocks."""
    config, _ = load_config(ctx)
    try:
        opened = open_store(config.store)
        apply(opened, config)
        found = status(opened)
    except StoreError as error:
        raise Failed(str(error)) from error
    opened.close()
    if output == "json":
        click.echo(json.dumps(_as_json(found), ensure_ascii=False))
        return
    if output == "table":
        click.echo(f"{opened.path}: schema {found.schema}, {found.bytes / 1e6:.1f} MB, {found.facts} facts")
        click.echo(", ".join(f"{number} {kind}s" for kind, number in found.entities.items()) + " alive\n")
    show(_streams(found), columns=COLUMNS, output=output)


def _as_json(found: Status) -> dict[str, object]:
    return {
        "schema": found.schema,
        "bytes": found.bytes,
        "facts": found.facts,
        "entities": dict(found.entities),
        "streams": _streams(found),
    }


def _streams(found: Status) -> list[dict[str, object]]:
    return [
        {
            "project": each.project,
            "source": each.source,
            "stream": each.stream,
            "last_success": plain(each.last_success),
            "data_through": plain(each.data_through),
            "state": each.state,
            "reason": each.reason,
        }
        for each in found.streams
    ]
