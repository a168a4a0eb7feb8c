"""A new connector's package, written, installed and tried as its author would."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.cli import invoke
from collector.testing.conformance import CHECKS
from collector.testing.scaffolding import write_package

ROOT = Path(__file__).parents[2]
LONG = {"memory-flat", "resumes", "rate-limit", "server-faults", "no-secrets"}


@dataclass(frozen=True)
class Author:
    """Somebody who has written a connector, and installed it."""

    package: Path
    environment: dict[str, str]

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *command], cwd=self.package, env=self.environment, capture_output=True, text=True,
            check=False, stdin=subprocess.DEVNULL, timeout=600,
        )  # fmt: skip


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Author:
    folder = tmp_path_factory.mktemp("author")
    write_package("blue_shop", folder / "blue-shop-kpis")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    where = ["--no-build-isolation", "--target", str(folder / "site"), str(folder / "blue-shop-kpis")]
    subprocess.run([*pip, *where], check=True, stdin=subprocess.DEVNULL)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KPI_COLLECTOR_")}
    path = os.pathsep.join([str(folder / "site"), str(ROOT)])
    return Author(folder / "blue-shop-kpis", inherited | {"PYTHONPATH": path})


def test_the_package_is_a_plugin_whose_connector_passes(author: Author) -> None:
    quick = [word for check in CHECKS if check.name not in LONG for word in ("--check", check.name)]

    tried = author.run("-m", "collector", "connector", "test", "blue_shop", *quick)

    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert tried.stdout.count("passed") == len(CHECKS) - len(LONG) - 1  # it has no tokens that run out


@pytest.mark.soak
def test_its_connector_passes_the_whole_suite(author: Author) -> None:
    tried = author.run("-m", "collector", "connector", "test", "blue_shop")

    assert tried.returncode == 0, tried.stdout + tried.stderr


def test_its_own_tests_pass(author: Author) -> None:
    tested = author.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "mapping or settings-schema or cuts-kept")

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "4 passed" in tested.stdout


def test_its_code_is_clean(author: Author) -> None:
    for command in (["format", "--check"], ["check"]):
        looked = author.run("-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml"), "blue_shop_kpis", "tests")
        assert looked.returncode == 0, looked.stdout + looked.stderr


def test_the_command_says_what_it_wrote_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"

    assert invoke(["connector", "new", "shop", "--folder", str(folder)]) == 0
    told = capsys.readouterr()
    assert f"{folder / 'shop_kpis' / 'plugin.py'}\n" in told.out
    assert "kpi-collector connector test shop" in told.err
    assert invoke(["connector", "new", "shop", "--folder", str(folder)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_a_name_that_no_connector_may_have_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["connector", "new", "Blue-Shop"]) == 2
    assert "lower case letters" in capsys.readouterr().err


def test_the_tables_of_its_readme_are_those_of_its_code(author: Author) -> None:
    before = (author.package / "README.md").read_text()

    written = author.run("-m", "collector", "connector", "docs", "blue_shop", "--write", "README.md")

    assert written.returncode == 0, written.stderr
    assert written.stderr == ""
    assert (author.package / "README.md").read_text() == before
