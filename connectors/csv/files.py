"""Paths and patterns to files, and each file to a part: what it is called, whether it changed, whether it grows.

A part's name is its path relative to the folder that the pattern fixes, so that moving the
whole set of files changes nothing.
"""

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from typing import IO

from collector.plugin import BadFile, NoFiles
from connectors.csv.text import GZIP, ends_with_a_line

CHANGING = timedelta(seconds=2)
"""A file that was written to within this is still being written."""
UNFINISHED = timedelta(seconds=60)
"""The same for one whose last line does not end."""
PACKING = timedelta(days=1)
"""Within this a gzip is looked through to its end; later one that is cut is just a bad file."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """A file that a path or pattern names, and how it stands now (None: it cannot be looked at)."""

    name: str
    path: Path
    status: os.stat_result | None

    @property
    def is_regular(self) -> bool:
        """Whether it is a file in the narrow sense: no folder, pipe or device."""
        return self.status is not None and stat.S_ISREG(self.status.st_mode)

    def again(self) -> "Found":
        """The same file as it stands now."""
        return replace(self, status=_status(self.path))


def find(paths: Iterable[str], folder: str) -> dict[str, Found]:
    """All files, by part name.

    Raises:
        NoFiles: a path or pattern matches nothing.
        BadFile: two files would be one part.
    """
    found: dict[str, Found] = {}
    names: dict[Path, str] = {}
    for path in paths:
        matched = list(_matches(path, folder))
        if not matched:
            raise NoFiles(f"no file matches {path}" + ("" if Path(path).is_absolute() else f" in {Path(folder)}"))
        for each in matched:
            name = names.setdefault(each.path, each.name)  # the first pattern that matches a file names it
            other = found.setdefault(name, each)
            if other.path != each.path:
                both = f"{other.path} and {each.path}"
                raise BadFile(part=name, fault=f"{both} have one name; use a pattern over the folder above them")
    return dict(sorted(found.items()))


def _matches(path: str, folder: str) -> Iterator[Found]:
    plain = Path(folder, path)
    status = _status(plain)
    if status is not None or not glob.has_magic(path):
        if status is not None or _is_hidden_from_us(plain):
            yield Found(_printable(plain.name), plain, status)
        return
    fixed = _fixed_folder(PurePath(path))
    # pathlib's glob takes no absolute pattern, and takes hidden files
    for match in glob.iglob(path, root_dir=folder, recursive=True):  # noqa: PTH207
        whole = Path(folder, match)
        status = _status(whole)
        if status is None and not _is_hidden_from_us(whole):
            continue  # it vanished meanwhile, or is a link to nothing
        if status is None or not stat.S_ISDIR(status.st_mode):
            yield Found(_printable(PurePath(match).relative_to(fixed).as_posix()), whole, status)


def _fixed_folder(path: PurePath) -> PurePath:
    count = next(number for number, part in enumerate(path.parts) if glob.has_magic(part))
    return PurePath(*path.parts[:count])


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _is_hidden_from_us(path: Path) -> bool:
    """Whether something may be there that we may not look at."""
    try:
        path.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _printable(name: str) -> str:
    """File names are bytes; those that are no text are escaped."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def fingerprint(status: os.stat_result, shape: str) -> str:
    """Another one for another content, or for rows of another `shape` (the settings that make them)."""
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}-{shape}"


def modified_at(status: os.stat_result) -> datetime:
    """When its content last changed, as the file system tells."""
    return _EPOCH + timedelta(microseconds=status.st_mtime_ns // 1000)


class Growth:
    """Tells files that are still being written; remembers the gzips that it has found whole."""

    def __init__(self, *, newline: bytes) -> None:
        self._newline = newline
        self._whole: dict[Path, tuple[str, bool]] = {}

    def is_growing(self, found: Found, now: datetime) -> bool:
        """Whether to leave it for a later poll. What cannot be read does not grow: reading will tell."""
        if not found.is_regular or found.status is None:
            return False
        age = abs(now - modified_at(found.status))  # a clock that runs ahead is as near
        if age < CHANGING:
            return True
        try:
            unfinished = self._is_unfinished(found, found.status, age)
        except OSError:
            return False
        return unfinished or _changed(found)

    def _is_unfinished(self, found: Found, status: os.stat_result, age: timedelta) -> bool:
        if status.st_size == 0 or age >= PACKING:
            return False
        with found.path.open("rb") as stream:
            if stream.read(len(GZIP)) == GZIP:
                return self._is_cut(found, status, stream, young=age < UNFINISHED)
            if age >= UNFINISHED:
                return False
            stream.seek(-min(status.st_size, len(self._newline)), os.SEEK_END)
            return not stream.read().endswith((self._newline, b"\r"))

    def _is_cut(self, found: Found, status: os.stat_result, stream: IO[bytes], *, young: bool) -> bool:
        known = self._whole.get(found.path)
        mark = fingerprint(status, "")
        if known is None or known[0] != mark:
            stream.seek(0)
            ended = ends_with_a_line(stream, self._newline)
            if ended is None:
                return True
            known = self._whole[found.path] = (mark, ended)
        return young and not known[1]


def _changed(found: Found) -> bool:
    now = _status(found.path)
    return now is None or found.status is None or fingerprint(now, "") != fingerprint(found.status, "")
