"""What a user writes wrong, told all at once at load, each mistake by its key."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from collector.cli import invoke
from collector.plugin import ConnectorSettings
from connectors.http_json.settings import HttpJsonSettings
from tests.connectors.http_json.desk import BASE, Desk

VISITS: dict[str, Any] = {
    "kind": "window",
    "request": {"path": "/visits"},
    "record": "fact",
    "fields": {"day": "date"},
    "measures": {"sessions": "visits"},
}
ORDERS: dict[str, Any] = {
    "kind": "since",
    "request": {"path": "/orders"},
    "record": "deal",
    "fields": {"id": "id", "created_at": "at", "status": {"const": "open"}, "amount": "total"},
}


def told(stream: dict[str, Any] | None = None, **settings: Any) -> list[str]:
    text = yaml.safe_dump({**settings, "streams": {"rows": stream or VISITS}})
    with pytest.raises(ValueError) as caught:
        Desk(text)
    assert not isinstance(caught.value, ValidationError), caught.value
    return str(caught.value).split("\n")


def test_the_defaults() -> None:
    settings = HttpJsonSettings.model_validate({"base_url": BASE, "streams": {"rows": VISITS}})

    own = set(HttpJsonSettings.model_fields) - set(ConnectorSettings.model_fields) - {"streams"}
    assert settings.model_dump(include=own, exclude={"auth"}) == {
        "token_url": None,
        "headers": {},
        "limits": [],
        "errors": [],
        "quotas": [],
        "zone": None,
    }
    assert settings.auth.kind == "none"


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"rows": "data[?"}, "streams.rows.rows: 'data[?' is no JMESPath: Invalid jmespath expression:"),
        (
            {"skip_if": "summ(x)"},
            "streams.rows.skip_if: 'summ(x)' calls summ(), which JMESPath has not; did you mean sum()?",
        ),
        ({"fields": {"day": "a..b"}}, "streams.rows.fields.day.path: 'a..b' is no JMESPath:"),
        (
            {"fields": {"day": {"path": "d", "date": "dd.mm"}}},
            "streams.rows.fields.day.date: 'dd.mm' tells no year and month;",
        ),
        (
            {"fields": {"day": {"path": "d", "date": "%Q"}}},
            "streams.rows.fields.day.date: '%Q' reads no dates;",
        ),
        ({"fields": {"dey": "d"}}, "streams.rows.fields.dey: no field of a fact; did you mean day?"),
        ({"fields": {"dey": "d"}}, "streams.rows.fields: a fact needs day"),
        ({"fields": {"day": {}}}, "streams.rows.fields.day: needs a path or a const, and just one of them"),
        ({"measures": {"sesions": "n"}}, "streams.rows.measures.sesions: no measure; did you mean sessions?"),
        (
            {"fields": {"day": {"path": "d", "of": "outer"}}},
            "streams.rows.fields.day.of: there is no row around one, unless `inner` says so",
        ),
        ({"measures": {}}, "streams.rows.measures: a fact needs a measure, such as {sessions: visits}"),
        ({"measures": {"active_customers": "n"}}, "streams.rows.measures.active_customers: is counted from entities;"),
        ({"dimensions": {"channel": "c"}, "cuts": [["campain"]]}, "streams.rows.cuts: campain (in the one numbered 0)"),
        ({"dimensions": {"channel": "c"}, "cuts": [[]]}, "streams.rows.cuts: none has channel;"),
        (
            {"dimensions": {"channel": "c"}, "cuts": [["channel"], ["channel"]]},
            "streams.rows.cuts: the one numbered 1 is",
        ),
        ({"click_ids": {"gclid": "g"}}, "streams.rows.click_ids: are for leads and deals; a fact has none"),
        (
            {"request": {"path": "/x", "params": {"f": "{frist}"}}},
            "streams.rows.request.params.f: there is no placeholder",
        ),
        (
            {"request": {"path": "/x", "params": {"f": "{since}"}}},
            "streams.rows.request.params.f: there is no placeholder",
        ),
        (
            {"request": {"path": "/x", "params": {"f": "{first:day}"}}},
            "streams.rows.request.params.f: {first:day}: a format",
        ),
        ({"request": {"path": "/{first.year}"}}, None),
        ({"request": {"path": "/{__class__}"}}, "streams.rows.request.path: there is no placeholder {__class__} here;"),
        ({"request": {"path": "/x?a=1"}}, "streams.rows.request.path: holds a query; write it under params"),
        ({"request": {"path": "/x", "json": {}}}, "streams.rows.request.method: a request with a body is a POST"),
        ({"pages": {"by": "cursor"}}, "streams.rows.pages.next: is needed: where the body has the next cursor"),
        ({"pages": {"by": "page"}}, "streams.rows.pages.param: is needed, unless {page} stands in the request"),
        ({"pages": {"by": "page", "param": "p", "short_page_ends": True}}, "streams.rows.pages.size: is needed"),
        ({"begin": "2020-01-01"}, "streams.rows.begin: is for streams of kind since, this one is window"),
        ({"record": "deal"}, "streams.rows.record: a stream of kind window yields fact, member, rate"),
        (
            {"also": [{"record": "member", "fields": {"id": "i"}}]},
            "streams.rows.also.0.fields: a member needs dimension",
        ),
        (
            {"fields": {"day": {"const": "{page}"}}},
            "streams.rows.fields.day.const: there is no placeholder {page} here;",
        ),
    ],
)
def test_a_mistake_in_a_window_stream(changed: dict[str, Any], line: str | None) -> None:
    stream = {**VISITS, **changed}
    if line is None:  # what only looks like a placeholder is text
        Desk(yaml.safe_dump({"streams": {"rows": stream}}))
        return
    assert any(each.startswith(line) for each in told(stream)), told(stream)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (
            {"fields": {**ORDERS["fields"], "status": {"const": "paid"}}},
            "streams.rows.fields.status.const: 'paid' is none of",
        ),
        (
            {"fields": {**ORDERS["fields"], "status": {"path": "s", "map": {"p": "wonn"}}}},
            "streams.rows.fields.status.map: 'wonn' is none of lost, open, won",
        ),
        ({"fields": {"id": "id", "status": {"const": "open"}}}, "streams.rows.fields: a deal needs amount"),
        (
            {"fields": {"id": "id", "amount": "a", "status": {"const": "open"}}},
            "streams.rows.fields: a deal needs created_at",
        ),
        ({"dimensions": {"region": "r"}}, "streams.rows.dimensions.region: no dimension of the project;"),
        ({"click_ids": {"gclit": "g"}}, "streams.rows.click_ids.gclit: no click id; did you mean gclid?"),
        ({"measures": {"spend": "m"}}, "streams.rows.measures: are for facts and readings; a deal has fields"),
        ({"request": {"path": "/since/{since}"}}, "streams.rows.request.path: {since} has no value at first,"),
        ({"restates": "3d"}, "streams.rows.restates: is for streams of kind window, this one is since"),
        (
            {"sweep": {"request": {"path": "/{since}"}}},
            "streams.rows.sweep.request.path: there is no placeholder {since}",
        ),
        ({"sweep": {"request": {"path": "/x"}, "id": "a..b"}}, "streams.rows.sweep.id.path: 'a..b' is no JMESPath"),
    ],
)
def test_a_mistake_in_a_since_stream(changed: dict[str, Any], line: str) -> None:
    assert any(each.startswith(line) for each in told({**ORDERS, **changed})), told({**ORDERS, **changed})


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"auth": {"kind": "bearer"}}, "auth.token: is needed for bearer"),
        ({"auth": {"kind": "bearer", "token": "t", "user": "u"}}, "auth.user: means nothing for bearer"),
        ({"auth": {"kind": "api_key"}}, "auth: api_key needs headers or params that carry the key"),
        ({"auth": {"kind": "oauth2", "client_id": "c", "client_secret": "s"}}, "token_url: is needed for oauth2"),
        (
            {"token_url": BASE, "auth": {"kind": "oauth2", "client_id": "c", "client_secret": "s", "grant": "code"}},
            "auth.grant: code needs an authorize_url, where a person gives consent, or a refresh_token",
        ),
        ({"limits": [{"per": "1s"}]}, "limits.0: needs calls or concurrency, and just one of them"),
        ({"errors": [{"as": "temporary"}]}, "errors.0: needs a status or a when; else it would mean every answer"),
        ({"errors": [{"as": "temporary", "when": "a..b"}]}, "errors.0.when: 'a..b' is no JMESPath"),
        ({"quotas": [{"remaining": "a..b", "limit": 5}]}, "quotas.0.remaining: 'a..b' is no JMESPath"),
    ],
)
def test_a_mistake_in_a_source(settings: dict[str, Any], line: str) -> None:
    assert any(each.startswith(line) for each in told(**settings))


def test_check_tells_all_mistakes_with_their_lines_and_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "collector.yml"
    path.write_text(
        """\
