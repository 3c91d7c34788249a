"""Proofs of delivery: pictures of the partner that booked, stored in the bucket, shown by expiring links."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.db.models import QuerySet

from tracking.domain.payload import FUTURE_LIMIT
from tracking.models import Proof, Shipment
from tracking.pictures import Picture, redraw
from tracking.services.partners.booked_shipments import find_own_shipment
from tracking.services.requests.bodies import NewProof
from tracking.services.requests.callers import Caller
from tracking.services.requests.refusals import (
    LinkExpiredError,
    Mistake,
    RequestRefusedError,
    TooManyProofsError,
    UnknownError,
)

MAX_PROOFS = 20
LINK_LASTS = timedelta(minutes=5)
FOLDER = "proofs"
_signer = TimestampSigner(salt="proof of delivery")
_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png"}


def add_proof(caller: Caller, shipment_id: str, wanted: NewProof, sent: bytes, now: datetime) -> Proof:
    """Store a picture with the caller's own shipment.

    Raises `UnknownError`, `RequestRefusedError`, `TooManyProofsError`, `UnreadablePictureError`, and
    `TransientError` when the bucket cannot be reached.
    """
    shipment = find_own_shipment(caller, shipment_id)
    if wanted.captured_at is not None and wanted.captured_at > now + FUTURE_LIMIT:
        raise RequestRefusedError([Mistake("/captured_at", "future", "over 5 minutes in the future")])
    if _proofs_of(shipment).count() >= MAX_PROOFS:
        raise TooManyProofsError
    picture = redraw(sent)
    return Proof.objects.create(
        proof_id=f"prf_{secrets.token_hex(12)}",
        shipment=shipment,
        kind=wanted.kind,
        event_id=wanted.event_id or "",
        file_name=_store_picture(picture),
        content_type=picture.content_type,
        sha256=hashlib.sha256(picture.content).hexdigest(),
        captured_at=wanted.captured_at or now,
        created_at=now,
    )


def list_proofs(caller: Caller, shipment_id: str) -> list[Proof]:
    """Return the proofs of the caller's own shipment, oldest first. Raises `UnknownError`."""
    return list_proofs_of(find_own_shipment(caller, shipment_id))


def list_proofs_of(shipment: Shipment) -> list[Proof]:
    """Return the proofs of a shipment, oldest first, without a check of the caller."""
    return list(_proofs_of(shipment))


def has_proofs(shipment: Shipment) -> bool:
    """Return whether the shipment has a proof, without a check of the caller."""
    return _proofs_of(shipment).exists()


def find_proof(shipment: Shipment, proof_id: str) -> Proof | None:
    """Return the proof if it belongs to this shipment, else None."""
    return _proofs_of(shipment).filter(proof_id=proof_id).first()


def make_link(proof: Proof) -> str:
    """Return a URL on our own host that shows the picture for five minutes, without a key."""
    return f"{settings.PUBLIC_URL}/api/proofs/{_signer.sign(proof.proof_id)}"


def follow_link(signed: str) -> Proof:
    """Return the proof of a link. Raises `LinkExpiredError`, and `UnknownError` for an unsigned link."""
    try:
        proof_id = _signer.unsign(signed, max_age=LINK_LASTS)
    except SignatureExpired as error:
        raise LinkExpiredError from error
    except BadSignature as error:
        raise UnknownError from error
    proof = Proof.objects.filter(proof_id=proof_id).first()
    if proof is None:
        raise UnknownError
    return proof


def read_picture(proof: Proof) -> Picture:
    """Return the stored picture. Raises `UnknownError` when the bucket has expired it."""
    try:
        with default_storage.open(proof.file_name) as file:
            return Picture(file.read(), proof.content_type)
    except FileNotFoundError as error:
        raise UnknownError from error


def erase_proofs(shipment: Shipment) -> None:
    """Delete the shipment's proofs. Safe to repeat; repeat it after a `TransientError`.

    The picture is deleted first: a row without a picture shows nothing, a picture without a row could not be
    found again.
    """
    for proof in _proofs_of(shipment):
        default_storage.delete(proof.file_name)
        proof.delete()


def _proofs_of(shipment: Shipment) -> QuerySet[Proof]:
    return Proof.objects.filter(shipment=shipment)


def _store_picture(picture: Picture) -> str:
    name = f"{FOLDER}/{secrets.token_urlsafe(24)}.{_SUFFIXES[picture.content_type]}"
    file = ContentFile(picture.content)
    file.content_type = picture.content_type  # type: ignore[attr-defined] # django-storages reads it.
    return str(default_storage.save(name, file))
