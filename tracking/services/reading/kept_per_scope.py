"""Answers to consoles that are kept for seconds, for each scope."""

import threading
from collections.abc import Callable
from typing import TypeVar

from cachetools import TTLCache, cached

from tracking.ports import TrackingPorts
from tracking.services.requests.roles import Scope

T = TypeVar("T")
# Scopes whose answers are kept at the same time.
MAX_SCOPES = 64
Read = Callable[[TrackingPorts, Scope], T]


def kept_per_scope(seconds: float) -> Callable[[Read[T]], Read[T]]:
    """Return a decorator that keeps what a function reads, for each scope.

    However many consoles of a scope ask at the same time, one reads and the others wait for its result.
    """
    return cached(
        TTLCache(maxsize=MAX_SCOPES, ttl=seconds),
        key=lambda _ports, scope: scope,
        condition=threading.Condition(),
    )
