"""docs/web-configuration.md tells every key of the web configuration file as the models have it."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from collector.settings.web_file import Headers, HttpServer, RateLimit, WebFile
from collector.settings.web_tls import SUITES, SUITES_13, TlsServer
from tests.settings.test_docs import ROOT, section, table

SECTIONS: dict[str, type[BaseModel]] = {
    "Keys": WebFile,
    "`tls_server_config`": TlsServer,
    "`http_server_config`": HttpServer,
    "`headers`": Headers,
    "`rate_limit`": RateLimit,
}
DOC = Path(ROOT / "docs" / "web-configuration.md")


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_documented_with_its_default(heading: str) -> None:
    rows = [line for line in section(DOC.read_text(encoding="utf-8"), heading).splitlines() if line.startswith("| `")]

    assert rows == table(SECTIONS[heading])


@pytest.mark.parametrize(
    ("written", "seconds"), [("1s", 1), ("1m30s", 90), ("500ms", 0.5), ("1.5h", 5400), ("250us", 0.00025), (0, 0)]
)
def test_intervals_are_durations_as_go_writes_them(written: object, seconds: float) -> None:
    assert RateLimit.model_validate({"interval": written, "burst": 1}).interval == timedelta(seconds=seconds)


def test_suites_have_go_s_names() -> None:
    tls = TlsServer.model_validate({"cipher_suites": [*SUITES, *SUITES_13]})

    assert len(tls.cipher_suites) == 13
