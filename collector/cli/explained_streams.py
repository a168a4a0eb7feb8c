"""The lines of an explanation about its days and its streams: why they end there, what was read when."""

from collections.abc import Iterator

from collector.cli.amounts import moment
from collector.kpi.explain import Explanation
from collector.kpi.uses import Parts, StreamUse
from collector.settings.model import Project
from collector.vocabulary.explanations import DAYS, STREAMS, say
from collector.vocabulary.texts import STATES, Language, word


def days_lines(told: Explanation, project: Project, language: Language) -> Iterator[str]:
    """The window's days, and why they begin and end there."""
    value, found = told.value, told.bounds
    asked = say(DAYS, "live", language) if told.live else say(DAYS, "as_of", language, day=told.reference)
    if value.first is None or value.last is None:
        yield f"{say(DAYS, 'none', language)} ({asked})"
    else:
        number = (value.last - value.first).days + 1
        zone = project.zone.key
        span = say(DAYS, "from_to", language, first=value.first, last=value.last, number=number, zone=zone)
        yield f"{span}; {asked}"
    if found.begins is not None:
        yield say(DAYS, found.begins, language, streams=", ".join(found.since))
    if found.ends is not None:
        yield say(DAYS, found.ends, language, wanted=found.wanted, streams=", ".join(found.holding))
    if found.unfinished:
        yield say(DAYS, "unfinished", language, streams=", ".join(found.unfinished))


def stream_lines(each: StreamUse, language: Language) -> Iterator[str]:
    """A stream's line, and below it its parts and what its last poll said."""
    said = [_clock(each, language), say(STREAMS, each.freshness, language), word(STATES, each.state, language)]
    if not each.required:
        said.append(say(STREAMS, "not_required", language))
    if each.lives_from or each.lives_until:
        said.append(say(STREAMS, "lives", language, first=each.lives_from or "", last=each.lives_until or ""))
    if not each.history_complete and each.kind != "part":
        said.append(say(STREAMS, "no_history", language))
    yield f"{each.source}/{each.stream} ({each.connector}; {', '.join(each.measures)}): {', '.join(said)}"
    if each.final is not None and each.final_from is not None:
        key = "final" if each.final else "provisional"
        yield say(STREAMS, key, language, at=moment(each.final_from))
    if each.parts is not None:
        yield from _parts(each.parts, language)
    if each.message:
        yield each.message


def _clock(each: StreamUse, language: Language) -> str:
    through = say(STREAMS, "no_day", language)
    if each.data_through is not None:
        key = "through" if each.first_day is None else "from_through"
        through = say(STREAMS, key, language, first=each.first_day, day=each.data_through)
    if each.last_success is None:
        return f"{through}, {say(STREAMS, 'never', language)}"
    return f"{through}, {say(STREAMS, 'read', language, at=moment(each.last_success))}"


def _parts(parts: Parts, language: Language) -> Iterator[str]:
    if not parts.reaching:
        key = "all_parts" if parts.reaching is None else "no_parts"
        yield say(STREAMS, key, language, number=parts.number)
        return
    names = ", ".join(parts.names)
    if parts.reaching > len(parts.names):
        names += f" {say(STREAMS, 'more', language, number=parts.reaching - len(parts.names))}"
    yield say(STREAMS, "parts", language, reaching=parts.reaching, number=parts.number, names=names)
    if parts.missing:
        yield say(STREAMS, "gone", language, names=", ".join(parts.missing))
