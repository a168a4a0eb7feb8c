"""The vendor's envelopes: lists and refusals, with their content types."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

HAL, PROBLEM = "application/hal+json", "application/problem+json"
Row = dict[str, Any]

_NAMESPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_OAUTH = "https://developers.amocrm.ru/v3/errors/OAuthProblemJson"
_UNAUTHORIZED = {"ru": "Неверный логин или пароль", "en": "Invalid user name or password"}
_PROBLEMS: Mapping[int, tuple[str, str]] = {
    400: ("Bad Request", "Request validation failed"),
    402: ("Payment Required", "Account is not paid"),
    403: ("Forbidden", "Access denied"),
    404: ("Not Found", "Cannot GET {path}"),
    422: ("Unprocessable Entity", "Request cannot be processed"),
    429: ("Too Many Requests", "Too many requests"),
    500: ("Internal Server Error", "An unknown error occurred."),
}
_PAGES: Mapping[int, str] = {403: "403 Forbidden", 502: "502 Bad Gateway", 504: "504 Gateway Time-out"}


def base_of(request: Request) -> str:
    """Where the request was sent to: links lead there again."""
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"


def hal(body: Mapping[str, Any], status: int = 200) -> Response:
    """An answer that is one."""
    return _json(body, status, HAL)


def none() -> Response:
    """Nothing is there: neither a body nor a type."""
    return Response(status_code=204)


def listed(
    request: Request, key: str, rows: Sequence[Row], *, page: int, size: int, total: int, counted: bool = False
) -> Response:
    """A page of a list; nothing at all where it has no rows. `counted`: with the number of items and pages."""
    if not rows:
        return none()
    links = {"self": {"href": _numbered(request, page, size)}}
    if page * size < total:
        links["next"] = {"href": _numbered(request, page + 1, size)}
    if page > 1:
        links["first"] = {"href": _numbered(request, 1, size)}
        links["prev"] = {"href": _numbered(request, page - 1, size)}
    counts = {"_total_items": total, "_page": page, "_page_count": -(-total // size)} if counted else {"_page": page}
    return hal({**counts, "_links": links, "_embedded": {key: rows}})


def whole(request: Request, key: str, rows: Sequence[Row]) -> Response:
    """A list that has no pages."""
    links = {"self": {"href": f"{base_of(request)}{request.url.path}"}}
    return hal({"_total_items": len(rows), "_links": links, "_embedded": {key: rows}})


def problem(status: int, detail: str | None = None, more: Mapping[str, Any] | None = None) -> Response:
    """A refusal."""
    title, usual = _PROBLEMS[status]
    body = {"title": title, "type": f"https://httpstatus.es/{status}", "status": status, "detail": detail or usual}
    return _json({**(more or {}), **body}, status, PROBLEM)


def invalid(path: str, detail: str) -> Response:
    """A parameter that is wrong."""
    errors = [{"code": "NotSupportedChoice", "path": path, "detail": detail}]
    return problem(400, more={"validation-errors": [{"request_id": "0", "errors": errors}]})


def unauthorized(language: str) -> Response:
    """The token is not accepted."""
    body = {"title": "Unauthorized", "type": "https://httpstatus.es/401", "status": 401}
    return _json({**body, "detail": _UNAUTHORIZED[language]}, 401, PROBLEM)


def oauth_client() -> Response:
    """The integration is not known."""
    body = {"title": "Некорректный клиент", "type": _OAUTH, "status": 401, "detail": "Авторизация клиента не прошла"}
    return _json(body, 401, PROBLEM)


def oauth_hint(status: int, hint: str) -> Response:
    """The token endpoint cannot use what it was given."""
    body = {"hint": hint, "title": "Некорректный запрос", "type": _OAUTH, "status": status}
    detail = "В запросе отсутствует ряд параметров или параметры невалидны"
    return _json({**body, "detail": detail}, status, PROBLEM)


def page(status: int) -> Response:
    """What the server before the vendor's answers."""
    title = _PAGES.get(status, "amoCRM")
    text = f"<html>\n<head><title>{title}</title></head>\n<body>\n<center><h1>{title}</h1></center>\n"
    return HTMLResponse(f"{text}<hr><center>nginx</center>\n</body>\n</html>\n", status_code=status)


def linked(base: str, path: str, row: Row) -> Row:
    """A row, now with the link to itself."""
    row["_links"] = {"self": {"href": f"{base}/api/v4/{path}"}}
    return row


def _json(body: Mapping[str, Any], status: int, media_type: str) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    number = str(uuid5(_NAMESPACE, text))
    return Response(text, status_code=status, media_type=media_type, headers={"X-Request-Id": number})


def _numbered(request: Request, page: int, size: int) -> str:
    """The same question for another page."""
    asked = [(key, value) for key, value in request.query_params.multi_items() if key not in ("page", "limit")]
    pairs = [("page", str(page)), ("limit", str(size)), *asked]
    query = "&".join(f"{quote(key, safe='')}={quote(value, safe=',')}" for key, value in pairs)
    return f"{base_of(request)}{request.url.path}?{query}"
