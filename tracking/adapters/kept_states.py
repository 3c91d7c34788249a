"""States that were read or pushed in the last minute, in Redis."""

from functools import cached_property
from typing import Any

import redis
import structlog
from pybreaker import CircuitBreakerError

from tracking.adapters.channels import DATABASE
from tracking.adapters.live_states import Command, find_command, keep_command, read_kept
from tracking.adapters.redis_breaker import make_redis_breaker
from tracking.domain.shipment import ShipmentState
from tracking.kept_state_ports import ReadStore

TIMEOUT_S = 0.2
# After a failure, reads go to the store for this long before Redis is called again.
BREAKER_OPEN_S = 5.0

log = structlog.get_logger()


class RedisKeptStates:
    """`KeptStates` in the Redis database of the live pages, where the line keeps what it pushes."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._breaker = make_redis_breaker(BREAKER_OPEN_S)

    @cached_property
    def _client(self) -> Any:
        # No retry: the store answers sooner.
        return redis.Redis.from_url(
            self._redis_url,
            db=DATABASE,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=None,
        )

    def read(self, shipment_id: str, read_store: ReadStore) -> ShipmentState | None:
        """Return the state in Redis, else that of the store.

        A state of the store is kept only if this read has asked for it in Redis before: from then on the line
        keeps newer versions, so an older one cannot replace them.
        """
        try:
            kept = read_kept(self._run(find_command(shipment_id)))
        except (redis.RedisError, CircuitBreakerError):
            return read_store(shipment_id)
        if kept is not None:
            return kept
        state = read_store(shipment_id)
        if state is not None:
            self._keep(state)
        return state

    def _keep(self, state: ShipmentState) -> None:
        try:
            self._run(keep_command(state))
        except redis.RedisError as error:
            log.warning("answer", outcome="state not kept", error=f"{type(error).__name__}: {error}")
        except CircuitBreakerError:
            return

    def _run(self, command: Command) -> Any:
        with self._breaker.calling():
            return self._client.execute_command(*command)
