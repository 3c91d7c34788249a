"""`Idempotency-Key`: a POST sent again is answered as the first time, and done once."""

import hashlib
import re
from datetime import timedelta
from typing import Any, NamedTuple

from django.core.files import File
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from tracking.api.errors import IdempotencyMismatchError, StillRunningError
from tracking.models import KeptAnswer
from tracking.sealing import seal_for_us, unseal_for_us
from tracking.services.requests.refusals import Mistake, RequestRefusedError

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
# Whoever claimed longer ago than this has died on the way: no request takes that long.
CLAIM_LASTS = timedelta(seconds=60)
KEPT_HEADERS = ("Content-Type", "Location")
_SAFE = re.compile(r"[\x21-\x7e]{1,255}")


class Claim(NamedTuple):
    """A request that is to be done, or `replay`, its answer if it was done before."""

    kept: KeptAnswer
    replay: HttpResponse | None = None


def claim_request(request: Request) -> Claim | None:
    """Take a POST with a key for this process; None without a key.

    Raises `IdempotencyMismatchError` when the key came with another body, `StillRunningError` while another
    process works on it.
    """
    key = request.headers.get(HEADER)
    if request.method != "POST" or key is None:
        return None
    if _SAFE.fullmatch(key) is None:
        raise RequestRefusedError([Mistake(HEADER, "invalid", "1 to 255 visible ASCII characters")])
    mine = KeptAnswer(
        partner=request.user,
        livemode=request.auth.livemode,
        path=request.path[:300],
        idempotency_key=key,
        body_sha256=_hash_body(request.data),
        claimed_at=timezone.now(),
    )
    return Claim(mine) if _insert(mine) else _find_answer(mine)


def store_answer(claim: Claim, response: HttpResponse) -> None:
    """Keep the answer for whoever sends the request again; what failed on our side may be tried again."""
    if response.status_code >= 500 or response.status_code == 429:
        claim.kept.delete()
        return
    claim.kept.status = response.status_code
    claim.kept.headers = {name: response[name] for name in KEPT_HEADERS if name in response.headers}
    claim.kept.sealed = seal_for_us(response.content)
    claim.kept.save(update_fields=["status", "headers", "sealed"])


def _hash_body(data: Any) -> str:
    """What tells one body from another: its bytes, or the fields and files of a form."""
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest()
    told = hashlib.sha256()
    for name in sorted(data):
        value = data[name]
        content = value.read() if isinstance(value, File) else str(value).encode()
        if isinstance(value, File):
            value.seek(0)
        told.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(content).digest())
    return told.hexdigest()


def _insert(mine: KeptAnswer) -> bool:
    try:
        with transaction.atomic():
            mine.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _find_answer(mine: KeptAnswer) -> Claim:
    """The answer another request with this key was given, or the right to answer in its stead."""
    known = KeptAnswer.objects.filter(
        partner=mine.partner, livemode=mine.livemode, path=mine.path, idempotency_key=mine.idempotency_key
    ).first()
    if known is None:
        raise StillRunningError
    age = mine.claimed_at - known.claimed_at
    if age >= KEPT_FOR or (known.status is None and age >= CLAIM_LASTS):
        return _take_over(known, mine)
    if known.body_sha256 != mine.body_sha256:
        raise IdempotencyMismatchError
    if known.status is None:
        raise StillRunningError
    return Claim(known, _replay(known))


def _take_over(known: KeptAnswer, mine: KeptAnswer) -> Claim:
    """Claim what is over; of two who try, one succeeds."""
    seen = KeptAnswer.objects.filter(pk=known.pk, claimed_at=known.claimed_at)
    fresh = {"claimed_at": mine.claimed_at, "body_sha256": mine.body_sha256, "status": None}
    if not seen.update(**fresh):
        raise StillRunningError
    mine.pk = known.pk
    return Claim(mine)


def _replay(known: KeptAnswer) -> HttpResponse:
    headers = {**known.headers, "Idempotency-Replayed": "true", "Cache-Control": "no-store"}
    return HttpResponse(unseal_for_us(bytes(known.sealed)), status=known.status, headers=headers)
