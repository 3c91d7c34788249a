"""Case for which a cost is worked out: volumes of a month, sizes of the deployment, needs of one event."""

import math
from typing import Literal

import msgspec

from workers.consumers.read_pacing import READ_EVERY_S

HOURS = 730.0
MILLION = 1e6
KB_IN_GB = 1e6
DAY_S = 86_400.0


class InvalidCaseError(ValueError):
    """A value that no month can have; the message names it."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A month of the product. Shares are 0 to 1; sizes are those of `deploy/templates` in production."""

    # Volumes.
    events_per_day: float = 2e6
    peak_events_per_day: float = 5e6
    peak_days: float = 5
    days: float = 30.4
    vehicles: float = 500
    change_share: float = 0.06
    events_per_shipment: float = 40
    reads_per_event: float = 0.15
    cache_hits: float = 0.6
    open_pages: float = 3_000
    proof_share: float = 0.05
    # Notifications.
    sms_per_shipment: float = 0
    sms_route: Literal["local", "international"] = "local"
    emails_per_shipment: float = 0
    geocoder: Literal["offline", "location"] = "offline"
    # Sizes.
    shards: float = 10
    retention_hours: float = 24
    events_per_record: float = 1
    capacity_units: float = 0
    burst_per_s: float = 5_000
    web_tasks: float = 2
    shards_tasks: float = 2
    queues_tasks: float = 2
    # vCPUs of a task of each role; each has 2 GB a vCPU.
    web_vcpu: float = 0.5
    shards_vcpu: float = 1
    queues_vcpu: float = 0.5
    nat_gateways: float = 2
    database_instances: float = 2
    # Capacity units of the writer of the database on average, and of the others, which wait at the least.
    acu: float = 0.7
    standby_acu: float = 0.5
    valkey_nodes: float = 2
    valkey_size: Literal["micro", "small"] = "micro"
    # What one event takes.
    event_kb: float = 0.4
    # Share of the positions that name a vehicle alone, whose parcels are on its manifest.
    vehicle_share: float = 0.0
    # Capacity units of DynamoDB; a run of the bench `calls` replaces them.
    position_write_units: float = 5.1
    position_index_units: float = 0.0
    position_read_units: float = 1.5
    vehicle_write_units: float = 2.0
    vehicle_read_units: float = 1.5
    change_write_units: float = 16.0
    change_index_units: float = 4.0
    change_read_units: float = 1.5
    # Of a shipment: its booking, and its stop on a manifest, indexes included.
    booking_write_units: float = 0.0
    booking_read_units: float = 0.0
    stop_write_units: float = 0.0
    stop_read_units: float = 0.0
    event_stored_kb: float = 0.8
    # Share of the positions whose row is kept in the timeline; all of them move the state.
    history_share: float = 1.0
    history_write_units: float = 1.0
    bus_share: float = 0.0
    change_sqs_requests: float = 3.0
    change_ios: float = 10.0
    # Logs of one event, and of one read that brings records, in KB: most of it are metrics.
    log_kb: float = 0.1
    read_log_kb: float = 0.065
    # Share of the positions, and of the changes, that are traced.
    trace_share: float = 0.01
    traced_change_share: float = 1.0
    traces_per_event: float = 1.0
    # CPU of one event in the role shards at the rate of a burst, in microseconds.
    event_cpu_us: float = 310.0
    read_kb: float = 2.0

    @property
    def events(self) -> float:
        """Return the events of the month."""
        quiet_days = self.days - self.peak_days
        return quiet_days * self.events_per_day + self.peak_days * self.peak_events_per_day

    @property
    def reads_with_records(self) -> float:
        """Return the reads of shards that bring records, if the events of a day come evenly and by chance."""
        reads = DAY_S * self.shards / READ_EVERY_S
        days = ((self.days - self.peak_days, self.events_per_day), (self.peak_days, self.peak_events_per_day))
        return sum(number * reads * (1 - math.exp(-events / reads)) for number, events in days)

    @property
    def changes(self) -> float:
        """Return the changes of the month."""
        return self.events * self.change_share

    @property
    def event_write_units(self) -> float:
        """Return the write units of the table for one event, without those of its indexes."""
        return self._average(self.change_write_units, self.position_write_units, self.vehicle_write_units)

    @property
    def event_read_units(self) -> float:
        """Return the read units of one event."""
        return self._average(self.change_read_units, self.position_read_units, self.vehicle_read_units)

    def _average(self, of_change: float, of_shipment: float, of_vehicle: float) -> float:
        of_position = of_shipment + (of_vehicle - of_shipment) * self.vehicle_share
        return of_position + (of_change - of_position) * self.change_share

    @property
    def published(self) -> float:
        """Return what goes on the bus: the changes, and a share of the other events (none by design)."""
        return self.changes + (self.events - self.changes) * self.bus_share

    @property
    def shipments(self) -> float:
        """Return the shipments of the month."""
        return self.events / self.events_per_shipment

    @property
    def reads(self) -> float:
        """Return the public reads of the month, before the cache of the edge."""
        return self.events * self.reads_per_event


SHARES = (
    "change_share",
    "vehicle_share",
    "cache_hits",
    "proof_share",
    "history_share",
    "bus_share",
    "trace_share",
    "traced_change_share",
)
AT_LEAST_ONE = (
    "database_instances",
    "shards",
    "events_per_shipment",
    "events_per_record",
    "retention_hours",
    "days",
)


def check_case(case: Case) -> Case:
    """Return the case. Raises `InvalidCaseError` if a value is out of its range."""
    for name in case.__struct_fields__:
        value = getattr(case, name)
        if isinstance(value, str):
            continue
        least = 1.0 if name in AT_LEAST_ONE else 0.0
        most = 1.0 if name in SHARES else float("inf")
        if not least <= value <= most:
            raise InvalidCaseError(f"{name} is {value:g}; it must be from {least:g} to {most:g}")
    if case.peak_days > case.days:
        raise InvalidCaseError(f"peak_days is {case.peak_days:g}; the month has {case.days:g} days")
    return case
