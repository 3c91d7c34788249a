"""Corrections of deliveries: one account asks, another supervisor confirms; then the event is corrected."""

from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db import IntegrityError, transaction

from tracking.domain.masking import mask_text
from tracking.models import AskedCorrection
from tracking.ports import TrackingPorts
from tracking.services.reading.staff_scope import is_visible
from tracking.services.recording.corrections import check_correction, correct_event, write_reason
from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.bodies import Correction
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import ConflictError, UnknownError
from tracking.services.requests.roles import Verb
from tracking.services.requests.staff_accounts import name_accounts


class AskedAlreadyError(ConflictError):
    """Raised when a correction of the event waits to be confirmed."""

    code = "asked_already"
    detail = "A correction of this event waits to be confirmed."


class OwnRequestError(ConflictError):
    """Raised when an account wants to confirm what it has asked for itself."""

    code = "own_request"
    detail = "You have asked for this correction; another supervisor confirms it."


class OpenRequest(NamedTuple):
    """Correction that waits to be confirmed, with the user name of the account that has asked for it."""

    asked_id: int
    event_id: str
    correction: Correction
    asked_by: str
    asked_at: datetime
    is_own: bool


@staff_write(Verb.ASK_CORRECTION)
def ask_correction(
    staff: Staff,
    ports: TrackingPorts,
    shipment_id: str,
    event_id: str,
    correction: Correction,
    now: datetime,
) -> AskedCorrection:
    """Keep the correction until another account confirms it.

    Raises as `correct_event`, and `AskedAlreadyError`.
    """
    check_correction(ports, staff, shipment_id, event_id, correction, now)
    kept = msgspec.to_builtins(msgspec.structs.replace(correction, note=mask_text(correction.note)))
    try:
        with transaction.atomic():
            asked = AskedCorrection.objects.create(
                shipment_id=shipment_id,
                event_id=event_id,
                correction=kept,
                asked_by=staff.actor,
                asked_at=now,
            )
    except IntegrityError as error:
        raise AskedAlreadyError from error
    _record(staff, Verb.ASK_CORRECTION, asked)
    return asked


@staff_write(Verb.CONFIRM_CORRECTION)
def confirm_correction(staff: Staff, ports: TrackingPorts, asked_id: int, now: datetime) -> AskedCorrection:
    """Correct the event as another account has asked for.

    Raises `OwnRequestError` for the account that has asked, `UnknownError` for a request that is decided or
    out of the scope, and as `correct_event`.
    """
    asked = _lock(staff, asked_id)
    if asked.asked_by == staff.actor:
        raise OwnRequestError
    _decide(staff, Verb.CONFIRM_CORRECTION, asked, "confirmed", now)
    correction = msgspec.convert(asked.correction, Correction)
    correct_event(ports, staff, asked.shipment_id, asked.event_id, correction, now)
    return asked


@staff_write(Verb.DECLINE_CORRECTION)
def decline_correction(staff: Staff, asked_id: int, now: datetime) -> AskedCorrection:
    """End the request; the event stays. Raises `UnknownError` for one that is decided or out of the scope."""
    asked = _lock(staff, asked_id)
    _decide(staff, Verb.DECLINE_CORRECTION, asked, "declined", now)
    return asked


def list_open_requests(shipment_id: str, actor: str) -> list[OpenRequest]:
    """Return the corrections of the shipment that wait to be confirmed, oldest first, for `actor`."""
    rows = list(AskedCorrection.objects.filter(shipment_id=shipment_id, outcome="").order_by("pk"))
    names = name_accounts(row.asked_by for row in rows)
    return [
        OpenRequest(
            row.pk,
            row.event_id,
            msgspec.convert(row.correction, Correction),
            names[row.asked_by],
            row.asked_at,
            row.asked_by == actor,
        )
        for row in rows
    ]


def _lock(staff: Staff, asked_id: int) -> AskedCorrection:
    asked = AskedCorrection.objects.select_for_update().filter(pk=asked_id, outcome="").first()
    if asked is None or not is_visible(staff.scope, asked.shipment_id):
        raise UnknownError
    return asked


def _decide(staff: Staff, verb: Verb, asked: AskedCorrection, outcome: str, now: datetime) -> None:
    asked.outcome, asked.decided_by, asked.decided_at = outcome, staff.actor, now
    asked.save(update_fields=["outcome", "decided_by", "decided_at"])
    _record(staff, verb, asked)


def _record(staff: Staff, verb: Verb, asked: AskedCorrection) -> None:
    record_action(
        staff,
        verb,
        f"event {asked.event_id}",
        shipment_id=asked.shipment_id,
        reason=write_reason(asked.correction["reason"], asked.correction.get("note")),
        after={"kind": asked.correction["kind"], "request": asked.pk},
    )
