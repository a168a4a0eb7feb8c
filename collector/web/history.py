"""/api/v1/kpis/{kpi}/history: values as of past days, as JSON or CSV.

The daemon computes them, in a thread of its own and for a bounded time; here a request
becomes a question, and an answer rows.
"""

from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request

from collector.kpi.history import BadStretch, Point, Stretch
from collector.snapshot.history import Asked, NoHistory, NoSuchName
from collector.web.figures import Row, value_row
from collector.web.state import WebState


async def history_rows(request: Request, state: WebState) -> list[Row]:
    """The rows of a request.

    Raises:
        HTTPException: 404 for what does not exist, 400 for days that make no history, 503 where there is none now.
    """
    try:
        points = await state.history(asked_for(request))
    except NoSuchName as error:
        raise HTTPException(404, str(error)) from error
    except BadStretch as error:
        raise HTTPException(400, f"No history: {error}.") from error
    except NoHistory as error:
        raise HTTPException(503, f"No history: {error}.") from error
    return [point_row(point) for point in points]


def asked_for(request: Request) -> Asked:
    """What a request asks for."""
    said = request.query_params
    by, member = said.get("by"), said.get("member")
    if (by is None) != (member is None):
        raise HTTPException(400, "by and member belong together: a dimension, and one of its members.")
    return Asked(
        kpi=request.path_params["kpi"],
        stretch=Stretch(_day(request, "from"), _day(request, "to"), _number(request, "days"), said.get("step", "1d")),
        windows=tuple(dict.fromkeys(said.getlist("window"))),
        by=by,
        member=member,
        projects=tuple(said.getlist("project")),
    )


def point_row(point: Point) -> Row:
    """One value, with the day that it is as of."""
    told = value_row(point.value)
    return {name: told[name] for name in ("project", "kpi", "window")} | {"at": point.at.isoformat()} | told


def _day(request: Request, name: str) -> date | None:
    said = request.query_params.get(name)
    try:
        return None if said is None else date.fromisoformat(said)
    except ValueError as error:
        raise HTTPException(400, f"{name}: {said!r} is no day; write it as 2026-11-02.") from error


def _number(request: Request, name: str) -> int | None:
    said = request.query_params.get(name)
    try:
        return None if said is None else int(said)
    except ValueError as error:
        raise HTTPException(400, f"{name}: {said!r} is no number.") from error
