"""Campaigns that several systems speak of, each in its own way, as one member.

Ad systems know a campaign by its id and tell its title; clicks carry the one or the other as
utm_campaign. Where figures are read for the engine, all of them become the title.
"""

from collections.abc import Mapping

from collector.vocabulary.tags import campaign_member, clean_tag

CAMPAIGN = "campaign"


class Campaigns:
    """Ids, and tags that differ in case and encoding alone → the campaign's name."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        """`titles`: by id, as the vendors tell them."""
        self._of_ids = {id_: campaign_member(title) for id_, title in titles.items()}
        self._of_tags: dict[str | None, str] = {}
        for name in sorted(set(self._of_ids.values())):
            self._of_tags.setdefault(clean_tag(name), name)
        self.mark = hash(frozenset(self._of_ids.items()))
        """Another one where some member is another campaign's."""

    def joined(self, dimension: str | None, member: str | None) -> str | None:
        """The member that this one is joined to; members of other dimensions stay what they are."""
        if dimension != CAMPAIGN or member is None or not self._of_ids:
            return member
        name = self._of_ids.get(member, member)
        return self._of_tags.get(clean_tag(name), name)
