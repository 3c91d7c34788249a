"""Pages of the product as browsers get them: the customer's in every state, and the console's.

A page that is almost the same as another one is recorded as the difference.
"""

from collections.abc import Callable
from typing import Any, NamedTuple
from unittest.mock import patch

from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.http import Http404
from django.test import Client, RequestFactory
from django.views import defaults
from django.views.csrf import csrf_failure

from tests.golden.product import EXAMPLES, bookings, make_staff, nearby, open_socket
from tests.golden.recording import Recorder, compare, mask, read_text
from tests.golden.scenario import Day
from tests.golden.world import SECRET, Product, book_example

OPS = {
    "fleet": "/ops/",
    "shipments": "/ops/shipments/",
    "shipments-found": "/ops/shipments/?q=SLX-1&status=delivered",
    "shipments-none": "/ops/shipments/?q=nobody",
    "shipment-delivered": "/ops/shipments/SLX-1001",
    "shipment-applied": "/ops/shipments/SLX-1001?show=applied",
    "shipment-corrected": "/ops/shipments/SLX-1006",
    "shipment-returned": "/ops/shipments/SLX-1003",
    "shipment-unbooked": "/ops/shipments/123",
    "shipment-nobody": "/ops/shipments/nobody",
    "brief": "/ops/shipments/SLX-1004/brief",
    "pipeline": "/ops/pipeline/",
    "pipeline-now": "/ops/pipeline/now/",
    "pipeline-quarantine": "/ops/pipeline/quarantine/",
    "outbox": "/ops/outbox/",
    "outbox-shipment": "/ops/outbox/?shipment=SLX-1006",
    "outbox-none": "/ops/outbox/?shipment=nobody",
    "changes": "/ops/changes/",
    "change": "/ops/changes/chg_a2vdosgcj4hbodvs5euillmk2j/",
    "change-unbooked": "/ops/changes/chg_opcehqy4xtibteb3d6xsedm6fm/?shipment=123",
}
# Answers that are not pages; they are recorded among the calls.
OPS_ANSWERS = (
    "/ops/lanes.json",
    "/ops/fleet.json",
    "/ops/shipments/?q=SLX-1001",
)
TROUBLES: dict[str, Callable[[Any], Any]] = {
    "400": lambda request: defaults.bad_request(request, ValueError()),
    "403": lambda request: defaults.permission_denied(request, PermissionError()),
    "404": lambda request: defaults.page_not_found(request, Http404()),
    "500": defaults.server_error,
    "403-csrf": csrf_failure,
}


class Page(NamedTuple):
    """Page with its text; if `like` is set, the difference from the page of that name is recorded."""

    name: str
    text: str
    like: str = ""


class Browser:
    """Browser that stores each page it receives, and records the calls."""

    def __init__(self) -> None:
        self.client, self.recorder = Client(), Recorder()
        self.pages: list[Page] = []

    def open(self, name: str, path: str, method: str = "GET", like: str = "", **more: Any) -> Any:
        """Request a page and store it under this name; `like` names a stored page that is almost the same."""
        response = self.recorder.call(self.client, method, path, keep="hash", **more)
        self.pages.append(Page(name, mask(read_text(response)), like))
        return response


def open_customer_pages(product: Product) -> Browser:
    """Open each example's page locked and unlocked, the map near the door, and links that lead nowhere."""
    browser = Browser()
    for name, state in EXAMPLES.items():
        path = f"/t/{book_example(bookings.rename(state, f'SLX-{name}'))}"
        etag = browser.open(f"customer-{name}-locked", path)["ETag"]
        browser.recorder.call(browser.client, "GET", path, If_None_Match=etag)
        browser.recorder.call(browser.client, "POST", f"{path}/unlock", form={"secret": SECRET})
        browser.open(f"customer-{name}-unlocked", path, like=f"customer-{name}-locked")
    path = f"/t/{book_example(bookings.rename(EXAMPLES['booked'], 'SLX-wrong'))}"
    browser.open("customer-wrong-secret", f"{path}/unlock", "POST", form={"secret": "1"})
    browser.open("customer-no-such-link", f"/t/{'A' * 22}")
    _open_near_page(browser)
    return browser


