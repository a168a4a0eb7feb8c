"""What a check is, and what can become of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collector.testing.conformance.trial import Trial

State = Literal["passed", "failed", "exempt", "not applicable", "skipped"]


class Broken(Exception):
    """The connector does not do what it must: the fault, and how to mend it."""

    def __init__(self, fault: str, remedy: str) -> None:
        super().__init__(f"{fault}. {remedy}")
        self.fault = fault
        self.remedy = remedy


class NotHere(Exception):
    """The check has nothing to look at in this connector."""


@dataclass(frozen=True)
class Check:
    """One thing that every connector must do. `basis`: where it fails, others cannot be tried."""

    name: str
    proves: str
    run: "Callable[[Trial], None]"
    basis: bool = False
    http: bool = False
    """Only of connectors that ask over HTTP."""


@dataclass(frozen=True)
class Outcome:
    """What became of a check on one ground; `message` says why, and how to mend it."""

    check: Check
    ground: str
    state: State
    message: str = ""
