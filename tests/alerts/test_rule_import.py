"""Rules as files: export, import, and what a dry run says."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from alerts.management.commands.load_rules import DEFAULT
from alerts.models import IssueCode, Rule, RuleVersion
from alerts.rule_import import import_file, import_sigma
from alerts.rule_load import Way
from alerts.rulefile import exported, read, without_defaults
from tests.staff import staff

pytestmark = pytest.mark.django_db
RULES = "/api/v1/rules/"
FILE = json.loads(DEFAULT.read_text())
SMALL: dict[str, Any] = {
    "issues": [{"code": "SOLD_OUT", "title": "Sold out"}],
    "rules": [{"slug": "sold-out", "name": "Sold out", "query": "error_code:SOLD_OUT", "issue": "SOLD_OUT"}],
}
SIGMA = """
title: Failed logins
id: 0e95725d-7320-415d-80f7-004da920fc11
name: failed
author: A. Uthor
level: high
tags: [attack.t1110]
references: ['https://example.org/a']
date: 2024-05-01
logsource: {product: shop, service: auth}
detection:
  selection: {action: login, status: failure}
  condition: selection
---
title: Needs placeholders
logsource: {product: shop}
detection:
  selection: {'User|expand': '%admins%'}
  condition: selection
"""


def outcomes(fates: Any) -> dict[str, str]:
    return {fate.name: fate.outcome for fate in fates}


def post(client: Any, path: str, body: Any) -> Any:
    return client.post(f"{RULES}{path}", body, content_type="application/json")


def test_what_was_exported_is_what_was_loaded_and_is_unchanged_when_imported():
    call_command("load_rules", stdout=StringIO())
    file = exported(Rule.objects.all())
    loaded = read(DEFAULT)
    assert file["rules"] == sorted((without_defaults(rule) for rule in loaded.rules), key=lambda rule: rule["slug"])
    assert file["issues"] == sorted((without_defaults(issue) for issue in loaded.issues), key=lambda i: i["code"])
    assert set(outcomes(import_file(json.loads(json.dumps(file)), Way()).fates).values()) == {"unchanged"}


def test_a_dry_run_tells_what_an_import_then_does():
    import_file(SMALL, Way())
    more = {**SMALL, "rules": [SMALL["rules"][0] | {"severity": "warn"}, SMALL["rules"][0] | {"slug": "other"}]}
    versions = RuleVersion.objects.count()
    seen = import_file(more, Way(dry_run=True))
    assert not seen.applied
    assert (Rule.objects.count(), RuleVersion.objects.count()) == (1, versions)
    done = import_file(more, Way(by="ada"))
    assert done.applied
    assert done.fates == seen.fates
    assert outcomes(done.fates) == {"SOLD_OUT": "unchanged", "sold-out": "changed", "other": "added"}
    assert RuleVersion.objects.get(rule__slug="other").author == "ada"


def test_one_wrong_rule_keeps_the_whole_file_out_and_all_that_is_wrong_is_said():
    wrong = [
        {"slug": "a", "name": "A", "query": "colour:red"},
        {"slug": "b", "name": "B", "query": "x", "sevrity": "warn"},
    ]
    twice = [{"slug": "c", "name": "C", "query": "x"}] * 2
    found = import_file({"issues": [], "rules": [*SMALL["rules"], *wrong, *twice]}, Way())
    reasons = {fate.name: fate.reason for fate in found.fates if fate.outcome == "refused"}
    assert "colour" in reasons["a"]
    assert "sevrity" in reasons["b"]
    assert "2 times" in reasons["c"]
    assert "SOLD_OUT" in reasons["sold-out"]  # neither in this file nor in the database
    assert not found.applied
    assert not Rule.objects.exists()


def test_what_a_person_edited_is_kept_unless_it_is_to_be_overwritten():
    import_file(SMALL, Way())
    rule = Rule.objects.get()
    rule.severity, rule.edited = "info", True
    rule.save()
    assert outcomes(import_file(SMALL, Way()).fates)["sold-out"] == "kept"
    assert outcomes(import_file(SMALL, Way(overwrite=True)).fates)["sold-out"] == "changed"
    assert Rule.objects.get().severity == "error"


def test_the_api_exports_and_imports():
    manager = staff("manager")
    seen = post(manager, "import/", {"file": SMALL, "dry_run": True}).json()
    assert (seen["applied"], [result["outcome"] for result in seen["results"]]) == (False, ["added", "added"])
    assert post(manager, "import/", {"file": SMALL}).json()["applied"]
    assert manager.get(f"{RULES}export/").json() == SMALL
    assert post(manager, "import/", {"file": []}).status_code == 400
    assert post(manager, "import/", {}).status_code == 400


def test_importing_needs_the_managers_role():
    viewer = staff("viewer")
    assert viewer.get(f"{RULES}export/").status_code == 200
    assert post(viewer, "import/", {"file": SMALL}).status_code == 403
    assert post(viewer, "import-sigma/", {"sigma": SIGMA}).status_code == 403
    assert viewer.get("/admin/alerts/rule/import/").status_code == 403


def test_sigma_rules_keep_where_they_came_from_and_the_others_are_refused_with_the_reason():
    found = post(staff("manager"), "import-sigma/", {"sigma": SIGMA}).json()
    assert {result["name"]: result["outcome"] for result in found["results"]} == {
        "Needs placeholders": "refused",
        "sigma-failed-logins-0e95725d": "added",
    }
    assert "detection.selection.User|expand" in found["results"][0]["reason"]
    rule = Rule.objects.get()
    assert (rule.severity, rule.group_by, rule.type) == ("error", ["service"], "match")
    assert rule.query == "(action:/(?i)^login$/ AND status:failure)"
    assert rule.origin["author"] == "A. Uthor"
    assert rule.origin["date"] == "2024-05-01"
    assert rule.origin["tags"] == ["attack.t1110"]


def test_a_sigma_rule_is_known_by_its_id_when_its_title_changes():
    import_sigma([("a", SIGMA)], Way())
    found = import_sigma([("a", SIGMA.replace("Failed logins", "Logins that failed"))], Way())
    assert outcomes(found.fates)["sigma-failed-logins-0e95725d"] == "changed"
    assert Rule.objects.get().name == "Logins that failed"


def test_the_command_reads_a_folder_with_correlations_across_files(tmp_path):
    (tmp_path / "one.yml").write_text(SIGMA)
    (tmp_path / "broken.yaml").write_text("title: [")
    (tmp_path / "two.yml").write_text(
        "title: Many\ncorrelation: {type: event_count, rules: [failed], group-by: [user_id], timespan: 5m,"
        " condition: {gte: 10}}\n"
    )
    out = StringIO()
    call_command("import_sigma", tmp_path, "--dry-run", stdout=out)
    assert not Rule.objects.exists()
    call_command("import_sigma", tmp_path, stdout=out)
    rule = Rule.objects.get()
    assert (rule.slug, rule.type, rule.config) == ("sigma-many", "frequency", {"threshold": 10, "window": 300})
    assert rule.group_by == ["user_id"]
    assert "broken.yaml" in out.getvalue()


def test_the_admin_shows_first_and_then_imports():
    manager, path = staff("manager"), "/admin/alerts/rule/import/"
    upload = SimpleUploadedFile("a.yml", SIGMA.encode())
    page = manager.post(path, {"files": [upload], "look": "1"}).content.decode()
    assert "sigma-failed-logins-0e95725d" in page
    assert "placeholders" in page
    assert not Rule.objects.exists()
    manager.post(path, {"text": SIGMA, "import": "1"})
    assert Rule.objects.get().versions.get().author == "a-manager"
    page = manager.post(path, {"text": "{", "import": "1"}).content.decode()
    assert "not JSON" in page


def test_the_admins_export_can_be_imported():
    import_file(SMALL, Way())
    answer = staff("viewer").get("/admin/alerts/rule/export/")
    assert "attachment" in answer["Content-Disposition"]
    Rule.objects.all().delete()
    IssueCode.objects.all().delete()
    assert import_file(json.loads(answer.content), Way()).applied
    assert Rule.objects.get().issue_id == "SOLD_OUT"
