"""What reconciliation found, for people and programs: a sentence and a row for each check."""

from datetime import date

from collector.kpi.reconciliation.findings import Finding, MemberDrift
from collector.kpi.reconciliation.rule import Drift
from collector.vocabulary.explanations import say
from collector.vocabulary.reconciliation import DIMENSIONS, LACKS, SENTENCES, known, title
from collector.vocabulary.texts import CHANNELS, Language, word
from collector.web.figures import Row

_SPACE = "\u00a0"
_MINUS = "\u2212"
_DECIMALS = 6


def sentence(finding: Finding, language: Language) -> str:
    """What differs, since when and by how much; what it is likely to come of, and what to do."""
    if finding.alarm is not None:
        return _of_drift(finding, finding.alarm, language)
    name = title(finding.check, language)
    if finding.gap is None:
        return _say("unknown", language, title=name, reason=say(LACKS, finding.lack or "no_data", language))
    low, high = finding.band
    told = {
        "gap": _percent(finding.gap, language),
        "causes": _causes(finding, finding.gap - (low + high) / 2, language),
    }
    if finding.alarmed:
        return _say("count", language, title=name, **told, a=_count(finding.a), b=_count(finding.b))
    edges = {"low": _percent(low, language), "high": _percent(high, language)}
    return _say(finding.state, language, title=name, **told, **edges)


def _of_drift(finding: Finding, drift: Drift, language: Language) -> str:
    a_name, b_name = (side[language] for side in known(finding.check).sides)
    culprit = finding.culprit
    return _say(
        "drift",
        language,
        title=title(finding.check, language),
        of="" if culprit is None else _member(culprit, language),
        since=_day(drift.since),
        gap=_percent(drift.gap, language),
        usual=_percent(drift.usual, language),
        a_name=a_name,
        b_name=b_name,
        a=_count(drift.a),
        b=_count(drift.b),
        n=drift.length,
        day=finding.last,
        causes=_causes(finding, drift.drift, language),
    )


def _member(found: MemberDrift, language: Language) -> str:
    shown = word(CHANNELS, found.title, language) if found.dimension == "channel" else found.title
    return _say("of", language, dimension=say(DIMENSIONS, found.dimension, language), member=shown)


def _causes(finding: Finding, off: float, language: Language) -> str:
    told = known(finding.check)
    return (told.low if off < 0 else told.high)[language]


def _say(key: str, language: Language, **values: object) -> str:
    return SENTENCES[key][language].format(**values)


def _percent(ratio: float, language: Language) -> str:
    text = f"{abs(ratio) * 100:.1f}".rstrip("0").rstrip(".")
    sign = _MINUS if ratio < 0 and text != "0" else "+" if text != "0" else ""
    return f"{sign}{text.replace('.', ',') if language == 'ru' else text}{_SPACE}%"


def _count(value: float | None) -> str:
    return f"{value or 0:,.0f}".replace(",", _SPACE)


def _day(ordinal: int | None) -> str:
    return "?" if ordinal is None else date.fromordinal(ordinal).isoformat()


# ── rows ─────────────────────────────────────────────────────────────────────────────

COLUMNS = [
    *("check", "state", "from", "through", "a", "b", "gap", "low", "high"),
    *("window", "recent", "usual", "drift", "allowed", "since", "dimension", "member", "undefined", "text"),
]
"""The keys of a row, besides the project."""


def row(project: str, finding: Finding, language: Language) -> Row:
    """All that is known of a check; its drift is the one that raises the alarm, else the quickest that is judged."""
    low, high = finding.band
    drift = finding.alarm or next(iter(finding.drifts), None)
    culprit = finding.culprit
    return {
        "project": project,
        "check": finding.check,
        "state": finding.state,
        "from": None if finding.first is None else finding.first.isoformat(),
        "through": None if finding.last is None else finding.last.isoformat(),
        "a": _rounded(finding.a),
        "b": _rounded(finding.b),
        "gap": _rounded(finding.gap),
        "low": low,
        "high": high,
        "window": None if drift is None else f"{drift.length}d",
        "recent": None if drift is None else _rounded(drift.gap),
        "usual": None if drift is None else _rounded(drift.usual),
        "drift": None if drift is None else _rounded(drift.drift),
        "allowed": None if drift is None else _rounded(drift.allowed),
        "since": None if drift is None or drift.since is None else _day(drift.since),
        "dimension": None if culprit is None else culprit.dimension,
        "member": None if culprit is None else culprit.title,
        "undefined": finding.lack,
        "text": sentence(finding, language),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
