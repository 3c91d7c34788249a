"""The patience of those who judge: a busy machine answers late, which is no fault of the product."""

import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

PATIENCE_S = 120.0
_PAUSE_S = 0.2

T = TypeVar("T")


def insist(call: Callable[[], T]) -> T:
    """The answer of a call to the local AWS that may be repeated; its failure only after two minutes."""
    ends_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            return call()
        except (BotoCoreError, ClientError):
            if time.monotonic() > ends_at:
                raise
        time.sleep(_PAUSE_S)
