"""What streams yield. Frozen, and validated once: here, when they are built.

Times are aware UTC instants, days are dates of the source's own zone, money is Decimal
with a currency, ids are strings. Vendors' spellings that mean just one thing are taken as
they come (an ISO string for a day or instant, `"12.50"` or 12 for a number, 7 for an id);
whatever else does not fit raises `InvalidRecord`. An optional field (None) is unknown,
which is never zero.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from types import MappingProxyType
from typing import Any, ClassVar, NoReturn

from collector.plugin.errors import InvalidRecord

NOT_SET = "(not set)"
"""The member of a dimension for which the vendor has no value."""

FLAGS = frozenset({"sampled", "thresholded", "partial", "immature"})
LEAD_STATUSES = frozenset({"open", "qualified", "converted", "lost", "junk"})
DEAL_STATUSES = frozenset({"open", "won", "lost"})
GONE_ENTITIES = frozenset({"lead", "deal", "customer", "post"})

MAX_VALUE = Decimal(9_000_000_000_000)
"""Values are stored in millionths as 64-bit integers; a single one may not exceed this."""

_MIN_VALUE = -MAX_VALUE

_NO_FLAGS: frozenset[str] = frozenset()
_put = object.__setattr__  # how a frozen dataclass normalises its own fields


def _decimal(value: object, what: str) -> Decimal:
    try:
        if type(value) is Decimal:
            number = value
        elif isinstance(value, bool):
            raise InvalidRecord(f"{what}: a number is needed, got {value!r}")
        elif isinstance(value, float):
            if not math.isfinite(value):
                raise InvalidRecord(f"{what}: {value!r} is no number")
            number = Decimal(repr(value))
        elif isinstance(value, int | str | Decimal):
            number = Decimal(value)
        else:
            raise InvalidRecord(f"{what}: a number is needed, got {value!r:.80}")
    except InvalidOperation as error:
        raise InvalidRecord(f"{what}: a number is needed, got {value!r:.80}") from error
    if not number.is_finite():
        raise InvalidRecord(f"{what}: {number} is no number")
    if not -MAX_VALUE <= number <= MAX_VALUE:
        raise InvalidRecord(f"{what}: {number} is beyond ±{MAX_VALUE}, the greatest value that is stored")
    return number


def _day(value: object, what: str) -> date:
    if type(value) is date:
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise InvalidRecord(f"{what}: a day such as 2026-11-02 is needed, got {value!r:.80}") from error
    raise InvalidRecord(f"{what}: a day is needed, got {value!r:.80}")


def _instant(value: object, what: str) -> datetime:
    if type(value) is datetime and value.tzinfo is UTC:
        return value
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise InvalidRecord(
                f"{what}: an instant such as 2026-11-02T10:00:00Z is needed, got {value!r:.80}"
            ) from error
    if not isinstance(value, datetime):
        raise InvalidRecord(f"{what}: an instant is needed, got {value!r:.80}")
    if value.tzinfo is None:
        raise InvalidRecord(f"{what}: {value.isoformat()} has no zone; an instant says where its clock stands")
    moment = value.astimezone(UTC)
    return moment if type(moment) is datetime else datetime.combine(moment.date(), moment.timetz())  # of a poll


def _text(value: object, what: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value:
        raise InvalidRecord(f"{what}: a text that is not empty is needed, got {value!r:.80}")
    if "\x00" in value:
        raise InvalidRecord(f"{what}: holds a NUL byte")
    return value


def _currency(value: object, what: str) -> str:
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha() and value.isupper():
        return value
    raise InvalidRecord(f"{what}: an ISO 4217 code such as EUR is needed, got {value!r:.80}")


def _members(value: object, what: str) -> Mapping[str, str]:
    if type(value) is dict and not value:
        return value
    if not isinstance(value, Mapping):
        raise InvalidRecord(f"{what}: a mapping of names to ids is needed, got {value!r:.80}")
    members = {}
    for name, member in value.items():
        if type(member) is not str or not member:
            member = NOT_SET if member is None or member == "" else _text(member, f"{what}.{name}")
        elif "\x00" in member:
            raise InvalidRecord(f"{what}.{name}: holds a NUL byte")
        members[_text(name, what)] = member
    return members


def _one_of(value: object, allowed: frozenset[str], what: str) -> str:
    if isinstance(value, str) and value in allowed:
        return value
    raise InvalidRecord(f"{what}: one of {', '.join(sorted(allowed))} is needed, got {value!r:.80}")


def _count(value: object, what: str) -> int:
    number = _decimal(value, what)
    if number != number.to_integral_value() or number < 0:
        raise InvalidRecord(f"{what}: a whole number, 0 or more, is needed, got {value!r:.80}")
    return int(number)


def _flag(value: object, what: str) -> bool:
    if isinstance(value, bool):
        return value
    raise InvalidRecord(f"{what}: true or false is needed, got {value!r:.80}")


class Dimensions(dict[str, str]):
    """Members by dimension, checked once and frozen, so that the many facts of a file share them."""

    __slots__ = ()

    def __init__(self, members: Mapping[str, str | None] = MappingProxyType({})) -> None:
        super().__init__(_members(members, "dimensions"))

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("dimensions are frozen; make new ones")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type["Dimensions"], tuple[dict[str, str]]]:
        return Dimensions, (dict(self),)


_NO_DIMENSIONS = Dimensions()


@dataclass(frozen=True, slots=True, init=False)
class Fact:
    """A measure's value for one day and one set of dimensions.

    `value` is in the measure's unit, for money in `currency`; `dimensions` maps names to
    the vendor's ids, a missing member being `(not set)`. `Dimensions` are taken as they are.
    """

    type: ClassVar[str] = "fact"
    day: date
    measure: str
    value: Decimal
    currency: str | None = None
    dimensions: Mapping[str, str] = _NO_DIMENSIONS
    flags: frozenset[str] = _NO_FLAGS

    def __init__(
        self,
        day: date | str,
        measure: str,
        value: Decimal | float | str,
        currency: str | None = None,
        dimensions: Mapping[str, str] = _NO_DIMENSIONS,
        flags: Iterable[str] = _NO_FLAGS,
    ) -> None:
        # The hot path of a big file: what is right already is only looked at, and each slot is set once.
        if type(measure) is not str or not measure:
            raise InvalidRecord(f"measure: a name is needed, got {measure!r:.80}")
        if type(value) is not Decimal or not value.is_finite() or not _MIN_VALUE <= value <= MAX_VALUE:
            value = _decimal(value, measure)
        if currency is not None:
            _currency(currency, "currency")
        _set_day(self, day if type(day) is date else _day(day, "day"))
        _set_measure(self, measure)
        _set_value(self, value)
        _set_currency(self, currency)
        _set_dimensions(self, dimensions if type(dimensions) is Dimensions else Dimensions(dimensions))
        _set_flags(self, _flags(flags) if flags else _NO_FLAGS)


# A slot's own setter goes past the frozen class's refusal, and is quicker than `_put`.
_set_day, _set_measure, _set_value, _set_currency, _set_dimensions, _set_flags = (
    Fact.__dict__[spec.name].__set__ for spec in fields(Fact)
)


def _flags(value: Iterable[str]) -> frozenset[str]:
    flags = frozenset(value)
    if not flags <= FLAGS:
        raise InvalidRecord(f"flags: known are {', '.join(sorted(FLAGS))}, got {', '.join(sorted(flags - FLAGS))}")
    return flags


_INSTANTS = ("created_at", "updated_at", "closed_at", "first_response_at", "last_activity_at", "published_at", "at")
_TEXTS = (
    "id", "stage", "loss_reason", "customer_id", "lead_source", "lead_id", "manager", "pipeline", "parent_id",
    "merged_into", "network", "kind", "permalink", "utm_source", "utm_medium", "utm_campaign", "utm_content",
    "utm_term", "dimension", "title", "measure",
)  # fmt: skip
_COUNTS = ("likes", "comments", "shares", "saves", "views", "reach", "clicks")
_BOOLEANS = ("ever_qualified", "ever_converted", "is_repeat", "is_deal", "deleted")
_CHECKS = (
    dict.fromkeys(_INSTANTS, _instant)
    | dict.fromkeys(_TEXTS, _text)
    | dict.fromkeys(_COUNTS, _count)
    | dict.fromkeys(_BOOLEANS, _flag)
    | dict.fromkeys(("click_ids", "dimensions"), _members)
    | {"amount": _decimal, "value": _decimal, "currency": _currency, "per": _currency, "day": _day}
)


class _Checked:
    """Validates every field by its name: one name means one kind of value in all records."""

    __slots__ = ()
    statuses: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        shape = _shape_of(self)
        # most fields of most records are texts: what is right already is only looked at, all of them at once
        texts = shape.texts(self)
        rest = shape.others if _are_right(texts) else shape.fields
        for name, optional, check in rest:
            value = getattr(self, name)
            if value is None and optional:
                continue
            if check is None:
                _one_of(value, self.statuses, name)
                continue
            checked = check(value, name)
            if checked is not value:
                _put(self, name, checked)


def _are_right(texts: tuple[object, ...]) -> bool:
    """Whether these are unknown or texts as `_text` wants them."""
    if not _TEXT_OR_NONE.issuperset(map(type, texts)) or "" in texts:
        return False
    return "\x00" not in "".join(filter(None, texts))  # type: ignore[arg-type]  # they are texts


_TEXT_OR_NONE = frozenset({str, type(None)})

_Field = tuple[str, bool, Callable[[Any, str], object] | None]
"""A field's name, whether it may be unknown, and what checks it; None: it is one of the record's `statuses`."""


@dataclass(frozen=True)
class _Shape:
    """A type of record: its fields, those that may be texts or unknown, and the others."""

    fields: tuple[_Field, ...]
    others: tuple[_Field, ...]
    texts: Callable[[Any], tuple[object, ...]]
    names: tuple[str, ...]
    all: Callable[[Any], tuple[object, ...]]


def _shape_of(record: Any) -> _Shape:
    return _SHAPES.get(type(record)) or _SHAPES.setdefault(type(record), _shape(type(record)))


def _shape(kind: type[Any]) -> _Shape:
    known = tuple((spec.name, spec.default is None, _CHECKS.get(spec.name)) for spec in fields(kind))
    texts = [name for name, optional, check in known if optional and check is _text]
    others = tuple(each for each in known if each[0] not in texts)
    names = tuple(name for name, _, _ in known)
    return _Shape(known, others, _several(texts), names, _several(names))


def _several(names: Sequence[str]) -> Callable[[Any], tuple[object, ...]]:
    """Gives all of these fields of a record."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


