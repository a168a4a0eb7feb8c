"""Writes the package of a new connector: one that works and is tried, with an invented vendor.

The files stand in `scaffold`, as they will be but for the names.
"""

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

SUFFIX = ".tmpl"
NAME = re.compile(r"[a-z][a-z0-9_]*")


def write_package(name: str, folder: Path) -> list[Path]:
    """Write the package of the connector `name` into `folder`, which must not exist; what was written.

    Raises:
        ValueError: the name cannot be a connector's.
        FileExistsError: there is something already.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r}: a connector's name is lower case letters, digits and _, a letter first")
    words = {
        "name": name,
        "package": f"{name}_kpis",
        "dist": f"{name.replace('_', '-')}-kpis",
        "cls": "".join(part.capitalize() for part in name.split("_")),
        "title": name.replace("_", " ").title(),
        "upper": name.upper(),
    }
    folder.mkdir(parents=True)
    written = []
    for place, template in sorted(_templates(files("collector.testing") / "scaffold", "")):
        path = folder / place.replace("package/", f"{words['package']}/", 1).removesuffix(SUFFIX)
        path.parent.mkdir(exist_ok=True)
        path.write_text(Template(template).substitute(words), encoding="utf-8")
        written.append(path)
    return written


def _templates(folder: Traversable, place: str) -> Iterator[tuple[str, str]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _templates(each, f"{place}{each.name}/")
        elif each.name.endswith(SUFFIX):
            yield f"{place}{each.name}", each.read_text(encoding="utf-8")
