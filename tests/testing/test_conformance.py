"""A good connector passes every check; each broken one fails on its own, and is told how to mend it."""

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pluggy
import pytest

from collector.cli import invoke
from collector.plugin import Connector
from collector.plugin.discovery import ConnectorInfo, Plugins
from collector.testing.conformance import CHECKS, Check, Outcome, conformance_tests, grounds_of, try_all, try_one
from collector.testing.simulator.faults import KINDS
from tests.testing.acme.plugin import Acme
from tests.testing.acme_oauth.plugin import AcmeOAuth

test_a_good_connector_passes = conformance_tests(Acme)

QUICK = {
    "settings-schema", "builds-without-io", "streams-declared", "cuts-kept", "reads-all", "empty-answer", "not-json",
    "limits-kept",
}  # fmt: skip
"""Checks that every broken connector is tried on, besides its own; the others only by `make soak`."""

BROKEN = {
    "plain_secret": ("settings-schema", "`token` looks like a secret and is a plain str", "Type it SecretStr"),
    "untold_setting": ("settings-schema", "`counter` has no description", 'Field(description="…")'),
    "asks_while_built": ("builds-without-io", "opens /etc/hosts", "Do it in a stream"),
    "unknown_measure": ("streams-declared", "'visitations', which is no measure", "register_measures"),
    "undeclared_cut": ("cuts-kept", "sessions by channel, which it does not declare", "Add the cut to `provides`"),
    "empty_cut": ("cuts-kept", "sessions by campaign, channel, and never yields it", "Take the cut out"),
    "needs_a_row": ("empty-answer", "followers crashed when there is no data: IndexError", "Let the mapping take"),
    "stops_early": ("last-page", "visits reads 1 records in pages of 1, and 30 on one page", "no rows"),
    "swallows_refusals": ("rate-limit", "takes it for an answer", "come through as the reason `rate_limited`"),
    "mistakes_refusals": ("refusals", "`temporary` where `credentials_refused` is meant", "Leave it to the status"),
    "hides_a_broken_vendor": ("server-faults", "it is broken (500) to followers", "no `except` around requests"),
    "crashes_on_pages": ("not-json", "the connector crashes: JSONDecodeError", "Decode by `get_json`"),
    "hasty_checkpoint": ("resumes", "(in orders) and started again", "Yield a Checkpoint only after"),
    "keeps_answers": ("window-replaced", "are still there", "keep no answers"),
    "counts_starts": ("repeatable", "a second poll changes the store", "the vendor's row alone"),
    "ids_of_its_own": ("repeatable", "a second poll changes the store", "Give an entity the vendor's own id"),
    "local_times": ("deterministic", "orders gives other records", "make instants aware"),
    "trusts_cursors": ("future-cursor", "given a cursor whose data are gone, raises ValueError", "trust nothing"),
    "tells_its_key": ("no-secrets", "a secret stands in a log line", "Keep credentials out"),
    "no_limits": ("limits-kept", "broke the vendor's limit `requests`", "`limits = (RateLimit("),
}
ALSO = {
    "counts_starts": {"rate-limit", "server-faults"},
    "ids_of_its_own": {"deterministic", "last-page", "server-faults", "rate-limit"},
    "plain_secret": {"no-secrets"},
}
"""What else a fault like this one breaks by its nature."""


def broken(name: str) -> type[Connector[Any]]:
    found: type[Connector[Any]] = import_module(f"tests.testing.broken.{name}").Broken
    return found


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_connector_fails_on_its_check_and_is_told_how_to_mend_it(name: str) -> None:
    fails_where_it_is_broken(name, [each for each in CHECKS if each.name in {*QUICK, BROKEN[name][0]}])


@pytest.mark.soak
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_connector_fails_nowhere_else(name: str) -> None:
    fails_where_it_is_broken(name, [each for each in CHECKS if each.name not in {"resumes", "memory-flat"}])


def fails_where_it_is_broken(name: str, checks: Sequence[Check]) -> None:
    check, fault, remedy = BROKEN[name]

    outcomes = {each.check.name: each for each in try_all(broken(name), grounds_of(Acme), checks)}
    if check not in outcomes:
        return

    failed = {each for each, outcome in outcomes.items() if outcome.state == "failed"}
    assert outcomes[check].state == "failed", outcomes
    assert fault in outcomes[check].message
    assert remedy in outcomes[check].message
    assert failed - {check} <= ALSO.get(name, set()), [outcomes[each].message for each in failed]


