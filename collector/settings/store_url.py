"""The store's URL: which databases there are, and a relative file made absolute."""

from pathlib import Path
from urllib.parse import urlsplit

from collector.settings.entries import Entry
from collector.settings.findings import Findings

_REMEDY = "Write sqlite:///path/to/collector.db or postgresql://user:password@host/database."


def absolute_store(top: Entry, url: str, findings: Findings) -> str:
    """The URL with an absolute path; a relative one starts at the folder of the file that says it."""
    entry = top.below("store")
    folder = (entry or top).origin.folder
    scheme, separator, rest = url.partition("://")
    if separator and (scheme == "postgresql" or scheme.startswith("postgresql+")):
        if not _has_good_address(url):
            findings.fault(top, ("store",), "its host or port cannot be read", _REMEDY)
        return url
    if scheme != "sqlite" or not separator:
        shown = repr(scheme) if separator else "this"
        findings.fault(top, ("store",), f"{shown} is no database that can be a store", _REMEDY)
        return url
    name, question, options = rest.removeprefix("/").partition("?")
    if not rest.startswith("/") or name in ("", ":memory:"):
        findings.fault(top, ("store",), "names no file", _REMEDY)
        return url
    return f"sqlite:///{Path(folder / name)}{question}{options}"


def _has_good_address(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:  # brackets that do not close, a port that is no number
        return False
