"""The Collector's configurations are valid for the real Collector."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.servers.collector import CONFIG
from tests.servers.server import installed

VIEWERS = CONFIG.with_name("otel-collector-viewers.yaml")


@pytest.fixture(scope="module")
def otelcol() -> Path:
    return installed("collector") / "otelcol"


def validate(otelcol: Path, *configs: Path) -> str:
    """What the Collector has against them."""
    return subprocess.run(
        [otelcol, "validate", *(f"--config={config}" for config in configs)], capture_output=True, text=True
    ).stderr


def test_the_configuration_is_valid(otelcol):
    assert validate(otelcol, CONFIG) == ""


def test_the_viewers_are_valid_beside_it(otelcol, tmp_path):
    """Without Elasticsearch's exporter, which can't be had as a module."""
    viewers = yaml.safe_load(VIEWERS.read_text())
    del viewers["exporters"]["elasticsearch"]
    del viewers["service"]["pipelines"]["logs/elasticsearch"]
    (tmp_path / "viewers.yaml").write_text(yaml.safe_dump(viewers))
    assert validate(otelcol, CONFIG, tmp_path / "viewers.yaml") == ""


def test_a_mistake_is_found(otelcol, tmp_path):
    (tmp_path / "wrong.yaml").write_text(CONFIG.read_text().replace("required_acks", "acks"))
    assert "acks" in validate(otelcol, tmp_path / "wrong.yaml")


def test_every_part_that_a_pipeline_names_is_described_and_every_described_one_is_used():
    config, viewers = (yaml.safe_load(file.read_text()) for file in (CONFIG, VIEWERS))
    for kind in ("receivers", "processors", "exporters"):
        described = set(config.get(kind, {})) | set(viewers.get(kind, {}))
        pipelines = [*config["service"]["pipelines"].values(), *viewers["service"]["pipelines"].values()]
        assert described == {name for pipeline in pipelines for name in pipeline[kind]}
