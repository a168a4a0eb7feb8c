"""Pages: each way to the next one, each end, and chains that have none."""

from typing import Any

import pytest

from collector.plugin import BadResponse, Response
from connectors.http_json.paging import next_link
from tests.connectors.http_json.desk import Desk, answer, one


def posts(pages: str, request: str = "{path: /posts}", rows: str = "rows: items") -> str:
    return one(f"""\
kind: now
request: {request}
record: post
{rows}
fields: {{id: id, network: {{const: acme}}, kind: {{const: post}}, published_at: at}}
pages: {pages}
""")


def items(*ids: int, **more: Any) -> dict[str, Any]:
    return {"items": [{"id": number, "at": "2026-11-01T10:00:00Z"} for number in ids], **more}


def ids(desk: Desk) -> list[str]:
    return [record.id for record in desk.records()]


def test_numbered_pages_end_with_an_empty_one() -> None:
    desk = Desk(posts("{by: page, param: p, size: 2, size_param: n}"), items(1, 2), items(3, 4), items())

    assert ids(desk) == ["1", "2", "3", "4"]
    assert [asked.params for asked in desk.asked] == [{"p": 1, "n": 2}, {"p": 2, "n": 2}, {"p": 3, "n": 2}]


def test_a_short_page_may_be_the_last_one() -> None:
    desk = Desk(posts("{by: page, param: p, first: 0, size: 2, short_page_ends: true}"), items(1, 2), items(3))

    assert ids(desk) == ["1", "2", "3"]
    assert [asked.params["p"] for asked in desk.asked] == [0, 1]


def test_the_number_of_pages_may_be_told_as_a_text_too() -> None:
    desk = Desk(
        posts("{by: page, param: p, total_pages: meta.pages}"), *[items(n, meta={"pages": "2"}) for n in (1, 2)]
    )

    assert ids(desk) == ["1", "2"]


def test_an_offset_goes_on_by_the_rows_that_came() -> None:
    desk = Desk(posts("{by: offset, param: skip, total: total}"), items(1, 2, total=3), items(3, total=3))

    assert ids(desk) == ["1", "2", "3"]
    assert [asked.params["skip"] for asked in desk.asked] == [0, 2]


def test_a_cursor_ends_where_there_is_no_next_or_no_more() -> None:
    nulls = Desk(
        posts("{by: cursor, param: after, next: next}"), items(1, next="a"), items(next="b"), items(2, next=None)
    )
    more = Desk(
        posts("{by: cursor, param: after, next: 'items[-1].id', more: has_more}"),
        items(1, 2, has_more=True),
        items(3, has_more=False),
    )

    assert ids(nulls) == ["1", "2"]
    assert [asked.params.get("after") for asked in nulls.asked] == [None, "a", "b"]
    assert ids(more) == ["1", "2", "3"]
    assert [asked.params.get("after") for asked in more.asked] == [None, 2]


def test_a_cursor_may_stand_in_a_body() -> None:
    body = '{query: "{ posts }", variables: {after: "{cursor}", first: "{size}", tags: ["{cursor}", x]}}'
    request = f"{{path: /graphql, method: POST, json: {body}}}"
    desk = Desk(posts("{by: cursor, next: next, size: 50}", request), items(1, next="a"), items(2))

    assert ids(desk) == ["1", "2"]
    assert [asked.json for asked in desk.asked] == [
        {"query": "{ posts }", "variables": {"first": 50, "tags": ["x"]}},
        {"query": "{ posts }", "variables": {"after": "a", "first": 50, "tags": ["a", "x"]}},
    ]


def test_a_form_is_filled_too() -> None:
    request = "{path: /list, method: POST, form: {day: '{today:%d.%m.%Y}', page: '{page}'}}"
    desk = Desk(posts("{by: page}", request), items(1), items())

    assert ids(desk) == ["1"]
    assert [asked.json for asked in desk.asked] == [None, None]
    assert desk.client.asked[1].form == {"day": "23.11.2026", "page": "2"}


def test_the_link_header_leads_on() -> None:
    def linked(body: Any, link: str) -> Response:
        return Response(200, {"link": link}, answer(body).body, "GET /posts")

    desk = Desk(
        posts("{by: link}", rows=""),
        linked(items(1)["items"], '<https://api.acme.example/posts?page=2>; rel="next", <https://x>; rel="last"'),
        linked(items(2)["items"], '</posts?page=3>; rel="prev next"'),
        linked(items(3)["items"], '<https://api.acme.example/posts?page=2>; rel="prev"'),
    )

    assert ids(desk) == ["1", "2", "3"]
    assert [asked.url for asked in desk.asked] == [
        "/posts",
        "https://api.acme.example/posts?page=2",
        "https://api.acme.example/posts?page=3",
    ]


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('<https://a/?b=1,2>; rel="next"', "https://a/?b=1,2"),
        ("<https://a>; rel=next", "https://a"),
        ('<https://a>; title="rel=next, or so"; rel="prev", <https://b>; rel="Next"', "https://b"),
        ('<https://a>; title="; rel=next"; rel="last"', None),
        ("", None),
        ("https://a; rel=next", None),
    ],
)
def test_a_link_header_is_read_as_its_rfc_says(header: str, target: str | None) -> None:
    assert next_link(header) == target


def test_an_address_in_the_body_leads_on_also_a_relative_one() -> None:
    desk = Desk(
        posts("{by: url, next: paging.next}", "{path: /v1/posts, params: {limit: 2}}"),
        items(1, paging={"next": "posts?at=2"}),
        items(2, paging={"next": "https://api.acme.example/v1/posts?at=3"}),
        items(3, paging={}),
    )

    assert ids(desk) == ["1", "2", "3"]
    assert [(asked.url, asked.params) for asked in desk.asked] == [
        ("/v1/posts", {"limit": "2"}),
        ("https://api.acme.example/v1/posts?at=2", {}),
        ("https://api.acme.example/v1/posts?at=3", {}),
    ]


# ── chains without an end ────────────────────────────────────────────────────────────


def test_a_next_that_was_read_already_is_no_answer() -> None:
    desk = Desk(posts("{by: cursor, param: c, next: next}"), items(1, next="a"), items(2, next="b"), items(3, next="a"))

    with pytest.raises(BadResponse, match="expected another next page, got 'one that was read already'"):
        desk.records()


def test_the_same_rows_twice_are_no_answer() -> None:
    desk = Desk(posts("{by: page, param: p}"), items(1), items(1))

    with pytest.raises(BadResponse, match="expected another page, got 'the rows of the page before'"):
        desk.records()


def test_a_chain_without_an_end_is_no_answer() -> None:
    desk = Desk(posts("{by: page, param: p, max_pages: 3}"), *[items(number) for number in range(9)])

    with pytest.raises(BadResponse, match=r"expected an end within 3 pages \(max_pages\)"):
        desk.records()
    assert len(desk.asked) == 3


@pytest.mark.parametrize("following", [{"a": 1}, ["a"], True])
def test_a_next_that_is_none_is_no_answer(following: object) -> None:
    with pytest.raises(BadResponse, match="expected a cursor or an address"):
        Desk(posts("{by: cursor, param: c, next: next}"), items(1, next=following)).records()


def test_a_total_that_is_no_number_is_no_answer() -> None:
    with pytest.raises(BadResponse, match="'many' is no number"):
        Desk(posts("{by: page, param: p, total_pages: n}"), items(1, n="many")).records()
