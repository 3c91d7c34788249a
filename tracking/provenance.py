"""Provenance: a keyed code on the stream records of our own processes, which devices cannot make.

The code is the last field of a record, `"mac"`: BLAKE2b (RFC 7693) with a key, 16 bytes, over the bytes of
the record without that field. The first of `STREAM_KEYS` signs, each of them verifies, so a key can be
rotated while records signed with the older one are still on the stream or in quarantine.
"""

import base64
import hashlib
from functools import lru_cache
from hmac import compare_digest

from django.conf import settings

_CODE_BYTES = 16
_BEFORE, _AFTER = b',"mac":"', b'"}'
_CODE_LENGTH = 22
_TAIL = len(_BEFORE) + _CODE_LENGTH + len(_AFTER)


def sign_record(raw: bytes) -> bytes:
    """Return the record (the bytes of one JSON object with a field) with its code as the last field."""
    newest = _derive_keys(tuple(settings.STREAM_KEYS))[0]
    return raw[:-1] + _BEFORE + _make_code(raw, newest) + _AFTER


def is_signed(raw: bytes) -> bool:
    """Return whether the record was signed with one of `STREAM_KEYS` and has not changed since."""
    tail = raw[-_TAIL:]
    if not (tail.startswith(_BEFORE) and tail.endswith(_AFTER)):
        return False
    sent = tail[len(_BEFORE) : -len(_AFTER)]
    plain = raw[:-_TAIL] + b"}"
    keys = _derive_keys(tuple(settings.STREAM_KEYS))
    return any(compare_digest(sent, _make_code(plain, key)) for key in keys)


def _make_code(raw: bytes, key: bytes) -> bytes:
    digest = hashlib.blake2b(raw, digest_size=_CODE_BYTES, key=key).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=")


@lru_cache(4)
def _derive_keys(secrets: tuple[str, ...]) -> tuple[bytes, ...]:
    """Return a key of 32 bytes for each setting, derived by SHA-256 from a text of any length."""
    return tuple(hashlib.sha256(secret.encode()).digest() for secret in secrets)
