"""Dead letters in the admin."""

import json

import pytest
from django.conf import settings
from django.utils import timezone

from ingest.models import DeadLetter
from tests.ingest.test_api_letters import GOOD, letter, queued
from tests.staff import staff

pytestmark = pytest.mark.django_db(transaction=True, databases={"default", settings.QUEUE_DATABASE})
LIST = "/admin/ingest/deadletter/"


def test_the_list_sums_by_reason_and_sender():
    letter(1)
    letter(2)
    letter(3, reason="malformed", service="bank", settled_at=timezone.now())
    page = staff("manager").get(LIST)
    assert [(each["reason"], each["service"], each["count"]) for each in page.context["sums"]] == [
        ("invalid_field", "shop", 2)
    ]
    assert b"Requeue all" in page.content
    assert len(staff("viewer").get(f"{LIST}?settled=no&reason=invalid_field&service=shop").context["cl"].result_list)


def test_all_of_a_reason_and_sender_go_back():
    for number in range(3):
        letter(number, service="" if number == 2 else "shop")
    page = staff("manager").post(f"{LIST}requeue-all/", {"reason": "invalid_field", "service": "shop"}, follow=True)
    assert "2 requeued" in page.content.decode()
    assert queued() == 2


def test_selected_ones_go_back():
    chosen = [letter(1).id, letter(2, settled_at=timezone.now()).id]
    staff("manager").post(LIST, {"action": "requeue_selected", "_selected_action": chosen})
    assert queued() == 1


def test_one_is_tried_mended_and_requeued():
    client, address = staff("manager"), f"{LIST}{letter(1).id}/try/"
    assert "Still invalid_field" in client.get(address).content.decode()
    assert "paid" in client.post(address, {"payload": GOOD, "try": ""}).context["records"][0]
    assert queued() == 0
    client.post(address, {"payload": GOOD, "requeue": ""})
    assert queued() == 1
    assert DeadLetter.objects.get().state == "waiting"


def test_what_it_becomes_is_shown_redacted():
    secret = json.dumps(json.loads(GOOD) | {"message": "password=hunter2hunter2"})
    page = staff("viewer").post(f"{LIST}{letter(1).id}/try/", {"payload": secret, "try": ""})
    assert "hunter2" not in page.context["records"][0]


def test_a_viewer_requeues_nothing():
    client, name = staff("viewer"), letter(1).id
    assert client.post(f"{LIST}{name}/try/", {"payload": GOOD, "requeue": ""}).status_code == 403
    assert client.post(f"{LIST}requeue-all/", {"reason": "invalid_field", "service": "shop"}).status_code == 403
    assert queued() == 0
