"""Records of a shipment on its console page, below the timeline: proofs, notes, and what staff did."""

from datetime import datetime
from typing import Any, NamedTuple

from tracking.models import Proof, Shipment
from tracking.pages.audit_words import ActionInWords, list_in_words
from tracking.services.operations.shipment_notes import NOTE_LENGTH, list_notes
from tracking.services.partners.proofs import list_proofs_of, make_link
from tracking.services.reading.staff_scope import visible_actions
from tracking.services.requests.callers import Staff
from tracking.services.requests.roles import Verb, may

MAX_ACTIONS = 50
PROOF_TEXTS = {Proof.Kind.PHOTO: "Photo", Proof.Kind.SIGNATURE: "Signature"}


class ShownProof(NamedTuple):
    """Proof of delivery; `link` shows its picture for five minutes, and is empty while it is masked."""

    text: str
    captured_at: datetime
    link: str = ""


def describe_records(staff: Staff, shipment_id: str, booking: Shipment | None) -> dict[str, Any]:
    """Return proofs, notes and audit entries of the shipment, as far as the role allows."""
    return {
        "proofs": describe_proofs(list_proofs_of(booking) if booking else [], in_clear=False),
        "shipment_notes": list_notes(shipment_id),
        "note_length": NOTE_LENGTH,
        **describe_audit(staff, shipment_id),
    }


def describe_audit(staff: Staff, shipment_id: str) -> dict[str, Any]:
    """Return the audit entries of the shipment; `actions` is None where the role may not read the log."""
    return {
        "actions": _list_actions(staff, shipment_id) if may(staff.role, Verb.READ_OWN_ACTIONS) else None,
        "sees_all_actions": may(staff.role, Verb.READ_ALL_ACTIONS),
    }


def describe_proofs(proofs: list[Proof], *, in_clear: bool) -> list[ShownProof]:
    """Return the proofs in words; with links to their pictures if they are shown in clear."""
    return [
        ShownProof(
            PROOF_TEXTS[Proof.Kind(proof.kind)], proof.captured_at, make_link(proof) if in_clear else ""
        )
        for proof in proofs
    ]


def _list_actions(staff: Staff, shipment_id: str) -> list[ActionInWords]:
    """Return the newest entries about the shipment: all for a supervisor, the own ones for an operator."""
    rows = visible_actions(staff.scope, staff.actor).filter(shipment_id=shipment_id)
    if not may(staff.role, Verb.READ_ALL_ACTIONS):
        rows = rows.filter(actor=staff.actor)
    return list_in_words(rows[:MAX_ACTIONS])
