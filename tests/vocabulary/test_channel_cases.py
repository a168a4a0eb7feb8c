"""Every case of the tables leads to its channel, by its rule."""

from collections.abc import Sequence

from collector.cli.channels import group
from collector.vocabulary.channels import CHANNELS, ChannelRules
from tests.vocabulary.channel_cases import BUILT_IN, UNDER_OWN, Case, own_rules


def wrong(rules: ChannelRules, cases: Sequence[Case]) -> list[str]:
    """Each case that comes out otherwise."""
    found = []
    for case in cases:
        told = group(rules, {name.lower(): value for name, value in case.evidence.items()})
        got = told.channel, told.rule.removeprefix("built-in: ")
        if got != case.expected:
            found.append(f"line {case.number}: {case.evidence}: {got}, not {case.expected}")
    return found


def test_there_are_cases_enough_and_no_channel_is_left_out() -> None:
    assert len(BUILT_IN) >= 200
    assert len({str(case.evidence) for case in BUILT_IN}) == len(BUILT_IN)
    assert {case.expected[0] for case in BUILT_IN} == set(CHANNELS) - {"Marketplaces"}, "which only own rules give"


def test_each_case_leads_to_its_channel() -> None:
    faults = wrong(ChannelRules(), BUILT_IN)
    assert not faults, "\n".join(faults)


def test_each_case_under_rules_of_the_users_own_leads_to_its_channel() -> None:
    faults = wrong(own_rules(), UNDER_OWN)
    assert not faults, "\n".join(faults)


def test_which_channels_are_paid() -> None:
    rules = own_rules()

    assert [case.cells["paid"] for case in UNDER_OWN] == [
        "yes" if rules.is_paid(case.expected[0]) else "no" for case in UNDER_OWN
    ]


def test_spaces_around_and_letters_case_change_nothing() -> None:
    def shouted(case: Case) -> Case:
        tags = {
            name: f"  {value.upper()} " for name, value in case.cells.items() if value and name in ("source", "medium")
        }
        return Case(case.number, {**case.cells, **tags})

    alike = [shouted(case) for case in BUILT_IN if "{" not in str(case.evidence)]
    assert not wrong(ChannelRules(), alike)
