"""The project's Markdown: its files, sections, code blocks and command lines."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Document:
    """One Markdown file."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def section(self, heading: str) -> str:
        """What stands under a heading, to the next one of any level; '' if there is none."""
        prose = re.sub(
            r"```.*?```", lambda code: re.sub(r"^#", " #", code[0], flags=re.MULTILINE), self.text, flags=re.S
        )
        found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", prose, re.MULTILINE | re.DOTALL)
        return found[1] if found else ""

    def blocks(self, language: str) -> list[str]:
        """The code blocks of a language."""
        return re.findall(rf"^```{language}\n(.*?)^```", self.text, re.MULTILINE | re.DOTALL)

    def command_lines(self) -> Iterator[list[str]]:
        """What a reader would type: lines of `sh` blocks, and those after `$` in `console` blocks."""
        typed = [line for block in self.blocks("sh") for line in block.splitlines()]
        typed += [line[2:] for block in self.blocks("console") for line in block.splitlines() if line.startswith("$ ")]
        for line in typed:
            words = shlex.split(line, comments=True)
            if words:
                yield words

    def anchors(self) -> set[str]:
        """The places that a link may name, as GitHub makes them of headings."""
        headings = re.findall(r"^#+ (.*)$", self.text, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


class Documents:
    """All Markdown files of the project."""

    root = ROOT

    def __getitem__(self, name: str) -> Document:
        return Document(ROOT / name)

    def __iter__(self) -> Iterator[Document]:
        """Those at the top, and those of the folders that the project has written."""
        folders = ("collector", "connectors", "config", "docs", "bench")
        for path in sorted([*ROOT.glob("*.md"), *(each for name in folders for each in (ROOT / name).rglob("*.md"))]):
            yield Document(path)


@pytest.fixture(scope="session")
def docs() -> Documents:
    return Documents()
