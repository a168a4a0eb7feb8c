"""The books of what vendors state by day: visits, advertising, costs, networks; and of posts."""

from collections.abc import Iterator
from decimal import Decimal

from collector.testing.company.books.channels import UNASSIGNED
from collector.testing.company.books.entry import ONE, Entry, Members, told
from collector.testing.company.books.money import Money
from collector.testing.company.calendar import day_of
from collector.testing.company.company import Company
from collector.testing.company.terms import CURRENCY, FOREIGN
from collector.testing.company.visits import MEASURES as VISITS
from collector.testing.company.visits import Visits

ADS = ("spend", "impressions", "clicks")
COSTS = ("other_costs", "budget")
NETWORKS = (
    *("followers_gained", "followers_lost", "social_views"),
    *("likes", "comments", "shares", "saves", "social_clicks"),
)
POSTS = ("posts", "post_engagement", "post_views")
Entries = Iterator[tuple[str, Entry]]


def entries_of_visits(company: Company, money: Money) -> Entries:
    """Of the days that are over."""
    for each in company.visits(last=company.yesterday):
        tags = each.tags
        members = {
            "channel": each.way.channel or UNASSIGNED,
            "campaign": told(tags.campaign),
            "source_medium": tags.source_medium,
        }
        amounts = (
            *(each.sessions, each.engaged, each.sessions - each.bounced, each.new_users, each.page_views),
            *(each.key_events, each.purchases),
        )
        for measure, amount in zip(VISITS, amounts, strict=False):
            yield measure, Entry(each.day, Decimal(amount), members)
        yield "web_revenue", Entry(each.day, _revenue(each, money), members)


def _revenue(each: Visits, money: Money) -> Decimal:
    return money.sold(each.revenue, FOREIGN, each.day)


def entries_of_ads(company: Company, money: Money) -> Entries:
    """Of the days that are over."""
    for each in company.spend(last=company.yesterday):
        campaign = each.campaign
        members = {"channel": campaign.channel, "campaign": campaign.title, "source": campaign.system}
        amount = money.cost(each.amount, campaign.currency, each.day, campaign.system)
        for measure, worth in zip(ADS, (amount, Decimal(each.impressions), Decimal(each.clicks)), strict=True):
            yield measure, Entry(each.day, worth, members)


def entries_of_costs(company: Company, money: Money) -> Entries:
    """Months, spread over all of their days, those to come too."""
    nobody: Members = {}
    for month in company.costs():
        first = month.first.toordinal()
        for day in range(first, first + month.days):
            yield "other_costs", Entry(day, money.cost(month.fees // month.days, CURRENCY, day, "costs"), nobody)
            yield "budget", Entry(day, money.cost(month.budget // month.days, CURRENCY, day, "plan"), nobody)


def entries_of_networks(company: Company) -> Entries:
    """Flows by day, and the followers at its end; what a network does not tell is no entry."""
    for each in company.followers():
        members = {"network": each.network}
        amounts = (
            *(each.gained, each.lost, each.views),
            *(each.likes, each.comments, each.shares, each.saves, each.clicks),
        )
        for measure, amount in zip(NETWORKS, amounts, strict=True):
            if amount is not None:
                yield measure, Entry(each.day, Decimal(amount), members)
        yield "followers", Entry(each.day, Decimal(each.followers), members)


def entries_of_posts(company: Company) -> Entries:
    """Of posts that exist; engagement and views of those whose views are known."""
    for post in company.posts():
        if post.deleted is not None:
            continue
        day, members = day_of(post.published), {"network": post.network}
        yield "posts", Entry(day, ONE, members)
        if post.views is not None:
            engaged = sum(filter(None, (post.likes, post.comments, post.shares, post.saves)))
            yield "post_engagement", Entry(day, Decimal(engaged), members)
            yield "post_views", Entry(day, Decimal(post.views), members)
