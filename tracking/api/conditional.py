"""Conditional requests: an answer's version by its bytes, 304 for whoever has it, 412 for who has another."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags

from tracking.api.errors import PreconditionFailedError

CACHE_CONTROL = "private, max-age=5"


def answer_read(request: HttpRequest, body: Any, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A value as the answer to a read: with its version, and without a body for who has that one."""
    encoded = msgspec.json.encode(body)
    told = {"Cache-Control": CACHE_CONTROL, "ETag": make_etag(encoded), **(headers or {})}
    if matches_etag(request, told["ETag"]):
        return HttpResponse(status=304, headers=told)
    return HttpResponse(encoded, content_type="application/json", headers=told)


def make_etag(encoded: bytes) -> str:
    """The version of an answer: whatever changes in it changes this."""
    return f'"{hashlib.sha256(encoded).hexdigest()[:20]}"'


def matches_etag(request: HttpRequest, etag: str) -> bool:
    """Whether the caller already has this version (`If-None-Match`, compared weakly as it is for reads)."""
    sent = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in sent or etag in [known.removeprefix("W/") for known in sent]


def require_match(request: HttpRequest, body: Any) -> None:
    """Let a write with `If-Match` go on only from the version it names; raises `PreconditionFailedError`."""
    header = request.headers.get("If-Match")
    if header is None:
        return
    sent = parse_etags(header)
    if "*" not in sent and make_etag(msgspec.json.encode(body)) not in sent:
        raise PreconditionFailedError
