"""No link in the docs leads nowhere."""

import re
from typing import Any
from urllib.parse import unquote


def test_every_relative_link_leads_to_a_file_and_a_heading_in_it(docs: Any) -> None:
    broken = []
    for each in docs:
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", each.text, flags=re.DOTALL)
        for link in re.findall(r"\]\(([^)\s]+)\)", prose):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = unquote(link).partition("#")
            target = (each.path.parent / name) if name else each.path
            if not target.exists() or (anchor and anchor not in type(each)(target).anchors()):
                broken.append(f"{each.path.relative_to(docs.root)}: {link}")

    assert broken == []


def test_every_page_of_the_docs_is_in_the_index(docs: Any) -> None:
    index = docs["docs/index.md"].text

    for each in docs:
        if each.path.parent.name == "docs" and each.path.name != "index.md":
            assert f"]({each.path.name})" in index, each.path.name
        if each.path.parent.parent.name == "connectors":
            assert f"](../connectors/{each.path.parent.name}/README.md)" in index


def test_pictures_are_small(docs: Any) -> None:
    for path in (docs.root / "docs").glob("*.png"):
        assert path.stat().st_size < 200_000, path.name
