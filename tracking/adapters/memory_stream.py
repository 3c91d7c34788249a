"""The event stream in memory: keeps what is put on it, for tests and replays."""

from collections.abc import Sequence


class MemoryEventStream:
    """Accepts every record, or refuses all of them while `refusing` holds a reason."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes]] = []
        self.refusing: str | None = None

    def put(self, records: Sequence[tuple[str, bytes]]) -> list[str | None]:
        """Keep the records in order; per record None when accepted, else why not."""
        if self.refusing is None:
            self.records += records
        return [self.refusing] * len(records)
