"""Which members a `where` keeps."""

from dataclasses import dataclass, field

from collector.kpi.campaigns import Campaigns
from collector.kpi.formula import Name
from collector.vocabulary.channels import ChannelRules


@dataclass(frozen=True)
class Filter:
    """Some members of a dimension; `paid` stands for all paid channels."""

    dimension: str
    wanted: tuple[str, ...]
    rules: ChannelRules = field(compare=False, repr=False)
    campaigns: Campaigns = field(default_factory=lambda: Campaigns({}), compare=False, repr=False)

    @staticmethod
    def of(name: Name, rules: ChannelRules, campaigns: Campaigns) -> "Filter | None":
        """The filter of a name in a formula; None: all members count."""
        if not name.where:
            return None
        ((dimension, wanted),) = name.where
        joined = (campaigns.joined(dimension, each) or each for each in wanted)
        return Filter(dimension, tuple(joined), rules, campaigns)

    def keeps(self, member: str | None) -> bool:
        """Whether a member counts."""
        if self.campaigns.joined(self.dimension, member) in self.wanted:
            return True
        is_channel = self.dimension == "channel" and "paid" in self.wanted
        return is_channel and member is not None and self.rules.is_paid(member)
