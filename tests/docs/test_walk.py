"""What the code promises is written down: a walk through hooks, names, commands, addresses.

Settings, KPIs, measures and metrics have walks of their own, beside what they test.
"""

import dataclasses
import inspect
import re
from collections.abc import Iterator
from typing import Any

import click
import pytest
from starlette.routing import BaseRoute, Mount, Route

from collector import plugin
from collector.cli import COMMANDS, root
from collector.kpi.history import Point
from collector.plugin import RECORD_TYPES, ConnectorSettings, SourceError, errors, hookspecs
from collector.plugin.discovery import discover
from collector.snapshot.history import Asked
from collector.web.app import make_app
from collector.web.openapi import CHECK, POINT, SOURCE, VALUE, document

SHARED = {"--config", "--config.file", "--log.level", "--log.format", "--help"}


# ── plugins ──────────────────────────────────────────────────────────────────────────


def test_every_hook_is_documented_with_when_it_is_called(docs: Any) -> None:
    hooks = [name for name, found in inspect.getmembers(hookspecs) if hasattr(found, "kpi_collector_spec")]

    assert len(hooks) >= 6
    for hook in hooks:
        assert "Called" in docs["docs/plugins.md"].section(f"`{hook}`"), hook


def test_every_public_name_is_documented(docs: Any) -> None:
    text = docs["docs/plugins.md"].text

    assert [name for name in plugin.__all__ if not re.search(rf"\b{name}\b", text)] == []


def test_every_field_of_every_record_is_documented_with_whether_it_is_optional(docs: Any) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", docs["docs/plugins.md"].section("Records"), re.MULTILINE))

    for kind in RECORD_TYPES.values():
        told = re.findall(r"`(\w+)`(†?)", re.sub(r"\([^)]*\)", "", rows[kind.__name__]))
        assert told == [(spec.name, "" if _needed(spec) else "†") for spec in dataclasses.fields(kind)], kind


def _needed(spec: "dataclasses.Field[Any]") -> bool:
    return spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING


def test_every_error_is_documented_with_its_reason_and_who_acts(docs: Any) -> None:
    rows = re.findall(
        r"^\| `(\w+)[^`]*` \| `(\w+)` \| (\w+) \|", docs["docs/plugins.md"].section("Errors"), re.MULTILINE
    )
    kinds = [found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, SourceError)]

    assert sorted(rows) == sorted((kind.__name__, kind.reason, kind.actor) for kind in kinds)


def test_the_examples_are_those_of_the_package_that_is_tested_or_run_by_themselves(docs: Any) -> None:
    package = (docs.root / "tests/plugins/acme/acme_kpis/plugin.py").read_text(encoding="utf-8")

    for block in docs["docs/plugins.md"].blocks("python"):
        if all(piece in package for piece in block.strip("\n").split("\n\n\n")):
            continue
        before = "from datetime import *\nfrom pathlib import Path\nfrom collections.abc import *\n"
        names: dict[str, Any] = {"__name__": __name__}
        exec(before + "from collector.plugin import *\n" + block, names)  # noqa: S102 - our own documentation
        assert any(isinstance(found, type) and issubclass(found, plugin.Connector) for found in names.values())


def test_the_packaging_example_is_the_tested_packages(docs: Any) -> None:
    package = (docs.root / "tests/plugins/acme/pyproject.toml").read_text(encoding="utf-8")

    (block,) = docs["docs/plugins.md"].blocks("toml")
    assert [line for line in block.splitlines() if line not in package.splitlines()] == []


# ── connectors ───────────────────────────────────────────────────────────────────────


def test_every_built_in_connector_has_a_readme_with_its_settings_and_is_in_the_readme(docs: Any) -> None:
    built_in = {name: info for name, info in discover().connectors.items() if info.origin == "kpi-collector"}

    assert built_in
    for name, info in built_in.items():
        readme = docs[f"connectors/{name}/README.md"]
        for key in info.type.settings_type.model_fields.keys() - ConnectorSettings.model_fields.keys():
            assert f"| `{key}` |" in readme.section("Settings"), f"{name}.{key}"
        row = next(line for line in docs["README.md"].text.splitlines() if line.startswith(f"| `{name}` |"))
        assert f"| {info.type.stability} |" in row
        assert f"(connectors/{name}/README.md)" in row


# ── commands ─────────────────────────────────────────────────────────────────────────


def commands() -> Iterator[tuple[str, click.Command]]:
    """Each command that does something, by its whole name; those of plugins are not ours."""
    group = root()
    for name in sorted(COMMANDS):
        found = group.get_command(click.Context(group), name)
        assert found is not None
        yield from _below(name, found)


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from _below(f"{name} {inner.name}", inner)
    else:
        yield name, command


def options(command: click.Command) -> set[str]:
    return {name for param in command.params if isinstance(param, click.Option) for name in param.opts}


