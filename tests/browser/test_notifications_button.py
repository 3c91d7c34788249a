"""In a real browser, one button subscribes the page, and the service worker shows what is pushed."""

import json

import pytest
import time_machine
from django.test import override_settings

from notifications.webpush.subscriptions import find_browsers
from swiftlogix.push_keys import derive_public_key
from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import heavy
from tests.notifications.webpush.browsers import Browser, encode
from tests.tracking.pages.bookings import book, rename
from tests.tracking.pages.examples import NOW, STATES

pytestmark = [pytest.mark.browser, heavy]
KEY = encode(bytes(range(1, 33)))
SHIPMENT = "SLX-4821-PUSH"
BROWSER = Browser("https://push.example/send/abc")
# Headless Chromium reaches no push service, so this stands for the browser's own part.
SUBSCRIBE = f"""
const made = {json.dumps(BROWSER.describe())};
let current = null;
const subscription = {{
  endpoint: made.endpoint, toJSON: () => made, unsubscribe: async () => {{ current = null; return true; }},
}};
PushManager.prototype.subscribe = async (options) => {{
  window.asked = options;
  return (current = subscription);
}};
PushManager.prototype.getSubscription = async () => current;
"""
# The state of a worker that can be pushed to; `ready` comes before it.
ACTIVATED = """async () => {
  const { active } = await navigator.serviceWorker.ready;
  if (active.state === "activated") return;
  await new Promise((resolve) => active.addEventListener("statechange", resolve));
}"""
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.getRegistration("/t/");
  for (let tries = 0; tries < 20; tries++) {
    const [first] = await registration.getNotifications();
    if (first) return [first.title, first.body, first.tag, first.lang, first.data.link];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}"""
# A busy Chromium drops a message now and then, without an error; a push service sends again too.
DELIVERIES = 30
PUSHED = {
    "title": "Out for delivery",
    "body": "Today by 1 pm. #K7QM2XWD",
    "link": "https://track.example/t/abc",
    "tag": "parcel",
    "lang": "en",
}


@pytest.fixture
def token(web, store):
    keys = {"WEB_PUSH_KEY": KEY, "WEB_PUSH_PUBLIC_KEY": derive_public_key(KEY)}
    with time_machine.travel(NOW, tick=False), override_settings(**keys):
        yield book(rename(STATES["out-for-delivery"], SHIPMENT))


@pytest.fixture
def page(browser, web, token):
    context = browser.new_context(viewport={"width": 390, "height": 844}, permissions=["notifications"])
    context.add_init_script(SUBSCRIBE)
    yield context.new_page()
    context.close()


def test_the_button_subscribes_and_unsubscribes_this_browser(page, web, token) -> None:
    watch = Watch(page, web)
    page.goto(f"{web}/t/{token}")
    button = page.locator("[data-notify] button")
    button.wait_for()
    page.locator("[data-notify]").scroll_into_view_if_needed()
    assert (button.inner_text(), find_browsers(SHIPMENT)) == ("Turn on notifications", "")
    button.click()
    page.locator("[data-notify] [data-state=on]").wait_for()
    page.get_by_text("Done. You will get notifications here").wait_for()
    keep_screenshot(page, "customer-notifications")
    assert button.inner_text() == "Turn off notifications"
    assert find_browsers(SHIPMENT) == BROWSER.subscription.subscription_id
    assert page.evaluate("asked") == {
        "userVisibleOnly": True,
        "applicationServerKey": derive_public_key(KEY),
    }
    assert find_violations(page) == []
    button.click()
    page.locator("[data-notify] [data-state=off]").wait_for()
    assert (find_browsers(SHIPMENT), watch.sideways(), watch.faults()) == ("", [], [])


def test_a_pushed_message_becomes_a_notification(page, web, token) -> None:
    page.goto(f"{web}/t/{token}")
    button = page.locator("[data-notify] button")
    button.click()
    page.locator("[data-notify] [data-state=on]").wait_for()
    found: list[str] = []
    tools = page.context.new_cdp_session(page)
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"]),
    )
    tools.send("ServiceWorker.enable")
    page.evaluate(ACTIVATED)
    message = {"origin": web, "registrationId": found[0], "data": json.dumps(PUSHED)}
    shown = next(filter(None, (_deliver(page, tools, message) for _ in range(DELIVERIES))), None)
    assert shown == [PUSHED[name] for name in ("title", "body", "tag", "lang", "link")]


def _deliver(page, tools, message: dict[str, str]) -> list[str] | None:
    """Deliver a push message; return the notification that is shown within a second, if one is."""
    tools.send("ServiceWorker.deliverPushMessage", message)
    return page.evaluate(SHOWN)
