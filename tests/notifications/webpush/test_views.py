"""Pages' requests about web push: subscribe, ask, end; and the service worker."""

import json

import pytest
import time_machine

from notifications.webpush.subscriptions import find_browsers
from tests.notifications.webpush.browsers import Browser
from tests.tracking.pages.bookings import book, use_memory_store
from tests.tracking.pages.examples import NOW, STATES
from tracking import ports

pytestmark = pytest.mark.django_db
BROWSER = Browser("https://push.example/send/abc")
ID = BROWSER.subscription.subscription_id


@pytest.fixture(autouse=True)
def _web_push_on(settings):
    settings.WEB_PUSH_KEY, settings.WEB_PUSH_PUBLIC_KEY = "set", "BPublicKey"


@pytest.fixture
def token():
    before = ports.ports()
    use_memory_store()
    with time_machine.travel(NOW, tick=False):
        yield book(STATES["out-for-delivery"])
    ports.wire(before)


@pytest.fixture
def shipment_id():
    return STATES["out-for-delivery"].shipment_id


def post(client, path: str, description: object) -> int:
    return client.post(path, json.dumps(description), content_type="application/json").status_code


def test_a_browser_subscribes_asks_and_ends_its_subscription(client, token, shipment_id):
    path = f"/t/{token}/webpush/"
    assert client.get(f"{path}{ID}/").status_code == 404
    assert post(client, path, BROWSER.describe()) == 204
    assert (client.get(f"{path}{ID}/").status_code, find_browsers(shipment_id)) == (204, ID)
    assert post(client, f"{path}{ID}/stop", {}) == 204
    assert (client.get(f"{path}{ID}/").status_code, find_browsers(shipment_id)) == (404, "")


@pytest.mark.parametrize(
    "description", [{}, BROWSER.describe() | {"endpoint": "https://127.0.0.1:9/a"}, ["x" * 9000]]
)
def test_what_is_no_subscription_is_refused(client, token, shipment_id, description):
    assert (post(client, f"/t/{token}/webpush/", description), find_browsers(shipment_id)) == (422, "")


def test_an_unknown_link_subscribes_nobody(client, token):
    assert post(client, f"/t/{'A' * 22}/webpush/", BROWSER.describe()) == 404


@pytest.mark.usefixtures("plain_static")
def test_a_stage_without_a_key_offers_nothing(client, token, settings):
    settings.WEB_PUSH_KEY = settings.WEB_PUSH_PUBLIC_KEY = ""
    assert post(client, f"/t/{token}/webpush/", BROWSER.describe()) == 404
    assert "data-notify" not in client.get(f"/t/{token}").content.decode()


@pytest.mark.usefixtures("plain_static")
def test_the_page_has_the_public_key_and_a_hidden_button(client, token):
    page = client.get(f"/t/{token}").content.decode()
    assert '<section class="card inner" data-notify hidden data-key="BPublicKey"' in page
    assert "Turn on notifications</button>" in page


def test_too_many_tries_from_one_page_are_refused(client, token):
    answers = [post(client, f"/t/{token}/webpush/", {}) for _ in range(21)]
    assert answers == [422] * 20 + [429]


def test_the_service_worker_is_a_script_that_browsers_check_again(client):
    answer = client.get("/notify-worker.js")
    wanted = {"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-cache"}
    assert {name: answer[name] for name in wanted} == wanted
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    again = client.get("/notify-worker.js", headers={"If-None-Match": answer["ETag"]})
    assert (answer.status_code, b"showNotification" in answer.content, again.status_code) == (200, True, 304)
