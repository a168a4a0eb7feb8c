"""Faults on purpose, by chance (the same for the same seed) or at a request of one's choice."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS: Mapping[str, str] = {
    "429": "the limit is reached, by the vendor's own refusal, with Retry-After",
    "429-untold": "the same without Retry-After",
    "401": "the credentials are not accepted",
    "403": "the credentials lack a right",
    "expired": "the token has expired",
    "500": "the vendor is broken",
    "502": "a proxy before the vendor is, and answers a page",
    "html": "a page with status 200",
    "malformed": "a body that ends in the middle, as if it were whole",
    "cut": "the connection ends in the middle of the body",
    "slow": "an answer that takes its time",
    "trickle": "a body that comes byte by byte",
    "skew": "a Date header of another hour",
}
"""What there is, and what it means."""


def parse_fault(text: str) -> tuple[str, float]:
    """`KIND=RATE` as a user writes it, such as `429=0.05`.

    Raises:
        ValueError: it is none.
    """
    kind, _, told = text.partition("=")
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no fault; there are {', '.join(KINDS)}")
    try:
        rate = float(told)
    except ValueError:
        rate = -1
    if not 0 <= rate <= 1:
        raise ValueError(f"{told!r} is no rate; write a share of all requests, such as {kind}=0.05")
    return kind, rate


@dataclass
class Faults:
    """Which requests meet one. What is set `once` comes first, then what is `constant`, then chance."""

    seed: int = 1
    rates: Mapping[str, float] = field(default_factory=dict)
    constant: str | None = None
    """Meets every request."""
    slow_seconds: float = 2.0
    trickle_seconds: float = 0.05
    """Between two pieces."""
    skew_hours: float = 1.0
    _once: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind in self.rates:
            _known(kind)

    def once(self, kind: str, *, at: int) -> None:
        """Meet request number `at` (counted from 1) with this fault."""
        self._once[at] = _known(kind)

    def always(self, kind: str | None) -> None:
        """Meet every request with it from now on; None: with none."""
        self.constant = None if kind is None else _known(kind)

    def meeting(self, number: int) -> str | None:
        """The fault that request `number` meets."""
        if number in self._once:
            return self._once[number]
        if self.constant is not None:
            return self.constant
        drawn = random.Random(f"{self.seed}/{number}").random()  # noqa: S311 - not for secrets
        for kind, rate in self.rates.items():
            drawn -= rate
            if drawn < 0:
                return kind
        return None


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no fault; there are {', '.join(KINDS)}")
    return kind
