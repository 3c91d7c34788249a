"""Search, lists and key figures of the console on a million shipments; only `make test-million` runs it.

It prints the times as JSON, and writes how the database answers the slowest queries to `build/plans`.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.opt_in import only_with
from tests.staff import make_staff
from tests.tracking.pages.bookings import HUBS
from tracking.domain.indian_time import date_in_india
from tracking.models import Hub, Partner, Shipment
from tracking.services.operations.day_figures import count_day
from tracking.services.requests.roles import Role

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("plain_static", "world"),
    only_with("MILLION", "make test-million"),
]
BASE, COPIES = 20_000, 50
CALLS, SEARCH_P95_MS, LIST_P95_MS = 20, 150.0, 300.0
DAYS = 30
FILL_CACHE_KB, USUAL_CACHE_KB = 1_000_000, 2_000
# Status, and its share: most are delivered, a few are rare.
STATUSES = {
    "delivered": 0.9,
    "in_transit": 0.06,
    "out_for_delivery": 0.03,
    "returned": 0.0095,
    "lost": 0.0005,
}
PLANS = Path(__file__).parents[2] / "build" / "plans"
SLOWEST = 6
Plans = dict[str, tuple[float, str]]


def fill(now: datetime) -> None:
    """Book twenty thousand shipments of eight hubs and forty partners, and copy each fifty times."""
    draw = Random(1)
    hubs = [Hub.objects.create(hub_id=name, pin_code="560000", **fields) for name, fields in HUBS.items()]
    partners = [Partner.objects.create(partner_id=f"prt_{n}", name=f"Partner {n}") for n in range(40)]
    drawn = draw.choices(list(STATUSES), list(STATUSES.values()), k=BASE)
    rows = [make_row(number, status, draw, hubs, partners, now) for number, status in enumerate(drawn)]
    Shipment.objects.bulk_create(rows, batch_size=500)
    columns = [
        field.column
        for field in Shipment._meta.concrete_fields
        if not field.generated and field.column not in {"id", "shipment_id", "reference"}
    ]
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        give_cache(cursor, FILL_CACHE_KB)
        for copy in range(1, COPIES):
            cursor.execute(
                f"INSERT INTO tracking_shipment (shipment_id, reference, {names})"
                f" SELECT shipment_id || '{copy:02}', reference || '{copy:02}', {names}"
                " FROM tracking_shipment WHERE length(shipment_id) = 10"
            )
        cursor.execute("ANALYZE")
        give_cache(cursor, USUAL_CACHE_KB)
    for days in range(DAYS):
        count_day(date_in_india(now) - timedelta(days=days), now)


def give_cache(cursor: Any, kb: int) -> None:
    """Set the page cache of SQLite: without one, ten indexes of a million rows are read from disk again."""
    if connection.vendor == "sqlite":
        cursor.execute(f"PRAGMA cache_size = -{kb}")


def make_row(
    number: int, status: str, draw: Random, hubs: list[Hub], partners: list[Partner], now: datetime
) -> Shipment:
    """Return a booking of the last month."""
    origin, destination = draw.sample(hubs, 2)
    at = now - timedelta(seconds=draw.uniform(0, DAYS * 86_400))
    return Shipment(
        shipment_id=f"SLX-{number:06d}",
        partner=draw.choice(partners),
        reference=f"ORD-{number}-",
        pin_code=f"{draw.randrange(110001, 855999)}",
        origin_hub=origin,
        destination_hub=destination,
        promised_to=at + timedelta(hours=draw.uniform(-2, 10)),
        created_at=at,
        updated_at=at,
        status=status,
        status_at=at,
        attempts=0 if draw.random() < 0.8 else 1,
        state_version=7,
    )


@contextmanager
def keep_plans(plans: Plans) -> Iterator[None]:
    """Time each query of the block; of the longest of each form, keep how the database answers it."""

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        result = execute(sql, params, many, context)
        took_ms = 1000 * (time.perf_counter() - began)
        if sql.startswith("SELECT") and took_ms > plans.get(sql, (0.0, ""))[0]:
            plans[sql] = (took_ms, read_plan(sql, params))
        return result

    with connection.execute_wrapper(explain):
        yield


def read_plan(sql: str, params: Any) -> str:
    how = "EXPLAIN (ANALYZE, BUFFERS)" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    # A cursor of the driver, since one of Django would be explained too.
    with closing(connection.create_cursor()) as cursor:
        cursor.execute(f"{how} {sql}", params)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def list_pages(now: datetime) -> dict[str, str]:
    """Return the addresses of lists and figures by name."""
    return {
        "shipments": "/ops/shipments/",
        "shipments, deep": "/ops/shipments/?before=500000",
        "shipments, prefix": "/ops/shipments/?q=SLX-0123",
        "shipments, wide prefix": "/ops/shipments/?q=SLX",
        "shipments, unknown": "/ops/shipments/?q=nobody-knows",
        "shipments, rare status": "/ops/shipments/?status=lost",
        "shipments, usual status": "/ops/shipments/?status=delivered",
        "figures by day": "/ops/kpis/",
        "figures by lane": f"/ops/kpis/?by=lane&from={now - timedelta(days=DAYS):%Y-%m-%d}",
        "figures by partner": "/ops/kpis/?by=partner",
        "vehicles": "/ops/vehicles/",
        "incidents": "/ops/incidents/",
        "audit": "/ops/audit/",
    }


# A number, one as people type it, an order, nothing, beginnings, a PIN code, a phone, a hub, an incident.
SEARCHES = "SLX-01234507|slx 012345|ORD-4711-31|nobody|SLX|560034|98450 12345|peenya|ord471|12".split("|")


def find_p95(values: list[float]) -> float:
    return round(sorted(values)[int(len(values) * 0.95) - 1], 1)


def measure(call: Callable[[], Any]) -> float:
    """Return the milliseconds of a call that answers."""
    began = time.perf_counter()
    answer = call()
    took = 1000 * (time.perf_counter() - began)
    assert answer.status_code in {200, 302}
    return took


def test_search_lists_and_figures_of_a_million_shipments_are_fast() -> None:
    now = datetime.now(UTC)
    fill(now)
    assert Shipment.objects.count() == BASE * COPIES
    mysuru = Hub.objects.filter(hub_id="MYS-HUB")
    slow, plans = {}, Plans()
    for scope, hubs in (("everything", ()), ("one hub", mysuru)):
        client = Client()
        client.force_login(make_staff(Role.SUPERVISOR, scope, hubs=hubs))
        times, limits = measure_all(client, now)
        print(json.dumps({"database": connection.vendor, "scope": scope, "p95_ms": times}))  # noqa: T201
        slow |= {f"{scope}: {name}": took for name, took in times.items() if took > limits[name]}
        with keep_plans(plans):
            call_all(client, now)
    write_plans(plans)
    assert slow == {}


def measure_all(client: Client, now: datetime) -> tuple[dict[str, float], dict[str, float]]:
    """Return the 95th percentile of the times in ms, and the limits, by name."""
    searched = [measure(lambda text=text: search(client, text)) for text in SEARCHES * 4]
    times, limits = {"search": find_p95(searched)}, {"search": SEARCH_P95_MS}
    for name, path in list_pages(now).items():
        times[name] = find_p95([measure(lambda path=path: client.get(path)) for _ in range(CALLS)])
        limits[name] = LIST_P95_MS
    return times, limits


def call_all(client: Client, now: datetime) -> None:
    """Open everything that is measured, once."""
    for text in SEARCHES:
        search(client, text)
    for path in list_pages(now).values():
        client.get(path)


def search(client: Client, text: str) -> Any:
    return client.post("/ops/search/", {"q": text}, headers={"HX-Request": "true"})


def write_plans(plans: Plans) -> None:
    """Write the slowest queries with their plans to `build/plans`."""
    PLANS.mkdir(parents=True, exist_ok=True)
    slowest = sorted(plans.items(), key=lambda one: -one[1][0])[:SLOWEST]
    text = "\n\n".join(f"-- {took:.1f} ms\n{sql}\n{plan}" for sql, (took, plan) in slowest)
    (PLANS / f"{connection.vendor}.sql").write_text(text + "\n")
