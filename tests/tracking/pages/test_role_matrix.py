"""Every address of console and admin, as each role: made from the URL resolver, so none is left out."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

import workers.ports
from notifications.models import Delivery, OutboxMessage
from notifications.webhooks.models import WebhookDelivery
from tests.notifications.webhooks.partners import make_endpoint, open_many
from tests.staff import make_staff
from tests.tracking.pages.bookings import book
from tracking.models import Vehicle
from tracking.ports import ports
from tracking.services.operations.incidents import open_incident
from tracking.services.partners.drivers import keep_driver
from tracking.services.requests.roles import LOWEST_ROLES, Role, Verb
from workers.adapters.memory import MemoryBus, MemoryQuarantine, MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.places.index import OfflinePlaces
from workers.ports import WorkerPorts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static", "stores")]
SHIPMENT_ID = "SLX-1"
VALUES = {"shipment_id": SHIPMENT_ID, "change_id": "chg_1", "vehicle_id": "KA-1"}
# Fields of every form of the console; each view reads its own.
FORM = {"resolution": "other", "snooze": "1_h", "note": "called", "name": "Mine", "entries": "1"}
# Answers without an object in the right state: a resolved incident, an action, a view, an event, an archive,
# a runbook.
MISSING = "undo correct drop_view streets confirm_correction decline_correction".split()
WITHOUT_OBJECT = {"ops:reopen": 409, "workers:runbook": 404} | {f"ops:{name}": 404 for name in MISSING}
# Steps of the sign-in, and the theme, which is a cookie.
OPEN = {"ops:no_role", "ops:login", "ops:logout", "ops:theme", "ops:verify", "ops:enrol"}
# Views of the admin that show nothing of a model or write nothing but the account's own password.
ADMIN_OPEN = {
    "admin:" + name
    for name in (
        "index login logout password_change password_change_done autocomplete jsi18n view_on_site app_list"
    ).split()
}


METHODS = ("get", "post")


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is written to the database inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Address(NamedTuple):
    name: str
    path: str
    view: Any


def list_addresses(patterns: Any, prefix: str = "/", namespace: str = "") -> Iterator[Address]:
    for pattern in patterns:
        path = prefix + fill(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from list_addresses(pattern.url_patterns, path, inner)
        elif isinstance(pattern, URLPattern):
            yield Address(f"{namespace}{pattern.name}", path, pattern.callback)


def fill(route: str) -> str:
    """Put values into a route; of a regular expression the first alternative is taken."""
    route = re.sub(r"<(?:\w+:)?(\w+)>(?![^()]*\))", lambda found: VALUES.get(found[1], "1"), route)
    route = re.sub(r"\(\?P<url>[^)]*\)", "", route)
    return re.sub(r"\(\?P<\w+>(\w+)[^)]*\)", r"\1", route).strip("^$").replace("\\", "")


def list_under(prefix: str) -> list[Address]:
    return [found for found in list_addresses(get_resolver().url_patterns) if found.path.startswith(prefix)]


CONSOLE = [address for address in list_under("/ops/") if address.name not in OPEN]
ADMIN = [
    address
    for address in list_under("/admin/")
    if address.name not in ADMIN_OPEN and address.name != "admin:None"
]


@pytest.fixture
def stores(world):
    before = workers.ports.ports()
    workers.ports.wire(
        WorkerPorts(
            stream=MemoryStream(shards=1),
            leases=MemoryLeases(),
            quarantine=MemoryQuarantine(),
            bus=MemoryBus(),
            queues=MemoryQueues(("notify",)),
            places=OfflinePlaces(),
        )
    )
    yield
    workers.ports.wire(before)


@pytest.fixture
def addresses(db) -> dict[str, str]:
    """Paths by name, with the incident, the delivery and the e-mail that exist."""
    book(None, shipment_id=SHIPMENT_ID)
    incident = open_incident(
        ports().live, "exception", SHIPMENT_ID, "why", timezone.now(), shipment_id=SHIPMENT_ID
    )
    endpoint = make_endpoint()
    van = Vehicle.objects.create(vehicle_id=VALUES["vehicle_id"], partner=endpoint.partner)
    keep_driver(van, "Suresh", "")
    open_many(endpoint, [1])
    delivery = WebhookDelivery.objects.get()
    mail = OutboxMessage.objects.create(
        change_id="chg_1",
        transport="email",
        shipment_id=SHIPMENT_ID,
        trigger="delivered",
        html="<p>Delivered</p>",
    )
    Delivery.objects.create(
        change_id="chg_1", transport="email", shipment_id=SHIPMENT_ID, trigger="delivered", outcome="sent"
    )
    rows = {
        "/outbox/1/": f"/outbox/{mail.pk}/",
        "/webhooks/deliveries/1/": f"/webhooks/deliveries/{delivery.pk}/",
    }
    paths = {address.name: _put_in(address.path, rows) for address in CONSOLE}
    return paths | {"incident": str(incident.pk)}


def _put_in(path: str, rows: dict[str, str]) -> str:
    for old, new in rows.items():
        path = path.replace(old, new)
    return path


def is_turned_away(response) -> bool:
    """Return whether the answer leads to the sign-in."""
    leads_to = response.headers.get("Location", "") + response.headers.get("HX-Redirect", "")
    return response.status_code == 401 or "/ops/login/" in leads_to


def test_the_resolver_lists_console_and_admin() -> None:
    assert {address.name for address in CONSOLE} >= {"ops:fleet", "workers:pipeline", "notifications:outbox"}
    assert {address.name for address in ADMIN} >= {"admin:auth_user_add", "admin:tracking_staffaction_delete"}


@pytest.mark.parametrize("address", CONSOLE, ids=lambda address: address.name)
def test_every_view_of_the_console_names_what_it_does(address):
    assert isinstance(getattr(address.view, "verb", None), Verb)


@pytest.mark.parametrize("has_account", [False, True], ids=["stranger", "account without a role"])
def test_who_has_no_role_is_led_to_the_sign_in(client, addresses, has_account):
    if has_account:
        client.force_login(User.objects.create_user("new", is_staff=True))
    answers = {
        f"{method} {address.name}": getattr(client, method)(addresses[address.name])
        for address, method in product(CONSOLE, METHODS)
    }
    admitted = {
        request: answer.status_code
        for request, answer in answers.items()
        if not is_turned_away(answer) and answer.status_code != 405
    }
    assert len(answers) == len(METHODS) * len({address.name for address in CONSOLE})
    assert admitted == {}


@pytest.mark.parametrize("address", CONSOLE, ids=lambda address: address.name)
def test_a_view_admits_the_roles_of_its_verb_and_no_other(client, addresses, address):
    for role, method in product(Role, METHODS):
        with undone():
            client.force_login(make_staff(role))
            form = FORM | {"card": addresses["incident"]}
            response = getattr(client, method)(addresses[address.name], form)
        request = f"{method} as {role.group}"
        assert not is_turned_away(response), request
        assert (response.status_code == 403) == (role < LOWEST_ROLES[address.view.verb]), request
        allowed = {200, 204, 302, 403, 405, WITHOUT_OBJECT.get(address.name)}
        assert response.status_code in allowed, request


@pytest.mark.parametrize("role", Role, ids=lambda role: role.group)
def test_no_role_writes_in_the_admin(client, role):
    client.force_login(make_staff(role))
    answers = {
        f"{method} {address.name}": getattr(client, method)(address.path)
        for address, method in product(ADMIN, METHODS)
    }
    # The admin leads to its root where an object does not exist.
    admitted = {
        request: answer.status_code
        for request, answer in answers.items()
        if answer.status_code not in {403, 405} and answer.headers.get("Location") != "/admin/"
    }
    assert admitted == {}


@pytest.mark.parametrize("has_account", [False, True], ids=["stranger", "account without a role"])
def test_who_has_no_role_sees_no_page_of_the_admin(client, has_account):
    if has_account:
        client.force_login(User.objects.create_user("new", is_staff=True))
    answers = {
        f"{method} {address.path}": getattr(client, method)(address.path).status_code
        for address, method in product(list_under("/admin/"), METHODS)
    }
    assert {request: code for request, code in answers.items() if code not in {302, 404}} == {}
