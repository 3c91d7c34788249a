"""Rules for reports, used by the API before it accepts one and by the stream before it records one."""

import re
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from tracking.domain.payload import FUTURE_LIMIT, PAST_LIMIT, ScanPayload
from tracking.domain.position import is_position

# Numbers in scientific notation, as spreadsheets write long ones: the last digits of the id are lost. Without
# a point or a plus such a text may be a real id (`7E21`).
SCIENTIFIC = r"[0-9](?:\.[0-9]+[eE]\+?|[eE]\+)[0-9]{1,3}"
_SCIENTIFIC = re.compile(SCIENTIFIC)
# What the API has accepted reaches the stream a moment later; it must not be too old for the stream by then.
ACCEPTED_SLACK = timedelta(hours=1)

FaultReason = Literal["no_subject", "bad_coordinates", "mangled_id", "future", "too_old"]


class Fault(NamedTuple):
    """Broken rule of a report: the field, the reason for quarantine, and a description.

    `is_fatal` is False if the report makes sense without the field.
    """

    field: str
    reason: FaultReason
    detail: str
    is_fatal: bool = True


def check_report(report: ScanPayload) -> list[Fault]:
    """Return what is wrong with the ids, the position and the subject of a report.

    A report is about a shipment, or about a vehicle with a position. One axis alone, or a point outside the
    globe, is no position; a point that lies in India once its axes are exchanged is one. A shipment's scan
    with a status makes sense without its position. A vehicle at (0, 0) has no position yet.
    """
    faults = _check_ids(report)
    lat, lon, shipment_id = report.lat, report.lon, report.shipment_id
    if (lat is None) is not (lon is None):
        faults.append(_refuse_position(report, "latitude and longitude come together"))
    elif lat is not None and lon is not None and not is_position(lat, lon):
        faults.append(_refuse_position(report, f"lat {lat}, lon {lon} is not on the globe"))
    elif shipment_id is None and (report.vehicle_id is None or lat is None or lat == lon == 0):
        faults.append(Fault("shipment_id", "no_subject", "neither a shipment nor a vehicle with a position"))
    return faults


def check_time(
    moment: datetime, arrived_at: datetime, now: datetime | None = None, *, is_accepted: bool = False
) -> Fault | None:
    """Return what is wrong with the time of a report that arrived at `arrived_at`, or None.

    `now` is given for a report that is judged again later. `is_accepted` is True for one that the API
    accepted by this rule before.
    """
    if moment > (now or arrived_at) + FUTURE_LIMIT:
        return Fault("timestamp", "future", "over 5 minutes in the future")
    if moment < arrived_at - PAST_LIMIT - (ACCEPTED_SLACK if is_accepted else timedelta(0)):
        return Fault("timestamp", "too_old", "over 7 days ago")
    return None


def is_mangled_id(sent: str | int | None) -> bool:
    """Return whether an id is a number in scientific notation."""
    # The second character rules out nearly every id, and this is asked for every report.
    return isinstance(sent, str) and sent[1:2] in ".eE" and _SCIENTIFIC.fullmatch(sent) is not None


def _check_ids(report: ScanPayload) -> list[Fault]:
    """Return the ids in scientific notation; only that of the subject is fatal."""
    faults = []
    if is_mangled_id(report.shipment_id):
        faults.append(_refuse_id("shipment_id", report.shipment_id))
    if is_mangled_id(report.vehicle_id):
        fault = _refuse_id("vehicle_id", report.vehicle_id)
        faults.append(fault._replace(is_fatal=report.shipment_id is None))
    if is_mangled_id(report.device_id):
        faults.append(_refuse_id("device_id", report.device_id)._replace(is_fatal=False))
    return faults


def _refuse_id(field: str, sent: object) -> Fault:
    return Fault(field, "mangled_id", f"{sent} is in scientific notation; its last digits are lost")


def _refuse_position(report: ScanPayload, detail: str) -> Fault:
    is_fatal = report.shipment_id is None or report.status is None
    return Fault("lat", "bad_coordinates", detail, is_fatal)
