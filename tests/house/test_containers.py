"""docker-compose.yml, the image and what Prometheus asks: held to the tools that check them, and to each other."""

import os
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.tools import ROOT, program

COMPOSE = ROOT / "docker-compose.yml"
PROMETHEUS = ROOT / "deploy" / "prometheus" / "prometheus.yml"
PORTS = {
    "otel-collector": {4317, 4318, 13133}, "kafka": {9092}, "elasticsearch": {9200}, "kibana": {5601},
    "jaeger": {16686}, "postgres": {5432}, "redis": {6379}, "web": {3001}, "consumer": {8001},
}  # fmt: skip


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """As docker-compose itself understands the file."""
    shown = subprocess.run(
        [program("docker-compose"), "-f", COMPOSE, "config"], capture_output=True, text=True, check=True
    )
    return dict(yaml.safe_load(shown.stdout)["services"])


def test_docker_compose_accepts_the_file():
    checked = subprocess.run([program("docker-compose"), "-f", COMPOSE, "config", "-q"], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_every_service_says_whether_it_is_well_and_how_much_memory_it_may_take(services):
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"setup"}
    assert all("mem_limit" in service and "restart" in service for service in services.values())


def test_every_image_has_a_version(services):
    images = [service["image"] for service in services.values()]
    bases = re.findall(
        r"^FROM (\S+)", (ROOT / "Dockerfile").read_text() + (ROOT / "collector" / "Dockerfile").read_text(), re.M
    )
    for image in images + bases:
        assert re.search(r":v?[0-9]+\.[0-9]+\.?[0-9]*[a-z0-9.-]*$", image), image


def test_ports_are_published_on_this_machine_only_and_are_those_that_are_promised(services):
    published: dict[str, set[int]] = {}
    for name, service in services.items():
        for port in service.get("ports", []):
            address, outside, inside = re.fullmatch(r"([0-9.]+):(\d+):(\d+)(?:/tcp)?", port).groups()  # type: ignore[union-attr]
            assert (address, outside) == ("127.0.0.1", inside), port
            published.setdefault(name, set()).add(int(outside))
    assert {name: published.get(name) for name in PORTS} == PORTS


def test_processes_of_ours_wait_until_all_is_set_up(services):
    ours = {name: service for name, service in services.items() if service["image"].startswith("stacklens:")}
    assert set(ours) == {"setup", "web", "receiver", "consumer", "indexer", "notifier", "prune"}
    for name in set(ours) - {"setup"}:
        assert ours[name]["depends_on"]["setup"] == {"condition": "service_completed_successfully"}, name


def test_every_variable_that_is_set_for_us_is_one_that_we_read(services):
    listed = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    given = {name.removesuffix("_FILE") for name in services["setup"]["environment"]}
    assert given <= listed, given - listed


def test_every_variable_of_the_collector_is_one_that_its_configurations_read(services):
    configs = "".join(file.read_text() for file in (ROOT / "collector").glob("*.yaml"))
    given = set(services["otel-collector"]["environment"]) - {"GOGC", "GOMEMLIMIT"}
    assert given <= set(re.findall(r"\$\{env:([A-Z_]+)", configs))


def test_prometheus_accepts_its_configuration_and_asks_ports_that_are_open(services):
    checked = subprocess.run([program("promtool"), "check", "config", PROMETHEUS], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    for job in yaml.safe_load(PROMETHEUS.read_text())["scrape_configs"]:
        host, port = job["static_configs"][0]["targets"][0].split(":")
        open_ports = [*services[host].get("expose", []), *services[host].get("ports", [])]
        assert any(str(each).split("/")[0].endswith(port) for each in open_ports), (host, port)


def test_the_image_holds_all_that_the_product_needs(tmp_path):
    """What .dockerignore lets through, copied as COPY does; then what Dockerfile and setup do with it."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    kept = [line[1:] for line in lines if line.startswith("!")]
    assert "*" in lines
    image = tmp_path / "app"
    image.mkdir()
    for name in kept:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, image / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, image / name)
    ours = re.compile("STACKLENS_|DATABASE_URL|POSTGRES_URL|KAFKA_|ELASTICSEARCH_URL|REDIS_URL|SECRET_KEY|DEBUG")
    environment = {name: value for name, value in os.environ.items() if not ours.match(name)}
    for arguments in (["check"], ["collectstatic", "--noinput", "--verbosity=0"], ["bootstrap"]):
        ran = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=image, env=environment, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
    assert (image / "var" / "static" / "admin").is_dir()
    commands = {path.stem for path in image.rglob("management/commands/*.py")}
    called = re.findall(r"command: \[(run_\w+)\]|manage\.py (\w+)", COMPOSE.read_text())
    assert {one or other for one, other in called} <= commands
    assert len(called) > 5
