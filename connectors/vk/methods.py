"""VK's methods, up to 25 in one request where the token may: `execute` counts as one.

Where a batch's answer would be too big, it and later ones are asked for in halves.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from collector.plugin import BadResponse, HttpClient, Json
from connectors.vk import refusals
from connectors.vk.refusals import Refused

VERSION = "5.199"
AT_ONCE = 25
WALL = "wall.get"


@dataclass(frozen=True)
class Call:
    """A method with its parameters."""

    method: str
    params: dict[str, Any]

    @property
    def script(self) -> str:
        """As VK's language has it."""
        return f"API.{self.method}({json.dumps(self.params)})"


class Methods:
    """One source's calls. `batches`: whether its token may `execute`."""

    def __init__(self, client: HttpClient, *, batches: bool) -> None:
        self._client = client
        self._batches = batches
        self._at_once = AT_ONCE

    async def one(self, method: str, **params: Any) -> Json:
        """A call's answer.

        Raises:
            SourceError: it is refused.
        """
        (answer,) = await self._each([Call(method, params)], ())
        return answer

    async def many(self, calls: Sequence[Call], *, tolerated: Sequence[int] = ()) -> list[Json | Refused]:
        """The answers to calls, in their order; refusals with a tolerated code stand in their places.

        Raises:
            SourceError: one is refused otherwise.
        """
        if not self._batches:
            return await self._each(calls, tolerated)
        found: list[Json | Refused] = []
        while len(found) < len(calls):
            batch = calls[len(found) : len(found) + self._at_once]
            answers = await self._executed(batch, tolerated)
            if answers is None:
                self._at_once = max(1, len(batch) // 2)
            else:
                found += answers
        return found

    async def _each(self, calls: Sequence[Call], tolerated: Sequence[int]) -> list[Json | Refused]:
        found: list[Json | Refused] = []
        for call in calls:
            form = {name: str(value) for name, value in call.params.items()}
            body, refused = await self._asked(call.method, form, wall=int(call.method == WALL))
            if refused is not None and refused.code not in tolerated:
                raise refusals.meaning(refused, self._client.now())
            found.append(body["response"] if refused is None else refused)
        return found

    async def _executed(self, batch: Sequence[Call], tolerated: Sequence[int]) -> list[Json | Refused] | None:
        """A batch's answers; None: too big together."""
        code = f"return [{','.join(call.script for call in batch)}];"
        body, refused = await self._asked("execute", {"code": code}, wall=sum(each.method == WALL for each in batch))
        if refused is not None:
            if refused.code == refusals.TOO_BIG and len(batch) > 1:
                return None
            raise refusals.meaning(refused, self._client.now())
        answers, where = body["response"], "execute"
        if not isinstance(answers, list) or len(answers) != len(batch):
            raise BadResponse(expected=f"{len(batch)} answers", where=where, got=answers)
        failed = iter(refusals.of_batch(body, where))
        found: list[Json | Refused] = []
        for call, answer in zip(batch, answers, strict=True):
            refused = next(failed, Refused(call.method, 0, "")) if answer is False else None
            if refused is not None and refused.code not in tolerated:
                raise refusals.meaning(refused, self._client.now())
            found.append(answer if refused is None else refused)
        return found

    async def _asked(self, method: str, form: dict[str, str], *, wall: int) -> tuple[Json, Refused | None]:
        """By POST: a batch would be too long for an address."""
        answer = await self._client.request(
            "POST", f"/method/{method}", form={**form, "v": VERSION, "lang": "ru"}, cost={WALL: wall}
        )
        if (refused := refusals.of_answer(answer)) is not None:
            return None, refused
        body = answer.json()
        if not isinstance(body, dict) or "response" not in body:
            raise BadResponse(expected="an answer under response", where=answer.where, got=body)
        return body, None
