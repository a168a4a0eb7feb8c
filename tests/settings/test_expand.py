"""`${…}` in values: variables, defaults, files, and what is told where they are missing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

TEXT = "currency: EUR\nsources:\n  site:\n    connector: acme\n    token: t\n    account: '{}'\n"


def account(folder: Any, written: str, environ: Mapping[str, str] | None = None) -> str | None:
    config = folder.load(TEXT.format(written), environ)
    found: str | None = config.projects["default"].sources["site"].settings.account
    return found


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("${HOST}", "acme.example"),
        ("https://${HOST}/${PATH_}/", "https://acme.example/v1/"),
        ("${UNSET:-fallback}", "fallback"),
        ("${EMPTY:-fallback}", "fallback"),
        ("${EMPTY}", ""),
        ("${UNSET:-${HOST}}", "acme.example"),
        ("${UNSET:-}", ""),
        ("$${HOST}", "${HOST}"),
        ("$$", "$"),
        ("5$ and $x", "5$ and $x"),
        ("${DOLLARS}", "a$$b${HOST}"),
        ("${NUMBER}", "007"),
    ],
)
def test_variables_stand_in_values(folder: Any, written: str, means: str) -> None:
    environ = {"HOST": "acme.example", "PATH_": "v1", "EMPTY": "", "DOLLARS": "a$$b${HOST}", "NUMBER": "007"}

    assert account(folder, written, environ) == means


def test_a_value_cannot_change_the_shape_of_the_file(folder: Any) -> None:
    assert account(folder, "${X}", {"X": "a: b\n- {c: d}"}) == "a: b\n- {c: d}"


def test_numbers_may_come_from_variables(folder: Any) -> None:
    config = folder.load("top: ${TOP}\n" + TEXT.format("x"), {"TOP": "7"})

    assert config.projects["default"].top == 7


def test_a_secret_stands_in_a_file_beside_the_configuration(folder: Any, tmp_path: Path) -> None:
    folder.write("secrets/token", "s3cr3t-content\n")

    assert account(folder, "${file:secrets/token}") == "s3cr3t-content"
    assert account(folder, f"${{file:{tmp_path}/secrets/token}}") == "s3cr3t-content"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("${NOT_SET}", "the environment variable NOT_SET is not set → Set it, or write ${NOT_SET:-default}."),
        ("${file:gone}", "the file gone cannot be read: No such file or directory"),
        ("${file:.}", "the file . cannot be read: Is a directory"),
        ("${file:binary}", "the file binary cannot be read: it is no text in UTF-8"),
        ("${file:huge}", "the file huge is too large for a secret"),
        ("${open", "has ${ without } → Close it, or write $$ for a dollar."),
        ("${}", "${} names no variable"),
        ("${a b}", "${a b} names no variable"),
    ],
)
def test_what_is_missing_is_told_by_its_name(folder: Any, tmp_path: Path, written: str, told: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "huge").write_bytes(b"x" * 1024 * 1025)

    (found,) = folder.errors(TEXT.format(written))

    assert found.startswith(f"collector.yml:6: sources.site.account: {told}")


def test_a_missing_variable_is_told_once_and_nothing_follows_from_it(folder: Any) -> None:
    assert folder.errors("timezone: ${ZONE}\ncurrency: ${MONEY}\nsources: {a: {connector: '${KIND}'}}") == [
        "collector.yml:1: timezone: the environment variable ZONE is not set → Set it, or write ${ZONE:-default}.",
        "collector.yml:2: currency: the environment variable MONEY is not set → Set it, or write ${MONEY:-default}.",
        "collector.yml:3: sources.a.connector: the environment variable KIND is not set"
        " → Set it, or write ${KIND:-default}.",
    ]


def test_includes_may_come_from_variables(folder: Any) -> None:
    folder.write("eu.yml", "currency: EUR")

    config = folder.load("include: ${REGION}.yml\nsources: {a: {connector: acme, token: t}}", {"REGION": "eu"})

    assert config.projects["default"].currency == "EUR"
