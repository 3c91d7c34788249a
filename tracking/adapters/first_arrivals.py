"""First arrival times of reports with an id and no time, so that repeats get the same time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tracking.adapters.items import Item, event_key
from tracking.adapters.reads import read_items
from tracking.adapters.statements import insert_statement, run_statements
from tracking.domain.events import Scan, format_time

KEPT_FOR = timedelta(days=7)
Key = tuple[str, str]


def keep_first_arrivals(client: Any, table: str, scans: Sequence[Scan]) -> dict[Key, datetime]:
    """Return the first arrival of each report, by (shipment_id, event_id), and store those that are new.

    A stored row counts even if it has expired. Rows are in partitions `seen#<shipment_id>`, apart from the
    timeline.
    """
    first: dict[Key, Scan] = {}
    for scan in scans:
        first.setdefault((scan.shipment_id or "", scan.event_id), scan)
    stored = _read(client, table, list(first))
    new = [scan for key, scan in first.items() if key not in stored]
    answers = run_statements(client, [insert_statement(table, _item(scan)) for scan in new])
    lost = [_key(scan) for scan, answer in zip(new, answers, strict=True) if answer.error]
    inserted = {_key(scan): scan.occurred_at for scan in new}
    return inserted | stored | (_read(client, table, lost) if lost else {})


def _key(scan: Scan) -> Key:
    return scan.shipment_id or "", scan.event_id


def _partition(shipment_id: str) -> str:
    return f"seen#{shipment_id}"


def _item(scan: Scan) -> Item:
    expires_at = int((scan.received_at + KEPT_FOR).timestamp())
    return event_key(_partition(scan.shipment_id or ""), scan.event_id) | {
        "occurred_at": {"S": format_time(scan.occurred_at)},
        "expires_at": {"N": str(expires_at)},
    }


def _read(client: Any, table: str, keys: Sequence[Key]) -> dict[Key, datetime]:
    items = read_items(client, table, [event_key(_partition(shipment), event) for shipment, event in keys])
    return {
        (
            item["shipment_id"]["S"].removeprefix(_partition("")),
            item["timestamp"]["S"],
        ): datetime.fromisoformat(item["occurred_at"]["S"])
        for item in items
    }
