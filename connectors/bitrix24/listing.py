"""A list method, and how a page of it is asked for: by ids that rise, never by an offset.

Offsets skip and repeat rows while rows change, and counting is slow; a page above the last
id does neither. 50 rows are a page, by the vendor's rule: fewer are the last one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collector.plugin import BadResponse, Json
from connectors.bitrix24.portal import Command, Params, Row, rows_of

PAGE = 50


@dataclass(frozen=True)
class Listing:
    """One list method with its fields. `key` and `changed` are its names for id and last change."""

    method: str
    select: tuple[str, ...]
    key: str = "ID"
    changed: str = "DATE_MODIFY"
    fixed: Params = field(default_factory=dict)
    """Parameters of each request, such as the type."""
    where: Params = field(default_factory=dict)
    """What is filtered by in any case."""
    wrapped: str | None = None
    """Under which name its rows are wrapped."""

    def filtered(self, where: Params) -> "Listing":
        """The same with a further filter."""
        return Listing(
            self.method, self.select, self.key, self.changed, self.fixed, {**self.where, **where}, self.wrapped
        )

    def ids(self) -> "Listing":
        """The same with nothing but ids."""
        return Listing(self.method, (self.key,), self.key, self.changed, self.fixed, self.where, self.wrapped)

    def page(self, *, above: int | str | None = None, through: int | None = None, rising: bool = True) -> Command:
        """A page of it."""
        bounds: dict[str, Any] = dict(self.where)
        if above is not None:
            bounds[f">{self.key}"] = above
        if through is not None:
            bounds[f"<={self.key}"] = through
        order = {self.key: "ASC" if rising else "DESC"}
        asked = {"select": self.select, "filter": bounds, "order": order, "start": -1}
        return Command(self.method, {**self.fixed, **asked})

    def chain(self, *, above: int, through: int | None, length: int) -> list[Command]:
        """Commands of a batch, each of the page after the one before it."""
        commands = [self.page(above=above, through=through)]
        place = f"[{self.wrapped}]" if self.wrapped else ""
        for number in range(1, length):
            last = f"$result[{commands[-1].key(number - 1)}]{place}[{PAGE - 1}][{self.key}]"
            commands.append(self.page(above=last, through=through))
        return commands

    def rows(self, result: Json) -> list[Row]:
        """The rows of a page."""
        return rows_of(result, self.method, self.key)

    def id_of(self, row: Row) -> int:
        """A row's id.

        Raises:
            BadResponse: it is no number.
        """
        try:
            return int(row[self.key])
        except (TypeError, ValueError) as error:
            raise BadResponse(expected=f"a number as {self.key}", where=self.method, got=row[self.key]) from error


@dataclass(frozen=True)
class Chunk:
    """Rows in the order of their ids: all there are above the former chunk's, through `reached`."""

    rows: list[Row]
    reached: int
    ended: bool

    def taken(self) -> Iterator[Row]:
        """Its rows, each let go of as it is taken: the next chunks are on their way."""
        self.rows.reverse()
        while self.rows:
            yield self.rows.pop()


def joined(listing: Listing, pages: Sequence[Json], *, above: int, through: int | None) -> Chunk:
    """The pages of a chain as one chunk.

    What follows a short page was asked for above an id that there is not, and means nothing.
    A row that comes a second time, since rows change meanwhile, is left out.

    Raises:
        BadResponse: the vendor has ignored the order or the bounds, so that rows may be missing.
    """
    rows: list[Row] = []
    reached = above
    for page in pages:
        found = listing.rows(page)
        came = False
        for row in found:
            number = listing.id_of(row)
            if through is not None and number > through:
                return Chunk(rows, through, ended=True)
            if number > reached:
                rows.append(row)
                reached, came = number, True
            elif came:
                raise BadResponse(expected="rows in the order of their ids", where=listing.method, got=number)
        if len(found) < PAGE or (through is not None and reached >= through):
            return Chunk(rows, reached if through is None else max(reached, through), ended=True)
        if not came:
            raise BadResponse(expected=f"rows above {reached}", where=listing.method, got="the page before again")
    return Chunk(rows, reached, ended=False)


def by_owner(rows: Sequence[Row], owner: str) -> Mapping[str, list[Row]]:
    """Rows by whom they belong to."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row.get(owner)), []).append(row)
    return found
