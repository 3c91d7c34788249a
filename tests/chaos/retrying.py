"""Retries calls of the test itself to the local AWS, which may be slow on a busy machine."""

import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

RETRIED_FOR_S = 120.0
_PAUSE_S = 0.2

T = TypeVar("T")


def retry_aws(call: Callable[[], T]) -> T:
    """Repeat a call to the local AWS until it succeeds; raise its error after `RETRIED_FOR_S`."""
    ends_at = time.monotonic() + RETRIED_FOR_S
    while True:
        try:
            return call()
        except (BotoCoreError, ClientError):
            if time.monotonic() > ends_at:
                raise
        time.sleep(_PAUSE_S)
