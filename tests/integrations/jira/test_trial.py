"""A connection is tried: each thing that a ticket needs is a row, which says what to do; the site is as it was."""

import pytest

from integrations.delivery.trial import trial

pytestmark = pytest.mark.django_db
INCIDENT = {
    "issue_type": "Incident",
    "fields": {"Team": "Shop", "Area": "Backend / Prices", "Impact": "{{ count }}"},
    "priorities": {"error": "High"},
}


@pytest.mark.parametrize("given", [{}, INCIDENT])
def test_all_rows_pass_and_nothing_is_left_behind(desk_with, jira, given):
    desk = desk_with(**given)
    desk.happen(desk.alert(), "opened")
    before = jira.issues()
    found = list(trial(desk.destination))
    assert [step for step in found if not step.passed] == []
    assert len([step for step in found if step.what.startswith("Permission")]) == 7
    assert jira.issues() == before


@pytest.mark.parametrize(
    ("denied", "rows", "todo"),
    [
        (
            "CREATE_ISSUES",
            ["Permission Create Issues", "A ticket like the newest alert's would be taken"],
            "no ticket is",
        ),
        ("EDIT_ISSUES", ["Permission Edit Issues", "… could be refreshed"], "its description is not refreshed"),
        ("TRANSITION_ISSUES", ["Permission Transition Issues", "… could be moved on"], "neither closed nor reopened"),
        ("ADD_COMMENTS", ["Permission Add Comments"], "not told of repeats"),
        ("LINK_ISSUES", ["Permission Link Issues"], "doesn't lead to the old one"),
        ("BROWSE_PROJECTS", ["The project SHOP can be seen"], "The account needs Browse Projects"),
    ],
)
def test_what_the_account_may_not_do_is_a_row_that_says_what_comes_of_it(desk, jira, denied, rows, todo):
    desk.happen(desk.alert(), "opened")
    newest = jira.issues()[-1]["key"]
    jira.control(denied=[denied])
    failed = [step for step in trial(desk.destination) if not step.passed]
    assert [step.what.replace(newest, "…") for step in failed] == rows
    assert todo in failed[0].detail


@pytest.mark.parametrize(
    ("given", "row", "todo"),
    [
        ({"issue_type": "Story"}, "Issue type Story", "it has bug, incident, task"),
        ({"issue_type": "Incident"}, "What Jira requires is filled", "Team (one of Shop, Payment)"),
        (
            INCIDENT | {"fields": {"Team": "Shp"}},
            "A ticket like the newest alert's would be taken",
            "'Shp' is not valid",
        ),
        ({"fields": {"Tem": "Shop"}}, "The other fields are there", "No Tem"),
        ({"priorities": {"error": "Urgent"}}, "The priorities are there", "No Urgent; there are Highest, High"),
        ({"components": ["shop"]}, "A ticket like the newest alert's would be taken", "'shop' is not valid"),
        ({"link_type": "Caused"}, "The link type is there", "no Caused; there are Relates, Duplicate"),
        ({"project": "NONE"}, "The project NONE can be seen", "Is the key right?"),
    ],
)
def test_a_setting_that_does_not_fit_the_site_is_a_row_that_says_what_does(desk_with, given, row, todo):
    failed = {step.what: step.detail for step in trial(desk_with(**given).destination) if not step.passed}
    assert todo in failed[row]
