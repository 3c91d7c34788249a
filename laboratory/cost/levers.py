"""Levers: what can be changed about a month, what each change saves, and the promise that it costs."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from laboratory.cost.case import Case


class Lever(NamedTuple):
    """Change of a case, how it is made, and what is no longer promised then."""

    changes: Mapping[str, Any]
    how: str
    gives_up: str
    is_built: bool = True


# Those that save, in the order in which they should be pulled: the smallest promise first.
LEVERS: dict[str, Lever] = {
    "one-change-in-ten-traced": Lever(
        {"traced_change_share": 0.1},
        "`TracedChangeShare` 0.1",
        "nine of ten changes that worked have no trace in X-Ray; their log lines have the trace id",
    ),
    "positions-in-tens": Lever(
        {"events_per_record": 10.0},
        "vehicles send ten positions in one message; a change is sent at once",
        "the van on the map is up to ten reports old (with two a minute: five minutes)",
    ),
    "one-nat-gateway": Lever(
        {"nat_gateways": 1.0},
        "`NatGateways` 1",
        "if its zone is lost, tasks in other zones reach neither stream nor bus until it is replaced",
    ),
    "no-standby-database": Lever(
        {"database_instances": 1.0},
        "no `DatabaseStandby`",
        "lists and consoles are away for about ten minutes if the database fails; public reads are not",
    ),
    "history-of-one-in-four": Lever(
        {"history_share": 0.25},
        "the timeline keeps every fourth position; the newest one is always known",
        "the drawn way of a shipment has a quarter of its points; evidence of attempts has fewer too",
        is_built=False,
    ),
    "three-shards": Lever(
        {"shards": 3.0},
        "`Shards` 3",
        "3,000 events a second instead of 5,000 with room for uneven keys",
    ),
}
# Those that cost more, to see by how much.
WHAT_IFS: dict[str, Lever] = LEVERS | {
    "a-week-of-retention": Lever({"retention_hours": 168.0}, "`RetentionHours` 168 all month", ""),
    "small-valkey-nodes": Lever({"valkey_size": "small"}, "`ValkeyNode` cache.t4g.small", ""),
    "positions-of-vehicles": Lever(
        # The row of a vehicle's position in its timeline is smaller than one of a shipment's.
        {"vehicle_share": 1.0, "event_stored_kb": 0.5},
        "devices send positions of their vehicle, not of a shipment",
        "",
    ),
    "all-traces": Lever({"trace_share": 1.0}, "every position is traced", ""),
    "logs-of-two-kb": Lever({"log_kb": 2.1}, "2 KB more of logs an event", ""),
    "every-event-on-the-bus": Lever({"bus_share": 1.0}, "positions are published too", ""),
    "fixed-capacity": Lever({"capacity_units": 10_000.0}, "10,000 write capacity units, all month", ""),
    "international-sms": Lever({"sms_route": "international"}, "SMS without registered templates", ""),
    "amazon-location": Lever({"geocoder": "location"}, "each position is looked up", ""),
}


class Step(NamedTuple):
    """Lever after those before it: what it saves, and the total that is left, in USD a month."""

    name: str
    saves: float
    total: float


def pull(case: Case, *names: str) -> Case:
    """Return the case with these what-ifs. Raises `KeyError` for an unknown name."""
    changes: dict[str, Any] = {}
    for name in names:
        changes |= WHAT_IFS[name].changes
    return msgspec.structs.replace(case, **changes)


def pull_one_by_one(case: Case, total: Callable[[Case], float]) -> list[Step]:
    """Return what each lever saves after those before it, in their order."""
    steps, before = [], total(case)
    for number, name in enumerate(LEVERS, 1):
        left = total(pull(case, *list(LEVERS)[:number]))
        steps.append(Step(name, before - left, left))
        before = left
    return steps
