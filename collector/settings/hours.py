"""What is wrong with a source's working hours, each mistake at its own key.

Called by `sources`; what the words mean is known to `vocabulary.hours`.
"""

from zoneinfo import ZoneInfo

from collector.plugin.settings import ConnectorSettings
from collector.settings.entries import Entry
from collector.settings.findings import Findings
from collector.vocabulary.hours import parse_working_hours
from collector.vocabulary.hours_written import BadHours


def check_hours(
    settings: ConnectorSettings, parent: Entry, source: str, zone: ZoneInfo, findings: Findings, *, prefix: str
) -> None:
    """Add what is wrong with the `working_hours` of a source to the findings."""
    if settings.working_hours is None:
        return
    try:
        parse_working_hours(settings.working_hours, zone)
    except BadHours as error:
        for each in error.faults:
            tell = findings.key_fault if each.in_key else findings.fault
            steps = ("working_hours",) if each.key is None else ("working_hours", each.key)
            tell(parent, (source, *steps), each.fault, each.remedy, prefix=prefix)
