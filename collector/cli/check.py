"""`kpi-collector check`: load the configuration and the web configuration, then try each source.

Exit 0: all answered; 1: a source did not, or something is configured that this version
cannot do; 2: the configuration is wrong.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import click

from collector.cli.context import Failed, load_config
from collector.cli.listing import Format, format_option, show
from collector.cli.reaching import reaching
from collector.kpi.catalogue import resolve_all
from collector.plugin.errors import SourceError
from collector.polling.connections import connect_source
from collector.polling.credentials import Vault
from collector.polling.network import Network
from collector.settings.findings import cover
from collector.settings.model import Config, Source
from collector.settings.offline import offline
from collector.web.config_file import faults as web_faults

COLUMNS = ["project", "source", "connector", "state", "streams", "message"]
LONGEST_SECONDS = 60.0
AT_ONCE = 8


@dataclass(frozen=True)
class Answer:
    """What became of trying one source."""

    source: Source
    state: str
    """ok, a reason of `FAILURE_REASONS`, or timeout or crashed."""
    message: str = ""


@click.command()
@format_option
@click.pass_context
def check(ctx: click.Context, output: Format) -> None:
    """Load the configuration and try each source: its access, its files."""
    config, plugins = load_config(ctx, also=lambda found: web_faults(found.web.config_file))
    resolve_all(config, plugins.kpis)
    for name in unsealed(config):
        click.echo(f"warning: {name}: its tokens are kept unencrypted in the store; set vault_key", err=True)
    with reaching(config, config.sources) as (network, vault):
        answers = asyncio.run(try_all(config.sources, network, vault))
    show([_row(config, answer) for answer in answers], columns=COLUMNS, output=output)
    failed = [*unsupported(config), *_failures(answers)]
    if failed:
        raise Failed("; ".join(failed))


async def try_all(sources: Sequence[Source], network: Network, vault: Vault | None = None) -> list[Answer]:
    """Each source's answer, a few at once, in the order of the sources."""
    free = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_try(source, network, vault, free), name=f"check {source.name}") for source in sources
        ]
    return [task.result() for task in tasks]


def unsealed(config: Config) -> list[str]:
    """The sources whose tokens no key seals."""
    if config.vault_keys:
        return []
    return [source.name for source in config.sources if _has_grant(source)]


def _has_grant(source: Source) -> bool:
    try:
        return offline(source).grant() is not None
    except Exception:  # noqa: BLE001 - trying the source tells of a plugin's bug
        return False


def unsupported(config: Config) -> list[str]:
    """What is configured well, but not built yet."""
    told = []
    if not config.store.startswith("sqlite:"):
        told.append("store: PostgreSQL is not supported yet; write sqlite:///path")
    if config.engine != "builtin":
        told.append(f"engine: {config.engine} is not supported yet; write builtin")
    return told


async def _try(source: Source, network: Network, vault: Vault | None, free: asyncio.Semaphore) -> Answer:
    """One source. Failing is an answer too."""
    async with free:
        connection = connect_source(source, network, vault)
        client = connection.client
        try:
            async with asyncio.timeout(min(LONGEST_SECONDS, source.settings.timeout.total_seconds())):
                told = await connection.connector.check()
        except SourceError as error:
            return Answer(source, error.reason, client.redact(str(error)))
        except TimeoutError:
            return Answer(source, "timeout", "no answer in time")
        except Exception as error:  # noqa: BLE001 - a plugin's bug must not hide what the others answered
            return Answer(source, "crashed", client.redact(f"{type(error).__name__}: {error}"))
        finally:
            await connection.close()
    return Answer(source, "ok", client.redact("; ".join(told)))


def _row(config: Config, answer: Answer) -> dict[str, object]:
    return {
        "project": answer.source.project,
        "source": answer.source.name,
        "connector": answer.source.connector.type.name,
        "state": answer.state,
        "streams": [stream.name for stream in answer.source.streams],
        "message": cover(answer.message, config.secrets),
    }


def _failures(answers: Sequence[Answer]) -> list[str]:
    failed = sum(answer.state != "ok" for answer in answers)
    return [f"{failed} of {len(answers)} sources did not answer as they should"] if failed else []
