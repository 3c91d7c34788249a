"""Web push against a push service on the loopback address: what it gets, and what its answers lead to."""

import base64
import json
from datetime import timedelta

import pytest
from py_vapid import Vapid02

from notifications.transports.webpush import WEB_PUSH, WebPushTransport
from notifications.webhooks.connections import make_resolver
from notifications.webhooks.sender import Sender
from notifications.webpush.subscriptions import find_browsers, subscribe
from notifications.wording import render_message
from swiftlogix.push_keys import derive_public_key
from tests.notifications.stories import NOON, book, make_message, plan_notification
from tests.notifications.transports.provider import Provider
from tests.notifications.webpush.browsers import Browser, encode
from tracking.domain.errors import PermanentError, TransientError
from tracking.domain.identity import short_hash
from tracking.models import Shipment
from tracking.translation import LANGUAGES

pytestmark = pytest.mark.django_db
KEY = encode(bytes(range(1, 33)))
TEXT = "Out for delivery, today by 1 pm. #K7QM2XWD"
LINK = "https://track.example/t/abc"
MESSAGE = make_message(
    trigger="out_for_delivery", subject="Out for delivery", body=f"{TEXT}\n{LINK}", language="en"
)


@pytest.fixture
def service():
    with Provider() as running:
        yield running


@pytest.fixture
def transport():
    sender = Sender(make_resolver(), allow_loopback=True)
    return WebPushTransport(KEY, "mailto:push@swiftlogix.example", sender=sender)


@pytest.fixture
def booking():
    return book(consents={})


def add_browser(service, booking, name: str = "one") -> Browser:
    browser = Browser(f"{service.url}/push/{name}")
    subscribe(booking, browser.subscription, NOON)
    return browser


def read_claims(header: str) -> dict:
    token = header.removeprefix("vapid t=").split(",")[0].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(token + "=="))


def test_the_browser_alone_reads_the_message_and_the_push_service_knows_who_sends_it(
    service, transport, booking, clock
):
    browser = add_browser(service, booking)
    assert transport.send(MESSAGE) == browser.subscription.subscription_id
    (received,) = service.received
    assert browser.decrypt(received.body) == {
        "title": "Out for delivery",
        "body": TEXT,
        "link": LINK,
        "tag": short_hash("123"),
        "lang": "en",
    }
    wanted = {
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        "ttl": "14400",
        "urgency": "high",
        "topic": short_hash("123"),
    }
    assert {name: received.headers[name] for name in wanted} == wanted
    header = received.headers["authorization"]
    claims = read_claims(header)
    assert (Vapid02.verify(header), claims["aud"]) == (True, service.url)
    assert header.endswith(f",k={derive_public_key(KEY)}")
    assert claims["sub"] == "mailto:push@swiftlogix.example"
    assert claims["exp"] == (NOON + timedelta(hours=12, seconds=2)).timestamp()


def test_news_that_can_wait_is_not_urgent(service, transport, booking):
    add_browser(service, booking)
    transport.send(MESSAGE._replace(trigger="delivered"))
    assert service.received[0].headers["urgency"] == "normal"


def test_every_browser_gets_the_message_under_its_own_keys(service, transport, booking):
    browsers = {name: add_browser(service, booking, name) for name in ("one", "two")}
    transport.send(MESSAGE)
    titles = {
        received.path: browsers[received.path.rpartition("/")[2]].decrypt(received.body)["title"]
        for received in service.received
    }
    assert titles == {"/push/one": "Out for delivery", "/push/two": "Out for delivery"}


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_deleted_and_the_other_browser_gets_the_message(
    service, transport, booking, status
):
    add_browser(service, booking, "gone")
    kept = add_browser(service, booking, "kept").subscription.subscription_id
    service.status_by_path["/push/gone"] = status
    assert (transport.send(MESSAGE), find_browsers("123")) == (kept, kept)


def test_without_a_subscription_left_the_address_is_invalid_and_the_consent_ends(service, transport, booking):
    add_browser(service, booking)
    service.status = 410
    with pytest.raises(PermanentError, match="invalid_address"):
        transport.send(MESSAGE)
    assert (find_browsers("123"), Shipment.objects.get().consents) == ("", {"webpush": False})


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (429, TransientError, "webpush: 429"),
        (503, TransientError, "webpush: 503"),
        (400, PermanentError, "refused"),
        (403, PermanentError, "refused"),
        (413, PermanentError, "refused"),
        (302, PermanentError, "refused"),
    ],
)
def test_a_refusal_keeps_the_subscription(service, transport, booking, status, error, reason):
    add_browser(service, booking)
    service.status = status
    with pytest.raises(error) as failed:
        transport.send(MESSAGE)
    assert (str(failed.value), find_browsers("123") != "") == (reason, True)


def test_an_unreachable_push_service_is_a_transient_error(service, transport, booking):
    add_browser(service, booking)
    service.stop()
    with pytest.raises(TransientError, match="webpush: no_connection"):
        transport.send(MESSAGE)


def test_an_address_inside_our_network_gets_nothing_and_is_deleted(booking):
    subscribe(booking, Browser("https://10.0.0.7/push").subscription, NOON)
    with pytest.raises(PermanentError, match="invalid_address"):
        WebPushTransport(KEY, "mailto:a@b.example", sender=Sender(make_resolver())).send(MESSAGE)
    assert find_browsers("123") == ""


def test_the_shown_address_is_the_number_of_browsers():
    assert [WEB_PUSH.address.mask(address) for address in ("a", "a b")] == ["1 browser", "2 browsers"]
    assert [WEB_PUSH.address.find_obstacle(address) for address in ("a", "")] == ["", "invalid_address"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("trigger", sorted(WEB_PUSH.triggers))
def test_every_text_fits_a_notification_and_ends_with_the_line_of_its_link(trigger, language):
    planned = plan_notification(trigger, WEB_PUSH)
    title, body = render_message(planned, LINK, language, "K7QM2XWD", NOON)
    text, link = body.split("\n")
    assert link == LINK
    # Android shows about so many characters of an opened notification.
    assert (0 < len(title) <= 50, 0 < len(text) <= 240) == (True, True)
