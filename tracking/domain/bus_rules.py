"""Rules of the bus: which changes go to which queue, by the patterns of `deploy/templates/data.yaml`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tracking.domain.canary import CANARY_PREFIX
from tracking.domain.events import Change

SOURCE = "swiftlogix.tracking"
TYPE_PREFIX = "shipment."


class BusRule(NamedTuple):
    """Rule of the bus: its name, what it takes in words, its pattern, and the queue or topic it feeds."""

    name: str
    takes: str
    pattern: Mapping[str, Any]
    target: str


_EVERY: Mapping[str, Any] = {"source": [SOURCE], "detail-type": [{"prefix": TYPE_PREFIX}]}
# Canaries are known to our own listeners alone.
_PARTNERS: Mapping[str, Any] = {
    **_EVERY,
    "detail": {"shipment_id": [{"anything-but": {"prefix": CANARY_PREFIX}}]},
}
_NOTIFY: Mapping[str, Any] = {
    "source": [SOURCE],
    "$or": [
        {"detail-type": ["shipment.created", "shipment.delayed"]},
        {
            "detail-type": ["shipment.status_changed"],
            "detail": {
                "after": {
                    "status": [
                        "picked_up",
                        "out_for_delivery",
                        "attempt_failed",
                        "available_for_pickup",
                        "delivered",
                        "on_hold",
                        "exception",
                        "returning",
                        "returned",
                    ]
                }
            },
        },
        {
            "detail-type": ["shipment.milestone_reached"],
            "detail": {"after": {"substatus": ["arriving"]}},
        },
    ],
}
_OPS: Mapping[str, Any] = {
    "source": [SOURCE],
    "$or": [
        {
            "detail-type": [
                "shipment.delayed",
                "shipment.delay_cleared",
                "shipment.stalled",
                "shipment.event_rejected",
                "shipment.attempt_doubted",
                "shipment.corrected",
            ]
        },
        {
            "detail-type": ["shipment.status_changed"],
            "detail": {
                "after": {
                    "status": [
                        "on_hold",
                        "exception",
                        "attempt_failed",
                        "lost",
                        "delivered",
                        "returned",
                        "cancelled",
                    ]
                }
            },
        },
        {
            "detail-type": ["shipment.status_changed"],
            "detail": {"before": {"status": ["on_hold", "exception", "attempt_failed", "lost"]}},
        },
    ],
}
_LEARNING: Mapping[str, Any] = {**_EVERY, "detail": {"finished_leg": {"origin": [{"exists": True}]}}}
_TYPES = (
    "created status_changed milestone_reached delayed delay_cleared eta_changed corrected event_rejected "
    "stalled attempt_doubted"
)
_STATUSES = (
    "unknown expired created picked_up in_transit on_hold exception out_for_delivery attempt_failed "
    "available_for_pickup returning lost delivered returned cancelled"
)
_UNROUTED: Mapping[str, Any] = {
    "$or": [
        {"source": [{"anything-but": [SOURCE]}]},
        {"detail-type": [{"anything-but": [TYPE_PREFIX + name for name in _TYPES.split()]}]},
        {"detail": {"after": {"status": [{"exists": False}, {"anything-but": _STATUSES.split()}]}}},
    ]
}
# A test compares them with the template, and what they take with what the bus takes.
BUS_RULES = (
    BusRule("changes", "Every change, for subscriptions of partners", _PARTNERS, "topic changes"),
    BusRule("readmodel", "Every change, for lists and search", _EVERY, "queue readmodel"),
    BusRule("notify", "Changes that a recipient may be notified of", _NOTIFY, "queue notify"),
    BusRule("ops", "Changes that open or end an incident", _OPS, "queue ops"),
    BusRule("learning", "Changes that end a leg, for lanes to learn from", _LEARNING, "queue learning"),
    BusRule("webhooks", "Every change, for webhooks of partners", _EVERY, "queue webhooks"),
    BusRule("unrouted", "Changes that the code does not know", _UNROUTED, "queue unrouted"),
)


def find_takers(change: Change) -> tuple[BusRule, ...]:
    """Return the rules that take the change, without those in its `also`: each of them is published alone."""
    return find_takers_of_event(next(_list_events(msgspec.to_builtins(change))))


def count_routed(changes: Sequence[Change]) -> Counter[str]:
    """Return how many of the changes the rule of each queue has to take, without queues that get none.

    The changes in `also` count as well. The rules are those of the code: a queue that gets fewer has another
    rule on the bus.
    """
    return Counter(
        rule.name
        for change in changes
        for event in _list_events(msgspec.to_builtins(change))
        for rule in find_takers_of_event(event)
        if rule.target.startswith("queue ")
    )


def _list_events(detail: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the event of a change, then those of the changes in its `also`; no rule reads `also`."""
    yield {"source": SOURCE, "detail-type": TYPE_PREFIX + detail["type"], "detail": detail}
    for other in detail.get("also", ()):
        yield from _list_events(other)


def find_takers_of_event(event: Mapping[str, Any]) -> tuple[BusRule, ...]:
    """Return the rules that take an event of the bus with its `source`, `detail-type` and `detail`."""
    return tuple(rule for rule in BUS_RULES if _matches(rule.pattern, event))


def _matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Return whether all fields of the pattern match, and of `$or` one of its patterns."""
    for key, wanted in pattern.items():
        if key == "$or":
            matched = any(_matches(each, event) for each in wanted)
        elif isinstance(wanted, Mapping):
            inner = event.get(key)
            matched = _matches(wanted, inner if isinstance(inner, Mapping) else {})
        else:
            matched = _is_taken(wanted, event, key)
        if not matched:
            return False
    return True


def _is_taken(wanted: Sequence[Any], event: Mapping[str, Any], key: str) -> bool:
    return any(_meets(each, event, key) for each in wanted)


def _meets(wanted: Any, event: Mapping[str, Any], key: str) -> bool:
    """Return whether a field meets one condition of EventBridge: a value, or one of three operators."""
    value, is_there = event.get(key), key in event
    if not isinstance(wanted, Mapping):
        return is_there and bool(value == wanted)
    ((operator, operand),) = wanted.items()
    if operator == "exists":
        return is_there is operand
    if operator == "prefix":
        return isinstance(value, str) and value.startswith(operand)
    if operator == "anything-but":
        is_refused = _meets(operand, event, key) if isinstance(operand, Mapping) else value in operand
        return is_there and not is_refused
    raise ValueError(f"a rule has an unknown operator: {operator}")
