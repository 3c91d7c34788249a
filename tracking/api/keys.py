"""API keys: issue, rotate, revoke and verify them; DRF authentication and permission by scope."""

import hashlib
import hmac
import secrets
import string
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tracking.api.known_keys import known_keys
from tracking.models import ApiKey, Partner
from tracking.services.requests.callers import Caller

# Scopes with what each allows.
SCOPE_TEXTS = {
    "shipments:read": "read bookings with recipients in clear, and planned minutes of lanes",
    "shipments:write": "book, change and cancel shipments, plan lanes",
    "tracking:read": "read where shipments are and when they arrive",
    "events:read": "read timelines, explanations and the feed of changes",
    "events:write": "report scans, statuses and positions",
    "events:correct": "correct an event that was reported wrongly",
    "vehicles:read": "read vehicles, their positions and manifests",
    "vehicles:write": "register, change and remove vehicles, send manifests",
    "incidents:read": "read incidents, requests of recipients among them",
    "incidents:write": "acknowledge and resolve incidents",
    "usage:read": "read how much the partner uses",
    "proofs:read": "read photos and signatures of deliveries",
    "proofs:write": "add photos and signatures of deliveries",
    "webhooks:read": "read webhook endpoints and their deliveries",
    "webhooks:write": "create, change and delete webhook endpoints, send deliveries again",
}
SCOPES = tuple(SCOPE_TEXTS)
MODES = {True: "live", False: "test"}
ID_LETTERS = string.ascii_lowercase + string.digits
ID_LENGTH = 8
# `last_used_at` is only shown to people, so one write a minute is enough.
USED_AGAIN_AFTER = timedelta(minutes=1)


def issue_key(
    partner: Partner,
    *,
    livemode: bool = True,
    scopes: Iterable[str] = SCOPES,
    expires_at: datetime | None = None,
    limit_factor: int = 1,
    name: str = "",
) -> str:
    """Create a key and return it, `slx_<mode>_<id>_<secret>`. Only its hash is stored."""
    scopes = list(scopes)
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise ValueError(f"no such scope: {', '.join(unknown)}")
    key_id = "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))
    secret = secrets.token_urlsafe(32)
    ApiKey.objects.create(
        key_id=key_id,
        partner=partner,
        secret_sha256=_hash(secret),
        livemode=livemode,
        scopes=scopes,
        expires_at=expires_at,
        limit_factor=limit_factor,
        name=name,
    )
    return f"slx_{MODES[livemode]}_{key_id}_{secret}"


def rotate_key(key: ApiKey, now: datetime, overlap: timedelta) -> str:
    """Issue a key with the same rights; the old one stays valid for `overlap`, unless it expires earlier."""
    ends_at = now + overlap
    key.expires_at = min(key.expires_at or ends_at, ends_at)
    key.save(update_fields=["expires_at"])
    return issue_key(
        key.partner,
        livemode=key.livemode,
        scopes=key.scopes,
        limit_factor=key.limit_factor,
        name=key.name,
    )


def revoke_key(key: ApiKey, now: datetime) -> None:
    """Revoke the key. In this process the next request is refused, in others one after `KNOWN_FOR_S`."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)


def verify_key(sent: str, now: datetime) -> ApiKey | None:
    """Return the stored key of a sent one; None if it is unknown, revoked or expired."""
    prefix, _, rest = sent.partition("_")
    mode, _, rest = rest.partition("_")
    key_id, _, secret = rest.partition("_")
    key = known_keys.find(key_id)
    # Compared also for an unknown key, so that the time taken reveals nothing.
    matches = hmac.compare_digest(_hash(secret), key.secret_sha256 if key else _hash(""))
    if key is None or not matches or prefix != "slx" or mode != MODES[key.livemode]:
        return None
    ended = [moment for moment in (key.revoked_at, key.expires_at) if moment is not None and moment <= now]
    return None if ended else key


def record_use(key: ApiKey, now: datetime) -> None:
    """Store the time at which the key was last used, at most once a minute."""
    if key.last_used_at is None or now - key.last_used_at >= USED_AGAIN_AFTER:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        key.last_used_at = now


def caller_of(request: Request) -> Caller:
    """Return the caller of a request, as the services take it."""
    key: ApiKey = request.auth
    return Caller(key.partner, key.livemode, f"key_{key.key_id}")


class ApiKeyAuthentication(BaseAuthentication):
    """Authentication by `Authorization: Bearer <key>`: `request.user` is the partner, `auth` the key."""

    def authenticate(self, request: Request) -> tuple[Partner, ApiKey] | None:
        """Return the partner and the key, None without the header. Raises `AuthenticationFailed`."""
        scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        now = timezone.now()
        key = verify_key(sent.strip(), now) if scheme.lower() == "bearer" else None
        if key is None:
            raise AuthenticationFailed
        record_use(key, now)
        return key.partner, key

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - as DRF calls it
        """Return the `WWW-Authenticate` header of a 401."""
        return 'Bearer realm="SwiftLogix API"'


class HasScope(BasePermission):
    """Permission by the view's `scopes`: one scope for each method. A method without a scope gives 405."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the key has the scope of this method. Raises `MethodNotAllowed`."""
        scope = view.scopes.get("GET" if request.method == "HEAD" else request.method)
        if scope is None:
            raise MethodNotAllowed(request.method)
        return isinstance(request.auth, ApiKey) and scope in request.auth.scopes


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
