"""Write ended shipments to the archive before their rows expire, and verify what was written."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES
from tracking.models import Shipment
from tracking.ports import ShipmentStore
from tracking.services.reading.archives import ArchivedShipment, name_archive, read_archive, write_lines

# A week for reports that come late; then two weeks are left before the first rows expire.
ARCHIVED_AFTER = timedelta(days=8)
AT_MOST = 20_000
PER_READ = 100


class Archived(NamedTuple):
    """Numbers of shipments whose file is verified, and that were gone before; ids of damaged ones."""

    verified: int = 0
    gone: int = 0
    damaged: tuple[str, ...] = ()


def archive_ended(store: ShipmentStore, now: datetime, at_most: int = AT_MOST) -> Archived:
    """Write shipments that ended more than `ARCHIVED_AFTER` ago, oldest first, and read each file back.

    A shipment counts as archived only if its file holds what the store holds. Safe to repeat and to
    interrupt. Raises `TransientError` when store or files cannot be reached.
    """
    verified, gone, damaged = 0, 0, list[str]()
    for shipment, state in _list_due(store, now, at_most):
        if state is None:
            gone += 1
        elif _write(store, shipment, state):
            verified += 1
        else:
            damaged.append(shipment.shipment_id)
            continue
        Shipment.objects.filter(pk=shipment.pk).update(archived_at=now)
    return Archived(verified, gone, tuple(damaged))


def verify_archive(year: int) -> Archived:
    """Read every file of shipments that ended in a year, and count those that cannot be read."""
    rows = Shipment.objects.filter(archived_at__isnull=False, status_at__year=year).order_by("pk")
    verified, damaged = 0, list[str]()
    for shipment_id in rows.values_list("shipment_id", flat=True).iterator():
        if _is_readable(shipment_id, year):
            verified += 1
        else:
            damaged.append(shipment_id)
    return Archived(verified, 0, tuple(damaged))


def _list_due(
    store: ShipmentStore, now: datetime, at_most: int
) -> Iterator[tuple[Shipment, ShipmentState | None]]:
    due = Shipment.objects.filter(
        archived_at=None, status__in=END_STATUSES, status_at__lt=now - ARCHIVED_AFTER
    ).order_by("status_at")
    rows = list(due.only("shipment_id", "status_at")[:at_most])
    for start in range(0, len(rows), PER_READ):
        batch = rows[start : start + PER_READ]
        states = store.read_current([row.shipment_id for row in batch])
        yield from ((row, states.get(row.shipment_id)) for row in batch)


def _write(store: ShipmentStore, shipment: Shipment, state: ShipmentState) -> bool:
    """Write the file of a shipment; return whether it reads as the store does."""
    assert shipment.status_at is not None
    year = shipment.status_at.year
    recorded = ArchivedShipment(state, tuple(store.read_timeline(shipment.shipment_id)))
    name = name_archive(shipment.shipment_id, year)
    default_storage.delete(name)
    default_storage.save(name, ContentFile(write_lines(recorded)))
    return read_archive(shipment.shipment_id, year) == recorded


def _is_readable(shipment_id: str, year: int) -> bool:
    found = read_archive(shipment_id, year)
    return found is not None and found.state.shipment_id == shipment_id and bool(found.events)
