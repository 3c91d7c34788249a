"""Every page in each language, theme and width: axe, fit, faults; only `make axe` runs these tests."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client

import notifications.ports
from notifications.webhooks.models import WebhookDelivery
from tests.browser.admin_pages import make_admin_pages
from tests.browser.console_world import NOON, VEHICLE, fill_console, wire_memory
from tests.browser.fleet_world import launch_with_webgl
from tests.browser.public_pages import open_public_world
from tests.browser.views import CUSTOMER_WIDTHS, STAFF_WIDTHS, judge_everywhere
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.notifications.traces import SOON, send_everywhere, wire_transports
from tests.opt_in import only_with
from tests.staff import make_staff
from tests.tracking.admin.forms import page_of
from tests.tracking.pages.bookings import book, rename
from tests.tracking.pages.examples import NOW, STATES
from tests.tracking.pages.nearby import SECRET, ride
from tests.tracking.pages.quality import fill_quality
from tests.tracking.pages.rich_shipment import CONTACT, SHIPMENT_ID, make_rich_shipment
from tests.workers.world import World
from tracking import ports
from tracking.models import Hub, Partner
from tracking.services.requests.roles import Role
from tracking.translation import LANGUAGES

pytestmark = [pytest.mark.browser, in_browser, only_with("AXE", "make axe")]
ADMIN_WIDTHS = {"small": 320} | STAFF_WIDTHS
# Chromium reports the answer to a refused form or an unknown link as an error, and its WebGL driver each
# screenshot that waited for it.
EXPECTED = ("status of 4", "ReadPixels", "ERR_INTERNET_DISCONNECTED")
CONSOLE = {
    "fleet-table": "/ops/?view=table",
    "fleet-map": f"/ops/?view=map&vehicle={VEHICLE}",
    "vehicles": "/ops/vehicles/",
    "replay": f"/ops/vehicles/{VEHICLE}/?day={NOON:%Y-%m-%d}",
    "incidents": "/ops/incidents/",
    "shipments": "/ops/shipments/",
    "shipments-none": "/ops/shipments/?q=nobody",
    "shipment": f"/ops/shipments/{SHIPMENT_ID}",
    "correct": f"/ops/shipments/{SHIPMENT_ID}/correct?event=attempt",
    "kpis-day": "/ops/kpis/",
    "kpis-hub": "/ops/kpis/?by=hub",
    "kpis-lane": "/ops/kpis/?by=lane",
    "kpis-partner": "/ops/kpis/?by=partner",
    "pipeline": "/ops/pipeline/",
    "audit": "/ops/audit/",
    "rules": "/ops/rules/",
    "missing": "/ops/nowhere",
}
LOGINS = {"login": "/ops/login/", "admin-login": "/admin/login/"}
READY = {
    "fleet-map": "[data-fleet][data-map-ready]",
    "replay": "[data-replay-controls]:not([hidden])",
    "shipment": "[data-eta][data-drawn] canvas",
}


@pytest.fixture(scope="module")
def browser(browser_type, browser_type_launch_args):
    launched = launch_with_webgl(browser_type, browser_type_launch_args)
    yield launched
    launched.close()


@contextmanager
def open_page(browser: Any, web: str, user: Any = None) -> Iterator[tuple[Any, Watch]]:
    """Open a window, of the account if there is one; yield its page and watch."""
    context = browser.new_context()
    if user is not None:
        client = Client()
        client.force_login(user)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}])
    page = context.new_page()
    yield page, Watch(page, web)
    context.close()


def judge_pages(
    opened: tuple[Any, Watch],
    web: str,
    paths: Mapping[str, str],
    widths: Mapping[str, int] = CUSTOMER_WIDTHS,
    prepare: Callable[[Any, str], None] = lambda _page, _name: None,
    mark: str = "",
) -> dict[str, Any]:
    """Return what is wrong with the pages, by name and view; `prepare` gets each open page with its name."""
    page, watch = opened
    found: dict[str, Any] = {}
    for name, path in paths.items():
        known = len(watch.faults())
        page.goto(f"{web}{path}")
        prepare(page, name)
        found |= judge_everywhere(page, watch, f"all-{name}{mark}", widths)
        faults = [one for one in watch.faults()[known:] if not any(word in one for word in EXPECTED)]
        if faults:
            found[f"{name}{mark} faults"] = faults
    return found


def book_states() -> dict[str, str]:
    """Book a shipment in each state, with all that its page can show; return the paths."""
    partner = Partner.objects.create(
        partner_id="prt_kaveri", name="Kaveri Crafts", support_phone="+918012345678"
    )
    fields = {"partner": partner, "contact": CONTACT, "cod_amount": "499.00"}
    paths = {name: f"/t/{book(rename(state, f'SLX-{name}'), **fields)}" for name, state in STATES.items()}
    Hub.objects.filter(hub_id="MYS-HUB").update(address="14 Ring Road, Hebbal")
    return paths | {"near": f"/t/{ride(4)}"}


def unlock(page: Any, _name: str) -> None:
    """Unlock the open page of a parcel, and open each of its forms."""
    if not page.is_visible("#secret"):
        page.click("#private summary")
    page.fill("#secret", SECRET)
    page.click("#private button")
    page.wait_for_selector("main[data-ready] #private.acts")
    for form in page.locator("details").all():
        form.evaluate("details => { details.name = ''; details.open = true; }")


@pytest.mark.parametrize("is_unlocked", [False, True], ids=["locked", "unlocked"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_a_parcel_has_no_fault_in_any_view(language, is_unlocked, browser, web, store) -> None:
    with time_machine.travel(NOW, tick=False), open_page(browser, web) as opened:
        opened[0].clock.set_fixed_time(NOW)
        paths = {name: f"{path}?lang={language}" for name, path in book_states().items()}
        more = {"prepare": unlock} if is_unlocked else {}
        mark = f"-{'unlocked' if is_unlocked else 'locked'}-{language}"
        assert judge_pages(opened, web, paths, mark=mark, **more) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_public_page_has_no_fault_in_any_view(language, browser, web, store) -> None:
    with open_public_world() as links, open_page(browser, web) as opened:
        paths = {name: f"{path}?lang={language}" for name, path in links.items()}
        assert judge_pages(opened, web, paths, mark=f"-{language}") == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_on_quality_has_no_fault_in_any_view(language, browser, web, store) -> None:
    lanes, end = fill_quality()
    wired = ports.ports()
    ports.wire(dataclasses.replace(wired, lanes=lanes, counter=None))
    with time_machine.travel(end, tick=False), open_page(browser, web) as opened:
        path = {"quality": f"/eta-quality/?lang={language}"}
        assert judge_pages(opened, web, path, prepare=open_details, mark=f"-{language}") == {}
    ports.wire(wired)


def open_details(page: Any, _name: str) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")


def test_the_page_of_the_api_has_no_fault_in_any_view(browser, web, store) -> None:
    with open_page(browser, web) as opened:
        assert judge_pages(opened, web, {"api-docs": "/api/docs/"}, prepare=open_operations) == {}


def open_operations(page: Any, _name: str) -> None:
    page.wait_for_selector(".opblock")
    page.locator(".opblock-post .opblock-summary-control").first.click()
    page.wait_for_selector(".opblock-body .response")


def test_every_page_of_the_console_has_no_fault_in_any_view(browser, web, transactional_db, files) -> None:
    with wire_memory() as memory:
        user = fill_console(memory)
        before = notifications.ports.ports()
        wire_transports()
        make_rich_shipment(ports.ports().store, datetime.now(UTC))
        with open_page(browser, web, user) as opened:
            found = judge_pages(opened, web, CONSOLE, STAFF_WIDTHS, wait_until_drawn, "-ops")
        notifications.ports.wire(before)
    assert found == {}


def wait_until_drawn(page: Any, name: str) -> None:
    if name == "shipment":
        page.locator("[data-track]").scroll_into_view_if_needed()
    if name in READY:
        page.locator(READY[name]).first.wait_for()


def test_every_page_about_messages_has_no_fault_in_any_view(browser, web, store) -> None:
    before = notifications.ports.ports()
    wire_transports()
    with time_machine.travel(SOON, tick=False):
        change = send_everywhere(World(store), "sms", "email")
    paths = {
        "changes": "/ops/changes/",
        "change": f"/ops/changes/{change.change_id}/",
        # E-mails are shown in a sandbox without scripts, where axe never ends: test_emails.py judges them.
        "outbox": "/ops/outbox/",
        "webhooks": "/ops/webhooks/",
        "webhook": f"/ops/webhooks/deliveries/{WebhookDelivery.objects.first().pk}",
    }
    with open_page(browser, web, make_staff(Role.SUPERVISOR, "meera")) as opened:
        found = judge_pages(opened, web, paths, STAFF_WIDTHS, mark="-ops")
    notifications.ports.wire(before)
    assert found == {}


def test_every_page_of_signing_in_has_no_fault_in_any_view(browser, web, store, settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    with open_page(browser, web) as opened:
        found = judge_pages(
            opened, web, {"login": "/ops/login/", "admin-login": "/admin/login/"}, ADMIN_WIDTHS
        )
    with open_page(browser, web, make_staff(Role.OPERATOR, "asha")) as opened:
        found |= judge_pages(opened, web, {"enrol": "/ops/login/enrol/"}, ADMIN_WIDTHS)
    assert found == {}


def test_every_page_of_the_admin_has_no_fault_in_any_view(browser, web, store) -> None:
    user = User.objects.create_superuser("supervisor", password="a long and odd pass phrase")
    with open_page(browser, web, user) as opened:
        assert judge_pages(opened, web, list_admin_pages(), ADMIN_WIDTHS, mark="-admin") == {}


def list_admin_pages() -> dict[str, str]:
    """Return the pages with a record, and the list of each model."""
    models = [model._meta for model in admin.site._registry]
    names = [f"{meta.app_label}_{meta.model_name}" for meta in models]
    return {f"list-{name}": page_of(name) for name in names} | make_admin_pages()
