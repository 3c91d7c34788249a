"""File storage in an S3 bucket, by django-storages, with errors of the domain."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

from tracking.adapters.aws import AWS_ERRORS, CONNECT_TIMEOUT_S, USER_AGENT, to_domain_error

# A picture is larger than a row, and a person waits for it. botocore's default is five attempts of 60 s.
READ_TIMEOUT_S = 5
ATTEMPTS = 2


class BucketStorage(S3Storage):  # type: ignore[misc] # django-storages has no types.
    """Storage in the bucket. Raises `FileNotFoundError`, and `TransientError` if it cannot be reached.

    A file is read as a whole when it is opened: it is small, and errors are raised at the opening.
    """

    def __init__(self, **options: Any) -> None:
        limits = Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"total_max_attempts": ATTEMPTS},
            user_agent=USER_AGENT,
        )
        super().__init__(client_config=limits, **options)

    def _save(self, name: str, content: Any) -> str:
        with _domain_errors():
            return str(super()._save(name, content))

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _domain_errors():
            opened = super()._open(name, mode)
            opened.file.seek(0)
            return opened

    def delete(self, name: str) -> None:
        """Delete the file; safe to repeat."""
        with _domain_errors():
            super().delete(name)


@contextmanager
def _domain_errors() -> Iterator[None]:
    try:
        yield
    except AWS_ERRORS as error:
        raise to_domain_error(error) from error
