"""Remembers what one run has written: enough to evaluate conditions and to count effects."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

# Every shipment of a run already has a state; this is its version before the run.
FOUND_VERSION = 7
STATE_KEY = "~state"


class StreamPlace(NamedTuple):
    """Source and stream position of a record, as a state holds them."""

    source: str
    position: str


# No record of a run is from here.
FOUND_PLACE = StreamPlace("1767225600/shardId-of-yesterday", "0" * 64 + ".000000")


@dataclass
class Ledger:
    """Rows that were written, versions of states, changes recorded and published."""

    calls: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    rows: dict[tuple[str, str], str | None] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    moved: Counter[str] = field(default_factory=Counter)
    # Where in the stream the record is that moved a state last: repeats are recognised by it.
    reached: dict[str, StreamPlace] = field(default_factory=dict)
    published: Counter[str] = field(default_factory=Counter)
    recorded_twice: int = 0
    # Of DynamoDB, without those of indexes.
    write_units: int = 0

    def version(self, shipment_id: str) -> int:
        """Return the version of the shipment's state."""
        return self.versions.get(shipment_id, FOUND_VERSION)

    def insert(self, shipment_id: str, sort_key: str) -> bool:
        """Insert a row; return False if it exists already."""
        if (shipment_id, sort_key) in self.rows:
            return False
        self.rows[shipment_id, sort_key] = None
        return True

    def may_record_change(self, shipment_id: str, sort_key: str) -> bool:
        """Return whether the row carries no change yet."""
        return self.rows.get((shipment_id, sort_key)) is None

    def record_change(self, shipment_id: str, sort_key: str, change_id: str) -> None:
        """Write a row that carries a change."""
        self.recorded_twice += not self.may_record_change(shipment_id, sort_key)
        self.rows[shipment_id, sort_key] = change_id

    def find_place(self, shipment_id: str) -> StreamPlace:
        """Return the place in the stream that the shipment's state has reached."""
        return self.reached.get(shipment_id, FOUND_PLACE)

    def move(self, shipment_id: str, expected: int | None, reached: StreamPlace | None) -> bool:
        """Increase the version of a state if it is `expected`; return False if not. None is no condition.

        `reached` is the place in the stream that the new state holds.
        """
        if expected is not None and expected != self.version(shipment_id):
            return False
        self.versions[shipment_id] = self.version(shipment_id) + 1
        self.moved[shipment_id] += 1
        if reached is not None:
            self.reached[shipment_id] = reached
        return True

    def pretend_another_writer(self, shipment_id: str) -> None:
        """Increase the version of a state as another writer would."""
        self.versions[shipment_id] = self.version(shipment_id) + 1

    def count(self) -> dict[str, int]:
        """Return all counts: calls as `calls <operation>`, faults as `fault <kind>`, and effects."""
        changes = [change for change in self.rows.values() if change is not None]
        return {
            **{f"calls {name}": number for name, number in sorted(self.calls.items())},
            **{f"fault {name}": number for name, number in sorted(self.faults.items())},
            "rows": len(self.rows),
            "write units": self.write_units,
            "states moved": len(self.moved),
            "states moved once": sum(times == 1 for times in self.moved.values()),
            "states moved more than once": sum(times > 1 for times in self.moved.values()),
            "changes told": len(changes),
            "changes told twice": self.recorded_twice,
            "changes published": len(self.published),
        }
