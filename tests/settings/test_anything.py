"""Whatever stands in a file, it is loaded or its mistakes are told; nothing else is ever raised."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.plugin.settings import ConnectorSettings
from collector.settings.errors import ConfigErrors
from collector.settings.goals import Bonus, Goal
from collector.settings.keys import TOP_KEYS
from collector.settings.sections import ChannelRule, Margin, OwnMeasure, Vat

KEYS = sorted(
    {*TOP_KEYS, *ConnectorSettings.model_fields, *Goal.model_fields, *Bonus.model_fields, *Vat.model_fields}
    | {*Margin.model_fields, *OwnMeasure.model_fields, *ChannelRule.model_fields}
    | {"include", "connector", "token", "from", "until", "listen", "shop", "job", "EUR", "2026-01-01", "<<", ""}
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["acme", "odd", "fussy", "EUR", "UTC", "Europe", "1h", "all", "2026-02-30", "${X}", "$"]),
    st.sampled_from(["forever", "live", "sqlite:///x", "postgresql://u:p@h", "https://h", "../x", "${file:.}"]),
    st.text(max_size=8),
)


def mappings(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(KEYS), values, max_size=5)


VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | mappings(inner), max_leaves=12)
SOURCES = st.dictionaries(
    st.sampled_from(["a", "b", "le"]),
    mappings(VALUES).map(lambda keys: {"connector": "acme", "token": "t"} | keys),
    max_size=2,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(keys=mappings(VALUES), sources=SOURCES)
def test_any_shape_is_loaded_or_told(folder: Any, keys: dict[str, Any], sources: dict[str, Any]) -> None:
    text = json.dumps({"currency": "EUR", "sources": sources} | keys)
    with suppress(ConfigErrors):
        folder.load(text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(content=st.text(alphabet="ab:-[]{}'\"&*!|>#%@`,?<~ \n\t0$.é\u2028") | st.binary(max_size=40))
def test_any_file_is_loaded_or_told(folder: Any, content: str | bytes) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    (folder.path / "collector.yml").write_bytes(raw)
    with suppress(ConfigErrors):
        folder.load()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    names=st.lists(st.sampled_from([key.upper() for key in KEYS]), min_size=1, max_size=4), value=st.text(max_size=12)
)
def test_any_variable_is_taken_or_told(folder: Any, names: list[str], value: str) -> None:
    with suppress(ConfigErrors):
        folder.load(
            "currency: EUR\nsources: {a: {connector: acme, token: t}}", {"KPI_COLLECTOR_" + "__".join(names): value}
        )
