"""What a client can read: format, compression, language, from its Accept headers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from collector.snapshot.render import Format
from collector.vocabulary.texts import LANGUAGES, Language

_OPENMETRICS_VERSIONS = (None, "1.0.0")


@dataclass(frozen=True)
class Choice:
    """One element of an Accept header: `text/plain;version=0.0.4;q=0.5`."""

    name: str
    parameters: Mapping[str, str]
    quality: float


def choices(header: str) -> list[Choice]:
    """The elements of an Accept header, in its order; nonsense is no wish."""
    return [_choice(element) for element in header.split(",") if element.strip()]


def _choice(element: str) -> Choice:
    name, *rest = (part.strip() for part in element.split(";"))
    parameters = {key.strip().lower(): value.strip().strip('"') for key, _, value in (p.partition("=") for p in rest)}
    return Choice(name.lower(), parameters, _quality(parameters.pop("q", "1")))


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0


def metrics_format(accept: str) -> Format:
    """OpenMetrics for those who ask for it and like it no less than text; text for all others."""
    wished = choices(accept)
    open_ = _best(
        choice
        for choice in wished
        if choice.name == "application/openmetrics-text" and choice.parameters.get("version") in _OPENMETRICS_VERSIONS
    )
    text = _best(choice for choice in wished if choice.name in ("text/plain", "text/*"))
    return "openmetrics" if open_ > 0 and open_ >= text else "text"


def takes_gzip(accept_encoding: str) -> bool:
    """Whether gzip may be sent, and is liked no less than plain bytes."""
    qualities = {choice.name: choice.quality for choice in choices(accept_encoding)}
    gzip = qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0)))
    return gzip > 0 and gzip >= qualities.get("identity", 0.0)


def wants_csv(accept: str) -> bool:
    """Whether CSV is asked for, and liked better than JSON."""
    wished = choices(accept)
    csv = _best(choice for choice in wished if choice.name == "text/csv")
    return csv > _best(choice for choice in wished if choice.name == "application/json")


def language(accept_language: str, otherwise: Language) -> Language:
    """The reader's language, if we speak it."""
    wished = sorted(choices(accept_language), key=lambda choice: -choice.quality)
    for choice in wished:
        spoken = [ours for ours in LANGUAGES if choice.quality > 0 and choice.name.split("-")[0] == ours]
        if spoken:
            return spoken[0]
    return otherwise


def _best(wished: Iterable[Choice]) -> float:
    return max((choice.quality for choice in wished), default=0.0)
