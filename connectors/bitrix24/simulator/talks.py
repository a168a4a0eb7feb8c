"""What was said to whoever asked: the answer that the company knows of, and much that is none.

Calls that came in, tasks, attempts that failed, talks before there was a lead and after the answer.
"""

from collections.abc import Iterator, Sequence

from collector.testing.company.calendar import MINUTE
from collector.testing.company.entities import Lead

_TASK, _CALL, _LETTER, _OTHER = 3, 2, 4, 6
WAYS = ((_CALL, "VOXIMPLANT_CALL"), (_LETTER, "CRM_EMAIL"), (_OTHER, "IMOPENLINES_SESSION"))
"""Types of activities in which somebody is spoken to, and who provides them."""


def talks(lead: Lead, steps: Sequence[int]) -> Iterator[tuple[int, tuple[int, str, int, bool, int]]]:
    """Number; type, provider, direction, whether it came about, when."""
    if lead.crm_source in ("CALL", "CALLBACK"):
        yield 0, (_CALL, "VOXIMPLANT_CALL", 1, True, lead.created)
    if lead.id % 5 == 0:  # what was said before there was a lead is no answer to it
        yield 1, (_CALL, "VOXIMPLANT_CALL", 2, True, lead.created - 2 * MINUTE)
    if lead.id % 4 == 0:
        yield 2, (_TASK, "CRM_TASKS_TASK", 0, True, lead.created)
    if lead.answered is None:
        return
    if lead.id % 3 == 0 and lead.answered > lead.created:
        yield 3, (_CALL, "VOXIMPLANT_CALL", 2, False, lead.created + (lead.answered - lead.created) // 2)
    yield 4, (*WAYS[lead.id // 2 % 3], 2, True, lead.answered)
    later = next((at for at in steps if at > lead.answered), None)
    if later is not None:
        yield 5, (_CALL, "VOXIMPLANT_CALL", 2, True, later)
