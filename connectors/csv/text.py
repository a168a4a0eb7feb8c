"""Bytes to lines: unpacked, decoded, and bounded whatever a file holds.

Lines reach `csv.reader` as blocks (`StringIO`), so that no Python code runs for each of
them. Line ends are kept: a quoted cell may hold one.
"""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from typing import IO, cast

from collector.plugin import BadFile

GZIP = b"\x1f\x8b"
MOST_CHARACTERS = 1_000_000
"""In a line, and about as much in a row that goes over many lines."""

_BLOCK_BYTES = 1 << 18
_MOST_BLOCKS = 4  # that a row may go over


def unpacked(stream: IO[bytes]) -> IO[bytes]:
    """The file's text, without gzip if it has any; its first bytes tell."""
    packed = stream.read(len(GZIP)) == GZIP
    stream.seek(0)
    return cast(IO[bytes], gzip.GzipFile(fileobj=stream, mode="rb")) if packed else stream


def ends_with_a_line(stream: IO[bytes], newline: bytes) -> bool | None:
    """Whether a gzip's text ends with a whole line; None where the gzip is cut short."""
    last = b""
    try:
        with gzip.GzipFile(fileobj=stream, mode="rb") as text:
            while chunk := text.read(_BLOCK_BYTES):
                last = (last + chunk)[-len(newline) :]
    except EOFError:
        return None
    except (gzip.BadGzipFile, zlib.error):
        return True  # damaged, which reading will tell
    return last.endswith((newline, b"\r"))


def newline_of(encoding: str) -> bytes:
    """How a text goes on to the next line, past the mark at its beginning."""
    return "\n\n".encode(encoding)[len("\n".encode(encoding)) :]


class Text:
    """The decoded lines of one file.

    Characters that the encoding lacks come as U+FFFD; up to the line `doubtful_through`
    rows may hold such, or NUL. The reader keeps `row_ended` at the last line it has done.
    """

    def __init__(self, stream: IO[bytes], *, part: str, encoding: str) -> None:
        self._stream = stream
        self._part = part
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._lines = 0
        self.doubtful_through = 0
        self.row_ended = 0

    def blocks(self) -> Iterator[io.StringIO]:
        """Runs of whole lines.

        Raises:
            BadFile: a line or row without end, a broken gzip, an encoding that does not fit at all.
        """
        tail, doubtful, last_row, waited = "", False, -1, 0
        while chunk := self._read():
            text, fits = self._decoded(chunk)
            tail += text
            doubtful = doubtful or not fits
            end = _end_of_lines(tail)
            if len(tail) - end > MOST_CHARACTERS:
                raise self._too_long(self._lines + _count_lines(tail[:end]) + 1, "line")
            if end:
                yield self._block(tail[:end], doubtful)
                tail = tail[end:]
                doubtful = doubtful and "\ufffd" in tail
            last_row, waited = self.row_ended, waited + 1 if self.row_ended == last_row else 0
            if waited > _MOST_BLOCKS:
                raise self._too_long(self.row_ended + 1, "row")
        text, fits = self._decoded(b"", final=True)
        if tail := tail + text:
            yield self._block(tail, doubtful or not fits)

    def _block(self, text: str, doubtful: bool) -> io.StringIO:
        self._lines += _count_lines(text)
        if doubtful or "\x00" in text:
            self.doubtful_through = self._lines
        return io.StringIO(text, newline="")

    def _read(self) -> bytes:
        try:
            return self._stream.read(_BLOCK_BYTES)
        except EOFError:
            raise BadFile(part=self._part, fault="its gzip is cut short") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise BadFile(part=self._part, fault=f"its gzip is damaged ({error})") from None

    def _decoded(self, chunk: bytes, *, final: bool = False) -> tuple[str, bool]:
        """The text, and whether all bytes have a meaning."""
        before = self._decoder.getstate()
        try:
            return self._decoder.decode(chunk, final), True
        except UnicodeError as error:
            try:
                self._decoder.setstate(before)
                self._decoder.errors = "replace"
                return self._decoder.decode(chunk, final), False
            except UnicodeError:
                raise BadFile(part=self._part, line=self._lines + 1, fault=f"is no {self._encoding}: {error}") from None
            finally:
                self._decoder.errors = "strict"

    def _too_long(self, line: int, what: str) -> BadFile:
        fault = f"a {what} that does not end within {MOST_CHARACTERS:,} characters"
        return BadFile(part=self._part, line=line, fault=fault)

    def fault_of(self, cell: str) -> str | None:
        """What is wrong with a cell of a doubtful line."""
        if "\x00" in cell:
            return "holds a NUL byte"
        if "\ufffd" in cell:
            other = "windows-1251" if self._encoding.startswith("utf") else "utf-8"
            return f"holds bytes that are not {self._encoding}; is the file in another encoding, such as {other}?"
        return None


def _end_of_lines(text: str) -> int:
    """Where the last whole line of `text` ends; a \\r at its very end may be half of a \\r\\n."""
    return text.rfind("\n") + 1 or text.rfind("\r", 0, len(text) - 1) + 1


def _count_lines(text: str) -> int:
    lines = text.count("\n")
    lone = text.count("\r") - text.count("\r\n") if "\r" in text else 0
    return lines + lone + (text != "" and not text.endswith(("\n", "\r")))
