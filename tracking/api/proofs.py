"""Proofs of delivery: a partner uploads and lists pictures; a signed link shows one."""

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from tracking.api.answers import Time
from tracking.api.bodies import answer_json, check_moments, find_mistake
from tracking.api.conditional import answer_read
from tracking.api.errors import PictureTooLargeError, find_refusal, render_problem
from tracking.api.keys import caller_of
from tracking.api.methods import read_only
from tracking.api.partner_view import PartnerView
from tracking.api.schema import FILE, form_of, responses
from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import format_time
from tracking.limits import PICTURE_BYTES, PROOF_BODY_BYTES
from tracking.models import Proof
from tracking.services.partners.proofs import add_proof, follow_link, list_proofs, make_link, read_picture
from tracking.services.requests.bodies import NewProof
from tracking.services.requests.refusals import Mistake, RequestRefusedError


class ProofAnswer(msgspec.Struct):
    """Proof of delivery. `url` shows the picture for five minutes; `sha256` is the hash of that picture."""

    proof_id: str
    kind: Literal["photo", "signature"]
    event_id: str | None
    sha256: str
    captured_at: Time
    url: str


class ProofList(msgspec.Struct):
    """Proofs of a shipment, oldest first."""

    results: list[ProofAnswer]


class PictureParser(MultiPartParser):
    """Parser of a form with a picture up to 8 MB. A form with a larger `Content-Length` is not read."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return fields and files. Raises `PictureTooLargeError`, and `ParseError` for too many fields."""
        if int(stream.META.get("CONTENT_LENGTH") or 0) > PROOF_BODY_BYTES:
            raise PictureTooLargeError
        try:
            return super().parse(stream, media_type, parser_context)
        except SuspiciousOperation as error:
            raise ParseError from error


class Proofs(PartnerView):
    """View: proofs of one shipment."""

    parser_classes = [PictureParser]
    scopes = {"GET": "proofs:read", "POST": "proofs:write"}

    @extend_schema(
        operation_id="list_proofs",
        tags=["proofs"],
        summary="List the proofs of delivery of a shipment",
        responses=responses({200: ProofList}),
    )
    def get(self, request: Request, shipment_id: str) -> HttpResponse:
        """List the proofs, each with a new URL."""
        proofs = list_proofs(caller_of(request), shipment_id)
        return answer_read(request, ProofList([describe_proof(proof) for proof in proofs]))

    @extend_schema(
        operation_id="add_proof",
        tags=["proofs"],
        summary="Upload a picture of the delivery of a shipment",
        request=form_of(NewProof),
        responses=responses({201: ProofAnswer}, 409),
    )
    def post(self, request: Request, shipment_id: str) -> HttpResponse:
        """Upload a JPEG or PNG of at most 8 MB. It is re-encoded: rotated, scaled down, without metadata."""
        wanted, sent = _read_form(request), _read_file(request)
        proof = add_proof(caller_of(request), shipment_id, wanted, sent, datetime.now(UTC))
        return answer_json(describe_proof(proof), 201)


@read_only
def show_proof(request: HttpRequest, signed: str) -> HttpResponse:
    """Show the picture of a signed link. Needs no key."""
    try:
        return answer_picture(follow_link(signed))
    except SwiftLogixError as error:
        return render_problem(request, find_refusal(error))


def answer_picture(proof: Proof) -> HttpResponse:
    """Return the picture as a response that no cache may store. Raises `UnknownError`, `TransientError`."""
    picture = read_picture(proof)
    suffix = proof.file_name.rpartition(".")[2]
    return HttpResponse(
        picture.content,
        content_type=picture.content_type,
        headers={
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'inline; filename="{proof.proof_id}.{suffix}"',
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
        },
    )


def describe_proof(proof: Proof) -> ProofAnswer:
    """Build the answer of a proof."""
    return ProofAnswer(
        proof_id=proof.proof_id,
        kind="photo" if proof.kind == Proof.Kind.PHOTO else "signature",
        event_id=proof.event_id or None,
        sha256=proof.sha256,
        captured_at=format_time(proof.captured_at),
        url=make_link(proof),
    )


def _read_form(request: Request) -> NewProof:
    """Decode the fields of the form. Raises `RequestRefusedError`."""
    fields = {name: value for name, value in request.data.items() if name not in request.FILES}
    try:
        wanted = msgspec.convert(fields, NewProof, strict=False)
    except msgspec.ValidationError as error:
        raise RequestRefusedError([find_mistake(error, NewProof)]) from error
    check_moments(wanted)
    return wanted


def _read_file(request: Request) -> bytes:
    if list(request.FILES) != [FILE]:
        raise RequestRefusedError(
            [Mistake(f"/{FILE}", "missing_field", "one picture, under this name alone")]
        )
    sent = request.FILES[FILE]
    if sent.size > PICTURE_BYTES:
        raise PictureTooLargeError
    content: bytes = sent.read()
    return content
