"""The CRM's own count beside the store's: by the ids that its last sweep listed.

A sweep lists all ids once a day. What it counted, and how many of them were here once it was
applied, is kept with the stream; where it was refused, because too much would vanish, as well.
"""

from collector.clock import day_of
from collector.kpi.engine import Engine
from collector.kpi.reconciliation.findings import Finding
from collector.kpi.reconciliation.rule import AT_LEAST, POINTS, gap
from collector.store import census
from collector.vocabulary.reconciliation import CRM_DEALS, CRM_LEADS


def counted(engine: Engine) -> tuple[Finding, ...]:
    """What is to be said of the present counts; of a past day they are not known."""
    if not engine.live:
        return ()
    kept = [each for each in census.all_kept(engine.tx, engine.project.name) if each.kind in ("lead", "deal")]
    found = []
    for name, kind in ((CRM_LEADS, "lead"), (CRM_DEALS, "deal")):
        mine = [each for each in kept if each.kind == kind]
        if mine:
            day = day_of(min(each.at for each in mine), engine.project.zone)
            told, held = (float(sum(getattr(each, side) for each in mine)) for side in ("told", "held"))
            off = gap(told, held)
            lack = "too_few" if off is None else None
            alarmed = off is not None and max(told, held) >= AT_LEAST and abs(off) > POINTS
            found.append(Finding(name, day, day, told, held, off, lack, alarmed=alarmed))
    return tuple(found)
