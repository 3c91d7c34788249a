"""Files in the bucket: django-storages' S3, with failures in our own terms."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

from tracking.adapters.aws import AWS_ERRORS, CONNECT_TIMEOUT_S, as_our_error

# A picture is larger than a row, and somebody waits for it: by itself botocore waits five times a minute.
READ_TIMEOUT_S = 5
TRIES = 2


class BucketStorage(S3Storage):  # type: ignore[misc] # django-storages has no types.
    """The product's bucket; raises `FileNotFoundError`, and `TransientError` when it cannot be reached.

    A file is read whole when it is opened: it is small, and a failure belongs to the opening.
    """

    def __init__(self, **options: Any) -> None:
        limits = Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"total_max_attempts": TRIES},
        )
        super().__init__(client_config=limits, **options)

    def _save(self, name: str, content: Any) -> str:
        with _in_our_terms():
            return str(super()._save(name, content))

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _in_our_terms():
            opened = super()._open(name, mode)
            opened.file.seek(0)
            return opened

    def delete(self, name: str) -> None:
        """Delete the file; safe to repeat."""
        with _in_our_terms():
            super().delete(name)


@contextmanager
def _in_our_terms() -> Iterator[None]:
    try:
        yield
    except AWS_ERRORS as error:
        raise as_our_error(error) from error
