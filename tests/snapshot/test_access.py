"""Who must sign in again, and until when the others are let in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from collector.plugin import Connector, ConnectorSettings, Grant, OAuth2, SourceContext
from collector.plugin.discovery import ConnectorInfo
from collector.settings.model import Config, Project, Source, WebSettings
from collector.snapshot.access import Credentials, access, credentials
from collector.snapshot.inputs import Access
from collector.store.state import StreamState
from collector.store.tokens import Kept, Owner

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
OWNER = Owner("shop", "crm", "identity")
GRANTED = Credentials(OWNER, "these")
SIGNED_IN = Kept(
    owner=OWNER,
    pair="pair",
    body="",
    sealed=False,
    renewable=True,
    expires_at=NOW + timedelta(hours=1),
    refresh_expires_at=None,
    renewed_at=NOW - timedelta(hours=1),
    lease=None,
    contested_until=None,
    refused_at=None,
    refused=None,
    refused_by=None,
)


def state(reason: str | None = None, *, at: datetime = NOW) -> StreamState:
    return StreamState("shop", "crm", "deals", "since", last_attempt=at, reason=reason)


def told(found: Credentials | None, kept: Kept | None, *states: StreamState) -> Access | None:
    return access(found, {} if kept is None else {kept.owner: kept}, states)


def test_files_need_no_access() -> None:
    assert told(None, None, state("bad_file")) is None


def test_what_was_refused_needs_a_person_whatever_is_known_of_its_credentials() -> None:
    assert told(None, None, state("credentials_refused")) == Access(needs_reauth=True)
    assert told(Credentials(None, "these"), None, state("credentials_refused")) == Access(needs_reauth=True)
    assert told(Credentials(None, "these"), None, state("forbidden")) == Access(needs_reauth=False)


def test_a_grant_that_was_refused_by_these_settings_needs_a_person() -> None:
    refused = replace(SIGNED_IN, refused_at=NOW, refused="revoked", refused_by="these")

    assert told(GRANTED, refused, state()) == Access(needs_reauth=True)
    assert told(replace(GRANTED, settings="others"), refused, state()) == Access(needs_reauth=False)


def test_who_has_signed_in_since_the_last_poll_need_not_again() -> None:
    before, after = NOW - timedelta(hours=2), NOW

    assert told(GRANTED, SIGNED_IN, state("credentials_refused", at=before)) == Access(needs_reauth=False)
    assert told(GRANTED, SIGNED_IN, state("credentials_refused", at=after)) == Access(needs_reauth=True)


@pytest.mark.parametrize(
    ("kept", "ends"),
    [
        ({}, None),  # it renews itself for ever
        ({"refresh_expires_at": NOW + timedelta(days=90)}, NOW + timedelta(days=90)),
        ({"renewable": False}, NOW + timedelta(hours=1)),
    ],
)
def test_access_ends_where_nothing_but_a_person_can_renew_it(kept: Mapping[str, Any], ends: datetime | None) -> None:
    assert told(GRANTED, replace(SIGNED_IN, **kept)) == Access(needs_reauth=False, expires_at=ends)


# ── what the configuration says ──────────────────────────────────────────────────────


class Settings(ConnectorSettings):
    token: SecretStr | None = None


class Keyed(Connector[Settings]):
    name = "keyed"

    def credentials_expire_at(self) -> datetime | None:
        return None if self.settings.token is None else NOW


class Granted(Connector[Settings]):
    name = "granted"

    def grant(self) -> Grant | None:
        return OAuth2(token_url="https://a.example/t", client_id="c", client_secret=SecretStr("s"))


class Broken(Connector[Settings]):
    name = "broken"

    def grant(self) -> Grant | None:
        raise KeyError("oops")


def config(connector: type[Connector[Any]], **settings: Any) -> Config:
    context = SourceContext(project="shop", source="crm", zone=ZoneInfo("UTC"), currency="RUB", now=lambda: NOW)
    info = ConnectorInfo(connector, "test", "1")
    source = Source("crm", "shop", info, Settings(**settings), context, ())
    project = Project("shop", ZoneInfo("UTC"), "RUB", sources={"crm": source})
    return Config(None, "", WebSettings(), {"shop": project}, {})  # type: ignore[arg-type]


def test_sources_with_a_secret_or_a_grant_have_credentials() -> None:
    assert credentials(config(Keyed)) == {}
    keyed = credentials(config(Keyed, token="t0ken"))["shop", "crm"]
    assert (keyed.owner, keyed.expires_at) == (None, NOW)
    granted = credentials(config(Granted))["shop", "crm"].owner
    assert granted is not None
    assert granted[:2] == ("shop", "crm")


def test_a_connector_that_cannot_tell_stops_nobody() -> None:
    assert credentials(config(Broken)) == {}
