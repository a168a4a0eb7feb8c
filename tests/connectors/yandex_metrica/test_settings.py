"""What a user may write, and what is told of mistakes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.yandex_metrica.settings import MetricaSettings
from tests.connectors.yandex_metrica.asked import SETTINGS, Vendor, answering, connector

RIGHT: dict[str, Any] = {**SETTINGS}


def test_numbers_may_be_written_as_numbers() -> None:
    found = MetricaSettings.model_validate({**RIGHT, "counter_id": 44147844, "goals": [30001, "30002", 30001]})

    assert (found.counter_id, found.goals) == ("44147844", ["30001", "30002"])


@pytest.mark.parametrize(("written", "meant"), [("LastSign", "lastsign"), (" automatic ", "automatic")])
def test_a_models_name_may_be_written_in_capitals(written: str, meant: str) -> None:
    assert MetricaSettings.model_validate({**RIGHT, "attribution": written}).attribution == meant


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("counter_id", "shop.example", "String should match pattern"),
        ("attribution", "best", "there are cross_device_last_significant"),
        ("goals", ["Заявка"], "is no goal's number"),
        ("currency", "rubles", "String should match pattern"),
        ("access_token_expires", "soon", "valid date"),
    ],
)
def test_a_mistake_is_told(key: str, value: Any, told: str) -> None:
    with pytest.raises(ValidationError, match=told) as error:
        MetricaSettings.model_validate({**RIGHT, key: value})

    assert "not-a-token" not in str(error.value)


def test_the_token_is_needed_and_is_a_secret() -> None:
    with pytest.raises(ValidationError, match="access_token"):
        MetricaSettings.model_validate({"counter_id": "1"})
    assert "not-a-token" not in repr(MetricaSettings.model_validate(RIGHT))


def test_the_end_of_the_token_is_told_where_it_is_known() -> None:
    assert connector(Vendor(answering())).credentials_expire_at() is None
    made = connector(Vendor(answering()), access_token_expires="2027-02-03")
    assert made.credentials_expire_at() == datetime(2027, 2, 3, tzinfo=UTC)


def test_two_sources_with_one_token_share_its_limits() -> None:
    one, two = connector(Vendor(answering())), connector(Vendor(answering()), counter_id="7")
    other = connector(Vendor(answering()), access_token="y0_another")

    assert one.limit_key("access_token") == two.limit_key("access_token") != other.limit_key("access_token")
