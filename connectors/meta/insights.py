"""Insights of an account or a page: metrics asked for together, and one by one where Meta refuses a name.

One name that is none refuses the whole request, and names die without notice. Who wants a
metric that is refused is told so by name, and nobody else; it is asked for again a day later.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from collector.plugin import BadResponse, Forbidden, HttpClient, Response
from connectors.meta import refusals
from connectors.meta.mapping import Metrics, metrics

VERSION = "v26.0"
ASKED_AGAIN = timedelta(days=1)
"""How long a metric that was refused is not asked for."""


def path(*parts: str) -> str:
    """A path of the API's version that this connector speaks."""
    return "/".join(("", VERSION, *parts))


Params = Mapping[str, str | int]


class Insights:
    """What is asked of `/{id}/insights`."""

    def __init__(self, client: Callable[[], HttpClient]) -> None:
        self._client = client
        self._refused: dict[tuple[str, str], tuple[datetime, str]] = {}

    async def asked(self, account: str, names: Sequence[str], params: Params) -> Metrics:
        """The metrics that are told, by name; those that Meta refuses by name are left out (see `expect`)."""
        wanted = [name for name in names if not self._is_refused(account, name)]
        if not wanted:
            return {}
        answer = await self._answer(account, wanted, params)
        if answer.status < 400:
            return metrics(answer.json(), answer.where)
        told = refusals.told(answer)
        if not told.is_of_metric:
            raise _otherwise(answer, account, told)
        if len(wanted) == 1:
            self._refused[account, wanted[0]] = (self._client().now(), told.message)
            return {}
        found: dict[str, object] = {}
        for name in wanted:
            found.update(await self.asked(account, [name], params))
        return found

    def expect(self, account: str, name: str, *, stream: str) -> None:
        """Raises BadResponse: Meta refuses this metric by name."""
        if self._is_refused(account, name):
            _, words = self._refused[account, name]
            raise BadResponse(
                expected=f"the metric {name}, which Meta has retired or does not give to this account: only "
                f"{stream} stands still, the others go on, and `leave_out: [{stream}]` asks for it no more",
                where=f"GET /{account}/insights",
                got=words,
            )

    def refused(self, account: str, names: Iterable[str]) -> list[str]:
        """Those of the names that Meta refuses."""
        return [name for name in names if self._is_refused(account, name)]

    def _is_refused(self, account: str, name: str) -> bool:
        at, _ = self._refused.get((account, name), (None, ""))
        return at is not None and timedelta(0) <= self._client().now() - at < ASKED_AGAIN

    async def _answer(self, account: str, names: Sequence[str], params: Params) -> Response:
        asked = {"metric": ",".join(names), **params}
        return await self._client().request("GET", path(account, "insights"), params=asked, accept=refusals.REFUSED)


def _otherwise(answer: Response, account: str, told: refusals.Told) -> Exception:
    if told.is_gone:
        return Forbidden(missing(account, answer.where, told.message))
    return BadResponse(expected="insights", where=f"{answer.where} answered {answer.status}", got=told.message)


def missing(account: str, where: str, message: str) -> str:
    """What to do about an account that Meta does not show."""
    return (
        f"{where}: {message}: {account} does not exist, or the token may not see it. An Instagram account has to be "
        "a professional one (Business or Creator) and linked to a page; the token's person needs a role on the page"
    )