currency: EUR
sources:
  shop:
    connector: http_json
    base_url: https://api.acme.example
    auth: {kind: bearer, token: s3cret-canary, user: u}
    streams:
      visits:
        kind: window
        request: {path: /visits, params: {from: "{frist}"}}
        record: fact
        rows: data[?
        fields: {day: date}
        measures:
          sesions: visits
      orders:
        kind: since
        request: {path: /orders}
        record: deal
        fields: {id: id, created_at: at, amount: total, status: {path: state, map: {paid: wonn}}}
""",
        encoding="utf-8",
    )

    assert invoke(["check", "--config", str(path)]) == 2

    lines = capsys.readouterr().err
    for place in (
        ":6: sources.shop.auth.user: means nothing for bearer",
        ":10: sources.shop.streams.visits.request.params.from: there is no placeholder {frist}",
        ":12: sources.shop.streams.visits.rows: 'data[?' is no JMESPath",
        ":15: sources.shop.streams.visits.measures.sesions: no measure; did you mean sessions?",
        ":20: sources.shop.streams.orders.fields.status.map: 'wonn' is none of lost, open, won",
    ):
        assert place in lines, lines
    assert "s3cret-canary" not in lines


def test_the_schema_marks_what_is_secret(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["connector", "schema", "http_json"]) == 0

    auth = json.loads(capsys.readouterr().out)["$defs"]["AuthSettings"]["properties"]
    assert auth["kind"]["enum"] == ["none", "bearer", "basic", "api_key", "oauth2"]
    assert auth["headers"]["additionalProperties"]["writeOnly"] is True
    for name in ("token", "password", "client_secret", "refresh_token"):
        assert auth[name]["anyOf"][0]["writeOnly"] is True, name
