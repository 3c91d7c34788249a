"""Runs the golden scenario and collects its results as the files that are recorded."""

import hashlib
import json
from typing import Any

from django.db import transaction
from django.test import Client

from tests.golden.frozen import frozen
from tests.golden.pages import (
    open_console,
    open_customer_pages,
    open_public_pages,
    open_while_disconnected,
    read_sockets,
    write_pages,
)
from tests.golden.product import EXAMPLES_NOW, Delivery, OutboxMessage
from tests.golden.reads import READS
from tests.golden.recording import read_rows, to_json, to_rows
from tests.golden.scenario import Day
from tests.golden.stored import read_others, read_values
from tests.golden.wire import Wire
from tests.golden.world import Product, clients_on, render_all_messages


def play() -> dict[str, str]:
    """Return the product's answers by the name of their file; the database is rolled back."""
    files: dict[str, str] = {}
    for part in (play_day, play_examples):
        with transaction.atomic():
            files |= part()
            transaction.set_rollback(True)
    return files


def play_day() -> dict[str, str]:
    """Run the day of parcels: what it stores and sends, and what can be read afterwards."""
    wire = Wire()
    with frozen() as clock, clients_on(wire):
        product = Product(wire, clock)
        try:
            day = Day(product, Client())
            day.play()
            files = {"api-day.json": _take_calls(day)} | _list_stored(wire)
            files["messages.json"] = to_json({"wording": render_all_messages(), "sent": _list_messages()})
            files["sockets.json"] = to_json(read_sockets(day))
            for name, read in READS.items():
                read(day)
                files[f"api-{name}.json"] = _take_calls(day)
            console = open_console(product)
            open_while_disconnected(product, console, day.key)
            files["console.json"] = to_json(console.recorder.calls)
            files |= write_pages(console)
        finally:
            product.restore_ports()
        rows = read_rows(files["items.json"])
        values = {"shipments": read_values(rows), "others": read_others(rows)}
        return files | {"values.json": to_json(values)}


def play_examples() -> dict[str, str]:
    """Open the customer's pages of the example parcels, one for each state."""
    wire = Wire()
    with frozen(EXAMPLES_NOW) as clock, clients_on(wire):
        product = Product(wire, clock)
        try:
            browser = open_customer_pages(product)
            open_public_pages(browser)
        finally:
            product.restore_ports()
        return {"customer.json": to_json(browser.recorder.calls)} | write_pages(browser)


def _list_stored(wire: Wire) -> dict[str, str]:
    entries = [
        entry
        | {
            "Detail": json.loads(entry["Detail"]),
            "sha256": hashlib.sha256(entry["Detail"].encode()).hexdigest(),
        }
        for entry in wire.entries
    ]
    rows = [row for _, row in sorted(wire.rows.items())]
    return {"items.json": to_rows(rows), "bus.json": to_json(entries)}


def _list_messages() -> dict[str, list[Any]]:
    """List every delivery decision and every sent message, oldest first."""
    return {
        "deliveries": [
            # The key of the hash is random.
            _format_row(row | {"address_hash": bool(row["address_hash"])})
            for row in Delivery.objects.order_by("pk").values()
        ],
        "outbox": [_format_row(row) for row in OutboxMessage.objects.order_by("pk").values()],
    }


def _format_row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}


def _take_calls(day: Day) -> str:
    calls, day.recorder.calls = day.recorder.calls, []
    return to_json(calls)
