"""Calls and batches: how a portal is asked, and how its envelopes are opened.

A batch's keys name the method (`crm_deal_list_0`), so that a refusal, which bears only the
key, can be told; and a later command may refer to an earlier one's rows by its key.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from collector.plugin import BadResponse, HttpClient, Json, SourceError
from connectors.bitrix24 import refusals

MOST_COMMANDS = 50
Params = Mapping[str, Any]
Row = Mapping[str, Any]
Explain = Callable[[refusals.Told], SourceError]


@dataclass(frozen=True)
class Command:
    """One call of a batch; an `optional` one may fail without the others."""

    method: str
    params: Params
    optional: bool = False

    def key(self, number: int) -> str:
        """What it is called in the batch."""
        return f"{refusals.OPTIONAL if self.optional else ''}{self.method.replace('.', '_')}_{number}"


class Portal:
    """One portal, by the client that the connector has at the moment."""

    def __init__(self, client: Callable[[], HttpClient], explain: Explain) -> None:
        self._client = client
        self._explain = explain

    async def call(self, method: str, params: Params | None = None) -> Json:
        """The result of one method."""
        return _result(await self._client().post_json(method, json=dict(params or {})), method)

    async def batch(self, commands: Sequence[Command]) -> list[Json]:
        """The results of up to 50 commands, in their order; of an optional one that failed its error."""
        keys = [command.key(number) for number, command in enumerate(commands)]
        written = {key: _written(command) for key, command in zip(keys, commands, strict=True)}
        body = await self._client().post_json("batch", json={"halt": 0, "cmd": written})
        answer = _result(body, "batch")
        found = answer.get("result") if isinstance(answer, dict) else None
        if not isinstance(found, dict | list):
            raise BadResponse(expected="results by command", where="batch", got=answer)
        failed = answer["result_error"] if isinstance(answer.get("result_error"), dict) else {}
        return [self._of(key, found if isinstance(found, dict) else {}, failed) for key in keys]

    def _of(self, key: str, found: Mapping[str, Json], failed: Mapping[str, Json]) -> Json:
        if key in found:
            return found[key]
        if key in failed:
            return self._explain(refusals.told_of(failed[key], key))
        raise BadResponse(expected="a result for each command", where=refusals.method_of(key), got=sorted(found))


def rows_of(result: Json, method: str, key: str = "ID") -> list[Row]:
    """The rows of a list; some methods wrap them (`items`, `categories`), and an empty map comes as a list.

    Equal texts of a page are made one: of thousands of rows under way that is half the memory.

    Raises:
        BadResponse: they are none, or have no id: the vendor drops all fields of a select that it cannot read.
    """
    if isinstance(result, dict):
        inner = [each for each in result.values() if isinstance(each, list)]
        result = inner[0] if len(inner) == 1 else list(result.values())
    if not isinstance(result, list):
        raise BadResponse(expected="a list of rows", where=method, got=result)
    texts: dict[str, str] = {}
    one_of = texts.setdefault
    for row in result:
        if not isinstance(row, dict) or row.get(key) in (None, ""):
            raise BadResponse(expected=f"rows with {key}", where=method, got=row)
        for name, value in row.items():
            if type(value) is str:
                row[name] = one_of(value, value)
    return result


def _result(body: Json, method: str) -> Json:
    if not isinstance(body, dict) or "result" not in body:
        raise BadResponse(expected="an answer with `result`", where=method, got=body)
    return body["result"]


def _written(command: Command) -> str:
    """A command as a query string, with brackets as PHP reads them."""
    pairs = _flat(command.params, "")
    return f"{command.method}?" + "&".join(f"{quote(name, safe='[]')}={quote(value, safe='')}" for name, value in pairs)


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            for key, each in value.items():
                yield from _flat(each, f"{name}[{key}]" if name else str(key))
        case list() | tuple():
            for number, each in enumerate(value):
                yield from _flat(each, f"{name}[{number}]")
        case _:
            yield name, str(value)
