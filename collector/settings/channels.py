"""Rules for channels: from what users wrote to what groups visits, leads and costs.

Called where the keys of the top level and of projects are checked: a rule that can never
match is a mistake, told at its place.
"""

from collections.abc import Iterable, Sequence

from collector.settings.entries import Entry
from collector.settings.findings import Findings
from collector.settings.model import Project
from collector.settings.sections import ChannelRule
from collector.vocabulary.channels import ChannelRules, Rule, never_matching


def as_rules(written: Iterable[ChannelRule]) -> tuple[Rule, ...]:
    """The rules of a configuration as the vocabulary has them."""
    return tuple(Rule(each.channel, each.source, each.medium, each.campaign, each.lead_source) for each in written)


def channel_rules(written: Iterable[ChannelRule], paid_channels: Iterable[str] = ()) -> ChannelRules:
    """What the keys `channels` and `paid_channels` say."""
    return ChannelRules(as_rules(written), frozenset(paid_channels))


def rules_of(project: Project) -> ChannelRules:
    """A project's rules."""
    return channel_rules(project.channels, project.paid_channels)


def check_channels(entry: Entry, written: Sequence[ChannelRule], findings: Findings, *, prefix: str) -> None:
    """Tell the rules below `entry` that can never match, and those of a channel without a name."""
    for number, rule in enumerate(written):
        if not rule.channel.strip():
            remedy = "Name the channel that the rule means."
            findings.fault(entry, ("channels", number, "channel"), "is blank", remedy, prefix=prefix)
    for number, reason in never_matching(as_rules(written)):
        remedy = "Change its patterns, move it up, or leave it out."
        findings.fault(entry, ("channels", number), f"can never match: {reason}", remedy, prefix=prefix)
