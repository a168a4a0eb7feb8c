"""One group of entities, posted: its channels first, then its deals, leads and posts."""

from collections.abc import Iterable

from collector.plugin.records import NOT_SET
from collector.store.attribution import Channels
from collector.store.deals import Sale, gain, margin, post_deals, sale
from collector.store.leads import post_leads
from collector.store.ledger import Group, Members, Posting, State, by_creation, of_kind
from collector.store.posts import post_post
from collector.store.rules import Rules
from collector.vocabulary.channels import source_medium
from collector.vocabulary.tags import campaign_member


def post(group: Group, rules: Rules) -> Posting:
    """What a group's entities add to which measure on which day."""
    posting = Posting()
    dimensions = rules.all_dimensions
    if group.states[0].kind == "post":
        for each in group.states:
            network = str(each.body.get("network") or NOT_SET)
            members = tuple(network if name == "network" else "" for name in dimensions)
            post_post(posting, each, members=members, rules=rules)
        return posting
    deals, leads = of_kind(group.states, "deal"), of_kind(group.states, "lead")
    sales = [sale(each, rules) for each in deals]
    channels = channels_of(group, sales, rules)

    def members_of(state: State) -> Members:
        return _members(state, channels.of(state), dimensions)

    for one in sales:
        one.members = members_of(one.state)
        if one.state.status == "won":
            one.profit = gain(one.amount, margin(one.members, rules, dimensions))
    post_deals(posting, group.customer, sales, rules)
    became = {lead: deal.created for lead, deal in first_named(deals).items()}
    post_leads(posting, group.customer, leads, members_of=members_of, became=became, rules=rules)
    return posting


def channels_of(group: Group, sales: Iterable[Sale], rules: Rules) -> Channels:
    """The channels of a group whose deals come to `sales`."""
    sales = list(sales)
    return Channels(
        group,
        rules,
        refunds=frozenset(each.state.key for each in sales if each.is_refund),
        wins=[(each.closed, each.state.key) for each in sales if each.is_won and each.closed and group.customer],
    )


def _members(state: State, channel: str, dimensions: tuple[str, ...]) -> Members:
    body = state.body
    extra = body.get("dimensions") or {}
    found = []
    for name in dimensions:
        if name in extra:
            found.append(str(extra[name] or NOT_SET))
        elif name == "channel":
            found.append(channel)
        elif name == "source_medium":
            found.append(source_medium(body.get("utm_source"), body.get("utm_medium")))
        elif name == "campaign":
            found.append(campaign_member(body.get("utm_campaign")))
        elif name == "network":
            found.append("")
        else:
            found.append(str(body.get(name) or NOT_SET))
    return tuple(found)


def first_named(deals: Iterable[State]) -> dict[str, State]:
    """The first deal that names a lead, by lead."""
    found: dict[str, State] = {}
    for deal in sorted(deals, key=by_creation):
        if lead := deal.body.get("lead_id"):
            found.setdefault(str(lead), deal)
    return found
