"""Measures the work of the role `queues` for webhooks: the listener's and the sender's, and the sweep's.

Everything is that of production, except that changes come from a task and states from memory.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")

import django

django.setup()

from django.core.management import call_command
from django.db.models import Count

import tracking.ports
from laboratory.bench import rebinding_names
from laboratory.bench.task_server import CpuMeter, read_memory_mb, serve_tasks
from laboratory.bench.webhook_changes import record_parcel
from laboratory.bench.webhook_load import Kind, Load, read_load
from laboratory.local.addresses import wait_until
from notifications.webhooks.endpoint_secrets import set_secret
from notifications.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_live import MemoryLivePush
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.models import Partner
from tracking.ports import TrackingPorts
from workers import runtime
from workers.adapters.memory_stream import MemoryStream
from workers.tasks import start_webhooks

SWEEP_EVERY_S = 5.0
# A webhook without an attempt by then is one that was starved.
DONE_WITHIN_S = 60.0
# An attempt that gets no answer ends after 15 s.
CLOSED_WITHIN_S = 20.0
LOOK_EVERY_S = 0.5
CREATED_BEFORE = timedelta(hours=1)
# Kinds whose webhooks the run waits for.
ANSWERING = (Kind.HEALTHY, Kind.SLOW)


def run_task(task: dict[str, Any], meter: CpuMeter) -> None:
    """Take the changes of a load when they are due, until each answering endpoint has got its webhooks."""
    load = read_load(task)
    _store_endpoints(load)
    _start_loop()
    memory = [read_memory_mb()]
    with _sweep():
        time.sleep(max(0.0, load.begins_at - time.time()))
        with meter:
            for number in range(load.changes):
                time.sleep(max(0.0, load.find_due(number) - time.time()))
                partner_id = _name_partner(number % load.partners)
                change = _make_change(load.name_change(number), partner_id, load.find_due(number))
                runtime.LISTENERS["webhooks"](change)
                if number == load.changes // 2:
                    memory.append(read_memory_mb())
            wait_until(_are_all_attempted, DONE_WITHIN_S, LOOK_EVERY_S)
    memory.append(read_memory_mb())
    meter.counts |= _count_attempts()
    for name, value in zip(("memory, start", "memory, middle", "memory, end"), memory, strict=True):
        meter.beside[name] = [value, "MB"]


def _start_loop() -> None:
    """Start the loop of this process anew; receivers have closed the connections of the run before."""
    if runtime.webhook_loop.cache_info().currsize:
        runtime.webhook_loop().close(CLOSED_WITHIN_S)
        runtime.webhook_loop.cache_clear()
    runtime.webhook_loop().start()


def _store_endpoints(load: Load) -> None:
    """Store the endpoints of a load and their partners, and delete those of the load before."""
    Partner.objects.all().delete()
    named = [
        Partner(partner_id=_name_partner(number), name=f"Partner {number}") for number in range(load.partners)
    ]
    partners = Partner.objects.bulk_create(named)
    owners = {endpoint: change for change in range(load.partners) for endpoint in load.list_endpoints(change)}
    endpoints = [
        WebhookEndpoint(
            endpoint_id=f"{load.kinds[number]}-{number}",
            partner=partners[owners[number]],
            url=url,
            types=["shipment.*"],
            created_at=datetime.fromtimestamp(load.begins_at, UTC) - CREATED_BEFORE,
        )
        for number, url in enumerate(load.urls)
    ]
    for endpoint in endpoints:
        set_secret(endpoint)
    WebhookEndpoint.objects.bulk_create(endpoints)


def _name_partner(number: int) -> str:
    return f"prt_{number}"


@contextmanager
def _sweep() -> Iterator[None]:
    """Run the task of the sweep every five seconds meanwhile."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(SWEEP_EVERY_S):
            start_webhooks()

    thread = threading.Thread(target=run, name="sweep")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _are_all_attempted() -> bool:
    """Return whether each webhook to an answering endpoint has had an attempt that ended."""
    untried = WebhookDelivery.objects.filter(attempts=0, outcome=WebhookDelivery.Outcome.WAITING)
    return not any(untried.filter(endpoint__endpoint_id__startswith=kind).exists() for kind in ANSWERING)


def _count_attempts() -> dict[str, int]:
    """Return the numbers of webhooks and of attempts, and of attempts by what they ended with."""
    ends = WebhookAttempt.objects.values_list("status", "fault").annotate(Count("pk")).order_by()
    counts = {f"ended with {fault or status}": number for status, fault, number in ends}
    return {"webhooks": WebhookDelivery.objects.count(), "attempts": sum(counts.values())} | counts


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    rebinding_names.install()
    _store = MemoryShipmentStore()
    tracking.ports.wire(TrackingPorts(_store, MemoryStream(), MemoryLivePush(), MemoryVehicleStore()))
    _make_change = record_parcel(_store, datetime.now(UTC))
    serve_tasks(run_task)
