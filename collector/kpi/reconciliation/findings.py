"""What is said of a check: its gap, its drift, whether that is an alarm, or why nothing can be said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from collector.kpi.reconciliation.rule import Drift
from collector.vocabulary.reconciliation import known

State = Literal["ok", "outside", "drift", "unknown"]
"""As usual; outside the usual band, but as ever; come apart: the alarm; not known."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class MemberDrift:
    """A member of a dimension that has come apart, such as one campaign."""

    dimension: str
    member: str
    title: str
    drift: Drift


@dataclass(frozen=True)
class Finding:
    """One check of one project."""

    check: str
    first: date | None = None
    """The days of the gap, both inside."""
    last: date | None = None
    a: float | None = None
    b: float | None = None
    gap: float | None = None
    lack: str | None = None
    """Why there is no gap: a key of `LACKS`."""
    drifts: tuple[Drift, ...] = ()
    members: tuple[MemberDrift, ...] = ()
    """Those that have come apart, the one with most at stake first."""
    alarmed: bool = False
    """Of a count that has no days: it lies too far off."""

    @property
    def band(self) -> tuple[float, float]:
        """Where the gap usually lies, with everybody."""
        return known(self.check).band

    @property
    def alarm(self) -> Drift | None:
        """The drift that raises the alarm: that of the member that explains it, else of the whole."""
        return self._whole if self.culprit is None else self.culprit.drift

    @property
    def culprit(self) -> MemberDrift | None:
        """The member that explains an alarm: at least half of what the whole has lost or won, or all that drifts."""
        if not self.members:
            return None
        whole, first = self._whole, self.members[0]
        return first if whole is None or first.drift.at_stake >= whole.at_stake / 2 else None

    @property
    def _whole(self) -> Drift | None:
        return next((each for each in self.drifts if each.is_alarm), None)

    @property
    def state(self) -> State:
        """What it comes to."""
        if self.alarmed or self.alarm is not None:
            return "drift"
        if self.gap is None:
            return "unknown"
        low, high = self.band
        return "ok" if low - _ROUNDING <= self.gap <= high + _ROUNDING else "outside"

    @property
    def is_judged(self) -> bool:
        """Whether it could have raised an alarm."""
        return bool(self.drifts) or self.state == "drift" or known(self.check).band == (0.0, 0.0)


def drifting(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The checks that have come apart: while there is one, figures of its measures are not to be paid by."""
    return tuple(each for each in findings if each.state == "drift")
