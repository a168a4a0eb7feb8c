"""Who reads: service accounts and people, in a file or written down; what is told where they may not."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from collector.clock import FixedClock
from collector.testing.conformance.bench import Bench
from connectors.google_analytics.plugin import GoogleAnalytics
from connectors.google_analytics.settings import GoogleAnalyticsSettings
from tests.connectors.google_analytics.place import Place, placed

KEY = {"credentials": '{"type": "service_account"}'}


def file_of(place: Place, told: Any) -> str:
    path = place.bench.ground.folder / "key.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return str(path)


def reread(place: Place, folder: Path, **settings: Any) -> Any:
    """A poll of the same property with other credentials."""
    ground = place.bench.ground
    told = {key: value for key, value in ground.settings.items() if key != "credentials"}
    ground._settings = told  # type: ignore[attr-defined]
    folder.mkdir(exist_ok=True)
    bench = Bench(GoogleAnalytics, ground, place.bench.clock, folder / "store.db", {"backfill": "3d", **settings})
    try:
        return Place(bench).poll()
    finally:
        bench.close()


def test_a_service_accounts_file(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        token_url = str(place.bench.ground.settings["token_url"])
        path = file_of(place, place.simulator.tokens.key_file(token_url))
        assert reread(place, tmp_path / "other", credentials_file=path).state == "done"


def test_an_authorized_users_file_and_a_persons_refresh_token(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        tokens = place.simulator.tokens
        person = {
            "client_id": tokens.client_id,
            "client_secret": tokens.client_secret,
            "refresh_token": tokens.refresh_token,
        }
        path = file_of(place, {"type": "authorized_user", **person})
        assert reread(place, tmp_path / "file", credentials_file=path).state == "done"
        assert reread(place, tmp_path / "person", **person).state == "done"

        tokens.revoked = True
        report = reread(place, tmp_path / "revoked", **person)
        assert (report.state, report.reason) == ("failed", "credentials_refused")
        assert "Token has been expired or revoked" in report.message


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("no JSON", "is no JSON"),
        ({"type": "service_account"}, "neither of a service account nor of an authorized user"),
        ([], "neither of a service account"),
        ({"type": "service_account", "client_email": "r@x", "private_key": "x"}, "private_key of r@x is none"),
    ],
)
def test_a_file_that_is_no_key(tmp_path: Path, told: Any, words: str) -> None:
    with placed(tmp_path) as place:
        report = reread(place, tmp_path / "other", credentials_file=file_of(place, told))

    assert (report.state, report.reason) == ("failed", "forbidden")
    assert words in report.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        report = reread(place, tmp_path / "other", credentials_file="nowhere.json")

    assert report.reason == "forbidden"
    assert "nowhere.json cannot be read: No such file" in report.message


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        ({"deleted": True}, "credentials_refused", "there is no service account kpi-collector@sosna"),
        ({"key_id": "another"}, "credentials_refused", "was deleted; make a new one and its JSON file"),
    ],
)
def test_an_account_or_key_that_is_gone(tmp_path: Path, change: Any, reason: str, words: str) -> None:
    with placed(tmp_path) as place:
        for name, value in change.items():
            setattr(place.simulator.tokens, name, value)
        report = place.poll()

    assert report.reason == reason
    assert words in str(report.message)


def test_a_wrong_clock_is_no_lost_key(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        place.simulator.clock = FixedClock(place.bench.clock.now() + timedelta(hours=3))
        report = place.poll()

    assert report.reason == "temporary"
    assert "this machine's clock is wrong" in str(report.message)


def test_no_access_names_the_account_to_add(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        place.switches.no_access = frozenset({place.simulator.property_id})
        report = place.poll()

    assert report.reason == "forbidden"
    assert f"{place.simulator.tokens.email} may not read it" in str(report.message)
    assert "Add it as Viewer under Admin → Property access management" in str(report.message)


def test_an_api_that_is_not_enabled(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        place.switches.disabled = True
        report = place.poll()

    assert report.reason == "forbidden"
    assert "the Google Analytics Data API is not enabled in the cloud project 123456789012" in str(report.message)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"property_id": "G-ABC123", **KEY}, "is a measurement id"),
        ({"property_id": "shop", **KEY}, "is no property; write its number"),
        ({"property_id": "1"}, "one of them"),
        ({"property_id": "1", **KEY, "credentials_file": "x.json"}, "one of them"),
        ({"property_id": "1", "client_secret": "x", **KEY}, "one of them"),
        ({"property_id": "1", "client_id": "x"}, "client_secret: belongs to client_id"),
        ({"property_id": "1", **KEY, "metrics": {"demos": "custom event"}}, "is no field of GA4"),
        ({"property_id": "1", **KEY, "dimensions": {"plan": "custom event"}}, "is no field of GA4"),
        ({"property_id": "1", **KEY, "ad_cost": ["facebook"]}, "google_ads"),
    ],
)
def test_settings_that_mean_nothing(settings: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        GoogleAnalyticsSettings.model_validate(settings)


def test_settings_as_people_write_them() -> None:
    told = GoogleAnalyticsSettings.model_validate({"property_id": "properties/77", "credentials": {"type": "x"}})

    assert told.property_id == "77"
    assert told.credentials is not None
    assert json.loads(told.credentials.get_secret_value()) == {"type": "x"}
    assert "type" not in repr(told.credentials)
