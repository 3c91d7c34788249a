"""Raw records too large for a table's row, on S3 through Django's default storage."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tracking.adapters.aws import AWS_ERRORS, to_domain_error

QUARANTINE_PREFIX = "quarantine"


def keep_raw(path: str, raw: bytes) -> str:
    """Keep the bytes under `quarantine/<path>` and return their key; the same path again overwrites."""
    try:
        return str(default_storage.save(f"{QUARANTINE_PREFIX}/{path}", ContentFile(raw)))
    except AWS_ERRORS as error:
        raise to_domain_error(error) from error


def read_raw(key: str) -> bytes:
    """The bytes kept under a key that `keep_raw` gave."""
    try:
        with default_storage.open(key) as stored:
            return bytes(stored.read())
    except AWS_ERRORS as error:
        raise to_domain_error(error) from error
