"""Canaries: whatever is secret is in no message, listing, representation or log line."""

import io
import json
import logging
from typing import Any

import pytest

from collector import log
from collector.cli.config import written
from collector.settings.show import effective

CANARY = "c4n4ry"

TEXT = """
    currency: EUR
    store: postgresql://kpi:c4n4ry-store@db/kpi
    vault_key: [c4n4ry-vault-key-present, c4n4ry-vault-key-former]
    sources:
      a:
        connector: acme
        token: c4n4ry-typed
        account: ${file:secret.txt}
        proxy: http://me:c4n4ry-proxy@proxy:3128
        headers: {Authorization: "Bearer ${ACME_TOKEN}", From: "${SENDER}"}
        base_url: https://user:c4n4ry-url@api.example.com
"""
ENVIRON = {"ACME_TOKEN": "c4n4ry-env", "SENDER": "me@example.com"}


@pytest.fixture
def config(folder: Any) -> Any:
    folder.write("secret.txt", "c4n4ry-file\n")
    return folder.load(TEXT, ENVIRON)


def test_the_configuration_in_effect_masks_secrets_and_nothing_else(config: Any) -> None:
    shown = effective(config)

    assert CANARY not in json.dumps(shown)
    assert CANARY not in written(shown, "yaml")
    source = shown["sources"]["a"]
    assert (source["token"], source["account"]) == ("********", "********")
    assert source["proxy"] == "http://me:********@proxy:3128"
    assert source["headers"] == {"Authorization": "Bearer ********", "From": "me@example.com"}
    assert shown["vault_key"] == ["********", "********"]
    assert shown["store"] == "postgresql://kpi:********@db/kpi"


def test_the_configuration_has_no_secret_in_its_representation(config: Any) -> None:
    assert "c4n4ry-store" not in repr(config)
    assert "c4n4ry-typed" not in repr(config)


def test_the_values_themselves_are_whole(config: Any) -> None:
    settings = config.projects["default"].sources["a"].settings
    assert settings.token.get_secret_value() == "c4n4ry-typed"
    assert config.store == "postgresql://kpi:c4n4ry-store@db/kpi"


def test_log_lines_mask_what_the_configuration_holds(config: Any) -> None:
    stream = io.StringIO()
    log.set_up(stream=stream)
    log.hide(config.secrets)

    try:
        raise RuntimeError("refused c4n4ry-typed")
    except RuntimeError:
        logging.getLogger("x").exception("GET /?key=%s", "c4n4ry-file", extra={"url": "http://c4n4ry-proxy@x"})

    assert CANARY not in stream.getvalue()
    assert "********" in stream.getvalue()


@pytest.mark.parametrize(
    "source",
    [
        "{connector: acme, token: [c4n4ry-x]}",
        "{connector: acme, token: {a: c4n4ry-x}}",
        "{connector: acme, tokn: c4n4ry-x}",
        "{connector: acme, token: t, timeout: '${file:secret.txt}'}",
        "{connector: acme, token: t, backfill: '${file:secret.txt}'}",
        "{connector: '${file:secret.txt}'}",
        "{connector: acme, token: t, mode: '${MODE}'}",
        "{connector: acme, token: t, timeout: '${MODE}'}",
        "{connector: acme, token: t, active: {from: '${MODE}'}}",
        "{connector: acme, token: t, goals: 'https://u:c4n4ry-x@h/'}",
        "{connector: fussy, proxy: 'http://u:c4n4ry-x@h/', site: x}",
        "c4n4ry-x",
        "[c4n4ry-x]",
        "{connector: acme, token: 'c4n4ry-x",
    ],
)
def test_no_mistake_shows_a_secret(folder: Any, source: str) -> None:
    folder.write("secret.txt", "c4n4ry-file")

    found = folder.errors(f"currency: EUR\nsources:\n  a: {source}\n", {"MODE": "c4n4ry-env"})

    assert found
    assert CANARY not in "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "timezone: '${file:secret.txt}'",
        "currency: '${file:secret.txt}'",
        "store: '${file:secret.txt}'",
        "store: mysql://u:c4n4ry-x@h/d",
        "web: {listen: '${file:secret.txt}'}",
        "language: '${MODE}'",
        "goals: [{name: '${MODE}'}]",
        "include: '${file:secret.txt}'",
        "retention: '${MODE}'",
        "bonuses: [{assignee: '${MODE}', period: '${MODE}', goals: '${MODE}'}]",
    ],
)
def test_no_mistake_at_the_top_shows_a_secret(folder: Any, text: str) -> None:
    folder.write("secret.txt", "c4n4ry-file")

    found = folder.errors(f"{text}\nsources: {{a: {{connector: acme, token: t}}}}\n", {"MODE": "c4n4ry-env"})

    assert found
    assert CANARY not in "\n".join(found)
