"""docs/rules.md: a section for each type, and examples that are rules."""

import json
import re
from pathlib import Path

import pytest

from alerts.rules import RULE_TYPES, RuleSpec, check

DOCUMENT = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()
EXAMPLES = [json.loads(line) for line in re.findall(r"^    (\{.*\})$", DOCUMENT, re.MULTILINE)]


def test_every_type_has_its_section_in_the_order_of_the_list():
    assert [name for name in re.findall(r"^## (\w+)$", DOCUMENT, re.MULTILINE) if name in RULE_TYPES] == list(
        RULE_TYPES
    )
    assert {example["type"] for example in EXAMPLES} == set(RULE_TYPES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["type"])
def test_every_example_is_a_rule(example):
    spec = RuleSpec(slug="example", **example | {"group_by": tuple(example.get("group_by", ()))})
    assert check(spec) == {}