_SHAPES: dict[type, _Shape] = {}


@dataclass(frozen=True, slots=True)
class Lead(_Checked):
    """Somebody's request, in its full present state. The connector maps the vendor's status.

    `ever_qualified`, `ever_converted`: where the vendor tells it; else the status and the
    stage changes do. `first_response_at`: the first completed outgoing contact of a person.
    `is_deal`: the vendor has nothing but deals, so this is one from its first day (simple
    CRM); what makes it a deal of ours the setting `deal_stages` says, or nobody.
    """

    type: ClassVar[str] = "lead"
    statuses: ClassVar[frozenset[str]] = LEAD_STATUSES
    id: str
    created_at: datetime
    updated_at: datetime
    status: str
    stage: str | None = None
    loss_reason: str | None = None
    ever_qualified: bool | None = None
    ever_converted: bool | None = None
    customer_id: str | None = None
    lead_source: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_content: str | None = None
    utm_term: str | None = None
    click_ids: Mapping[str, str] = field(default_factory=dict)
    manager: str | None = None
    pipeline: str | None = None
    first_response_at: datetime | None = None
    is_deal: bool | None = None
    deleted: bool | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deal(_Checked):
    """A sale, hoped for or made, in its full present state.

    `amount` is in `currency`; a negative won one is a refund. `closed_at` counts only
    while the deal is won or lost.
    """

    type: ClassVar[str] = "deal"
    statuses: ClassVar[frozenset[str]] = DEAL_STATUSES
    id: str
    created_at: datetime
    updated_at: datetime
    status: str
    amount: Decimal
    currency: str
    closed_at: datetime | None = None
    pipeline: str | None = None
    stage: str | None = None
    customer_id: str | None = None
    lead_id: str | None = None
    is_repeat: bool | None = None
    lead_source: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_content: str | None = None
    utm_term: str | None = None
    click_ids: Mapping[str, str] = field(default_factory=dict)
    manager: str | None = None
    loss_reason: str | None = None
    last_activity_at: datetime | None = None
    deleted: bool | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageChange(_Checked):
    """A lead (or deal) `id` reached a stage at an instant."""

    type: ClassVar[str] = "stage_change"
    entity: str
    id: str
    at: datetime
    stage: str
    status: str
    pipeline: str | None = None

    def __post_init__(self) -> None:
        _one_of(self.entity, frozenset({"lead", "deal"}), "entity")
        _put(self, "id", _text(self.id, "id"))
        _put(self, "at", _instant(self.at, "at"))
        _put(self, "stage", _text(self.stage, "stage"))
        _one_of(self.status, LEAD_STATUSES if self.entity == "lead" else DEAL_STATUSES, "status")
        if self.pipeline is not None:
            _put(self, "pipeline", _text(self.pipeline, "pipeline"))


