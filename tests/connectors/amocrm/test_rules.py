"""What a stage means, by the settings: of a lead that is lost, where it came from."""

import pytest

from connectors.amocrm.rules import Stage, Step, Verdict, lost_from, rules_of
from tests.connectors.amocrm.told import sample, settings

PIPELINES = sample("leads.pipelines.json")["_embedded"]["pipelines"]
RULES = rules_of(
    settings(qualified_stages=["7001:70011"], deal_stages=["7001:70012"], junk_stages=["7001:70013"]), PIPELINES
)
LOST = Stage("7001", "143")
LOST_DEAL, LOST_LEAD = Verdict("converted", "lost"), Verdict("lost")


@pytest.mark.parametrize(
    ("before", "verdict"),
    [
        (Stage("7001", "142"), LOST_DEAL),
        (Stage("7002", "142"), LOST_DEAL),
        (Stage("7001", "70012"), LOST_DEAL),
        (Stage("7002", "70012"), LOST_LEAD),
        (Stage("7001", "70011"), LOST_LEAD),
        (Stage("7001", "70010"), LOST_LEAD),
        (None, LOST_DEAL),
    ],
)
def test_a_lost_lead_was_a_deal_if_it_was_won_or_in_a_stage_of_deals(before: Stage | None, verdict: Verdict) -> None:
    assert RULES.verdict(LOST, lost_from=before) == verdict


def test_stages_are_known_with_their_pipelines_alone() -> None:
    assert RULES.verdict(Stage("7001", "70012")) == Verdict("converted", "open")
    assert RULES.verdict(Stage("7002", "70012")) == Verdict("open")
    assert RULES.verdict(Stage("7001", "70011")) == Verdict("qualified")
    assert RULES.verdict(Stage("7001", "70013")) == Verdict("junk")
    assert RULES.verdict(Stage("7002", "142")) == Verdict("converted", "won")


def test_a_lost_lead_that_is_moved_to_another_pipeline_was_lost_before() -> None:
    offer, elsewhere = Stage("7001", "70012"), Stage("7002", "143")

    assert lost_from([Step(1, offer, LOST), Step(2, LOST, elsewhere)]) == offer
    assert lost_from([Step(1, Stage("7001", "70011"), offer)]) is None
