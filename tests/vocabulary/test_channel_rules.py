"""Rules of the user's own: what they match, that they come first, and which never can match."""

import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.vocabulary.channels import ChannelRules, Rule, never_matching


def rules(*written: Rule) -> ChannelRules:
    return ChannelRules(written)


def test_the_first_rule_that_matches_comes_before_the_built_in_ones() -> None:
    own = rules(Rule("Influencers", source="vk", campaign="blog*"), Rule("Community", source="vk"))

    assert [own.of_session("vk / cpc", campaign) for campaign in ("blog-anna", "sale")] == ["Influencers", "Community"]
    assert own.of_session("ok / cpc", "blog-anna") == "Paid Social"
    found = own.of_tags("VK", "cpc", "Blog-Anna")
    assert found is not None
    assert (found.rule, found.evidence) == ("channels[0]", "utm_source=vk, utm_campaign=blog-anna")


def test_what_analytics_mean_by_untagged_visits_comes_after_own_rules_and_before_the_built_in_ones() -> None:
    own = rules(Rule("Blogs", source="dzen"))

    assert own.of_session("dzen / recommend", None, "Referral") == "Blogs"
    assert own.of_session("whatsapp / messenger", None, "Organic Social") == "Organic Social"
    assert own.of_session("whatsapp / messenger", None) == "Messengers"


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("partner-*", "partner-7", True),
        ("partner-*", "partner-", True),
        ("partner-*", "a partner-7", False),
        ("*-blog*", "anna-blog-2026", True),
        ("PARTNER-7", "Partner-7", True),
        (" партнёр ", "Партнёр", True),
        ("осень*", "%D0%9E%D1%81%D0%B5%D0%BD%D1%8C+2026", True),
        ("%D0%BE%D1%81%D0%B5%D0%BD%D1%8C*", "Осень", True),
        ("spring+sale", "spring sale", True),
        ("spring  sale*", "spring sale 2", True),
        ("50%*", "50%25 off", True),
        ("a.c", "abc", False),
        ("(direct)", "(direct)", True),
        ("*", "anything", True),
        ("*", None, True),
        ("(not set)", None, True),
        ("(Not Set)", "", True),
        ("(not set)", "{macro}", True),
        ("(not set)", "vk", False),
        ("{macro}", "{macro}", False),
        ("", None, False),
    ],
)
def test_a_star_is_any_text_and_case_spaces_and_encoding_do_not_matter(
    pattern: str, value: str | None, matches: bool
) -> None:
    found = rules(Rule("Own", source=pattern)).of_tags(value, "post", None)

    assert found is not None
    assert (found.channel == "Own") == matches


def test_all_patterns_that_are_given_must_match() -> None:
    own = rules(Rule("Own", source="vk", medium="post", campaign="a*", lead_source="WEB"))

    assert [
        found.channel
        for found in (
            own.of_tags("vk", "post", "a1", "web"),
            own.of_tags("vk", "post", "a1", None),
            own.of_tags("vk", "post", "b1", "WEB"),
            own.of_tags("vk", "cpc", "a1", "WEB"),
        )
        if found is not None
    ] == ["Own", "Organic Social", "Organic Social", "Paid Social"]


def test_a_rule_about_the_crms_source_alone_is_weaker_than_tags() -> None:
    own = rules(Rule("Marketplaces", lead_source="ozon*"), Rule("Offline", lead_source="CALL"))

    tagged = own.of_tags("vk", "cpc", None, "OZON-1")
    assert tagged is not None
    assert tagged.channel == "Paid Social"
    found = [own.of_lead_source(text) for text in ("Ozon-1", "call", "EMAIL")]
    assert [(each.channel, each.rule) for each in found if each] == [
        ("Marketplaces", "channels[0]"),
        ("Offline", "channels[1]"),
        ("Email", "CRM source EMAIL"),
    ]


def test_a_referrer_is_matched_as_web_analytics_would_tag_it() -> None:
    own = rules(Rule("Partners", source="*.partner.example", medium="referral"))

    found = own.of_referrer("https://blog.partner.example/tea")
    assert found is not None
    assert (found.channel, found.rule) == ("Partners", "channels[0]")


def test_a_campaigns_costs_go_by_its_id_else_its_title() -> None:
    own = rules(Rule("By title", campaign="video*"), Rule("By id", campaign="701"), Rule("Other", source="*"))

    assert own.of_campaign("701", "video autumn") == "By id"
    assert own.of_campaign("702", "Video autumn") == "By title"
    assert own.of_campaign("702", "brand") is None
    assert own.of_campaign("702", "video cross-network") == "By title"


