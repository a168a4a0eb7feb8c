"""Who works here, and the steps of their work: managers, pipelines, stages.

Vendor-neutral: a simulator gives each key its own spelling.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manager:
    """Somebody of the sales department; `haste` is their usual time to an answer, in minutes."""

    id: int
    name: str
    email: str
    haste: float


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A way that deals take."""

    id: int
    key: str
    title: str


MANAGERS = (
    Manager(11, "Анна Смирнова", "anna@sosna.example", 5),
    Manager(12, "Борис Волков", "boris@sosna.example", 9),
    Manager(13, "Вера Орлова", "vera@sosna.example", 14),
    Manager(14, "Глеб Соколов", "gleb@sosna.example", 8),
    Manager(15, "Дина Ким", "dina@sosna.example", 30),
)
RETAIL, PROJECTS, RETURNS = 1, 2, 3
PIPELINES = (
    Pipeline(RETAIL, "retail", "Розница"),
    Pipeline(PROJECTS, "projects", "Проекты"),
    Pipeline(RETURNS, "returns", "Возвраты"),
)
SELLERS: Mapping[int, tuple[Manager, ...]] = {
    RETAIL: MANAGERS[:3],
    PROJECTS: MANAGERS[3:],
    RETURNS: MANAGERS[2:3],
}

LEAD_STAGES: Mapping[str, str] = {
    "new": "open",
    "in_work": "open",
    "qualified": "qualified",
    "converted": "converted",
    "lost": "lost",
    "junk": "junk",
}
"""A lead's stage → its status."""

DEAL_STAGES: Mapping[str, str] = {"new": "open", "offer": "open", "contract": "open", "won": "won", "lost": "lost"}
"""A deal's stage → its status, in each pipeline."""

LEAD_LOSSES = ("no_budget", "no_answer", "other_city")
DEAL_LOSSES = ("too_expensive", "competitor", "changed_mind", "no_answer")
CLEARED = "cleared_out"
"""Why deals that nobody touched for months are closed at last."""