def test_a_connector_that_hoards_records_is_found_by_its_memory() -> None:
    outcome = one("hoards", "memory-flat")

    assert outcome.state == "failed"
    assert "orders holds" in outcome.message
    assert "Yield each record as its row comes" in outcome.message


def one(name: str, check: str) -> Outcome:
    (plot,) = grounds_of(Acme)
    return try_one(broken(name), plot, next(each for each in CHECKS if each.name == check))


def test_a_connector_by_tokens_passes_and_spends_none_twice() -> None:
    checks = [
        each for each in CHECKS if each.name in {"reads-all", "refusals", "token-renewed", "resumes", "no-secrets"}
    ]

    outcomes = {each.check.name: each for each in try_all(AcmeOAuth, checks=checks)}

    assert [each.message for each in outcomes.values() if each.state == "failed"] == []
    assert outcomes["token-renewed"].state == "passed"


def test_a_connector_that_gives_up_when_its_token_is_over_is_found() -> None:
    (plot,) = grounds_of(AcmeOAuth)
    check = next(each for each in CHECKS if each.name == "token-renewed")

    outcome = try_one(broken("asks_for_consent_again"), plot, check)

    assert outcome.state == "failed"
    assert "visits failed when its token is over: credentials_refused" in outcome.message


def test_where_the_basis_is_broken_nothing_else_is_tried() -> None:
    outcomes = list(try_all(broken("undeclared_cut"), grounds_of(Acme)))

    assert [each.check.name for each in outcomes if each.state == "failed"] == ["cuts-kept"]
    assert outcomes[-1].message == "first mend what cuts-kept says"


def test_an_exemption_is_shown_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    (plot,) = grounds_of(Acme)
    plot.exempt = {"limits-kept": "Acme publishes no limits"}
    check = next(each for each in CHECKS if each.name == "limits-kept")

    outcome = try_one(broken("no_limits"), plot, check)

    assert (outcome.state, outcome.message) == ("exempt", "Acme publishes no limits")


def test_an_exemption_from_a_check_that_does_not_exist_is_refused() -> None:
    (plot,) = grounds_of(Acme)
    plot.exempt = {"limit-kept": "Acme publishes no limits"}

    with pytest.raises(LookupError, match="`exempt` names no check: limit-kept"):
        next(iter(try_all(Acme, [plot])))


def test_every_check_says_in_a_sentence_what_it_proves() -> None:
    assert all(each.proves.endswith(".") and len(each.proves) > 30 for each in CHECKS)
    assert len({each.name for each in CHECKS}) == len(CHECKS)


def test_every_check_and_every_fault_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs/plugins.md").read_text(encoding="utf-8")

    assert [each.name for each in CHECKS if f"| `{each.name}` | {each.proves} |" not in text] == []
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []


# ── the command ──────────────────────────────────────────────────────────────────────


def acme_plugins(connector: type[Connector[Any]]) -> Plugins:
    return Plugins(pluggy.PluginManager("tried"), {connector.name: ConnectorInfo(connector, "given", "1")})


def test_the_command_tells_of_each_check(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["connector", "test", "acme", "--check", "settings-schema", "--check", "cuts-kept", "--format", "json"]

    assert invoke(command, plugins=acme_plugins(Acme)) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["check"], row["ground"], row["outcome"]) for row in told] == [
        ("settings-schema", "simulator", "passed"),
        ("cuts-kept", "simulator", "passed"),
    ]


def test_the_command_says_where_a_simulator_belongs(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["connector", "test", "acme"], plugins=acme_plugins(broken("no_limits"))) == 1
    assert "beside tests.testing.broken.no_limits belongs a module `simulator`" in capsys.readouterr().err


def test_an_unknown_check_is_told_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["connector", "test", "acme", "--check", "cuts"], plugins=acme_plugins(Acme)) == 2
    assert "there is no check 'cuts'" in capsys.readouterr().err
