"""Conditional requests: ETags are hashes of answers; `If-None-Match` gives 304, a wrong `If-Match` 412."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags

from tracking.api.errors import PreconditionFailedError

CACHE_CONTROL = "private, max-age=5"


def answer_read(request: HttpRequest, body: Any, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return a value as the response to a read with its ETag, or 304 when the caller has this version."""
    encoded = msgspec.json.encode(body)
    all_headers = {"Cache-Control": CACHE_CONTROL, "ETag": make_etag(encoded), **(headers or {})}
    if matches_etag(request, all_headers["ETag"]):
        return HttpResponse(status=304, headers=all_headers)
    return HttpResponse(encoded, content_type="application/json", headers=all_headers)


def make_etag(encoded: bytes) -> str:
    """Return the ETag of an answer: a hash of its bytes."""
    return f'"{hashlib.sha256(encoded).hexdigest()[:20]}"'


def matches_etag(request: HttpRequest, etag: str) -> bool:
    """Return whether `If-None-Match` names this version (weak comparison, as for reads)."""
    return is_listed(etag, request.headers.get("If-None-Match", ""))


def is_listed(etag: str, header: str) -> bool:
    """Return whether a value of `If-None-Match` names this version."""
    sent = parse_etags(header)
    return "*" in sent or etag in [tag.removeprefix("W/") for tag in sent]


def require_match(request: HttpRequest, body: Any) -> None:
    """Raise `PreconditionFailedError` for a write whose `If-Match` names another version than `body`."""
    header = request.headers.get("If-Match")
    if header is None:
        return
    sent = parse_etags(header)
    if "*" not in sent and make_etag(msgspec.json.encode(body)) not in sent:
        raise PreconditionFailedError
