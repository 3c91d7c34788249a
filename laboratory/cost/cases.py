"""Named months: what was estimated before anything ran, and what was counted since."""

from collections.abc import Mapping
from typing import Any

import msgspec

from laboratory.cost.case import Case
from laboratory.cost.idle import WORKING_EVENTS, Counted, count_queue_requests
from laboratory.event_units import BOOKING, CHANGE, LOADING, OF_SHIPMENT, OF_VEHICLE

# The estimate does not state how large the database is on average, nor the logs of an event. Both were chosen
# so that its totals follow; that they follow at all of its volumes shows that the rest agrees.
ESTIMATE = Case(
    position_write_units=1.93,
    change_write_units=1.93,
    change_index_units=0,
    event_stored_kb=0.7,
    history_write_units=2.0,
    change_sqs_requests=1.2,
    traced_change_share=1,
    traces_per_event=4.24,
    log_kb=1.0,
    read_log_kb=0,
    acu=0.96,
    standby_acu=0.96,
    valkey_size="small",
    retention_hours=168,
    shards_tasks=3,
    web_vcpu=1,
    queues_vcpu=1,
)
# Share of the run's events that change a status, and queues that take each change.
RUN_CHANGE_SHARE = 0.05
QUEUES_OF_A_CHANGE = 3.0

THREE_SHARDS = {"shards": 3.0, "events_per_record": 10.0}
POLICY = THREE_SHARDS | {"sms_per_shipment": 0.3, "emails_per_shipment": 1.0}
MANY_MESSAGES = {"sms_per_shipment": 1.0, "emails_per_shipment": 2.0}
ABROAD = {"sms_route": "international"}


class Estimated(msgspec.Struct, frozen=True):
    """Case of the estimate: what differs from its base, and its total in USD a month."""

    changes: Mapping[str, Any]
    usd: float


BASE_USD = 1_070.0
ESTIMATED: dict[str, Estimated] = {
    "platform alone, 10 shards": Estimated({}, BASE_USD),
    "platform alone, 3 shards and batching": Estimated(THREE_SHARDS, 985.0),
    "platform alone, every day 5 million": Estimated({"events_per_day": 5e6}, 1_444.0),
    "policy: 0.3 SMS and 1 e-mail a shipment": Estimated(POLICY, 2_849.0),
    "policy, at 20 events a shipment": Estimated(POLICY | {"events_per_shipment": 20.0}, 4_714.0),
    "1 local SMS and 2 e-mails a shipment": Estimated(MANY_MESSAGES, 6_907.0),
    "the same with a fixed 10,000 WCU": Estimated(MANY_MESSAGES | {"capacity_units": 10_000.0}, 12_205.0),
    "the same by the international route": Estimated(MANY_MESSAGES | ABROAD, 42_760.0),
    "international route, SMS at every change": Estimated(
        MANY_MESSAGES | ABROAD | {"sms_per_shipment": 2.4}, 100_330.0
    ),
    "all traces, and 2 KB more of logs an event": Estimated(
        {"trace_share": 1.0, "log_kb": ESTIMATE.log_kb + 2}, BASE_USD + 1_600.0
    ),
    "every event on the bus": Estimated({"bus_share": 1.0}, BASE_USD + 156.0),
    "history of 1 position in 4": Estimated({"history_share": 0.25}, BASE_USD - 93.0),
    "pilot, 50 vehicles, 1 local SMS a shipment": Estimated(
        MANY_MESSAGES | {"shards": 2.0, "vehicles": 50.0, "events_per_day": 2e5, "peak_events_per_day": 2e5},
        1_118.0,
    ),
}


def make_counted_case(counted: Counted, **changes: Any) -> Case:
    """Return the base case with what a run has counted instead of what was estimated."""
    sent = QUEUES_OF_A_CHANGE
    taken = count_queue_requests(counted) / (WORKING_EVENTS * RUN_CHANGE_SHARE)
    found: dict[str, Any] = {"change_sqs_requests": sent + taken}
    return Case(**(found | _list_units(counted) | changes))


def _list_units(counted: Counted) -> dict[str, float]:
    """Return the units of one event of each kind, by the fields of `Case`."""
    change, position, vehicle, booking, stop = (
        counted.units[kind] for kind in (CHANGE, OF_SHIPMENT, OF_VEHICLE, BOOKING, LOADING)
    )
    return {
        "change_write_units": change.written,
        "change_index_units": change.indexed,
        "change_read_units": change.read,
        "position_write_units": position.written,
        "position_index_units": position.indexed,
        "position_read_units": position.read,
        "vehicle_write_units": vehicle.written + vehicle.indexed,
        "vehicle_read_units": vehicle.read,
        "booking_write_units": booking.written + booking.indexed,
        "booking_read_units": booking.read,
        "stop_write_units": stop.written + stop.indexed,
        "stop_read_units": stop.read,
    }


def apply_estimated(base: Case, name: str) -> Case:
    """Return a case of the estimate, made from a base."""
    return msgspec.structs.replace(base, **ESTIMATED[name].changes)