@dataclass(frozen=True, slots=True)
class Customer(_Checked):
    """Who buys: `contact:…` or `company:…`; a contact's company is its parent."""

    type: ClassVar[str] = "customer"
    id: str
    parent_id: str | None = None
    merged_into: str | None = None
    deleted: bool | None = None


@dataclass(frozen=True, slots=True)
class Post(_Checked):
    """A publication with its counters as they stand now; None is unknown."""

    type: ClassVar[str] = "post"
    id: str
    network: str
    kind: str
    published_at: datetime
    permalink: str | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    views: int | None = None
    reach: int | None = None
    clicks: int | None = None
    deleted: bool | None = None


@dataclass(frozen=True, slots=True)
class Reading(_Checked):
    """A figure that exists only in the present (followers now)."""

    type: ClassVar[str] = "reading"
    measure: str
    value: Decimal
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Member(_Checked):
    """A name for an id of a dimension (manager, pipeline, stage, campaign, …)."""

    type: ClassVar[str] = "member"
    dimension: str
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Rate(_Checked):
    """The price of one `currency` in `per` on a day."""

    type: ClassVar[str] = "rate"
    day: date
    currency: str
    per: str
    value: Decimal

    def __post_init__(self) -> None:
        _Checked.__post_init__(self)  # slots make a new class, which zero-argument super() misses
        if self.value <= 0:
            raise InvalidRecord(f"value: a rate is above zero, got {self.value}")


