"""Logos of partners, stored like proofs: decoded and encoded again, in the bucket."""

import secrets

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tracking.domain.errors import PermanentError
from tracking.models import Partner
from tracking.pictures import redraw

FOLDER = "logos"
# A customer's page with everything on it has 40 KB.
MAX_BYTES = 10_000


class LogoTooLargeError(PermanentError):
    """Raised for a logo that would make pages slow."""


def remove_logo(partner: Partner) -> None:
    """Delete the logo of a partner and empty it in the row. The caller saves the row."""
    old, partner.logo_file, partner.logo_type = partner.logo_file, "", ""
    if old:
        default_storage.delete(old)


def keep_logo(partner: Partner, sent: bytes) -> None:
    """Store a picture as the logo of a partner and set it in the row. The caller saves the row.

    Raises `LogoTooLargeError`, `UnreadablePictureError`, and `TransientError` if the bucket is out of reach.
    """
    picture = redraw(sent)
    if len(picture.content) > MAX_BYTES:
        size = len(picture.content) / 1000
        raise LogoTooLargeError(f"The logo has {size:.0f} KB; at most {MAX_BYTES // 1000} KB are allowed.")
    suffix = picture.content_type.partition("/")[2]
    file = ContentFile(picture.content)
    file.content_type = picture.content_type  # type: ignore[attr-defined] # django-storages reads it.
    old, partner.logo_type = partner.logo_file, picture.content_type
    partner.logo_file = str(default_storage.save(f"{FOLDER}/{secrets.token_urlsafe(24)}.{suffix}", file))
    if old:
        default_storage.delete(old)
