"""An exchange with a vendor as people may see it: without any secret, and not too long.

Secrets are covered by what they are (those of the settings and tokens), by the name that
they stand under, and wherever else such a value comes again, as in a vendor's echo.
What is covered is covered before it is shortened, so that no beginning of it is left.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from collector.log import MASK, mask, spellings
from collector.plugin.client import Json, Response
from collector.plugin.errors import BadResponse
from collector.polling.network import Exchange
from collector.settings.findings import cover, looks_secret

LONGEST_TEXT = 200
MOST_ITEMS = 3
"""Of a list, where it is shortened."""

_SHOWN_HEADERS = re.compile(
    r"content-type|link|location|retry-after|www-authenticate|set-cookie|.*(rate-?limit|quota|call-limit|total).*"
)
_BODY_SECRET = re.compile(
    r"((access|refresh|id|auth|bearer|api)[_-]?)?token$|secret|passw|api[_-]?key|authorization|credential|"
    r"cookie|signature|session[_-]?(id|key)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Secrets:
    """What must not be seen: `redact` knows the source's own, `found` came with exchanges."""

    redact: Callable[[str], str]
    found: frozenset[str]

    def cover(self, text: str) -> str:
        """The text without any of them."""
        return cover(mask(self.redact(text), self.found))

    def covered(self, value: Json, *, named: Callable[[str], bool] = lambda name: is_body_secret(name)) -> Json:
        """A JSON value without any of them."""
        match value:
            case str():
                return self.cover(value)
            case dict():
                return {
                    self.cover(str(key)): MASK if named(str(key)) and each else self.covered(each, named=named)
                    for key, each in value.items()
                }
            case list() | tuple():
                return [self.covered(each, named=named) for each in value]
            case None | bool():
                return value
        shown = self.cover(str(value))  # a number may be a secret too
        return value if shown == str(value) else shown


def secrets_of(redact: Callable[[str], str], exchanges: list[Exchange]) -> Secrets:
    """All that is to be hidden of these exchanges."""
    found = {way for each in exchanges for secret in _told(each) for way in spellings(secret)}
    return Secrets(redact, frozenset(found))


def is_body_secret(name: str) -> bool:
    """Whether a key of a body holds a secret; `next_token` is a cursor, which people must see."""
    return _BODY_SECRET.fullmatch(name) is not None or _BODY_SECRET.match(name) is not None


def is_sent_secret(name: str) -> bool:
    """Whether a header or parameter of this name carries one."""
    return looks_secret(name) or name.lower() in ("cookie", "set-cookie", "proxy-authorization")


def _told(exchange: Exchange) -> Iterator[str]:
    """The secrets that an exchange tells by their names."""
    request = exchange.request
    query = parse_qsl(urlsplit(request.url).query)
    for name, value in (*request.params.items(), *query, *request.headers.items(), *(request.form or {}).items()):
        if is_sent_secret(str(name)):
            for each in value if isinstance(value, list) else [value]:
                yield from (str(each), str(each).partition(" ")[2])
    yield from _keyed(request.json)
    if exchange.response is not None:
        for name, value in exchange.response.headers.items():
            if is_sent_secret(name):
                yield from (value, value.partition(";")[0].partition("=")[2])
        yield from _keyed(_json_of(exchange.response))


def _keyed(value: Json) -> Iterator[str]:
    match value:
        case dict():
            for key, each in value.items():
                if is_body_secret(str(key)) and isinstance(each, str | int) and not isinstance(each, bool):
                    yield str(each)
                else:
                    yield from _keyed(each)
        case list():
            for each in value:
                yield from _keyed(each)


def described(exchange: Exchange, secrets: Secrets, *, full: bool) -> dict[str, Any]:
    """An exchange as plain data."""
    request, response = exchange.request, exchange.response
    shorten: Callable[[Json], Json] = plain_numbers if full else lambda value: plain_numbers(shortened(value))
    asked: dict[str, Any] = {
        "method": request.method,
        "url": secrets.cover(address(request.url, request.params)),
        "headers": secrets.covered(dict(request.headers), named=is_sent_secret),
    }
    if request.json is not None or request.form is not None:
        body = request.json if request.json is not None else request.form
        named = is_body_secret if request.json is not None else is_sent_secret
        asked["body"] = shorten(secrets.covered(body, named=named))
    if response is None:
        return {"request": asked, "fault": secrets.cover(exchange.fault or "no answer")}
    headers = secrets.covered(dict(response.headers), named=is_sent_secret)
    answer = {
        "status": response.status,
        "bytes": len(response.body),
        "headers": headers
        if full
        else {name: each for name, each in headers.items() if _SHOWN_HEADERS.fullmatch(name)},
        "body": shorten(_body(response, secrets)),
    }
    return {"request": asked, "response": answer}


def address(url: str, params: Mapping[str, Any]) -> str:
    """An address with its parameters; those that carry secrets are covered."""
    parts = urlsplit(url)
    pairs = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in params]
    for name, value in params.items():
        pairs += [(name, each) for each in (value if isinstance(value, list) else [value])]
    query = "&".join(
        f"{name}={MASK if is_sent_secret(name) else quote(_text(value), safe=_PLAIN)}" for name, value in pairs
    )
    return urlunsplit(parts._replace(query=query))


_PLAIN = ":/@,[]{}*"


def shortened(value: Json) -> Json:
    """A JSON value with the first items of long lists and the beginnings of long texts."""
    match value:
        case str() if len(value) > LONGEST_TEXT:
            return f"{value[:LONGEST_TEXT]}… ({len(value)} characters)"
        case dict():
            return {key: shortened(each) for key, each in value.items()}
        case list() if len(value) > MOST_ITEMS:
            return [*map(shortened, value[:MOST_ITEMS]), f"… {len(value) - MOST_ITEMS} more"]
        case list():
            return [shortened(each) for each in value]
    return value


def plain_numbers(value: Any) -> Any:
    """JSON with its numbers as they were written, which Decimals are not for `json`."""
    match value:
        case dict():
            return {key: plain_numbers(each) for key, each in value.items()}
        case list():
            return [plain_numbers(each) for each in value]
        case str() | int() | float() | None:
            return value
    return float(value) if str(float(value)) == str(value) else str(value)


def _body(response: Response, secrets: Secrets) -> Json:
    found = _json_of(response)
    return secrets.covered(found) if found is not None else secrets.cover(response.text)


def _json_of(response: Response) -> Json:
    try:
        return response.json() if response.body.strip() else None
    except BadResponse:
        return None


def _text(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)