def _open_near_page(browser: Browser) -> None:
    path = f"/t/{nearby.ride(4)}"
    browser.recorder.call(browser.client, "POST", f"{path}/unlock", form={"secret": nearby.SECRET})
    browser.open("customer-near", path)


def open_public_pages(browser: Browser) -> None:
    """Open the page to find a shipment, its refusals, and the error pages."""
    browser.open("home", "/")
    browser.open("find", "/track/")
    for number in range(7):
        name = {0: "find-missing", 6: "find-limited"}.get(number)
        form = {"number": "SLX-1001", "secret": "9999"}
        if name:
            browser.open(name, "/track/", "POST", form=form)
        else:
            browser.recorder.call(browser.client, "POST", "/track/", form=form, keep="hash")
    browser.open("no-such-page", "/no/such/page")
    request = RequestFactory().get("/nowhere")
    browser.pages += [
        Page(f"trouble-{name}", answer(request).content.decode()) for name, answer in TROUBLES.items()
    ]


def open_console(product: Product) -> Browser:
    """Open every page of the console after the day, before and after signing in."""
    browser = Browser()
    for path in ("/ops/", "/ops/pipeline/now/", "/ops/fleet.json"):
        browser.recorder.call(browser.client, "GET", path)
    browser.recorder.call(browser.client, "POST", "/ops/shipments/SLX-1004/as-customer")
    browser.open("ops-login", "/ops/login/?next=/ops/")
    browser.client.force_login(make_staff())
    product.clear_key_figures()
    for name, path in OPS.items():
        browser.open(f"ops-{name}", path, like="ops-shipment-delivered" if name == "shipment-applied" else "")
    for path in OPS_ANSWERS:
        browser.recorder.call(browser.client, "GET", path)
    browser.recorder.call(browser.client, "POST", "/ops/shipments/SLX-1004/as-customer")
    browser.recorder.call(browser.client, "POST", "/ops/theme/", form={"theme": "dark", "next": "/ops/"})
    browser.open("ops-dark", "/ops/shipments/?q=nobody")
    return browser


def open_while_disconnected(product: Product, browser: Browser, key: str) -> None:
    """Open pages and call the API while no store, stream or queue can be reached."""
    product.disconnect()
    browser.open("ops-pipeline-unreachable", "/ops/pipeline/")
    browser.open("ops-shipment-unreachable", "/ops/shipments/SLX-1001")
    browser.recorder.call(browser.client, "GET", "/ops/shipments/SLX-1001/brief")
    browser.recorder.call(browser.client, "GET", "/tracking/SLX-1001")
    browser.recorder.call(browser.client, "GET", "/api/v1/tracking/SLX-1001", key=key)
    event = {"shipment_id": "SLX-1001", "status": "delivered"}
    browser.recorder.call(browser.client, "POST", "/api/v1/events", key=key, body=event)


def read_sockets(day: Day) -> dict[str, Any]:
    """Read the first frame of every kind of socket, and collect the frames pushed during the day."""
    staff = User(username="operator", is_staff=True, is_superuser=True)
    live = day.product.tracking.live
    firsts = {
        path: _read_first_frame(path, staff if path == "/ws/ops/" else None)
        for path in ("/ws/track/SLX-1004/", "/ws/track/SLX-1004/?since=999", "/ws/ops/")
    }
    return {
        "first": firsts,
        "states": [frame for name, frame in live.shipments if name == "SLX-1006"],
        "positions": live.positions,
        "fleet": live.fleet,
    }


def _read_first_frame(path: str, user: Any) -> dict[str, Any]:
    async def read() -> dict[str, Any]:
        socket = await open_socket(path, user)
        frame = await socket.read()
        await socket.leave()
        return frame

    # Channels would close the database connection whose transaction holds the whole scenario.
    with patch("channels.db.close_old_connections"):
        return async_to_sync(read)()


def write_pages(browser: Browser) -> dict[str, str]:
    """Return the pages by the name of their file."""
    texts = {page.name: page.text for page in browser.pages}
    whole = {f"pages/{page.name}.html": page.text for page in browser.pages if not page.like}
    return whole | {
        f"pages/{page.name}.diff": compare(texts[page.like], page.text) for page in browser.pages if page.like
    }
