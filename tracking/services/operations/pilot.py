"""Cohorts of vehicles: compare each with the old system, move vehicles on, and move them back."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import structlog
from django.db import transaction

from tracking.csv_files import CsvRow, read_rows
from tracking.domain.pilot import NEXT, Cohort, Comparison, Reported, compare
from tracking.domain.vocabularies import parse_status
from tracking.models import Stop, Vehicle
from tracking.ports import ShipmentStore

COLUMNS = ("shipment_id", "status", "at")
# Reports about shipments that are on no manifest of ours.
UNASSIGNED = ""

log = structlog.get_logger()


def read_feed(path: Path) -> list[Reported]:
    """Read what the old system reported: CSV with `shipment_id`, `status` (any vocabulary), `at` (RFC 3339).

    Raises `BadFileError`, also for a word that stands for no status.
    """
    return read_rows(path, COLUMNS, _read_report)


def compare_cohorts(store: ShipmentStore, reports: Sequence[Reported]) -> dict[str, Comparison]:
    """Return the comparison of each cohort, by its name; shipments on no manifest are under an empty name.

    Raises `TransientError` when the store cannot be reached.
    """
    cohorts = find_cohorts({report.shipment_id for report in reports})
    by_cohort: dict[str, list[Reported]] = defaultdict(list)
    for report in reports:
        by_cohort[cohorts.get(report.shipment_id, UNASSIGNED)].append(report)
    return {
        cohort: compare(
            found, {key: store.read_timeline(key) for key in sorted({one.shipment_id for one in found})}
        )
        for cohort, found in sorted(by_cohort.items())
    }


def find_cohorts(shipment_ids: set[str]) -> dict[str, str]:
    """Return the cohort of the newest vehicle of each of these shipments that is on a manifest."""
    stops = Stop.objects.filter(shipment_id__in=shipment_ids).order_by("manifest__starts_at")
    rows = stops.values_list("shipment_id", "manifest__vehicle__cohort")
    return {shipment_id: cohort for shipment_id, cohort in rows if cohort in set(Cohort)}


def is_shadowed(shipment_id: str) -> bool:
    """Return whether the shipment is on the open manifest of a shadow vehicle: nobody is notified."""
    shadow = {"manifest__vehicle__cohort": Cohort.SHADOW, "open": True}
    return Stop.objects.filter(shipment_id=shipment_id, **shadow).exists()


def promote(cohort: Cohort, vehicles: int | None) -> list[str]:
    """Move vehicles of a cohort to the next one, by id, at most so many; return their ids."""
    with transaction.atomic():
        rows = Vehicle.objects.select_for_update().filter(cohort=cohort).order_by("vehicle_id")
        return _move(list(rows[:vehicles] if vehicles else rows), NEXT[cohort])


def roll_back() -> list[str]:
    """Move all vehicles of the pilot back to the shadow cohort, so that nobody is told; return their ids."""
    with transaction.atomic():
        rows = Vehicle.objects.select_for_update().filter(cohort=Cohort.PILOT).order_by("vehicle_id")
        return _move(list(rows), Cohort.SHADOW)


def _move(vehicles: Sequence[Vehicle], cohort: Cohort) -> list[str]:
    Vehicle.objects.filter(pk__in=[vehicle.pk for vehicle in vehicles]).update(cohort=cohort)
    moved = [vehicle.vehicle_id for vehicle in vehicles]
    log.info("cohort", cohort=cohort.value, vehicles=moved)
    return moved


def _read_report(row: CsvRow) -> Reported:
    word = row.text("status")
    status = parse_status(word)
    if status is None:
        raise row.refuse("status", f"stands for no status of ours: {word}")
    return Reported(row.id("shipment_id"), status, row.moment("at"))
