"""Recipient's part of an unlocked page: names, phone, amount due, pictures, customer requests."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tracking.models import Proof, Shipment
from tracking.pages import indian_time
from tracking.pages.indian_numbers import group_digits
from tracking.pages.texts import render_text
from tracking.services.operations.customer_requests import (
    NO_DELIVERY_FOLLOWS,
    CustomerRequest,
    list_choices,
    list_open_requests,
    may_rate,
)
from tracking.services.partners.proofs import list_proofs_of
from tracking.services.partners.recipients import read_contact

SHOWN_DIGITS = 4


class ShownProof(NamedTuple):
    """Id of a proof picture, and its caption."""

    proof_id: str
    text: str


class Choice(NamedTuple):
    """Kind of customer request that the page offers."""

    code: str
    text: str


class Private(NamedTuple):
    """Texts for the recipient only; an empty one is not shown."""

    recipient: str
    phone: str
    sender: str
    due: str
    proofs: list[ShownProof]
    choices: list[Choice]
    waiting: str
    may_rate: bool
    rating: int | None


def describe_private(booking: Shipment, status: str, now: datetime) -> Private:
    """Build the recipient's texts, with names and phone masked so that a stranger cannot call anyone."""
    contact = read_contact(booking)
    due = booking.cod_amount if status not in NO_DELIVERY_FOLLOWS else None
    return Private(
        recipient=shorten_name(contact.name),
        phone=mask_phone(contact.phone),
        sender=booking.partner.name if booking.partner else "",
        due=render_text("page.due.text", amount=group_digits(due, decimals=2)) if due else "",
        proofs=[_describe_proof(proof, now) for proof in list_proofs_of(booking)],
        choices=[Choice(choice, render_text(f"request.{choice}")) for choice in list_choices(status)],
        waiting=_describe_waiting(list_open_requests(booking, now)),
        may_rate=may_rate(status),
        rating=booking.rating,
    )


def shorten_name(name: str) -> str:
    """Shorten `Asha Raghavan` to `A. R.`."""
    return " ".join(f"{word[0]}." for word in name.split())


def mask_phone(phone: str) -> str:
    """Mask `+919845012345` as `•••• 2345`."""
    return f"•••• {phone[-SHOWN_DIGITS:]}" if phone else ""


def _describe_waiting(requests: Sequence[CustomerRequest]) -> str:
    asked = ", ".join(render_text(f"request.{request}") for request in requests)
    return render_text("page.request.waiting", asked=asked) if asked else ""


def _describe_proof(proof: Proof, now: datetime) -> ShownProof:
    text = render_text(f"page.proofs.{proof.kind}", when=indian_time.format_moment(proof.captured_at, now))
    return ShownProof(proof.proof_id, text)
