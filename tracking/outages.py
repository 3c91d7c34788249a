"""Failures of servers that the product needs: a request that meets one is answered 503, never 500."""

import redis
from django.db import InterfaceError, OperationalError

from tracking.domain.errors import TransientError

# Raised by ports and adapters, the relational database, and Redis behind Django's cache and Channels.
OUTAGES = (
    TransientError,
    OperationalError,
    InterfaceError,
    redis.ConnectionError,
    redis.TimeoutError,
    ConnectionError,
)


def is_outage(error: BaseException | None) -> bool:
    """Return whether the error, or one that it was raised from, is the failure of a server."""
    while error is not None:
        if isinstance(error, OUTAGES):
            return True
        error = error.__cause__
    return False
