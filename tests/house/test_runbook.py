"""docs/runbook.md has an entry for each metric that should worry someone, and names none that doesn't exist."""

import re

import pytest
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from ingest import metrics
from integrations.delivery import wellbeing
from tests.tools import ROOT

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()


def test_every_metric_to_worry_about_is_in_it():
    ours = [metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)]
    told = [described for metric in ours for described in metric.describe()]
    worrying = {described.name for described in told if "orry" in described.documentation}
    assert worrying
    assert {name for name in worrying if name not in RUNBOOK} == set()


@pytest.mark.django_db
def test_every_metric_that_it_names_exists():
    found = [*REGISTRY.collect(), *wellbeing.REGISTRY.collect()]
    known = {metric.name + end for metric in found for end in ("", "_total")}
    assert set(re.findall(r"stacklens_[a-z_]+", RUNBOOK)) <= known
