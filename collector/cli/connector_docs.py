"""`connector docs`: what the code tells of connectors, printed, or written between the marks of a README."""

from collections.abc import Mapping
from pathlib import Path

import click

from collector.cli.connector_page import blocks, connectors_table, page
from collector.cli.context import Failed, Refused, load_plugins
from collector.cli.marked import marks, pieces, renewed
from collector.plugin.discovery import ConnectorInfo, Plugins
from collector.settings.findings import suggestion
from collector.vocabulary.measures import all_measures


@click.command(name="docs")
@click.argument("name", required=False)
@click.option("--write", "target", type=click.Path(path_type=Path), help="Bring the tables in this file up to date.")
@click.pass_context
def print_docs(ctx: click.Context, name: str | None, target: Path | None) -> None:
    """Print what the connector NAME is, wants to know and reads, in Markdown; without a name, a list of all."""
    plugins = load_plugins(ctx)
    if name is None:
        made = {"connectors": connectors_table(plugins.connectors.values(), readmes(plugins, target))}
        whole = made["connectors"]
    else:
        info, measures = known(plugins, name), all_measures(plugins.measures)
        made, whole = blocks(info, measures), page(info, measures).rstrip("\n")
    if target is None:
        click.echo(whole)
    else:
        write(target, made)


def known(plugins: Plugins, name: str) -> ConnectorInfo:
    """The connector of this name; else the command ends."""
    if name not in plugins.connectors:
        raise Refused(f"there is no connector {name!r}. {suggestion(name, plugins.connectors, what='Connectors')}")
    return plugins.connectors[name]


def readmes(plugins: Plugins, target: Path | None) -> dict[str, str]:
    """The READMEs of connectors, as a file at `target` links to them."""
    if target is None:
        return {}
    places = {name: f"connectors/{name}/README.md" for name in plugins.connectors}
    return {name: place for name, place in places.items() if (target.parent / place).exists()}


def write(target: Path, made: Mapping[str, str]) -> None:
    """Replace what stands between the marks; say what has no marks."""
    try:
        text = target.read_text(encoding="utf-8")
        target.write_text(renewed(text, made), encoding="utf-8")
    except OSError as error:
        raise Failed(f"{target}: {error.strerror}") from error
    except LookupError as error:
        raise Refused(f"{target}: there is no piece {error.args[0]!r}; there are {', '.join(made)}") from error
    lacking = [name for name in made if name not in pieces(text)]
    if len(lacking) == len(made):
        raise Refused(
            f"{target} has no marks; two lines such as these say where a table belongs:\n\n{marks(lacking[0])}"
        )
    if lacking:
        click.echo(f"{target} has no marks for: {', '.join(lacking)}", err=True)
