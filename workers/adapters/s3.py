"""Raw records that are too large for a DynamoDB row, in S3 through Django's default storage."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tracking.adapters.aws import AWS_ERRORS, to_domain_error

QUARANTINE_PREFIX = "quarantine"


def keep_raw(path: str, raw: bytes) -> str:
    """Store the bytes under `quarantine/<path>`, overwriting existing ones, and return their key."""
    try:
        return str(default_storage.save(f"{QUARANTINE_PREFIX}/{path}", ContentFile(raw)))
    except AWS_ERRORS as error:
        raise to_domain_error(error) from error


def read_raw(key: str) -> bytes:
    """Return the bytes stored under a key that `keep_raw` returned."""
    try:
        with default_storage.open(key) as stored:
            return bytes(stored.read())
    except AWS_ERRORS as error:
        raise to_domain_error(error) from error
