"""`kpi explain`: why a value is what it is, or what is missing and what to do."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from collector.cli.explained import as_text
from collector.kpi.explain import explain as explain_value
from collector.vocabulary.texts import LANGUAGES
from tests.kpi.conftest import Business, lacks
from tests.kpi.examples import EXAMPLES, Company, Reader

Explain = Callable[..., dict[str, Any]]
Program = Callable[..., str]

ADS = (
    "day,channel,spend,currency\n2026-10-01,Paid Search,100,USD\n2026-10-05,Paid Search,80,USD\n2026-10-07,Email,50,EUR"
)
DEALS = "id,won,amount,customer\n1,2026-10-02,120,ann\n2,2026-10-06,240,bob"


def inputs(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in found["inputs"]}


# ── what it comes to ─────────────────────────────────────────────────────────────────


def test_the_formula_is_told_with_the_numbers_that_went_in(business: Business, explain: Explain) -> None:
    business.facts("ads", "day,spend,other_costs\n2026-10-01,12000,3000\n2026-10-07,0,0")
    business.deals("\n".join(["id,won,amount,customer", *(f"{n},2026-10-03,10,c{n}" for n in range(25))]))

    assert explain("cac")["put_in"] == "(12\u00a0000 + 3\u00a0000) / 25 = 600"


def test_what_is_rounded_is_called_about(business: Business, explain: Explain) -> None:
    business.facts("ads", "day,spend,clicks\n2026-10-01,10,3\n2026-10-07,0,0")

    assert explain("cpc")["put_in"] == "10 / 3 ≈ 3.3333"


def test_a_formula_of_other_kpis_is_told_in_measures_too(business: Business, text: Callable[..., str]) -> None:
    ours = {"name": "worth", "formula": "average_order_value / cac.7d", "unit": "customer/deal", "better": "up"}
    business.settings["kpis"] = [ours]
    business.facts("ads", "day,spend\n2026-10-01,40\n2026-10-07,0")
    business.deals(DEALS)

    assert "= revenue / deals_won / ((spend.7d + other_costs.7d) / new_customers.7d)" in text("worth")


def test_a_constant_stands_with_its_value_of_the_windows_last_day(business: Business, explain: Explain) -> None:
    fee = {"unit": "ratio", "values": {"2026-10-02": "0.1", "2026-10-05": "0.25"}}
    ours = {"name": "fees", "formula": "spend * fee", "unit": "money", "better": "down", "constants": {"fee": fee}}
    business.settings["kpis"] = [ours]
    business.facts("ads", "day,spend\n2026-09-20,0\n2026-10-03,40\n2026-10-07,0")

    assert explain("fees")["put_in"] == "40 * 0.25 = 10"


def test_an_optional_measure_that_nobody_gives_is_told_as_left_out(
    business: Business, text: Callable[..., str]
) -> None:
    business.facts("ads", "day,spend\n2026-10-01,40\n2026-10-07,0")
    business.deals(DEALS)

    told = text("cac")

    assert "(40 + 0) / 2 = 20" in told
    assert "other_costs: left out: it is optional, and no source gives it here" in told


# ── days ─────────────────────────────────────────────────────────────────────────────


def test_the_stream_that_holds_a_window_back_is_named(business: Business, explain: Explain) -> None:
    business.facts("ads", "day,spend\n2026-09-20,40\n2026-10-03,0")
    business.deals(DEALS)

    days = explain("cac")["days"]

    assert (days["ends"], days["wanted"], days["holding"]) == ("held_back", "2026-10-07", ["ads/rows"])
    assert (days["begins"], days["since"], days["covered_from"]) == ("counted_back", ["ads/rows"], "2026-09-20")


def test_a_window_that_nobody_holds_back_ends_as_asked_or_yesterday(business: Business, explain: Explain) -> None:
    business.deals(DEALS)

    assert explain("sales")["days"]["ends"] == "asked"
    assert explain("sales", at=None)["days"]["ends"] == "yesterday"


def test_a_stream_that_is_not_waited_for_is_named(business: Business, explain: Explain) -> None:
    business.facts("ads", "day,spend\n2026-09-20,40\n2026-10-07,0")
    business.facts("more", "day,spend\n2026-09-20,40\n2026-10-03,0", required=False)

    found = explain("spend")

    assert (found["days"]["unfinished"], found["flags"]) == (["more/rows"], ["partial", "vat_unset"])
    assert found["doubts"][0] == "partial: some of these days' data may still be on their way"


def test_a_measure_at_its_own_window_tells_its_own_days(business: Business, explain: Explain) -> None:
    ours = {"name": "share", "formula": "spend / spend.28d", "unit": "ratio", "better": "up"}
    business.settings["kpis"] = [ours]
    business.facts("ads", "day,spend\n2026-09-01,40\n2026-10-07,10")

    found = explain("share")

    assert [(each["window"], each["days"]["from"]) for each in found["inputs"]] == [
        (None, "2026-10-01"),
        ("28d", "2026-09-10"),
    ]


# ── how a figure came about ──────────────────────────────────────────────────────────


def test_money_is_told_as_it_was_delivered_and_what_vat_and_rates_made_of_it(
    business: Business, text: Callable[..., str]
) -> None:
    business.settings["vat"] = {
        "payer": True,
        "rates": {"2020-01-01": "0.2", "2026-10-04": "0.25"},
        "revenue": "gross",
        "spend": {"ads": "gross"},
    }
    business.settings["rates"] = {"USD": {"2026-10-01": "0.9", "2026-10-04": "0.95"}}
    business.facts("ads", ADS)

    told = text("spend")

    vat = "delivered with VAT, a payer's figures are net"
    steps = "from 2026-10-01: ÷ 1.2 (VAT 20 %), from 2026-10-04: ÷ 1.25 (VAT 25 %)"
    rates = "1 USD = 0.9 … 0.95 EUR, on 2026-10-01 … 2026-10-05, by the configuration"
    assert f"ads: 180 USD; {vat}, {steps}; {rates}; counts as 135.8 EUR" in told  # 100·0.9/1.2 + 80·0.95/1.25
    assert f"ads: 50 EUR; {vat}, {steps}; counts as 40 EUR" in told
    assert "spend = 175.8 EUR" in told


def test_one_rate_for_ever_and_the_inverse_of_a_sources_are_told(business: Business, text: Callable[..., str]) -> None:
    business.facts("ads", ADS)
    business.sources["bank"] = {
        "connector": "csv",
        "record": "rate",
        "path": "bank.csv",
        "columns": {"day": "day", "currency": "currency", "per": "per", "value": "value"},
    }
    business.write("bank.csv", "day,currency,per,value\n2026-10-01,EUR,USD,1.25\n")

    assert "1 USD = 0.8 EUR, on 2026-10-01 … 2026-10-05, given by bank, the inverse of EUR/USD" in text("spend")

    business.settings["rates"] = {"USD": "0.5"}
    assert "1 USD = 0.5 EUR, one rate for all days, by the configuration; counts as 90 EUR" in text("spend")


def test_who_pays_no_vat_has_it_in_costs_and_none_in_revenue(business: Business, text: Callable[..., str]) -> None:
    business.settings["vat"] = {"payer": False, "rates": {"2020-01-01": "0.2"}, "spend": {"ads": "net"}}
    business.facts("ads", "day,spend\n2026-10-01,40\n2026-10-07,0")
    business.deals(DEALS)

    told = text("marketing_profit")

    assert (
        "ads: 40 EUR; delivered without VAT, no payer: costs count with VAT, × 1.2 (VAT 20 %); counts as 48 EUR" in told
    )
    assert "crm: 180 EUR; no payer of VAT: revenue has none" in told


def test_where_nobody_said_anything_of_vat_that_is_told(business: Business, text: Callable[..., str]) -> None:
    business.facts("ads", "day,spend\n2026-10-01,40\n2026-10-07,0")

    assert "ads: 40 EUR; with or without VAT: nobody said" in text("spend")


def test_the_cut_of_the_whole_and_of_the_break_down_are_told(business: Business, explain: Explain) -> None:
    rows = "day,source_medium,campaign,spend\n2026-10-01,,,90\n2026-10-01,yandex / cpc,spring,80\n2026-10-07,,,0"
    business.facts("ads", rows, cuts=[[], ["source_medium", "campaign"]])

    whole = inputs(explain("spend"))["spend"]["origins"]
    found = explain("spend", "--by", "channel")["broken_down"]["spend"]

    assert whole == [{"stream": "ads/rows", "cut": [], "derived": False, "kinds": []}]
    assert found == [{"stream": "ads/rows", "cut": ["campaign", "source_medium"], "derived": True, "kinds": []}]


def test_a_median_says_how_many_numbers_it_is_of_and_which_hours_count(
    business: Business, explain: Explain, text: Callable[..., str]
) -> None:
    rows = (
        "id,created,status,answered\n1,2026-10-02 10:00,open,2026-10-02 10:10\n2,2026-10-05 10:00,open,2026-10-05 10:30"
    )
    asked = {"id": "id", "created_at": "created", "status": "status", "first_response_at": "answered"}
    business.leads(rows, columns=asked, working_hours={"mon-fri": "09:00-18:00"})

    told = inputs(explain("response_time"))["response_seconds"]

    assert (told["value"], told["deliveries"][0]["numbers"]) == ("1200", 2)
    assert "forms: the median of 2 numbers" in text("response_time")
    assert "forms: responses are timed working hours Mon–Fri 09:00–18:00 (UTC)" in text("response_time")
    assert "forms: время ответа считается рабочее время пн–пт 09:00–18:00 (UTC)" in text(
        "response_time", "--lang", "ru"
    )


def test_leads_that_wait_for_an_answer_are_told_apart(business: Business, explain: Explain) -> None:
    rows = "id,created,status,answered\n1,2026-10-02 10:00,open,2026-10-02 10:10\n2,2026-10-05 10:00,open,"
    asked = {"id": "id", "created_at": "created", "status": "status", "first_response_at": "answered"}
    business.leads(rows, columns=asked)

    (due,) = inputs(explain("response_sla"))["leads_response_due"]["deliveries"]

    assert (due["owner"], due["delivered"], due["late"]) == ("forms", "2", 1)


def test_the_other_source_of_a_site_and_a_pilot_are_told(business: Business, explain: Explain) -> None:
    rows = "day,sessions\n2026-10-01,10\n2026-10-07,0"
    business.facts("ga", rows, site="shop", primary=True)
    business.facts("metrica", rows, site="shop")
    business.facts("tried", rows, mode="pilot")

    told = inputs(explain("traffic"))["sessions"]

    assert told["value"] == "10"
    assert {(each["source"], each["why"]) for each in told["uncounted"]} == {("metrica", "other"), ("tried", "pilot")}


def test_a_stock_tells_when_it_was_last_stated(business: Business, explain: Explain) -> None:
    business.facts("vk", "day,network,followers,followers_gained\n2026-10-01,vk,900,5\n2026-10-07,vk,,1")

    (told,) = inputs(explain("audience"))["followers"]["deliveries"]

    assert (told["delivered"], told["stated_on"]) == ("900", "2026-10-01")


# ── streams ──────────────────────────────────────────────────────────────────────────


def test_the_parts_that_reach_into_the_window_are_named_ten_at_most(
    business: Business, explain: Explain, text: Callable[..., str]
) -> None:
    business.facts("ads", "day,spend\n2026-10-01,1", path="ads*.csv")
    for number in range(10, 22):
        business.write(f"ads{number}.csv", f"day,spend\n2026-10-{number - 9:02},1\n2026-10-07,0\n")
    business.write("ads0.csv", "day,spend\n2026-09-01,1\n")

    (stream,) = explain("spend")["streams"]

    assert (stream["parts"]["number"], stream["parts"]["reaching"]) == (14, 13)
    assert stream["parts"]["names"][0] == "ads.csv"
    assert len(stream["parts"]["names"]) == 10
    assert "13 of 14 parts reach into these days: ads.csv, ads10.csv," in text("spend")
    assert "ads18.csv … 3 more" in text("spend")


def test_a_file_that_is_gone_is_told(business: Business, explain: Explain) -> None:
    business.facts("ads", "day,spend\n2026-10-01,1\n2026-10-07,0", path="ads*.csv")
    business.write("ads2.csv", "day,spend\n2026-10-02,1\n")
    explain("spend")
    (business.folder / "ads2.csv").unlink()

    (stream,) = explain("spend")["streams"]

    assert stream["parts"]["missing"] == ["ads2.csv"]


def test_a_stream_says_from_when_its_last_day_is_final(business: Business, explain: Explain) -> None:
    business.deals(DEALS, settle_delay="3650d")

    found = explain("sales")

    (stream,) = found["streams"]
    assert found["flags"] == ["provisional"]
    assert (stream["final"], stream["settles_seconds"]) == (False, 3650 * 86400)
    assert stream["final_from"] == "2036-10-05T00:00:00Z"  # ten years without their leap days after 2026-10-08


# ── members ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def by_channel(business: Business) -> Business:
    business.facts("ads", "day,channel,spend\n2026-10-01,Paid Search,90\n2026-10-02,Email,0\n2026-10-07,Display,30")
    shape = {"id": "id", "closed_at": "won", "amount": "amount", "customer_id": "customer", "gclid": "click"}
    business.deals(
        "id,won,amount,customer,click\n1,2026-10-02,9,ann,x\n2,2026-10-02,9,bob,y\n3,2026-10-03,9,cy,", columns=shape
    )
    return business


def test_a_break_down_tells_each_member_with_its_numbers(by_channel: Business, explain: Explain) -> None:
    found = explain("cac", "--by", "channel")

    told = {each["channel"]: (each["value"], each["put_in"], each["undefined"]) for each in found["members"]}
    assert told == {
        "Display": (None, "(30 + 0) / 0", "zero_denominator"),
        "Email": (None, "(0 + 0) / 0", None),
        "Paid Search": ("45", "(90 + 0) / 2 = 45", None),
        "Unassigned": (None, "(0 + 0) / 1", None),
    }
    assert {each["channel"]: each["without_costs"] for each in found["members"]} == {
        "Display": False,
        "Email": True,
        "Paid Search": False,
        "Unassigned": True,
    }
    assert (found["value"], found["member"]) == ("40", None)


def test_one_member_is_explained_like_the_whole(by_channel: Business, explain: Explain) -> None:
    found = explain("cac", "--by", "channel", "--member", "Paid Search")

    assert (found["channel"], found["member"], found["value"]) == ("Paid Search", "Paid Search", "45")
    assert found["put_in"] == "(90 + 0) / 2 = 45"
    assert [each["counted"] for each in inputs(found)["spend"]["deliveries"]] == ["90"]


def test_a_member_without_costs_says_so(by_channel: Business, explain: Explain, text: Callable[..., str]) -> None:
    found = explain("cac", "--by", "channel", "--member", "Unassigned")

    assert (found["value"], found["undefined"], found["without_costs"]) == (None, None, True)
    assert "a cost per something exists only where there were costs" in text(
        "cac", "--by", "channel", "--member", "Unassigned"
    )


def test_a_member_that_these_days_do_not_have_is_told_with_those_that_they_have(
    by_channel: Business, explain: Explain
) -> None:
    assert lacks(explain("spend", "--by", "channel", "--member", "Paid Serch")) == [
        "nothing of these days has the channel Paid Serch; there are: Display, Email, Paid Search"
    ]


def test_a_member_without_its_dimension_is_refused(by_channel: Business, kpi_collector: Program, capsys: Any) -> None:
    kpi_collector("--config", by_channel.config, "kpi", "explain", "cac", "--member", "Email", code=2)

    assert "--member needs --by" in capsys.readouterr().err


def test_a_dimension_that_a_measure_lacks_is_told_with_its_stream(by_channel: Business, explain: Explain) -> None:
    found = explain("cac", "--by", "manager")

    assert (found["value"], found["undefined"]) == (None, "not_configured")
    assert lacks(found) == ["ads/rows does not give spend by manager"]


def test_a_filtered_kpi_without_rows_of_both_dimensions_tells_whose_are_missing(
    by_channel: Business, explain: Explain
) -> None:
    by_channel.write("ads.csv", "day,channel,manager,spend\n2026-10-01,Paid Search,,90\n2026-10-07,,ann,30\n")
    columns = {"day": "day", "channel": "channel", "manager": "manager", "spend": "spend"}
    by_channel.sources["ads"] |= {"columns": columns, "cuts": [["channel"], ["manager"]]}

    found = explain("cac_paid", "--by", "manager")

    assert (found["value"], found["undefined"]) == (None, "not_configured")
    assert lacks(found) == ["ads/rows does not give spend by manager and channel at once"]


def test_a_member_of_another_dimension_than_the_filters_is_told_with_what_was_delivered_of_it(
    by_channel: Business, explain: Explain
) -> None:
    by_channel.sources["ads"]["constants"] = {"manager": "ann"}
    by_channel.sources["crm"]["constants"] = {"status": "won", "manager": "ann"}

    found = explain("cac_paid", "--by", "manager", "--member", "ann")

    assert found["value"] == "60"
    told = inputs(found)
    assert [each["counted"] for each in told["spend"]["deliveries"]] == ["120"]
    assert [each["counted"] for each in told["new_customers"]["deliveries"]] == ["2"]
    assert [(each["cut"], each["derived"]) for each in told["spend"]["origins"]] == [(["channel", "manager"], False)]


# ── what is told adds up ─────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with Company(tmp_path_factory.mktemp("explained")).reading() as reader:
        yield reader


@pytest.mark.parametrize("member", [None, "Paid Search", "Calls"])
def test_what_owners_delivered_comes_to_the_figure(company: Reader, member: str | None) -> None:
    for example in EXAMPLES:
        by = None if member is None else "channel"
        for each in company.explained(example, by=by, member=member)["inputs"]:
            counted = [of["counted"] for of in each["deliveries"] if of["counted"] is not None]
            if each["aggregation"] != "median" and not each["left_out"]:
                assert sum(map(Decimal, counted)) == Decimal(each["value"]), (example.kpi, each["name"])


def test_every_example_is_told_in_both_languages(company: Reader) -> None:
    project = company.engine.project
    for example in EXAMPLES:
        told = explain_value(company.engine, company.kpis[example.kpi], example.window, by="channel")
        english, russian = (as_text(told, project=project, language=language) for language in LANGUAGES)

        assert len(english.splitlines()) == len(russian.splitlines())
        assert "  value " in english
        assert "  значение " in russian
