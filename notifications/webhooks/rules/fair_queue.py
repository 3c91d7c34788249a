"""Fair queue: one queue per endpoint, served in turn, with a limit of deliveries in flight for each."""

from collections import Counter, deque
from typing import Generic, TypeVar

IN_FLIGHT_LIMIT = 4

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """Items waiting by endpoint. Not for use by several threads at once.

    `take()` serves endpoints in turn, so a long queue of one endpoint delays others by one item at most. An
    endpoint with `limit` items in flight is passed by until one of them is finished.
    """

    def __init__(self, limit: int = IN_FLIGHT_LIMIT) -> None:
        self._limit = limit
        self._waiting: dict[str, deque[Item]] = {}
        self._in_flight: Counter[str] = Counter()
        # Endpoints that may be served, in turn; each at most once.
        self._turns: deque[str] = deque()

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def put(self, endpoint: str, item: Item) -> None:
        """Add an item behind the others of its endpoint."""
        if endpoint not in self._waiting:
            self._waiting[endpoint] = deque()
            self._admit(endpoint)
        self._waiting[endpoint].append(item)

    def take(self) -> tuple[str, Item] | None:
        """Return the next item with its endpoint, now in flight; None if no endpoint may be served."""
        if not self._turns:
            return None
        endpoint = self._turns.popleft()
        waiting = self._waiting[endpoint]
        item = waiting.popleft()
        self._in_flight[endpoint] += 1
        if waiting:
            self._admit(endpoint)
        else:
            del self._waiting[endpoint]
        return endpoint, item

    def finish(self, endpoint: str) -> None:
        """Record that an item of the endpoint is no longer in flight."""
        was_full = self._in_flight[endpoint] == self._limit
        self._in_flight[endpoint] -= 1
        if not self._in_flight[endpoint]:
            del self._in_flight[endpoint]
        if was_full and endpoint in self._waiting:
            self._turns.append(endpoint)

    def _admit(self, endpoint: str) -> None:
        if self._in_flight[endpoint] < self._limit:
            self._turns.append(endpoint)