@pytest.mark.parametrize(("name", "command"), [pytest.param(*each, id=each[0]) for each in commands()])
def test_every_command_is_documented_with_its_options_and_no_others(
    name: str, command: click.Command, docs: Any
) -> None:
    section = docs["docs/cli.md"].section(f"`{name}`")

    assert section, f"docs/cli.md has no section {name}"
    first_cells = " ".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE))
    listed = set(re.findall(r"`(--[\w.-]+)`", first_cells or section)) or set(re.findall(r"`(--[\w.-]+)`", section))
    assert listed == options(command) - SHARED


def test_the_options_of_every_command_are_documented(docs: Any) -> None:
    section = docs["docs/cli.md"].section("Of every command")
    listed = " ".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE))

    assert set(re.findall(r"`(--[\w.-]+)`", listed)) == SHARED | options(root()) | {"--version"}
    assert "`KPI_COLLECTOR_CONFIG`" in section


def test_every_documented_command_exists(docs: Any) -> None:
    known = dict(commands())

    for told in re.findall(r"^## `(.*)`$", docs["docs/cli.md"].text, re.MULTILINE):
        assert told in known


def test_every_command_line_in_the_docs_can_be_typed(docs: Any) -> None:
    known = dict(commands())
    typed = [(each.path.name, words) for each in docs for words in each.command_lines() if words[0] == "kpi-collector"]

    assert typed
    for where, (_, *words) in typed:
        name = next((name for n in (2, 1) if (name := " ".join(words[:n])) in known), None)
        assert name is not None, f"{where}: kpi-collector {' '.join(words)}"
        for option in (word.partition("=")[0] for word in words if word.startswith("--")):
            assert option in options(known[name]) | SHARED, f"{where}: {name} {option}"


def test_every_make_target_in_the_docs_exists(docs: Any) -> None:
    makefile = (docs.root / "Makefile").read_text(encoding="utf-8")

    for each in docs:
        for target in re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", each.text, re.MULTILINE):
            assert re.search(rf"^{''.join(target)}:", makefile, re.MULTILINE), f"{each.path.name}: make {target}"


# ── HTTP ─────────────────────────────────────────────────────────────────────────────


class Nothing:
    """A daemon that has not begun."""

    snapshot = None
    not_ready = None
    lifecycle = False

    async def history(self, asked: Asked) -> list[Point]:
        """Nothing."""
        del asked
        return []

    async def reload(self) -> None:
        """Nothing."""


def routes(found: "list[BaseRoute]") -> Iterator[tuple[str, set[str]]]:
    for route in found:
        if isinstance(route, Mount):
            yield from routes(route.routes)
        elif isinstance(route, Route):
            yield route.path, (route.methods or {"GET"}) - {"HEAD"}


def test_every_address_is_documented_with_its_methods_and_no_others(docs: Any) -> None:
    rows = re.findall(r"^\| `(/[^`]*)` \| ([A-Z, ]+) \|", docs["docs/api.md"].section("HTTP"), re.MULTILINE)
    served = dict(routes(make_app(Nothing())._rest.routes))

    assert {path: set(methods.split(", ")) for path, methods in rows} == served | {"/metrics": {"GET"}}


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/api/v1/kpis", VALUE),
        ("/api/v1/kpis/{kpi}/history", POINT),
        ("/api/v1/sources", SOURCE),
        ("/api/v1/reconciliation", CHECK),
    ],
)
def test_every_parameter_and_key_of_the_api_is_documented(path: str, schema: dict[str, Any], docs: Any) -> None:
    section = docs["docs/api.md"].section(f"`{path}`")
    parameters = [each["name"] for each in document()["paths"][path]["get"]["parameters"]]

    assert [name for name in [*parameters, *schema["properties"]] if f"`{name}`" not in section] == []


# ── the tree ─────────────────────────────────────────────────────────────────────────


def test_the_architecture_names_every_package_and_module_at_the_top(docs: Any) -> None:
    rows = docs["docs/architecture.md"].section("The modules")
    tree = docs.root / "collector"
    packages = {f"collector/{path.parent.name}/" for path in tree.glob("*/__init__.py")}
    modules = {f"collector/{path.name}" for path in tree.glob("*.py") if not path.name.startswith("__")}

    assert [name for name in sorted(packages | modules) if f"`{name}`" not in rows] == []


def test_the_architecture_names_no_module_that_is_gone(docs: Any) -> None:
    for row in re.findall(r"^\| (`c.*) \|$", docs["docs/architecture.md"].section("The modules"), re.MULTILINE):
        first, _, rest = row.partition(" | ")
        named = [docs.root / name for name in re.findall(r"`([^`]*)`", first)]
        inside = [named[0] / name for name in re.findall(r"`(\w+\.py)`", rest)]
        assert [path for path in [*named, *inside] if not path.exists()] == []