@dataclass(frozen=True, slots=True)
class Gone(_Checked):
    """The vendor says that an entity was deleted; one that is seen again lives again."""

    type: ClassVar[str] = "gone"
    statuses: ClassVar[frozenset[str]] = GONE_ENTITIES
    entity: str
    id: str


Record = Fact | Lead | Deal | StageChange | Customer | Post | Reading | Member | Rate | Gone
RECORD_TYPES: Mapping[str, type[Record]] = {
    kind.type: kind for kind in (Fact, Lead, Deal, StageChange, Customer, Post, Reading, Member, Rate, Gone)
}


def as_json(record: Record) -> dict[str, Any]:
    """A record as the JSON object that `poll --dry-run --format json` prints.

    Decimals are strings, instants UTC with `Z`, unknown fields null.
    """
    return {"type": record.type} | {name: _plain(getattr(record, name)) for name, _, _ in _shape_of(record).fields}


def known_json(record: Record) -> dict[str, Any]:
    """The same without what is unknown or empty, and without the type."""
    return {name: _plain(value) for name, value in known_fields(record).items()}


def known_fields(record: Record) -> dict[str, Any]:
    """What is known of a record, as it is: without what is unknown or empty."""
    shape = _shape_of(record)
    return {name: value for name, value in zip(shape.names, shape.all(record), strict=True) if value not in _NOTHING}


_NOTHING: tuple[object, ...] = (None, {})


def _plain(value: object) -> object:
    plain = _PLAIN.get(type(value))
    return value if plain is None else plain(value)


_PLAIN: Mapping[type, Callable[[Any], object]] = {
    Decimal: lambda value: format(value, "f"),
    datetime: lambda value: value.isoformat().replace("+00:00", "Z"),
    date: lambda value: value.isoformat(),
    dict: dict,
    Dimensions: dict,
    frozenset: sorted,
}
