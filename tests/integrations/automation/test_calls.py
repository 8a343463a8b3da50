"""The exact call is a function of the action and the alert, and nothing that an alert holds makes it another one."""

import pytest

from integrations.automation.calls import VALUE, Spec, call_of, hash_of, in_words, wrong
from tests.integrations.destinations.notices import ALERT, EVIL

WEBHOOK = Spec("restart", "webhook", "https://ops.example/restart", "", {"service": "{{ alert.service }}"})
COMMAND = WEBHOOK._replace(kind="command", command="restart_service")


def test_a_webhook_is_called_with_the_parameters_filled():
    assert call_of(WEBHOOK, ALERT) == {
        "url": "https://ops.example/restart",
        "body": {
            "type": "action",
            "action": "restart",
            "parameters": {"service": "checkout"},
            "alert": {"id": ALERT["id"], "issue_code": "PRICE_MISSING", "url": ALERT["url"]},
        },
    }


def test_a_command_gets_options_and_no_value_can_be_an_option_of_its_own():
    call = call_of(
        COMMAND._replace(parameters={"service": "{{ alert.service }}"}), {**ALERT, "service": "--all; rm\n-x"}
    )
    assert call == {"command": ["restart_service", "--service=--all; rm -x"]}
    assert in_words(call) == "manage.py restart_service '--service=--all; rm -x'"


def test_what_an_alert_holds_stays_one_short_line():
    values = call_of(WEBHOOK, {**ALERT, "service": EVIL * 1000})["body"]["parameters"]
    assert len(values["service"]) <= VALUE
    assert "\n" not in values["service"]


@pytest.mark.parametrize(
    "other",
    [
        WEBHOOK._replace(url="https://ops.example/restart2"),
        WEBHOOK._replace(name="restart2"),
        WEBHOOK._replace(parameters={"service": "mail"}),
        WEBHOOK._replace(parameters={"service": "{{ alert.service }}", "force": "yes"}),
        COMMAND,
    ],
)
def test_another_call_has_another_hash(other):
    assert hash_of(call_of(WEBHOOK, ALERT)) == hash_of(call_of(WEBHOOK, dict(reversed(ALERT.items()))))
    assert hash_of(call_of(WEBHOOK, ALERT)) != hash_of(call_of(other, ALERT))


@pytest.mark.parametrize(
    "parameters",
    [
        [],
        {"service": 1},
        {"Service": "x"},
        {"a b": "x"},
        {"a": "{{ settings.SECRET_KEY }}"},
        {"a": "{{ alert.x() }}"},
        {f"a{number}": "" for number in range(21)},
    ],
)
def test_parameters_that_can_not_be_used_are_refused(parameters):
    assert wrong(parameters)
    assert not wrong({"service": "{{ alert.service }}", "why": "{{ alert.group.pod }} is down"})
