"""CSV files of recorded legs; a bad file is rejected whole, with the line and the column that is wrong."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tracking.csv_files import CsvRow, read_rows
from tracking.domain.distance import free_flow_minutes
from tracking.domain.legs import BaseFrom, FinishedLeg, LegProfile, QuarterPrediction, normalize_class
from tracking.eta.lanes import RatioPrediction
from tracking.input_values import Range
from tracking.services.prediction.lane_files import PLANNED_MINUTES

LEG_COLUMNS = ("leg_id", "origin", "destination", "vehicle_class", "departed_at", "arrived_at")
DISTANCE_KM = Range(0, 10_000, above=True)


class RecordedLeg(NamedTuple):
    """Leg as driven: inputs of its prediction, departure, arrival and optional promise; times aware UTC."""

    leg_id: str
    profile: LegProfile
    departed_at: datetime
    arrived_at: datetime
    promised_at: datetime | None = None


def finish_recorded(
    leg: RecordedLeg, ratio: RatioPrediction, under_way: tuple[QuarterPrediction, ...] = ()
) -> FinishedLeg:
    """Return a recorded leg as the line hands it over to learn from, with what was predicted of it."""
    profile = leg.profile
    return FinishedLeg(
        origin=profile.origin,
        destination=profile.destination,
        vehicle_class=profile.vehicle_class,
        base_from=profile.base_from,
        base_min=profile.base_min,
        departed_at=leg.departed_at,
        arrived_at=leg.arrived_at,
        log_ratio=ratio.log_ratio,
        spread_key=ratio.spread_key,
        low_offset=ratio.low_offset,
        high_offset=ratio.high_offset,
        under_way=under_way,
        shipment_id=leg.leg_id,
    )


def read_legs(path: Path) -> list[RecordedLeg]:
    """Return the legs of a file in its order; raises `BadFileError`."""
    return read_rows(path, LEG_COLUMNS, _read_leg)


def read_hub_legs(path: Path) -> list[RecordedLeg]:
    """Return the legs of a file between hubs, as the live line predicts them; raises `BadFileError`.

    A row with planned minutes and a distance gives a leg of each, since a shipment may have either.
    """
    return list(chain.from_iterable(read_rows(path, LEG_COLUMNS, lambda row: tuple(_read_hub_leg(row)))))


def _read_leg(row: CsvRow) -> RecordedLeg:
    if row.has("planned_minutes") or not row.has("distance_km"):
        return _make_leg(row, "p", row.number("planned_minutes", PLANNED_MINUTES))
    return _make_leg(row, "d", free_flow_minutes(row.number("distance_km", DISTANCE_KM)))


def _read_hub_leg(row: CsvRow) -> Iterator[RecordedLeg]:
    for column in ("origin", "destination"):
        row.id(column)
    first = _read_leg(row)
    yield first
    if first.profile.base_from == "p" and row.has("distance_km"):
        base_min = free_flow_minutes(row.number("distance_km", DISTANCE_KM))
        profile = first.profile._replace(base_from="d", base_min=base_min)
        yield first._replace(profile=profile)


def _make_leg(row: CsvRow, base_from: BaseFrom, base_min: float) -> RecordedLeg:
    vehicle_class = normalize_class(row.text("vehicle_class"))
    profile = LegProfile(row.text("origin"), row.text("destination"), vehicle_class, base_from, base_min)
    promised_at = row.moment("promised_at") if row.has("promised_at") else None
    return RecordedLeg(
        row.text("leg_id"), profile, row.moment("departed_at"), row.moment("arrived_at"), promised_at
    )
