"""Which days a window covers (design, section 5)."""

from datetime import date, timedelta


def first_day(window: str, reference: date, last: date) -> date | None:
    """The first day that is asked for; None for `all`, which begins with the data."""
    match window:
        case "all":
            return None
        case "wtd":
            return reference - timedelta(days=reference.weekday())
        case "mtd":
            return reference.replace(day=1)
        case "qtd":
            return reference.replace(month=(reference.month - 1) // 3 * 3 + 1, day=1)
        case "ytd":
            return reference.replace(month=1, day=1)
        case _:
            return last - timedelta(days=int(window.removesuffix("d")) - 1)
