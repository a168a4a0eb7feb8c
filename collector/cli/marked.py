"""Pieces of a Markdown file that are made from the code, between marks that no reader sees:

<!-- connector docs: settings -->
…
<!-- end -->
"""

import re
from collections.abc import Mapping

_PIECE = re.compile(r"(?P<begin><!-- connector docs: (?P<name>[\w. ]+?) -->\n)(?P<text>.*?)(?P<end><!-- end -->)", re.S)


def pieces(text: str) -> dict[str, str]:
    """What stands between the marks now, by name."""
    return {found["name"]: found["text"].strip("\n") for found in _PIECE.finditer(text)}


def marks(name: str) -> str:
    """The two lines between which a piece is written."""
    return f"<!-- connector docs: {name} -->\n<!-- end -->"


def renewed(text: str, made: Mapping[str, str]) -> str:
    """The text with its pieces as they should be.

    Raises:
        LookupError: it has marks of a piece that there is not.
    """

    def piece(found: re.Match[str]) -> str:
        if found["name"] not in made:
            raise LookupError(found["name"])
        return f"{found['begin']}\n{made[found['name']]}\n\n{found['end']}"

    return _PIECE.sub(piece, text)
