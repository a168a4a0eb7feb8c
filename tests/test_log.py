"""Log lines: logfmt and JSON, one line each, secrets hidden, talkative libraries quiet."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from collector import log


@pytest.fixture
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def stream(restored: None) -> io.StringIO:
    return io.StringIO()


def test_logfmt_quotes_what_has_spaces_and_keeps_to_one_line(stream: io.StringIO) -> None:
    log.set_up(stream=stream)
    logging.getLogger("collector.polling").warning("poll failed:\n%s", 'a "b"', extra={"source": "crm"})

    line = stream.getvalue()
    assert line.count("\n") == 1
    assert line.split(" ", 1)[1] == ('level=warn logger=collector.polling msg="poll failed:\\na \\"b\\"" source=crm\n')


def test_json_is_one_object_a_line(stream: io.StringIO) -> None:
    log.set_up(format="json", stream=stream)
    logging.getLogger("x").error("лиды")

    found = json.loads(stream.getvalue())
    assert (found["level"], found["logger"], found["msg"]) == ("error", "x", "лиды")
    assert found["ts"].endswith("Z")


def test_the_level_decides_what_is_written(stream: io.StringIO) -> None:
    log.set_up(level="warn", stream=stream)
    logging.getLogger("x").info("not this")
    logging.getLogger("x").error("this")

    assert "not this" not in stream.getvalue()
    assert "this" in stream.getvalue()


def test_what_is_hidden_stays_hidden_after_another_set_up(stream: io.StringIO) -> None:
    log.set_up(stream=stream)
    log.hide(["s3cr3t", "s3cr3t-longer", "ab"])
    log.set_up(level="debug", stream=stream)
    logging.getLogger("x").info("key=s3cr3t-longer ab", extra={"url": "https://h/?k=s3cr3t"})

    assert "s3cr3t" not in stream.getvalue()
    assert "longer" not in stream.getvalue()
    assert " ab" in stream.getvalue()


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("postgresql://postgres:postgres@db", "postgresql://********:********@db"),
        ("/bot12345:telegram/getMe", "/bot********/getMe"),
        ("a shop", "a shop"),
    ],
)
def test_a_short_secret_is_covered_as_a_word_a_long_one_anywhere(text: str, means: str) -> None:
    assert log.mask(text, {"postgres", "12345:telegram", "sh"}) == means


def test_libraries_that_log_urls_are_quiet(stream: io.StringIO) -> None:
    log.set_up(level="debug", stream=stream)
    logging.getLogger("httpx").info("HTTP Request: GET https://h/?token=x")

    assert stream.getvalue() == ""


def test_a_secret_that_another_takes_the_place_of_is_hidden_until_then(stream: io.StringIO) -> None:
    log.set_up(stream=stream)
    log.hide(["first-token"], of="crm")
    log.hide(["others-token"], of="ads")
    log.hide(["second-token"], of="crm")
    log.set_up(stream=stream)
    logging.getLogger("collector").info("first-token second-token others-token")

    assert 'msg="first-token ******** ********"' in stream.getvalue()
