"""A report's text: one row a line, nothing quoted; a title before and a count of rows after it, or neither."""

from collections.abc import Collection, Iterator, Mapping

from collector.plugin import BadResponse

Row = Mapping[str, str]

NO_VALUE = "--"
_TOTAL = "Total rows:"
_FREE_TEXT = "CampaignName"


def rows(text: str, where: str, *, columns: Collection[str], counted: bool = False) -> Iterator[Row]:
    """Each row by its columns; `counted`: the report must end with the count of its rows.

    Raises:
        BadResponse: it is no such report, or not all of one.
    """
    header: list[str] | None = None
    found, total = 0, None
    for line in _lines(text):
        if header is None:
            header = _header(line, columns)
        elif line.startswith(_TOTAL):
            total = line.removeprefix(_TOTAL).strip()
        elif total is not None:
            raise BadResponse(expected="the end after the count of rows", where=where, got=line)
        else:
            found += 1
            yield _row(header, line, where)
    if header is None:
        raise BadResponse(expected=f"a report with the columns {', '.join(columns)}", where=where, got=text)
    if total is None and counted:
        raise BadResponse(expected="the count of rows at the report's end", where=where, got=f"{found} rows")
    if total is not None and total != str(found):
        raise BadResponse(expected=f"{total} rows, as the report says", where=where, got=f"{found} rows: it was cut")


def _lines(text: str) -> Iterator[str]:
    """Lines without their ends; empty ones are none."""
    begin = 0
    while begin < len(text):
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        line = text[begin:end].removesuffix("\r")
        if line:
            yield line
        begin = end + 1


def _header(line: str, columns: Collection[str]) -> list[str] | None:
    """The columns, if the line is that of their names and not the report's title."""
    found = line.removeprefix("\ufeff").split("\t")
    return found if set(columns) <= set(found) else None


def _row(header: list[str], line: str, where: str) -> Row:
    cells = line.split("\t")
    more = len(cells) - len(header)
    if more > 0 and _FREE_TEXT in header:  # a name may have tabs in it: nothing is quoted
        at = header.index(_FREE_TEXT)
        cells[at : at + more + 1] = [" ".join(cells[at : at + more + 1])]
    if len(cells) != len(header):
        raise BadResponse(expected=f"{len(header)} cells in a row", where=where, got=line)
    return dict(zip(header, cells, strict=True))
