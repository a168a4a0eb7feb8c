"""The company as amoCRM sees it: one card for a request and its deal."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from collector.testing.company import Company
from collector.testing.company.books import Books
from collector.testing.company.calendar import noon, seconds
from connectors.amocrm.simulator import AmocrmCompany

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def company() -> AmocrmCompany:
    return AmocrmCompany(1, TODAY, 200)


def test_a_lead_is_converted_exactly_when_there_is_a_deal_of_its_id(company: AmocrmCompany) -> None:
    converted = [lead.id for lead in company.leads() if lead.status == "converted"]
    deals = list(company.deals())

    assert sorted(converted) == sorted(deal.id for deal in deals)
    assert all(deal.lead == deal.id for deal in deals)
    assert len(set(converted)) == len(converted)


def test_a_deal_was_created_when_its_request_was(company: AmocrmCompany) -> None:
    created = {lead.id: lead.created for lead in company.leads()}
    assert all(deal.created == created[deal.id] for deal in company.deals())


def test_every_request_and_every_deal_without_one_is_a_card(company: AmocrmCompany) -> None:
    plain, at = Company(1, TODAY, 200), seconds(company.now)
    kept = {card.id for card in company.cards() if not card.is_away(at) or (card.away and card.away[1])}

    alone = {2 * deal.id + 1 for deal in plain.deals() if deal.lead is None}
    made = {2 * deal.lead for deal in plain.deals() if deal.lead is not None}
    asked = {2 * lead.id for lead in plain.leads() if not lead.ever_converted}
    assert kept == alone | made | asked


def test_what_was_sold_is_what_the_company_sold_in_one_currency(company: AmocrmCompany) -> None:
    at = seconds(company.now)
    cards = [card for card in company.cards() if not card.is_away(at) or (card.away and card.away[1])]
    deals = [deal for card in cards if (deal := card.deal(at)) and deal.status == "won"]
    sold = [deal for deal in Company(1, TODAY, 200).deals() if deal.status == "won"]

    assert Counter((deal.closed, deal.cents) for deal in deals) == Counter(
        (deal.closed, deal.cents * (1 if deal.currency == "RUB" else 80)) for deal in sold
    )
    assert {deal.currency for deal in deals} == {"RUB"}


def test_what_is_gone_does_not_exist_and_what_was_restored_does(company: AmocrmCompany) -> None:
    exist = {lead.id for lead in company.leads()}
    gone = {each.id for each in company.gone() if each.entity == "lead"}
    restored = {card.id for card in company.cards() if card.away and card.away[1] and card.exists(seconds(company.now))}

    assert gone
    assert not gone & exist
    assert restored
    assert restored <= exist


def test_steps_end_where_the_cards_stand(company: AmocrmCompany) -> None:
    stood = {(each.entity, each.id): (each.stage, each.status) for each in company.stage_changes()}

    assert all(stood["lead", lead.id] == (lead.stage, lead.status) for lead in company.leads())
    assert all(stood["deal", deal.id] == (deal.stage, deal.status) for deal in company.deals())


def test_a_later_instant_adds_to_an_earlier_one(company: AmocrmCompany) -> None:
    later = company.at(noon(TODAY + timedelta(days=7)))
    at = seconds(company.now)
    then = {lead.id: lead for lead in later.leads()}

    assert isinstance(later, AmocrmCompany)
    for lead in company.leads():
        if lead.id in then and then[lead.id].updated <= at:
            assert then[lead.id] == lead
    assert set(then) - {lead.id for lead in company.leads()}


def test_its_books_speak_of_cards() -> None:
    company = AmocrmCompany(1, TODAY, 30)
    told = Books(company).kpi("lead_to_deal", "7d", company.yesterday).values[()]
    plain = Books(Company(1, TODAY, 30)).kpi("lead_to_deal", "7d", company.yesterday).values[()]

    assert isinstance(told, Decimal)
    assert isinstance(plain, Decimal)
    assert told > plain  # a deal that nobody had asked for is a converted lead here
