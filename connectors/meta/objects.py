"""The account and the page themselves: whether they are there, what they are called, how many follow."""

from collections.abc import Callable
from decimal import Decimal

from collector.plugin import BadResponse, Forbidden, HttpClient, Json
from connectors.meta import refusals
from connectors.meta.insights import missing, path
from connectors.meta.mapping import number

ACCOUNT = "id,username,followers_count,follows_count,media_count"
PAGE = "id,name,followers_count,fan_count"


class Objects:
    """Asks for them by id."""

    def __init__(self, client: Callable[[], HttpClient]) -> None:
        self._client = client

    async def read(self, number: str, fields: str) -> Json:
        """One of them.

        Raises:
            Forbidden: it is not there, may not be seen, or is no professional account.
        """
        answer = await self._client().request("GET", path(number), params={"fields": fields}, accept=refusals.REFUSED)
        if answer.status < 400:
            body = answer.json()
            if not isinstance(body, dict) or "id" not in body:
                raise BadResponse(expected=f"the account {number}", where=answer.where, got=body)
            return body
        told = refusals.told(answer)
        if told.is_gone:
            raise Forbidden(missing(number, answer.where, told.message))
        if told.code == 100 and "nonexisting field" in told.message:
            raise Forbidden(
                f"{answer.where}: {told.message}: {number} is no Instagram professional account. In the app: "
                "Settings → Account type → switch to Business or Creator, and link it to the page; instagram_id is its "
                "number, which the page's instagram_business_account tells"
            )
        raise BadResponse(expected=f"the account {number}", where=answer.where, got=told.message)

    async def followers(self, account: str) -> Decimal | None:
        """How many follow an Instagram account now; None: it is not told."""
        told = (await self.read(account, ACCOUNT)).get("followers_count")
        return None if told is None else number(told, f"GET /{account}")

    async def is_there(self, number: str) -> bool:
        """Whether it still answers: what is missing beneath it is then really gone."""
        return bool(await self.read(number, "id"))
