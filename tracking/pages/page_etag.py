"""ETag of the customer's page, found without rendering it."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage

from tracking.translation import current_language

_PACKAGE = Path(__file__).parents[1]
_RENDERED_FROM = (".py", ".html", ".mo")


def make_page_etag(version: int, context: dict[str, Any]) -> str:
    """Return the ETag of a page about this state version, rendered from this context.

    It is also made from the language and from what all pages are rendered from. The context contains "today"
    and ages, so that an ETag of the version alone would keep a stale page alive.
    """
    digest = sha256(repr(context).encode() + _hash_release()).hexdigest()[:12]
    return f'"{version}-{current_language()}-{digest}"'


@cache
def _hash_release() -> bytes:
    """Return a hash of code, templates and texts, and of the names of static files; read once per process."""
    digest = sha256(getattr(staticfiles_storage, "manifest_hash", "").encode())
    for path in sorted(_PACKAGE.rglob("*")):
        if path.suffix in _RENDERED_FROM:
            digest.update(path.read_bytes())
    return digest.digest()