def test_a_rule_about_campaign_and_source_needs_the_ad_systems_source() -> None:
    own = rules(Rule("Influencers", source="vk", campaign="blog*"))

    assert own.of_campaign("1", "blog-anna", source="vk", medium="cpc") == "Influencers"
    assert own.of_campaign("1", "blog-anna", source="yandex", medium="cpc") is None
    assert own.of_campaign("1", "blog-anna") is None


def test_a_known_channel_is_named_as_it_is_known() -> None:
    own = rules(Rule("paid  social", source="x1"), Rule("Our Own", source="x2"))

    assert [own.of_session(f"{source} / y", None) for source in ("x1", "x2")] == ["Paid Social", "Our Own"]


def test_equal_rules_have_equal_digests_and_others_other_ones() -> None:
    one = Rule("Own", source="vk")
    others = [
        rules(),
        rules(one),
        rules(replace(one, channel="Other")),
        rules(replace(one, medium="*")),
        rules(one, one),
    ]

    assert rules(Rule("Own", source="vk")).digest() == rules(one).digest()
    assert len({each.digest() for each in others}) == len(others)
    assert hash(rules(one)) == hash(rules(Rule("Own", source="vk")))


def test_rules_that_were_asked_can_go_to_another_process() -> None:
    own = rules(Rule("Own", source="vk"))
    own.of_session("vk / cpc", None)

    assert pickle.loads(pickle.dumps(own)) == own  # noqa: S301 - our own


def test_what_is_paid_regroups_nothing() -> None:
    assert ChannelRules(paid_channels=frozenset({"Email"})).digest() == ChannelRules().digest()


# ── rules that never match ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (Rule("A", source="vk"), Rule("B", source="vk")),
        (Rule("A", source="vk"), Rule("B", source=" VK ")),
        (Rule("A", source="vk"), Rule("B", source="v%6B")),
        (Rule("A", source="vk"), Rule("B", source="vk", medium="cpc")),
        (Rule("A", source="vk*"), Rule("B", source="vk_ads*")),
        (Rule("A", source="*"), Rule("B", campaign="spring")),
        (Rule("A", source="**"), Rule("B", medium="(not set)")),
        (Rule("A", source="*b*"), Rule("B", source="a*b*c")),
        (Rule("A", lead_source="*"), Rule("B", lead_source="CALL")),
        (Rule("A", source="*", lead_source="C*"), Rule("B", source="vk", lead_source="CALL")),
    ],
)
def test_a_rule_behind_a_wider_one_never_matches(earlier: Rule, later: Rule) -> None:
    assert never_matching([earlier, later]) == [(1, "channels[0] matches all that it matches, and comes before")]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (Rule("A", source="vk", medium="cpc"), Rule("B", source="vk")),
        (Rule("A", source="vk_ads*"), Rule("B", source="vk*")),
        (Rule("A", source="a*b"), Rule("B", source="*b")),
        (Rule("A", source="vk"), Rule("B", medium="cpc")),
        (Rule("A", source="*"), Rule("B", lead_source="CALL")),
        (Rule("A", lead_source="CALL"), Rule("B", source="vk", lead_source="CALL")),
        (Rule("A", source="{macro}"), Rule("B", source="vk"))[::-1],
    ],
)
def test_a_rule_that_something_is_left_for_can_match(earlier: Rule, later: Rule) -> None:
    assert [number for number, why in never_matching([earlier, later]) if "channels[" in why] == []


def test_a_rule_without_patterns_matches_nothing() -> None:
    assert rules(Rule("A")).of_session("vk / cpc", None) == "Paid Social"
    assert never_matching([Rule("A"), Rule("B", source="vk")]) == [(0, "it has no pattern")]


def test_a_pattern_that_no_clean_value_has_never_matches() -> None:
    assert never_matching(
        [Rule("A", source="{source}"), Rule("B", medium=" "), Rule("C", source="{x}*"), Rule("D", source="(not set)")]
    ) == [
        (0, "no source is '{source}': a macro that was not filled counts as missing"),
        (1, "no medium is empty: what is missing is (not set)"),
    ]


patterns = st.none() | st.text(alphabet="ab*", min_size=1, max_size=4)
written = st.builds(Rule, st.just("Own"), source=patterns, medium=patterns, lead_source=patterns)
values = st.none() | st.text(alphabet="ab", min_size=1, max_size=4)


@given(st.lists(written, min_size=1, max_size=4), values, values, values)
def test_a_rule_that_is_told_to_never_match_never_does(
    own: list[Rule], source: str | None, medium: str | None, lead_source: str | None
) -> None:
    never = {f"channels[{number}]" for number, _ in never_matching(own)}
    asked = ChannelRules(tuple(own))
    found = [asked.of_tags(source, medium, None, lead_source), asked.of_lead_source(lead_source)]

    assert not {each.rule for each in found if each} & never
