"""When failures of our own code on a shard stop being about single records and are about the code."""

from collections import deque

WINDOW = 1_000
# Above one record in a hundred it is a bad deploy, not bad data.
TOLERATED = 10


class HaltError(Exception):
    """The same failure on too many records: the shard must not go on before somebody has looked."""


class FailureWindow:
    """What became of the last 1,000 records of a shard."""

    def __init__(self) -> None:
        self._window: deque[str] = deque(maxlen=WINDOW)

    def pass_records(self, count: int) -> None:
        """Note records that went through."""
        self._window.extend([""] * min(count, WINDOW))

    def note(self, error: Exception) -> None:
        """Note a record that our code failed on; raises `HaltError` when there are too many of a kind."""
        kind = type(error).__name__
        self._window.append(kind)
        count = self._window.count(kind)
        if count > TOLERATED:
            raise HaltError(f"{kind} on {count} of the last {WINDOW} records: {error}"[:300])
