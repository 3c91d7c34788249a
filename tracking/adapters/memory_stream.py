"""Event stream in memory, for tests and replays: records what is put on it."""

from collections.abc import Sequence


class MemoryEventStream:
    """`EventStream` that accepts all records, or refuses all while `refusing` is a reason."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes]] = []
        self.refusing: str | None = None

    def put(self, records: Sequence[tuple[str, bytes]]) -> list[str | None]:
        """Record these in order; return per record None if accepted, else the reason."""
        if self.refusing is None:
            self.records += records
        return [self.refusing] * len(records)
