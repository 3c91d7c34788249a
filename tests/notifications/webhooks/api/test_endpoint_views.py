"""Endpoints in the API: created with a secret that is shown once, changed, disabled, rotated, deleted."""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from notifications.webhooks.claims import claim_due
from notifications.webhooks.endpoint_secrets import list_secrets
from notifications.webhooks.endpoints import INCIDENT_CODE, MAX_ENDPOINTS
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.requests import FILTER_NAMES
from tests.notifications.webhooks.partners import NOON, make_endpoint, open_many
from tests.tracking.api.document import check_answer
from tests.tracking.stories import Api
from tracking.api.keys import issue_key
from tracking.domain.status import Status
from tracking.models import Incident
from tracking.ports import ports
from tracking.services.operations.incidents import open_incident

PATH = "/api/v1/webhook-endpoints"
URL = "https://hooks.example.com/in?key=1"
pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NOON, tick=False)


def test_a_created_endpoint_shows_its_secret_once_and_is_read_without_it(api):
    response = api.post(PATH, {"url": URL})
    made = check_answer(response)
    secret = made.pop("secret")
    assert made == {
        "endpoint_id": made["endpoint_id"],
        "url": URL,
        "types": ["shipment.*"],
        "statuses": [],
        "thin": False,
        "livemode": True,
        "enabled": True,
        "disabled_at": None,
        "disabled_reason": None,
        "failing_since": None,
        "old_secret_until": None,
        "created_at": "2026-11-29T12:00:00.000Z",
    }
    assert (response.status_code, response["Location"]) == (201, f"{PATH}/{made['endpoint_id']}")
    assert list_secrets(WebhookEndpoint.objects.get(), NOON) == [secret]
    read = api.get(response["Location"])
    assert (check_answer(read), secret.encode() in read.content) == (made, False)


def test_a_repeated_creation_makes_one_endpoint(api):
    first, again = (api.post(PATH, {"url": URL}, Idempotency_Key="k-1") for _ in range(2))
    assert (first.content, WebhookEndpoint.objects.count()) == (again.content, 1)


def test_live_and_test_endpoints_are_kept_apart(api, client, partner):
    test_api = Api(client, issue_key(partner, livemode=False))
    path = api.post(PATH, {"url": URL})["Location"]
    made = check_answer(test_api.post(PATH, {"url": URL}))
    listed = [check_answer(each.get(PATH))["results"] for each in (api, test_api)]
    assert [[row["livemode"] for row in rows] for rows in listed] == [[True], [False]]
    assert (made["livemode"], test_api.get(path).status_code) == (False, 404)


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        ("http://hooks.example.com/", "only https on port 443 is allowed"),
        ("https://hooks.example.com:8443/", "only https on port 443 is allowed"),
        ("https://u:p@hooks.example.com/", "a URL needs a host, and has neither credentials nor a fragment"),
        ("https://169.254.169.254/", "the host leads to an address that is not public"),
        ("https://localhost/", "the host leads to an address that is not public"),
        ("https://intranet/", "the host is not a public name"),
        ("hooks", "a URL needs a host, and has neither credentials nor a fragment"),
    ],
)
def test_a_url_that_cannot_get_webhooks_is_refused_with_its_reason(api, url, detail):
    endpoint = make_endpoint()
    for response in (api.post(PATH, {"url": url}), api.patch(f"{PATH}/{endpoint.endpoint_id}", {"url": url})):
        mistakes = check_answer(response)["errors"]
        assert (response.status_code, mistakes) == (
            422,
            [{"pointer": "/url", "code": "invalid", "detail": detail}],
        )
    assert WebhookEndpoint.objects.get().url == endpoint.url


def test_types_and_statuses_that_do_not_exist_are_refused(api):
    types = check_answer(api.post(PATH, {"url": URL, "types": ["shipment.*", "shipment.lost"]}))
    statuses = check_answer(api.post(PATH, {"url": URL, "statuses": ["gone"]}))
    found = [(body["errors"][0]["pointer"], body["errors"][0]["detail"]) for body in (types, statuses)]
    assert found == [
        ("/types/1", f"no such type: 'shipment.lost'; allowed: {', '.join(FILTER_NAMES)}"),
        ("/statuses/0", f"Invalid enum value 'gone'; allowed: {', '.join(Status)}"),
    ]
    assert WebhookEndpoint.objects.count() == 0


def test_a_partner_has_a_limited_number_of_endpoints_in_each_mode(api, client, partner):
    for number in range(MAX_ENDPOINTS):
        make_endpoint(f"whe_{number}")
    refused = api.post(PATH, {"url": URL})
    assert (refused.status_code, check_answer(refused)["code"]) == (409, "too_many_endpoints")
    assert Api(client, issue_key(partner, livemode=False)).post(PATH, {"url": URL}).status_code == 201


