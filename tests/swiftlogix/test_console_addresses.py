"""No text in an address or a parameter makes the console fail: all its GET addresses, with hostile values.

By day each address gets a few of the values in turn, so that every value is used; at night
(`make test-nightly`) every address gets every value.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

import tracking.ports
import workers.ports
from tests.events import make_fix
from tests.house.sources import modules
from tests.properties import IS_NIGHT
from tests.workers.world import World

pytestmark = [pytest.mark.nightly, pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
HOSTILE = (
    "",
    " ",
    "x" * 3000,
    "x" * 60_000,
    " ".join(["SLXDTRQZMZT277"] * 160),
    "ज" * 700,
    "9" * 18,
    "9" * 5000,
    "-1",
    "١٢",
    "²",
    "vehicle#VH1",
    "vehicle#VH1/brief",
    "0001-01-01T00:00:00+05:30",
    "9999-12-31T23:59:59-05:30",
    "1",
    "9999",
    "1e308",
    "nan",
    "..",
    "a\x00b",
    "%",
    "'\";--",
    "\u202e\u200b",
    "😀" * 100,
)
# Bytes that are not UTF-8, as they stand in an address.
BROKEN = ("%FF%FE", "%ED%A0%BD")
CONSOLE = re.compile(r"ops/|admin/")
_PARAMETER = re.compile(r"<[^>]+>|\(\?P<\w+>\.\*\)\$?")
_READ = re.compile(r'GET(?:\.get\(|\[)"(\w+)"')
# Parameters of Django's own views.
OF_DJANGO = (
    "next",
    "p",
    "o",
    "e",
    "all",
    "outcome__exact",
    "reason__exact",
    "id__exact",
    "claimed_at__year",
    "_popup",
)


def list_routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Yield the routes of the console; parts that vary are in angle brackets."""
    for entry in patterns:
        route = before + str(entry.pattern)
        if isinstance(entry.pattern, RegexPattern):
            route = before + str(entry.pattern).removeprefix("^")
        if isinstance(entry, URLResolver):
            yield from list_routes(entry.url_patterns, route)
        elif CONSOLE.match(route):
            yield route


def fill(route: str, value: str) -> str:
    """Return the address of a route with this (quoted) value in each part that varies."""
    labelled = re.sub(r"\(\?P<app_label>(\w+)[^)]*\)", r"\1", route).removesuffix("$")
    return "/" + _PARAMETER.sub(lambda _: value, labelled)


def list_parameters() -> list[str]:
    """Return the names of all query parameters that our pages read, and those of Django's views."""
    ours = {name for module in modules() for name in _READ.findall(module.text)}
    return sorted(ours.union(OF_DJANGO))


ROUTES = sorted(set(list_routes(get_resolver().url_patterns)))


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.slow)])
def staff(request, client):
    """Sign in a superuser; the stores hold a vehicle whose items lie beside those of shipments."""
    before = tracking.ports.ports(), workers.ports.ports()
    if request.param == "memory":
        world = World()
        tracking.ports.wire(world.tracking)
        workers.ports.wire(world.workers)
    else:
        request.getfixturevalue("local_aws")
    tracking.ports.ports().vehicles.record_fixes([make_fix(0, "VH1", lat=12.97, lon=77.59)])
    client.force_login(User.objects.create_superuser("admin"))
    client.raise_request_exception = False
    yield client
    tracking.ports.wire(before[0])
    workers.ports.wire(before[1])


def spread(routes: Sequence[str], values: Sequence[str], each: int) -> Iterator[tuple[str, str]]:
    """Yield each route with the next `each` of the values in turn; at night with every value."""
    turn = cycle(values)
    for route in routes:
        for value in islice(turn, len(values) if IS_NIGHT else each):
            yield route, value


def find_failures(client, addresses: Iterator[str]) -> list[str]:
    """Return the addresses that are answered with 500, cut to a readable length."""
    return [address[:120] for address in addresses if client.get(address).status_code == 500]


def test_the_walk_knows_the_console():
    assert {"ops/", "ops/shipments/", "ops/shipments/<id:shipment_id>/brief", "ops/outbox/"} <= set(ROUTES)
    assert {"q", "status", "before", "show", "seen", "shipment"} <= set(list_parameters())
    assert not [route for route in ROUTES if re.search(r"[()<>^]", fill(route, "x"))]


def test_no_value_in_a_path_makes_the_console_fail(staff):
    values = [*(quote(value, safe="") for value in HOSTILE if value), *BROKEN]
    ours = [route for route in ROUTES if _PARAMETER.search(route) and route.startswith("ops/")]
    assert find_failures(staff, (fill(*pair) for pair in spread(ours, values, 5))) == []


@pytest.mark.parametrize("staff", ["memory"], indirect=True)
def test_no_value_in_a_path_makes_the_admin_fail(staff):
    values = [*(quote(value, safe="") for value in HOSTILE if value), *BROKEN]
    admin = [route for route in ROUTES if _PARAMETER.search(route) and not route.startswith("ops/")]
    assert find_failures(staff, (fill(*pair) for pair in spread(admin, values, 1))) == []


@pytest.mark.slow
def test_no_value_of_a_parameter_makes_the_search_fail(staff):
    values = [*(quote(value, safe="") for value in HOSTILE), *BROKEN]
    pairs = spread(list_parameters(), values, 3)
    assert find_failures(staff, (f"/ops/shipments/?{name}={value}" for name, value in pairs)) == []


@pytest.mark.slow
@pytest.mark.parametrize("staff", ["memory"], indirect=True)
def test_no_value_of_all_parameters_together_makes_the_console_fail(staff):
    values = [*(quote(value, safe="") for value in HOSTILE), *BROKEN]
    queries = ["&".join(f"{name}={value}" for name in list_parameters()) for value in values]
    addresses = (f"{fill(route, '1')}?{query}" for route, query in spread(ROUTES, queries, 2))
    assert find_failures(staff, addresses) == []
