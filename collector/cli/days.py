"""Days on the command line."""

from datetime import date

import click


class Day(click.ParamType[date]):
    """`2026-11-02`."""

    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a usage error that says what a day looks like."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-11-02", param, ctx)


DAY = Day()


def in_order(since: date | None, until: date | None) -> None:
    """Raises click.UsageError where the days would end before they begin."""
    if since is not None and until is not None and until < since:
        raise click.UsageError(f"--until {until} is before --since {since}")
