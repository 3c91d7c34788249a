"""Recipient's part of an unlocked page: names, phone, amount due and pictures."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from tracking.domain.status import NO_DELIVERY_FOLLOWS
from tracking.models import Proof, Shipment
from tracking.pages import indian_time
from tracking.pages.indian_numbers import group_digits
from tracking.pages.texts import render_text
from tracking.services.partners.proofs import list_proofs_of
from tracking.services.partners.recipients import read_contact
from tracking.services.requests.phones import mask_phone
from tracking.translation import current_language


class ShownProof(NamedTuple):
    """Id of a proof picture, and its caption."""

    proof_id: str
    text: str


class Private(NamedTuple):
    """Texts for the recipient only; an empty one is not shown.

    `photo` is shown above all else; `messages` says what can be chosen.
    """

    recipient: str
    phone: str
    due: str
    photo: ShownProof | None
    proofs: list[ShownProof]
    messages: str


def describe_private(booking: Shipment, status: str, now: datetime) -> Private:
    """Build the recipient's texts, with names and phone masked so that a stranger cannot call anyone."""
    contact = read_contact(booking)
    due = booking.cod_amount if status not in NO_DELIVERY_FOLLOWS else None
    proofs = list_proofs_of(booking)
    photo = next((proof for proof in proofs if proof.kind == Proof.Kind.PHOTO), None)
    return Private(
        recipient=shorten_name(contact.name),
        phone=mask_phone(contact.phone) if contact.phone else "",
        due=render_text("page.due.text", amount=group_digits(due, decimals=2)) if due else "",
        photo=_describe_proof(photo, now) if photo else None,
        proofs=[_describe_proof(proof, now) for proof in proofs if proof != photo],
        messages=_describe_messages(),
    )


def shorten_name(name: str) -> str:
    """Shorten `Asha Raghavan` to `A. R.`."""
    return " ".join(f"{word[0]}." for word in name.split())


def _describe_messages() -> str:
    list_names = import_string(settings.CUSTOMER_MESSAGE_NAMES)
    return render_text("page.messages.lead", names=", ".join(list_names(current_language())))


def _describe_proof(proof: Proof, now: datetime) -> ShownProof:
    text = render_text(f"page.proofs.{proof.kind}", when=indian_time.format_moment(proof.captured_at, now))
    return ShownProof(proof.proof_id, text)
