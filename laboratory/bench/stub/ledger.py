"""What the stub remembers of one run: enough to answer conditions truthfully and to count effects."""

from collections import Counter
from dataclasses import dataclass, field

# Every shipment of a run is known before it: this is the version its state is found at.
FOUND_VERSION = 7
STATE_KEY = "~state"


@dataclass
class Ledger:
    """Rows that were written, versions of states, changes told and published."""

    calls: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    rows: dict[tuple[str, str], str | None] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    moved: Counter[str] = field(default_factory=Counter)
    published: Counter[str] = field(default_factory=Counter)
    told_twice: int = 0

    def version(self, shipment_id: str) -> int:
        """The version the shipment's state is at."""
        return self.versions.get(shipment_id, FOUND_VERSION)

    def insert(self, shipment_id: str, sort_key: str) -> bool:
        """Keep a row; False when it is there already."""
        if (shipment_id, sort_key) in self.rows:
            return False
        self.rows[shipment_id, sort_key] = None
        return True

    def may_tell(self, shipment_id: str, sort_key: str) -> bool:
        """Whether the row has told no change yet."""
        return self.rows.get((shipment_id, sort_key)) is None

    def tell(self, shipment_id: str, sort_key: str, change_id: str) -> None:
        """Keep a row that tells a change."""
        self.told_twice += not self.may_tell(shipment_id, sort_key)
        self.rows[shipment_id, sort_key] = change_id

    def move(self, shipment_id: str, seen: int | None) -> bool:
        """Move a state on the version that was seen; False when it is another one. None: no condition."""
        if seen is not None and seen != self.version(shipment_id):
            return False
        self.versions[shipment_id] = self.version(shipment_id) + 1
        self.moved[shipment_id] += 1
        return True

    def pretend_another_writer(self, shipment_id: str) -> None:
        """The state moves as if by somebody else."""
        self.versions[shipment_id] = self.version(shipment_id) + 1

    def count(self) -> dict[str, int]:
        """Everything in numbers: calls as `calls <operation>`, faults as `fault <kind>`, and effects."""
        changes = [change for change in self.rows.values() if change is not None]
        return {
            **{f"calls {name}": number for name, number in sorted(self.calls.items())},
            **{f"fault {name}": number for name, number in sorted(self.faults.items())},
            "rows": len(self.rows),
            "states moved once": sum(times == 1 for times in self.moved.values()),
            "states moved more than once": sum(times > 1 for times in self.moved.values()),
            "changes told": len(changes),
            "changes told twice": self.told_twice,
            "changes published": len(self.published),
        }
