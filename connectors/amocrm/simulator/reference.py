"""The account's dictionaries: what names the ids in its lists."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from collector.testing.company.staff import PIPELINES
from connectors.amocrm.simulator import account, answers, card_rows, dictionaries
from connectors.amocrm.simulator.answers import Row
from connectors.amocrm.simulator.asked import Asked
from connectors.amocrm.simulator.paging import MOST, Handlers, page_of

if TYPE_CHECKING:
    from connectors.amocrm.simulator.simulator import AmocrmSimulator

T = TypeVar("T")


class Reference:
    """What changes hardly ever."""

    def __init__(self, simulator: "AmocrmSimulator") -> None:
        self._simulator = simulator

    def handlers(self) -> Handlers:
        """Paths, and who answers them."""
        return [
            ("account", self._account),
            ("leads/pipelines", self._pipelines),
            ("leads/pipelines/{pipeline:int}", self._pipeline),
            ("leads/pipelines/{pipeline:int}/statuses", self._statuses),
            ("leads/loss_reasons", self._loss_reasons),
            ("{of:str}/custom_fields", self._fields),
            ("users", self._users),
            ("users/{id:int}", self._user),
            ("events/types", self._event_types),
            ("sources", self._sources),
        ]

    def _listed(
        self, request: Request, key: str, every: Sequence[T], row: Callable[[str, T], Row], *, counted: bool = False
    ) -> Response:
        base, rows = answers.base_of(request), self._simulator.shown(every)
        shown, page, size = page_of(rows, Asked(request), most=MOST, shown=self._simulator.page_size)
        made = [row(base, each) for each in shown]
        return answers.listed(request, key, made, page=page, size=size, total=len(rows), counted=counted)

    async def _account(self, request: Request) -> Response:
        simulator, shown = self._simulator, Asked(request).texts("with")
        subdomain = (simulator.moved_to or account.HOST).partition(".")[0]
        base = answers.base_of(request)
        told = dictionaries.the_account(base, shown, subdomain=subdomain, has_filters=simulator.has_filters)
        return answers.hal(told)

    async def _pipelines(self, request: Request) -> Response:
        base = answers.base_of(request)
        made = [dictionaries.pipeline(base, each) for each in self._simulator.shown(PIPELINES)]
        return answers.whole(request, "pipelines", made) if made else answers.none()

    async def _pipeline(self, request: Request) -> Response:
        found = [each for each in PIPELINES if each.id == request.path_params["pipeline"]]
        if not found:
            return answers.problem(404, "Pipeline not found")
        return answers.hal(dictionaries.pipeline(answers.base_of(request), found[0]))

    async def _statuses(self, request: Request) -> Response:
        found = [each for each in PIPELINES if each.id == request.path_params["pipeline"]]
        if not found:
            return answers.problem(404, "Pipeline not found")
        base = answers.base_of(request)
        made = [dictionaries.status(base, found[0], each) for each in account.STATUSES]
        return answers.whole(request, "statuses", made)

    async def _loss_reasons(self, request: Request) -> Response:
        reasons = list(account.LOSS_REASONS.values())
        return self._listed(request, "loss_reasons", reasons, lambda base, each: card_rows.loss_reason(base, *each))

    async def _fields(self, request: Request) -> Response:
        of = request.path_params["of"]
        fields = {"leads": account.FIELDS, "contacts": account.CONTACT_FIELDS, "companies": ()}.get(of)
        if fields is None:
            return answers.problem(404, f"Cannot GET {request.url.path}")
        row = dictionaries.field
        return self._listed(request, "custom_fields", fields, lambda base, each: row(base, each, of), counted=True)

    async def _users(self, request: Request) -> Response:
        if not self._simulator.is_admin:
            return answers.problem(403)
        users = dictionaries.users(self._simulator.more_users)
        return self._listed(request, "users", users, dictionaries.user, counted=True)

    async def _user(self, request: Request) -> Response:
        if not self._simulator.is_admin:
            return answers.problem(403)
        found = [each for each in dictionaries.users(0) if each.id == request.path_params["id"]]
        if not found:
            return answers.problem(404, "User not found")
        return answers.hal(dictionaries.user(answers.base_of(request), found[0]))

    async def _event_types(self, request: Request) -> Response:
        return answers.whole(request, "events_types", dictionaries.event_types())

    async def _sources(self, request: Request) -> Response:
        own = self._simulator.shown([account.SOURCES[account.OWN_SOURCE]])
        made = [dictionaries.source(answers.base_of(request), each) for each in own]
        return answers.whole(request, "sources", made) if made else answers.none()
