"""Signature Version 4 of requests whose only headers are known; the key of a day is derived once.

botocore signs any request, and builds sorted copies of all its headers for that. A request of a JSON service
is a POST to `/` with four headers, or five with a session token, so its canonical form is one template.
"""

from datetime import datetime
from hashlib import sha256
from hmac import digest
from typing import NamedTuple

_ALGORITHM = "AWS4-HMAC-SHA256"


class Keys(NamedTuple):
    """Credentials at one moment; `token` belongs to temporary ones."""

    access_key: str
    secret_key: str
    token: str | None = None


class Target(NamedTuple):
    """Headers of an operation of a JSON service that are signed, besides those of time and credentials."""

    host: str
    content_type: str
    operation: str


class Signer:
    """Signer of one service in one region. Safe to use from many threads."""

    def __init__(self, service: str, region: str) -> None:
        self._service = service
        self._region = region
        # Secret key and day, and the key derived from them. Replaced as a whole, so no lock is needed.
        self._derived: tuple[str, str, bytes] = ("", "", b"")

    def sign(self, target: Target, body: bytes, keys: Keys, at: datetime) -> dict[str, str]:
        """Return the headers that sign a POST to `/` at a time, which is aware and in UTC."""
        moment = f"{at:%Y%m%dT%H%M%SZ}"
        scope = f"{moment[:8]}/{self._region}/{self._service}/aws4_request"
        signed = {"content-type": target.content_type, "host": target.host, "x-amz-date": moment}
        if keys.token:
            signed["x-amz-security-token"] = keys.token
        signed["x-amz-target"] = target.operation
        names = ";".join(signed)
        lines = "".join([f"{name}:{value}\n" for name, value in signed.items()])
        canonical = f"POST\n/\n\n{lines}\n{names}\n{sha256(body).hexdigest()}"
        to_sign = f"{_ALGORITHM}\n{moment}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = digest(self._derive_key(keys.secret_key, moment[:8]), to_sign.encode(), sha256).hex()
        signed["authorization"] = (
            f"{_ALGORITHM} Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        return signed

    def _derive_key(self, secret: str, day: str) -> bytes:
        derived = self._derived
        if derived[:2] == (secret, day):
            return derived[2]
        key = f"AWS4{secret}".encode()
        for part in (day, self._region, self._service, "aws4_request"):
            key = digest(key, part.encode(), sha256)
        self._derived = (secret, day, key)
        return key