def test_changed_fields_are_stored_without_repeats_and_others_stay(api):
    path = api.post(PATH, {"url": URL, "statuses": ["delivered"]})["Location"]
    types = ["shipment.delayed", "incident.opened", "shipment.delayed"]
    changed = check_answer(api.patch(path, {"types": types, "thin": True}))
    assert (changed["types"], changed["statuses"], changed["thin"], changed["url"]) == (
        ["shipment.delayed", "incident.opened"],
        ["delivered"],
        True,
        URL,
    )
    assert check_answer(api.get(path)) == changed


def test_a_change_can_be_bound_to_the_version_that_was_read(api):
    path = api.post(PATH, {"url": URL})["Location"]
    etag = api.get(path)["ETag"]
    sent = [
        api.patch(path, {"thin": True}, If_Match=etag).status_code,
        api.patch(path, {"thin": False}, If_Match=etag).status_code,
        api.delete(path, If_Match=etag).status_code,
    ]
    assert (sent, WebhookEndpoint.objects.get().thin) == ([200, 412, 412], True)


def test_a_disabled_endpoint_drops_what_waits_and_gets_webhooks_again_once_enabled(api):
    endpoint = make_endpoint(failing_since=NOON - timedelta(days=1))
    open_many(endpoint, [1])
    path = f"{PATH}/{endpoint.endpoint_id}"
    disabled = check_answer(api.patch(path, {"enabled": False}))
    assert (disabled["enabled"], disabled["disabled_reason"]) == (False, "by_partner")
    assert (WebhookDelivery.objects.get().outcome, claim_due(NOON, 10)) == ("dropped", [])
    enabled = check_answer(api.patch(path, {"enabled": True}))
    assert (enabled["enabled"], enabled["disabled_reason"], enabled["failing_since"]) == (True, None, None)
    open_many(endpoint, [2])
    assert [delivery.message_id for delivery in claim_due(NOON, 10)] == ["msg_2"]


def test_enabling_an_endpoint_and_deleting_it_close_the_incident_of_its_failure(api):
    for number, end in enumerate((lambda path: api.patch(path, {"enabled": True}), api.delete)):
        endpoint = make_endpoint(f"whe_{number}", disabled_at=NOON, disabled_reason="gone")
        open_incident(ports().live, INCIDENT_CODE, endpoint.endpoint_id, "410", NOON)
        assert end(f"{PATH}/{endpoint.endpoint_id}").status_code in (200, 204)
    assert list(Incident.objects.values_list("resolved_at", flat=True)) == [NOON, NOON]


def test_after_a_rotation_both_secrets_sign_for_a_day(api):
    made = check_answer(api.post(PATH, {"url": URL}))
    path = f"{PATH}/{made['endpoint_id']}"
    rotated = check_answer(api.post(f"{path}/rotate-secret", b""))
    assert rotated["secret"] != made["secret"]
    assert rotated["old_secret_until"] == "2026-11-30T12:00:00.000Z"
    endpoint = WebhookEndpoint.objects.get()
    assert list_secrets(endpoint, NOON) == [rotated["secret"], made["secret"]]
    assert Webhook(rotated["secret"]).sign("msg_1", NOON, "{}").startswith("v1,")


def test_a_deleted_endpoint_is_gone_with_its_deliveries(api):
    endpoint = make_endpoint()
    open_many(endpoint, [1])
    path = f"{PATH}/{endpoint.endpoint_id}"
    assert [api.delete(path).status_code, api.get(path).status_code] == [204, 404]
    assert WebhookDelivery.objects.count() == 0


def test_a_test_is_due_at_once_whatever_the_filter_says(api):
    path = api.post(PATH, {"url": URL, "types": ["shipment.delayed"]})["Location"]
    sent = [check_answer(api.post(f"{path}/test", b"")) for _ in range(2)]
    assert sent[0]["message_id"] != sent[1]["message_id"]
    assert sent[0]["body"] == {
        "type": "webhook.test",
        "timestamp": "2026-11-29T12:00:00.000Z",
        "data": {"endpoint_id": path.rpartition("/")[2], "livemode": True},
    }
    assert sorted(delivery.message_id for delivery in claim_due(NOON, 10)) == sorted(
        each["message_id"] for each in sent
    )


@pytest.mark.parametrize(("action", "body"), [("test", b""), ("replay", {"message_ids": ["msg_1"]})])
def test_nothing_is_sent_to_a_disabled_endpoint(api, action, body):
    endpoint = make_endpoint(disabled_at=NOON)
    refused = api.post(f"{PATH}/{endpoint.endpoint_id}/{action}", body)
    assert (refused.status_code, check_answer(refused)["code"]) == (409, "endpoint_disabled")
    assert WebhookDelivery.objects.count() == 0


def test_endpoints_are_listed_newest_first_in_pages(api):
    for number in range(3):
        make_endpoint(f"whe_{number}")
    first = check_answer(api.get(f"{PATH}?limit=2"))
    second = check_answer(api.get(f"{PATH}?limit=2&cursor={first['next']}"))
    ids = [[row["endpoint_id"] for row in page["results"]] for page in (first, second)]
    assert (ids, second["next"]) == ([["whe_2", "whe_1"], ["whe_0"]], None)
