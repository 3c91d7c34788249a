"""Deliveries in the API: lists with filters, attempts with their answers, and redelivery."""

from datetime import timedelta

import pytest

from notifications.webhooks.claims import claim_due
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.outcomes import Attempt, record_attempt
from notifications.webhooks.rules.schedule import MAX_ATTEMPTS
from notifications.webhooks.rules.verdicts import Answer, Fault
from tests.notifications.webhooks.partners import NOON, OK, make_endpoint, open_many
from tests.tracking.api.document import check_answer

PATH = "/api/v1/webhook-deliveries"
pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NOON, tick=False)


def attempt(answer, at=NOON):
    """Record the same answer for each delivery that is due at this time."""
    for claimed in claim_due(at, 10):
        record_attempt(claimed, Attempt(at, at + timedelta(milliseconds=80), answer), 0.5)


def path_of(message_id):
    return f"{PATH}/whd_{WebhookDelivery.objects.get(message_id=message_id).pk}"


def read_ids(api, query):
    return [row["message_id"] for row in check_answer(api.get(f"{PATH}?{query}"))["results"]]


def test_a_delivery_is_read_with_its_body_and_every_attempt(api):
    open_many(make_endpoint(), [1])
    attempt(Answer(0, fault=Fault.TIMEOUT))
    attempt(Answer(503, body=b"busy"), NOON + timedelta(seconds=6))
    path = path_of("msg_1")
    assert check_answer(api.get(path)) == {
        "delivery_id": path.rpartition("/")[2],
        "endpoint_id": "whe_1",
        "message_id": "msg_1",
        "type": "shipment.delayed",
        "shipment_id": "123",
        "outcome": "waiting",
        "attempt_count": 2,
        "next_attempt_at": "2026-11-29T12:05:06.080Z",
        "created_at": "2026-11-29T12:00:00.000Z",
        "finished_at": None,
        "body": {},
        "attempts": [
            {
                "number": 1,
                "started_at": "2026-11-29T12:00:00.000Z",
                "duration_ms": 80,
                "status": None,
                "fault": "timeout",
                "answer": "",
            },
            {
                "number": 2,
                "started_at": "2026-11-29T12:00:06.000Z",
                "duration_ms": 80,
                "status": 503,
                "fault": None,
                "answer": "busy",
            },
        ],
    }


def test_deliveries_are_listed_newest_first_in_pages_and_by_every_filter(api):
    first, second = make_endpoint("whe_1"), make_endpoint("whe_2")
    open_many(first, [1])
    attempt(OK)
    open_many(first, [2])
    open_many(second, [2, 3])
    WebhookDelivery.objects.filter(message_id="msg_3").update(type="shipment.created", shipment_id="other")
    page = check_answer(api.get(f"{PATH}?limit=3"))
    rest = check_answer(api.get(f"{PATH}?limit=3&cursor={page['next']}"))
    shown = [(row["endpoint_id"], row["message_id"]) for row in page["results"] + rest["results"]]
    assert shown == [("whe_2", "msg_3"), ("whe_2", "msg_2"), ("whe_1", "msg_2"), ("whe_1", "msg_1")]
    found = {
        query: read_ids(api, query)
        for query in (
            "endpoint_id=whe_1",
            "outcome=delivered",
            "type=shipment.created",
            "shipment_id=other",
            "message_id=msg_2",
            "message_id=msg_9",
        )
    }
    assert found == {
        "endpoint_id=whe_1": ["msg_2", "msg_1"],
        "outcome=delivered": ["msg_1"],
        "type=shipment.created": ["msg_3"],
        "shipment_id=other": ["msg_3"],
        "message_id=msg_2": ["msg_2", "msg_2"],
        "message_id=msg_9": [],
    }


def test_a_delivery_is_sent_again_with_the_same_id_and_a_whole_schedule_ahead(api):
    open_many(make_endpoint(), [1])
    WebhookDelivery.objects.update(attempts=MAX_ATTEMPTS - 1)
    attempt(Answer(500))
    assert WebhookDelivery.objects.get().outcome == "failed"
    again = check_answer(api.post(f"{path_of('msg_1')}/redeliver", b""))
    assert (again["outcome"], again["attempt_count"], again["next_attempt_at"], again["finished_at"]) == (
        "waiting",
        MAX_ATTEMPTS,
        "2026-11-29T12:00:00.000Z",
        None,
    )
    attempt(Answer(500))
    following = WebhookDelivery.objects.get()
    assert (following.message_id, following.outcome, following.attempts) == (
        "msg_1",
        "waiting",
        MAX_ATTEMPTS + 1,
    )
    assert following.next_attempt_at == NOON + timedelta(seconds=5, milliseconds=80)
    attempt(OK, following.next_attempt_at)
    assert check_answer(api.get(path_of("msg_1")))["outcome"] == "delivered"


def test_an_attempt_in_progress_is_not_made_twice(api):
    open_many(make_endpoint(), [1])
    (claimed,) = claim_due(NOON, 1)
    assert api.post(f"{path_of('msg_1')}/redeliver", b"").status_code == 200
    assert claim_due(NOON, 1) == []
    record_attempt(claimed, Attempt(NOON, NOON, OK), 0.5)
    assert WebhookDelivery.objects.get().outcome == "delivered"


def test_a_delivery_to_a_disabled_endpoint_is_not_sent_again(api):
    open_many(make_endpoint(), [1])
    attempt(OK)
    WebhookEndpoint.objects.update(disabled_at=NOON)
    refused = api.post(f"{path_of('msg_1')}/redeliver", b"")
    assert (refused.status_code, check_answer(refused)["code"]) == (409, "endpoint_disabled")
    assert WebhookDelivery.objects.get().outcome == "delivered"


@pytest.mark.parametrize("name", ["1", "whd_", "whd_x", "whd_99999999999999999999", "whd_-1", "whd_0"])
def test_an_impossible_delivery_id_is_not_found(api, name):
    assert api.get(f"{PATH}/{name}").status_code == 404
