"""The container files fit together: no engine runs in a test, so each promise is read off."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ops.stack import ROOT

SERVICES = ("collector", "prometheus", "alertmanager", "grafana")


def _compose(name: str = "docker-compose.yml") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return found


def _instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.strip().partition(" ") for line in lines)]


def test_it_has_the_four_services() -> None:
    assert set(_compose()["services"]) == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_pinned_checked_and_reachable_from_this_machine_only(service: str) -> None:
    said = _compose()["services"][service]

    assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+", said["image"])
    assert said["healthcheck"]["test"][0] == "CMD"
    assert said["ports"]
    assert all(port.startswith("127.0.0.1:") for port in said["ports"])
    assert said["cap_drop"] == ["ALL"]
    assert said["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", SERVICES)
def test_its_configuration_is_mounted_read_only_and_its_data_in_a_named_volume(service: str) -> None:
    compose = _compose()
    mounts = compose["services"][service]["volumes"]
    binds = [mount for mount in mounts if isinstance(mount, dict)]
    volumes = [mount.partition(":")[0] for mount in mounts if isinstance(mount, str)]

    assert binds
    assert all(mount["type"] == "bind" and mount["read_only"] is True for mount in binds)
    for mount in binds:
        source = re.sub(r"\$\{\w+:-(.+)\}", r"\1", mount["source"])
        assert (ROOT / source).is_dir(), f"{source} does not exist"
    assert volumes == [f"{service}-data"]
    assert set(volumes) <= set(compose["volumes"])


def test_nothing_in_it_is_a_secret() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8") + (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert not re.search(r"(?i)(password|secret|token|api_?key)\w*\s*[:=]\s*\S", text)


def test_prometheus_looks_for_the_others_where_compose_puts_them() -> None:
    prometheus = yaml.safe_load((ROOT / "config/prometheus/prometheus.yml").read_text(encoding="utf-8"))
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in prometheus["scrape_configs"]}
    alerts_to = prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    ports = {name: said["ports"][0].split(":")[-1] for name, said in _compose()["services"].items()}

    assert targets["kpi-collector"] == [f"collector:{ports['collector']}"]
    assert alerts_to == targets["alertmanager"] == [f"alertmanager:{ports['alertmanager']}"]


def test_the_demo_changes_only_what_runs() -> None:
    demo = _compose("docker-compose.demo.yml")["services"]

    assert list(demo) == ["collector"]
    assert demo["collector"]["command"][0] == "demo"
    assert set(demo["collector"]) == {"command"}


def test_the_image_runs_the_daemon_as_nobody_in_particular() -> None:
    said = dict(_instructions())  # the last of each kind counts

    assert said["USER"] == "collector"
    assert (said["EXPOSE"], said["VOLUME"]) == ("9841", "/data")
    assert said["ENTRYPOINT"] == '["kpi-collector"]'
    assert said["CMD"] == (
        '["run", "--config", "/etc/kpi-collector/collector.yml", "--web.listen-address", "0.0.0.0:9841"]'
    )


def test_the_image_s_base_and_every_dependency_are_pinned() -> None:
    bases = [rest for word, rest in _instructions() if word == "FROM"]
    installs = [rest for word, rest in _instructions() if word == "RUN" and "pip install" in rest]

    assert all(re.match(r"python:3\.11\.\d+-slim-\w+( AS build)?$", base) for base in bases)
    assert all("--require-hashes" in rest or ("--no-deps" in rest and "--no-index" in rest) for rest in installs)
    assert any("requirements/run.lock" in rest for rest in installs)


def test_what_the_image_copies_is_sent_to_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line[1:] for line in ignored if line.startswith("!")}
    copied: set[str] = set()
    for word, rest in _instructions():
        if word == "COPY" and "--from" not in rest:
            copied |= set(rest.split()[:-1])

    assert "*" in ignored
    assert copied == sent
    assert all((ROOT / Path(name)).exists() for name in copied)
