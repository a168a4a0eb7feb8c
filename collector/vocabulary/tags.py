"""Tags as everybody writes them, made comparable: one way to write each value.

Below `channels` (which rule matches) and whoever needs the dimension `source_medium`.
A missing value is None here, and the member `(not set)` where a dimension has to have one.
"""

import re
import unicodedata
from functools import lru_cache

from collector.plugin.records import NOT_SET

_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\u200b\u200e\u200f\u2060\ufeff]")
_BYTES = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_MACRO = re.compile(r"\{[^{}]*\}")

MEMORY = 1 << 16
"""How many answers are remembered: values repeat in all but a few rows."""


@lru_cache(maxsize=MEMORY)
def clean_tag(value: str | None) -> str | None:
    """A tag's value in lower case, decoded, its spaces single; None if there is none.

    Empty, `(not set)` and macros that an ad system has not filled (`{campaign_id}`,
    `{{ad.name}}`) are no values.
    """
    if not value:
        return None
    text = clean_text(value)
    return None if text in ("", NOT_SET) or _is_macro(text) else text


def clean_text(value: str) -> str:
    """The same for any text: lower case, decoded, its spaces single."""
    return folded(" ".join(decoded(value).split()))


def folded(text: str) -> str:
    """In lower case, and each letter in one piece (й may come as и with a breve)."""
    return unicodedata.normalize("NFC", text.lower())


def decoded(value: str) -> str:
    """Without percent-encoding and plus signs, also where a redirect has encoded it twice or more."""
    while True:
        text = _BYTES.sub(_characters, _INVISIBLE.sub("", value).replace("+", " "))
        if text == value:
            return text
        value = text


def source_medium(source: str | None, medium: str | None) -> str:
    """The member of the dimension `source_medium`: `source / medium`, or `(not set)` without both."""
    source, medium = clean_tag(source), clean_tag(medium)
    if source is None and medium is None:
        return NOT_SET
    return f"{source or NOT_SET} / {medium or NOT_SET}"


def split_source_medium(text: str) -> tuple[str | None, str | None]:
    """Source and medium, clean, of what was written as one: `vk / cpc`, `VK/CPC`."""
    text = " ".join(text.split())
    slash = " / " if " / " in text else "/"
    if slash == "/" and text.count("/") != 1:  # an address
        return clean_tag(text), None
    source, _, medium = text.rpartition(slash)
    return clean_tag(source), clean_tag(medium)


@lru_cache(maxsize=MEMORY)
def source_medium_member(text: str) -> str:
    """The member of `source_medium` that was written as one text."""
    return source_medium(*split_source_medium(text))


@lru_cache(maxsize=MEMORY)
def campaign_member(text: str | None) -> str:
    """The member of the dimension `campaign`: the tag decoded, in its own letters; `(not set)` without a value."""
    return NOT_SET if clean_tag(text) is None or text is None else " ".join(decoded(text).split())


def _characters(found: re.Match[str]) -> str:
    """Percent-encoded bytes as text; sites that are not in UTF-8 are in Windows-1251."""
    encoded = bytes.fromhex(found[0].replace("%", ""))
    try:
        return encoded.decode()
    except UnicodeDecodeError as error:
        if error.start > 0 and error.reason == "unexpected end of data":  # a CRM's field was too short for it
            return encoded[: error.start].decode()
        return encoded.decode("cp1251", errors="replace")


def _is_macro(text: str) -> bool:
    """Whether it is made of macros only, with no letter or digit besides."""
    return "{" in text and "}" in text and not any(map(str.isalnum, _MACRO.sub("", text)))
