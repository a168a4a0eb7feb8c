"""`KPI_COLLECTOR_…` variables win over the file."""

from typing import Any

import pytest

TEXT = """
currency: EUR
timezone: UTC
sources:
  crm: {connector: acme, token: from-file, timeout: 1m}
projects:
  shop: {sources: {a: {connector: acme, token: t}}}
"""


def test_top_level_keys_come_from_variables(folder: Any, tmp_path: Any) -> None:
    config = folder.load(
        TEXT,
        {
            "KPI_COLLECTOR_STORE": "sqlite:///env.db",
            "KPI_COLLECTOR_WEB__LISTEN": "0.0.0.0:80",
            "KPI_COLLECTOR_TIMEZONE": "Asia/Tokyo",
            "KPI_COLLECTOR_TOP": "5",
            "KPI_COLLECTOR_KPIS": '["leads", "revenue"]',
            "KPI_COLLECTOR_MARGIN": '{"default": 0.35}',
        },
    )

    project = config.projects["default"]
    assert config.store == f"sqlite:///{tmp_path}/env.db"
    assert config.web.listen == "0.0.0.0:80"
    assert (project.zone.key, project.top, project.kpis) == ("Asia/Tokyo", 5, ("leads", "revenue"))
    assert str(project.margin.default) == "0.35"


def test_settings_of_a_source_come_from_variables_and_join_the_files(folder: Any) -> None:
    config = folder.load(
        TEXT,
        {
            "KPI_COLLECTOR_SOURCES__CRM__TOKEN": "123e45",
            "KPI_COLLECTOR_SOURCES__CRM__GOALS": "[1, 2]",
            "KPI_COLLECTOR_PROJECTS__SHOP__SOURCES__A__TOKEN": "${NOT_EXPANDED}$$",
        },
    )

    crm = config.projects["default"].sources["crm"].settings
    assert (crm.token.get_secret_value(), crm.goals, crm.timeout.seconds) == ("123e45", [1, 2], 60)
    assert config.projects["shop"].sources["a"].settings.token.get_secret_value() == "${NOT_EXPANDED}$$"


def test_a_mistake_names_the_variable(folder: Any) -> None:
    found = folder.errors(TEXT, {"KPI_COLLECTOR_WEB__LISTEN": "nowhere", "KPI_COLLECTOR_SOURCES__CRM__TIMEOUT": "soon"})

    assert [line.split(" → ")[0] for line in found] == [
        "KPI_COLLECTOR_SOURCES__CRM__TIMEOUT: sources.crm.timeout: 'soon' is no duration; "
        "write a number with ms, s, m, h, d or w, such as 15m or 3d",
        "KPI_COLLECTOR_WEB__LISTEN: web.listen: 'nowhere' is no address to listen on",
    ]


def test_a_variable_that_means_nothing_is_a_warning(folder: Any) -> None:
    config = folder.load(TEXT, {"KPI_COLLECTOR_TIMEZON": "UTC"})

    assert config.warnings == (
        "KPI_COLLECTOR_TIMEZON: there is no key 'timezon' at the top level; the variable is ignored. "
        "Did you mean timezone?",
    )


@pytest.mark.parametrize(
    "name",
    ["KPI_COLLECTOR_CONFIG", "KPI_COLLECTOR_SERVICE_HOST", "KPI_COLLECTOR_PORT", "KPI_COLLECTOR_PORT_9841_TCP_ADDR"],
)
def test_the_programs_and_kubernetes_own_variables_are_no_keys(folder: Any, name: str) -> None:
    assert folder.load(TEXT, {name: "tcp://10.0.0.1:9841"}).warnings == ()
