"""Running product, used from outside as by vehicles, partners, customers and operators."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.distribution import heavy
from tests.laboratory.local.sockets import descendants
from tests.waiting import PUBLIC_PAUSE_S, wait_for

pytestmark = [pytest.mark.slow, heavy]

IN_TRANSIT = {"lat": 12.9716, "lon": 77.5946, "status": "in_transit"}


def test_a_record_on_the_stream_is_readable_by_the_public_api(product):
    shipment_id = product.new_shipment_id()
    product.put({"shipment_id": shipment_id, **IN_TRANSIT})
    answer = wait_for(lambda: _found(product.call("GET", f"/tracking/{shipment_id}")), pause_s=PUBLIC_PAUSE_S)
    body = answer.json
    assert (body["status"], body["position"]["lat"], body["position"]["lon"], body["state_version"]) == (
        "in_transit",
        12.97,
        77.59,
        1,
    )
    assert (answer.headers["cache-control"], answer.headers["etag"]) == (
        "public, max-age=0, s-maxage=60, stale-while-revalidate=30, stale-if-error=300",
        '"1"',
    )
    again = product.call("GET", f"/tracking/{shipment_id}", headers={"If-None-Match": '"1"'})
    assert (again.status, again.body) == (304, b"")


def test_no_key_and_no_password_is_in_the_list_of_processes_and_the_folder_is_closed_to_others(product):
    secrets = json.loads((product.var / "secrets.json").read_text())
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in descendants(product.pid)}
    assert len(commands) >= 6
    shown = {
        pid: name for pid, line in commands.items() for name, secret in secrets.items() if secret in line
    }
    assert shown == {}
    assert oct(product.var.stat().st_mode & 0o777) == "0o700"


def test_an_unknown_shipment_is_answered_by_a_not_found_problem(product):
    answer = product.call("GET", "/tracking/unknown-shipment")
    assert (answer.status, answer.headers["content-type"], answer.json["code"]) == (
        404,
        "application/problem+json",
        "not_found",
    )


def test_a_booking_is_readable_and_notifies_its_recipient_once_per_status(product):
    booked = product.book()
    shipment_id = booked["shipment_id"]
    wait_for(lambda: _found(product.call("GET", f"/tracking/{shipment_id}")), pause_s=PUBLIC_PAUSE_S)
    product.put({"shipment_id": shipment_id, "lat": 12.93, "lon": 77.62, "status": "out_for_delivery"})
    wait_for(lambda: "out_for_delivery" in _read_triggers(product, shipment_id), what="the messages")
    product.put({"shipment_id": shipment_id, "lat": 12.93, "lon": 77.62, "status": "attempt_failed"})
    wait_for(lambda: "attempt_failed" in _read_triggers(product, shipment_id), what="the last message")
    triggers = _read_triggers(product, shipment_id)
    assert sorted(triggers) == sorted(set(triggers))


def test_malformed_records_are_quarantined_and_the_good_ones_are_recorded(product):
    good = [product.new_shipment_id() for _ in range(20)]
    bad = [b"\xff noise %d %d" % (number, time.time_ns()) for number in range(1000)]
    before = _count_quarantined(product)
    for number, shipment_id in enumerate(good):
        product.put(*bad[number * 50 : number * 50 + 50], {"shipment_id": shipment_id, **IN_TRANSIT})
    wait_for(lambda: _count_quarantined(product) - before >= 1000, what="the quarantine")
    wait_for(
        lambda: all(len(product.timeline(shipment_id)) == 2 for shipment_id in good), what="the good records"
    )
    assert _count_quarantined(product) - before == 1000


def test_a_megabyte_of_noise_is_quarantined(product):
    before = _count_quarantined(product)
    product.put(os.urandom(1_000_000))
    wait_for(lambda: _count_quarantined(product) - before == 1, what="the quarantine")


def test_an_event_with_an_unknown_status_is_kept_as_rejected(product):
    shipment_id = product.new_shipment_id()
    product.put({"shipment_id": shipment_id, "status": "teleported"})
    rows = wait_for(lambda: product.timeline(shipment_id))
    assert (rows[0]["applied"], rows[0]["reject_reason"]) == ({"BOOL": False}, {"S": "unmapped_status"})


def test_a_repeated_record_adds_no_event(product):
    shipment_id = product.new_shipment_id()
    record = {"shipment_id": shipment_id, "timestamp": time.time() - 5, **IN_TRANSIT}
    product.put(record, record, record)
    product.put({"shipment_id": shipment_id, **IN_TRANSIT, "status": "delivered"})
    # Records are read in the order of the stream: once this one is there, the others have been read.
    rows = wait_for(lambda: len(read := product.timeline(shipment_id)) > 2 and read)
    assert len(rows) == 3


def test_every_process_listens_on_loopback_only(product):
    pids = {product.pid, *_children_of(product.pid)}
    addresses = {address for pid in pids for address in _listening(pid)}
    assert addresses
    assert {address for address in addresses if not address.startswith("127.")} == set()


def test_killed_shards_are_restarted_and_no_record_put_meanwhile_is_lost(product):
    ids = [product.new_shipment_id() for _ in range(60)]
    for shipment_id in ids[:30]:
        product.put({"shipment_id": shipment_id, **IN_TRANSIT})
    dead = product.reread_demo()["processes"]["shards"]
    for pid in dead:
        os.kill(pid, signal.SIGKILL)
    for shipment_id in ids[30:]:
        product.put({"shipment_id": shipment_id, **IN_TRANSIT})
    wait_for(lambda: all(len(product.timeline(shipment_id)) == 2 for shipment_id in ids), what="all records")
    assert set(product.reread_demo()["processes"]["shards"]).isdisjoint(dead)


def _found(answer):
    return answer if answer.status == 200 else None


def _read_triggers(product, shipment_id) -> list[str]:
    """Read the triggers of the SMS messages that the outbox holds for a shipment."""
    import sqlite3

    with sqlite3.connect(next(Path(product.var).glob("*.sqlite3"))) as database:
        rows = database.execute(
            "SELECT trigger FROM notifications_outboxmessage WHERE shipment_id = ? AND transport = 'sms'",
            (shipment_id,),
        )
        return [row[0] for row in rows]


def _count_quarantined(product) -> int:
    table = product.demo["names"]["leases_table"]
    prefix = f"quarantine:{product.demo['names']['stream']}:"
    pages = (
        product.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=table, ProjectionExpression="#stream", ExpressionAttributeNames={"#stream": "stream"}
        )
    )
    return sum(item["stream"]["S"].startswith(prefix) for page in pages for item in page["Items"])


def _children_of(pid: int) -> set[int]:
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.parent.name)] = int(fields[1])
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def _listening(pid: int) -> set[str]:
    """Return the addresses a process listens on, as dotted text (IPv6 as `::…`)."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    addresses = set()
    for family in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{family}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                addresses.add(_dotted(fields[1].partition(":")[0]))
    return addresses


def _dotted(raw: str) -> str:
    if len(raw) == 8:
        return ".".join(str(byte) for byte in reversed(bytes.fromhex(raw)))
    return "127.mapped" if raw == "0000000000000000FFFF00000100007F" else f"::{raw}"
