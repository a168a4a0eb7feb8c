"""`kpi-collector check`: load the configuration, then try each source as it is configured.

Exit 0: all answered; 1: a source did not, or something is configured that this version
cannot do; 2: the configuration is wrong.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import click

from collector.cli.context import Failed, load_config
from collector.cli.listing import Format, format_option, show
from collector.kpi.catalogue import resolve_all
from collector.plugin.errors import SourceError
from collector.polling.client import make_client
from collector.settings.findings import cover
from collector.settings.model import Config, Source
from collector.settings.offline import offline

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
    config, plugins = load_config(ctx)
    resolve_all(config, plugins.kpis)
    for name in unsealed(config):
        click.echo(f"warning: {name}: its tokens are kept unencrypted in the store; set vault_key", err=True)
    answers = asyncio.run(try_all(config.sources))
    show([_row(config, answer) for answer in answers], columns=COLUMNS, output=output)
    failed = [*unsupported(config), *_failures(answers)]
    if failed:
        raise Failed("; ".join(failed))


async def try_all(sources: Sequence[Source]) -> list[Answer]:
    """Each source's answer, a few at once, in the order of the sources."""
    free = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_try(source, free), name=f"check {source.name}") for source in sources]
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


async def _try(source: Source, free: asyncio.Semaphore) -> Answer:
    """One source. Failing is an answer too."""
    async with free:
        client = make_client(source)
        try:
            async with asyncio.timeout(min(LONGEST_SECONDS, source.settings.timeout.total_seconds())):
                told = await source.connect(client).check()
        except SourceError as error:
            return Answer(source, error.reason, str(error))
        except TimeoutError:
            return Answer(source, "timeout", "no answer in time")
        except Exception as error:  # noqa: BLE001 - a plugin's bug must not hide what the others answered
            return Answer(source, "crashed", f"{type(error).__name__}: {error}")
        finally:
            await client.close()
    return Answer(source, "ok", "; ".join(told))


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
