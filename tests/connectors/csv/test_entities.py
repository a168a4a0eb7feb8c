"""connectors/csv/entities.py: rows to leads, deals, customers, posts and rates."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from collector.plugin import Customer, Deal, Lead, Post, Rate

Fault = Callable[..., str]


def test_a_purchase_is_a_won_deal_of_its_line(desk: Any, purchases: Any) -> None:
    deals = desk.read("customer,date,amount\n00004,1997-01-01,29.33\n00004,1997-01-01,29.33\n", **purchases)

    noon_in_moscow = datetime(1997, 1, 1, 9, tzinfo=UTC)
    changed = datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert deals == [
        Deal(
            id=name,
            created_at=noon_in_moscow,
            updated_at=changed,
            closed_at=noon_in_moscow,
            status="won",
            amount=Decimal("29.33"),
            currency="RUB",
            customer_id="00004",
        )
        for name in ("a.csv:2", "a.csv:3")
    ]


def test_all_fields_of_a_deal_come_from_its_columns(desk: Any) -> None:
    desk.dimensions = {"region": "UF_REGION"}
    header = "n,created,updated,closed,st,sum,cur,funnel,who,again,source,camp,y,reg,why,gone"
    row = "7,2026-11-01T10:00:00+03:00,2026-11-03,2026-11-02T10:00,LOST,1 200.50,eur,b2b,Аня,yes,call,sale,Y1,Юг,цена,0"
    fields = {
        "id": "n", "created_at": "created", "updated_at": "updated", "closed_at": "closed", "status": "st",
        "amount": "sum", "currency": "cur", "pipeline": "funnel", "manager": "who", "is_repeat": "again",
        "lead_source": "source", "utm_campaign": "camp", "yclid": "y", "region": "reg", "loss_reason": "why",
        "deleted": "gone",
    }  # fmt: skip

    assert desk.read(f"{header}\n{row}\n", record="deal", columns=fields) == [
        Deal(
            id="7",
            created_at=datetime(2026, 11, 1, 7, tzinfo=UTC),
            updated_at=datetime(2026, 11, 3, 9, tzinfo=UTC),
            closed_at=datetime(2026, 11, 2, 7, tzinfo=UTC),
            status="lost",
            amount=Decimal("1200.50"),
            currency="EUR",
            pipeline="b2b",
            manager="Аня",
            is_repeat=True,
            lead_source="call",
            utm_campaign="sale",
            click_ids={"yclid": "Y1"},
            dimensions={"region": "Юг"},
            loss_reason="цена",
            deleted=False,
        )
    ]


def test_an_empty_cell_is_an_unknown_field(desk: Any) -> None:
    (lead,) = desk.read(
        "n,at,st,who,y,upd\n1,2026-11-01,open, ,,\n",
        record="lead",
        columns={"id": "n", "created_at": "at", "status": "st", "manager": "who", "gclid": "y", "updated_at": "upd"},
    )

    assert lead == Lead(
        id="1",
        created_at=datetime(2026, 11, 1, 9, tzinfo=UTC),
        updated_at=datetime(2026, 11, 23, 11, tzinfo=UTC),
        status="open",
    )


def test_customers_posts_and_rates(desk: Any) -> None:
    desk.write("c/c.csv", "id,company\ncontact:1,company:2\n")
    desk.write("p/p.csv", "n,at,likes,views\n5,2026-11-01T00:00:00Z,10,1 000\n6,2026-11-02T00:00:00Z,,\n")
    desk.write("r/r.csv", "day,code,price\n2026-11-01,usd,81.5\n")

    assert desk.read(path="c/*", record="customer", columns={"id": "id", "parent_id": "company"}) == [
        Customer(id="contact:1", parent_id="company:2")
    ]
    assert desk.read(
        path="p/*",
        record="post",
        columns={"id": "n", "published_at": "at", "likes": "likes", "views": "views"},
        constants={"network": "vk", "kind": "post"},
    ) == [
        Post("5", "vk", "post", datetime(2026, 11, 1, tzinfo=UTC), likes=10, views=1000),
        Post("6", "vk", "post", datetime(2026, 11, 2, tzinfo=UTC)),
    ]
    assert desk.read(path="r/*", record="rate", columns={"day": "day", "currency": "code", "value": "price"}) == [
        Rate(date(2026, 11, 1), "USD", "RUB", Decimal("81.5"))
    ]


def test_a_stream_yields_its_record(desk: Any, purchases: Any) -> None:
    (stream,) = desk.source(**purchases).streams()

    assert (stream.name, stream.kind, stream.every.total_seconds()) == ("rows", "part", 300)
    assert stream.yields == {"deal"}
    assert stream.provides == {}


def test_a_line_is_counted_in_lines_of_the_file(desk: Any, purchases: Any) -> None:
    deals = desk.read(
        '\ufeffdate,customer,amount\r\n\r\n2026-11-01,"Ann\r\nLee",1\r\n,,\r\n2026-11-02,Bob,2', **purchases
    )

    assert [(deal.id, deal.customer_id) for deal in deals] == [("a.csv:3", "Ann\r\nLee"), ("a.csv:6", "Bob")]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("1,2026-11-01,won,,2026-11-02", "a.csv:2, column 'sum': amount: is needed, the cell is empty"),
        (",2026-11-01,won,5,2026-11-02", "a.csv:2, column 'n': id: is needed, the cell is empty"),
        ("1,2026-11-01,winn,5,", "a.csv:2, column 'st': status: one of lost, open, won is needed, got 'winn'"),
        ("1,2026-11-01,won,5,", "a.csv:2, column 'closed': a won deal needs the day on which it closed"),
        ("1,,open,5,", "a.csv:2, column 'at': created_at: is needed, the cell is empty"),
        ("1,01.11.2026,open,5,", "a.csv:2, column 'at': a date such as 2026-11-02 is needed, got '01.11.2026'"),
        (
            "1,0001-01-01T00:00,open,5,",
            "a.csv:2, column 'at': 0001-01-01T00:00:00+02:30:17 lies outside the calendar",
        ),
        ("1,2026-11-01,open,9e12,", None),
        (
            "1,2026-11-01,open,9e13,",
            "a.csv:2, column 'sum': amount: 9E+13 is beyond ±9000000000000, the greatest value that is stored",
        ),
    ],
)
def test_a_deal_that_cannot_be_is_a_bad_row(desk: Any, fault: Fault, row: str, told: str | None) -> None:
    text = f"n,at,st,sum,closed\n{row}\n"
    columns = {"id": "n", "created_at": "at", "status": "st", "amount": "sum", "closed_at": "closed"}
    if told is None:
        assert len(desk.read(text, record="deal", columns=columns)) == 1
    else:
        assert fault(text, record="deal", columns=columns) == told


def test_an_id_twice_in_one_file_is_a_bad_row(fault: Fault) -> None:
    told = fault("n\n7\n8\n7\n", record="customer", columns={"id": "n"})

    assert told == "a.csv:4, column 'n': the id '7' is in this file already"


def test_an_id_in_two_files_is_not(desk: Any) -> None:
    desk.write("b.csv", "n\n7\n")

    assert [customer.id for customer in desk.read("n\n7\n", record="customer", columns={"id": "n"})] == ["7", "7"]


def test_two_prices_of_one_day_are_a_bad_row(fault: Fault) -> None:
    told = fault(
        "day,code,price\n2026-11-01,USD,81.5\n2026-11-01,USD,82\n",
        record="rate",
        columns={"day": "day", "currency": "code", "value": "price"},
    )

    assert told == "a.csv:3: the price of USD in RUB on 2026-11-01 is in this file already"


def test_a_rate_is_above_zero(fault: Fault) -> None:
    told = fault(
        "day,code,price\n2026-11-01,USD,0\n",
        record="rate",
        columns={"day": "day", "currency": "code", "value": "price"},
    )

    assert told == "a.csv:2, column 'price': value: a rate is above zero, got 0"
