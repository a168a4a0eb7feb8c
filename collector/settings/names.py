"""What may be called what: names that reach labels and metric names.

The reserved ones would break a scrape, hide a label of ours, or fail promtool's lint.
"""

from collector.plugin.measure import NAME

RESERVED = frozenset({
    "job", "instance", "le", "quantile", "project", "window", "currency", "step", "model", "state", "effect", "factor",
    "kpi", "goal", "unassigned",
})  # fmt: skip
_PREFIXES = ("kpi_", "goal_", "bonus_", "reconciliation_")
_SUFFIXES = ("_total", "_count", "_sum", "_bucket", "_created", "_info", "_ratio", "_seconds")
_WORDS = frozenset(["days", "hours", "minutes", "weeks", "counter", "gauge", "histogram", "summary"])


def fault(name: str) -> tuple[str, str] | None:
    """Why this cannot be the name of a project, source, dimension or KPI, and what could; None if it can."""
    if not NAME.fullmatch(name):
        return f"{name!r} is no name", "A name is lower case letters, digits and _, a letter first."
    if name in RESERVED:
        return f"{name!r} is reserved", "It is a label of the metrics; choose another name."
    if name.startswith(_PREFIXES):
        return f"{name!r} is reserved", f"Names do not begin with {' '.join(_PREFIXES)}."
    if name.endswith(_SUFFIXES):
        return f"{name!r} is reserved", f"Names do not end with {' '.join(_SUFFIXES)}."
    if "_by_" in name:
        return f"{name!r} is reserved", "`_by_` parts a metric from its dimension; choose another name."
    if words := sorted(_WORDS.intersection(name.split("_"))):
        return (
            f"{name!r} is reserved",
            f"{words[0]!r} in a metric's name has a meaning of its own; choose another name.",
        )
    return None
