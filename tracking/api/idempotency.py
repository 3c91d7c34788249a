"""`Idempotency-Key`: a POST that is sent again runs once and gets the first answer again."""

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
# A claim without an answer after this time belongs to a dead process: no request takes that long.
CLAIM_LASTS = timedelta(seconds=60)
KEPT_HEADERS = ("Content-Type", "Location")
_SAFE = re.compile(r"[\x21-\x7e]{1,255}")


class Claim(NamedTuple):
    """Claim of a request to be processed, or `replay`, the answer that it got before."""

    kept: KeptAnswer
    replay: HttpResponse | None = None


def claim_request(request: Request) -> Claim | None:
    """Claim a POST with a key for this process; None for a request without a key.

    Raises `IdempotencyMismatchError` when the key was used with another body, `StillRunningError` while
    another process works on the request.
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
    """Store the answer for repeats of the request. After a 5xx or 429 the request may be tried again."""
    if response.status_code >= 500 or response.status_code == 429:
        claim.kept.delete()
        return
    claim.kept.status = response.status_code
    claim.kept.headers = {name: response[name] for name in KEPT_HEADERS if name in response.headers}
    claim.kept.sealed = seal_for_us(response.content)
    claim.kept.save(update_fields=["status", "headers", "sealed"])


def _hash_body(data: Any) -> str:
    """Return the hash of a body: of its bytes, or of the fields and files of a form."""
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest()
    whole = hashlib.sha256()
    for name in sorted(data):
        value = data[name]
        content = value.read() if isinstance(value, File) else str(value).encode()
        if isinstance(value, File):
            value.seek(0)
        whole.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(content).digest())
    return whole.hexdigest()


def _insert(mine: KeptAnswer) -> bool:
    try:
        with transaction.atomic():
            mine.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _find_answer(mine: KeptAnswer) -> Claim:
    """Return the answer that a request with this key got before, or take over its claim."""
    earlier = KeptAnswer.objects.filter(
        partner=mine.partner, livemode=mine.livemode, path=mine.path, idempotency_key=mine.idempotency_key
    ).first()
    if earlier is None:
        raise StillRunningError
    age = mine.claimed_at - earlier.claimed_at
    if age >= KEPT_FOR or (earlier.status is None and age >= CLAIM_LASTS):
        return _take_over(earlier, mine)
    if earlier.body_sha256 != mine.body_sha256:
        raise IdempotencyMismatchError
    if earlier.status is None:
        raise StillRunningError
    return Claim(earlier, _replay(earlier))


def _take_over(earlier: KeptAnswer, mine: KeptAnswer) -> Claim:
    """Take over an expired claim. Of two processes at once one succeeds."""
    unchanged = KeptAnswer.objects.filter(pk=earlier.pk, claimed_at=earlier.claimed_at)
    fresh = {"claimed_at": mine.claimed_at, "body_sha256": mine.body_sha256, "status": None}
    if not unchanged.update(**fresh):
        raise StillRunningError
    mine.pk = earlier.pk
    return Claim(mine)


def _replay(earlier: KeptAnswer) -> HttpResponse:
    headers = {**earlier.headers, "Idempotency-Replayed": "true", "Cache-Control": "no-store"}
    return HttpResponse(unseal_for_us(bytes(earlier.sealed)), status=earlier.status, headers=headers)
