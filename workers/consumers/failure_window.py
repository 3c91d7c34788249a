"""Window of recent failures of a shard, which tells a few bad records from a bug that hits many."""

from collections import deque

WINDOW = 1_000
# More than one record in a hundred is taken for a bad deploy, not for bad data.
TOLERATED = 10


class HaltError(Exception):
    """Raised when too many records fail in the same way; the shard stops until an operator resumes it."""


class FailureWindow:
    """Results of the last 1,000 records of a shard."""

    def __init__(self) -> None:
        self._window: deque[str] = deque(maxlen=WINDOW)

    def add_processed(self, count: int) -> None:
        """Add records that were processed."""
        self._window.extend([""] * min(count, WINDOW))

    def add_failure(self, error: Exception) -> None:
        """Add a record that failed. Raises `HaltError` for more than 10 failures of one exception type."""
        kind = type(error).__name__
        self._window.append(kind)
        count = self._window.count(kind)
        if count > TOLERATED:
            raise HaltError(f"{kind} on {count} of the last {WINDOW} records: {error}"[:300])
