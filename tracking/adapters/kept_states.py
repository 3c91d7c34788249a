"""States that were read or pushed in the last minute, in Redis."""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import redis
import structlog
from pybreaker import CircuitBreakerError

from tracking.adapters.delayed_counts import Start, start_thread
from tracking.adapters.live_redis import DATABASE
from tracking.adapters.live_states import find_command, keep_command, read_kept
from tracking.adapters.redis_breaker import make_redis_breaker
from tracking.adapters.redis_client import make_redis_client
from tracking.adapters.scripts import Command, run, run_together
from tracking.adapters.thread_clients import ThreadClients
from tracking.domain.shipment import ShipmentState

TIMEOUT_S = 0.2
# After a failure, reads go to the store for this long before Redis is called again.
BREAKER_OPEN_S = 5.0
# States from the store are kept together: a call for each would cost more than half of what it saves.
KEEP_AFTER_S = 0.05
# More than these do not wait; further ones are not kept.
WAITING = 1000

log = structlog.get_logger()


class RedisKeptStates:
    """`KeptStates` in the Redis database of the live pages, where the line keeps what it pushes."""

    def __init__(self, redis_url: str, start: Start = start_thread) -> None:
        """Read from this server; `start` runs a function after a number of seconds."""
        self._redis_url = redis_url
        self._start = start
        self._clients = ThreadClients(lambda: self._make_client(single_connection_client=True))
        self._breaker = make_redis_breaker(BREAKER_OPEN_S)
        self._lock = threading.Lock()
        self._waiting: list[ShipmentState] = []

    def find(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState] | None:
        """Return the states in Redis, in one round trip; None while it cannot be reached."""
        try:
            kept = read_kept(self._run(find_command(shipment_ids)))
        except (redis.RedisError, CircuitBreakerError):
            return None
        return {state.shipment_id: state for state in kept}

    def keep(self, states: Sequence[ShipmentState]) -> None:
        """Keep states soon, together with others; those for which there is no room are not kept."""
        with self._lock:
            is_first = not self._waiting and bool(states)
            self._waiting += states[: WAITING - len(self._waiting)]
        if is_first:
            self._start(KEEP_AFTER_S, self.keep_waiting)

    def keep_waiting(self) -> None:
        """Keep the states that wait, in one call."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        try:
            with self._breaker.calling():
                answers = run_together(self._writer, [keep_command(state) for state in waiting])
                failed = next((answer for answer in answers if isinstance(answer, redis.RedisError)), None)
                if failed is not None:
                    raise failed
        except (redis.RedisError, CircuitBreakerError) as error:
            log.warning("answer", outcome="states not kept", error=f"{type(error).__name__}: {error}")

    def _run(self, command: Command) -> Any:
        with self._breaker.calling():
            return run(self._clients.find(), command)

    @cached_property
    def _writer(self) -> Any:
        """Client of the threads that keep what waits; each of them lives for one call."""
        return self._make_client()

    def _make_client(self, **more: bool) -> Any:
        # No retry: the store answers sooner.
        return make_redis_client(self._redis_url, TIMEOUT_S, db=DATABASE, **more)
