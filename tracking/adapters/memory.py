"""Shipment store in memory, with the same guarantees as the one on DynamoDB, for tests and replays."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from tracking.domain.events import Change, Scan, TrackingEvent
from tracking.domain.shipment import ShipmentState
from tracking.ports import Commit, Outcome


class MemoryShipmentStore:
    """`ShipmentStore` in dictionaries, under one lock."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._states: dict[str, ShipmentState] = {}
        self._events: dict[str, dict[str, TrackingEvent]] = defaultdict(dict)
        self._arrivals: dict[tuple[str, str], datetime] = {}

    def read_states(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """Return the current state of each of these shipments that has one."""
        with self._lock:
            return {key: self._states[key] for key in shipment_ids if key in self._states}

    def read_state(self, shipment_id: str) -> ShipmentState | None:
        """Return the current state of one shipment, or None."""
        return self.read_states([shipment_id]).get(shipment_id)

    def read_current(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """Return the current state of each of these shipments that has one."""
        return self.read_states(shipment_ids)

    def read_shipment_ids(self) -> Iterator[str]:
        """Return the ids of all shipments that have a state."""
        with self._lock:
            return iter(list(self._states))

    def read_timeline(self, shipment_id: str) -> list[TrackingEvent]:
        """Return all events of the shipment, oldest first."""
        with self._lock:
            return [event for _, event in sorted(self._events[shipment_id].items())]

    def commit(self, commits: Sequence[Commit]) -> list[Outcome]:
        """Store each commit on condition that the state is still `before`."""
        with self._lock:
            return [self._commit_one(commit) for commit in commits]

    def read_waiting(self, events: Sequence[TrackingEvent]) -> list[Change]:
        """Return the changes of these events that are not published yet."""
        with self._lock:
            rows = [self._events[event.shipment_id].get(event.sort_key) for event in events]
            return [row.change for row in rows if row and row.pending and row.change]

    def read_pending(self, older_than: datetime) -> list[Change]:
        """Return changes pending since before `older_than`, oldest first."""
        with self._lock:
            changes = [
                row.change
                for rows in self._events.values()
                for row in rows.values()
                if row.pending and row.change and row.change.recorded_at < older_than
            ]
        return sorted(changes, key=lambda change: change.recorded_at)

    def clear_pending(self, changes: Sequence[Change]) -> None:
        """Mark these changes as published."""
        published = {change.change_id for change in changes}
        with self._lock:
            for shipment_id in {change.shipment_id for change in changes}:
                for key, row in self._events[shipment_id].items():
                    if row.change_id in published:
                        cleared = msgspec.structs.replace(row, pending=None, pending_since=None)
                        self._events[shipment_id][key] = cleared

    def keep_first_arrivals(self, scans: Sequence[Scan]) -> dict[tuple[str, str], datetime]:
        """Return when each of these reports first arrived."""
        with self._lock:
            keys = [(scan.shipment_id or "", scan.event_id) for scan in scans]
            for key, scan in zip(keys, scans, strict=True):
                self._arrivals.setdefault(key, scan.occurred_at)
            return {key: self._arrivals[key] for key in keys}

    def _commit_one(self, commit: Commit) -> Outcome:
        current = self._states.get(commit.shipment_id)
        if commit.moved and (current and current.state_version) != (
            commit.before and commit.before.state_version
        ):
            return Outcome(committed=False, current=current)
        rows = self._events[commit.shipment_id]
        for event in commit.events:
            # The cleaning memory is kept in the state, not in events.
            row = msgspec.structs.replace(event, fix_memory="")
            if row.change is not None:
                rows[row.sort_key] = row
            else:
                rows.setdefault(row.sort_key, row)
        for event in commit.rewrites:
            rows[event.sort_key] = msgspec.structs.replace(
                rows[event.sort_key], applied=event.applied, reject_reason=event.reject_reason
            )
        if commit.moved:
            self._states[commit.shipment_id] = commit.after
        return Outcome(committed=True)
