"""Rules of the user's own, under `channels:`: what they match, and which of them never can.

Between the settings (which write them) and `channels` (which asks them first). In a pattern
`*` is any text, none too; a missing value is the text `(not set)`. Patterns are cleaned as
values are, so that the same way of writing always matches.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from collector.plugin.records import NOT_SET
from collector.vocabulary.tags import clean_tag, clean_text, decoded, folded

PATTERNS = ("source", "medium", "campaign", "lead_source")

_ANYTHING = "\ue000"  # of no tag; what matches it in a `*`'s place matches any text there


@dataclass(frozen=True)
class Rule:
    """What belongs to a channel: all patterns that are given must match."""

    channel: str
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    lead_source: str | None = None

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The names of its patterns."""
        return tuple(name for name in PATTERNS if getattr(self, name) is not None)

    def matches(self, **values: str | None) -> bool:
        """Whether clean values, by the patterns' names, belong to it."""
        return self.given != () and all(
            pattern is not None and pattern.fullmatch(values.get(name) or NOT_SET) for name, pattern in self._compiled
        )

    @cached_property
    def _compiled(self) -> tuple[tuple[str, re.Pattern[str] | None], ...]:
        return tuple((name, _compiled(getattr(self, name))) for name in self.given)


def never_matching(rules: Sequence[Rule]) -> list[tuple[int, str]]:
    """The rules that can match nothing, by number, each with the reason."""
    found = []
    for number, rule in enumerate(rules):
        reason = next(_impossible(rule), None)
        if reason is None:
            earlier = next((each for each in range(number) if _covers(rules[each], rule)), None)
            reason = None if earlier is None else f"channels[{earlier}] matches all that it matches, and comes before"
        if reason is not None:
            found.append((number, reason))
    return found


def clean_pattern(pattern: str) -> str | None:
    """The pattern as values are written; None if no value is written so."""
    if "*" not in pattern:
        return NOT_SET if clean_text(pattern) == NOT_SET else clean_tag(pattern)
    pieces = [folded(re.sub(r"\s+", " ", decoded(piece))) for piece in pattern.split("*")]
    return "*".join([pieces[0].lstrip(), *pieces[1:-1], pieces[-1].rstrip()])


def _compiled(pattern: str) -> re.Pattern[str] | None:
    clean = clean_pattern(pattern)
    if clean is None:
        return None
    return re.compile(".*".join(map(re.escape, re.sub(r"\*+", "*", clean).split("*"))))


def _impossible(rule: Rule) -> Iterator[str]:
    if not rule.given:
        yield "it has no pattern"
    for name in rule.given:
        pattern = getattr(rule, name)
        if clean_pattern(pattern) is not None:
            continue
        if pattern.strip():
            yield f"no {name} is {pattern!r}: a macro that was not filled counts as missing"
        else:
            yield f"no {name} is empty: what is missing is (not set)"


def _covers(earlier: Rule, rule: Rule) -> bool:
    """Whether `earlier` matches all that `rule` matches, where both are asked."""
    if (earlier.given == ("lead_source",)) != (rule.given == ("lead_source",)):
        return False  # the one is asked about tags, the other without them
    return earlier.given != () and all(_wider(getattr(earlier, name), getattr(rule, name)) for name in earlier.given)


def _wider(wide: str, narrow: str | None) -> bool:
    pattern, clean = _compiled(wide), "*" if narrow is None else clean_pattern(narrow)
    return pattern is not None and clean is not None and bool(pattern.fullmatch(clean.replace("*", _ANYTHING)))
