"""A user's mistakes in the configuration, told all in one go: place, fault, remedy."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class ConfigError:
    """One mistake. `line` counts from 1; 0 where there is no line to name."""

    file: str
    line: int
    place: str
    fault: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        told = ": ".join(part for part in (where, self.place, self.fault) if part)
        return f"{told}\n  {self.remedy}" if self.remedy else told


class ConfigErrors(Exception):
    """The configuration cannot be used; `errors` are all that is wrong with it."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        self.errors = tuple(dict.fromkeys(errors))
        super().__init__("\n".join(map(str, self.errors)))
