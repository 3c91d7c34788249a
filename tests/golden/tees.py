"""Memory adapters that also write through the DynamoDB adapters, whose rows are recorded."""

from tests.golden.product import (
    DynamoLaneStatisticsStore,
    DynamoQuarantine,
    DynamoShipmentStore,
    DynamoVehicleStore,
    MemoryLaneStatisticsStore,
    MemoryQuarantine,
    MemoryShipmentStore,
    MemoryVehicleStore,
)


class TeeStore(MemoryShipmentStore):
    """Shipment store in memory that also writes to the DynamoDB store."""

    def __init__(self, second: DynamoShipmentStore) -> None:
        super().__init__()
        self.second = second

    def commit(self, commits):
        outcomes = super().commit(commits)
        done = [commit for commit, outcome in zip(commits, outcomes, strict=True) if outcome.committed]
        assert all(outcome.committed for outcome in self.second.commit(done))
        return outcomes

    def clear_pending(self, changes):
        super().clear_pending(changes)
        self.second.clear_pending(changes)

    def keep_first_arrivals(self, scans):
        first = super().keep_first_arrivals(scans)
        assert self.second.keep_first_arrivals(scans) == first
        return first


class TeeVehicles(MemoryVehicleStore):
    """Vehicle store in memory that also writes to the DynamoDB store."""

    def __init__(self, second: DynamoVehicleStore) -> None:
        super().__init__()
        self.second = second

    def record_fixes(self, fixes):
        self.second.record_fixes(fixes)
        return super().record_fixes(fixes)

    def keep_registration(self, vehicle_id, registration):
        self.second.keep_registration(vehicle_id, registration)
        super().keep_registration(vehicle_id, registration)

    def keep_manifest(self, manifest):
        self.second.keep_manifest(manifest)
        super().keep_manifest(manifest)

    def drop_manifest(self, vehicle_id, manifest_id):
        self.second.drop_manifest(vehicle_id, manifest_id)
        super().drop_manifest(vehicle_id, manifest_id)


class TeeLanes(MemoryLaneStatisticsStore):
    """Store of lane statistics in memory that also writes to the DynamoDB store."""

    def __init__(self, second: DynamoLaneStatisticsStore) -> None:
        super().__init__()
        self.second = second

    def keep(self, lesson):
        # The memory store's `keep` calls `put`, which must not write to the second store again.
        second, self.second = self.second, None
        learned = super().keep(lesson)
        self.second = second
        if learned.kept:
            second.keep(lesson)
        return learned

    def put(self, statistics):
        super().put(statistics)
        if self.second is not None:
            self.second.put(statistics)

    def cache(self):
        """Return a `LaneCache` over these statistics that caches nothing."""
        return _AlwaysCurrent(self)


class _AlwaysCurrent:
    """`LaneCache` that reads each key every time."""

    def __init__(self, lanes) -> None:
        self._lanes = lanes

    def read(self, keys):
        wanted = sorted({key for each in keys for key in each})
        return {key: stored.statistic for key, stored in self._lanes.read(wanted).items()}


class TeeQuarantine(MemoryQuarantine):
    """Quarantine in memory that also writes to the DynamoDB quarantine."""

    def __init__(self, second: DynamoQuarantine) -> None:
        super().__init__()
        self.second = second

    def put(self, refusals):
        super().put(refusals)
        self.second.put(refusals)
