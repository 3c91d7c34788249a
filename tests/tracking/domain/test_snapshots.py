"""Settling: what goes into the base, when it was recorded, and from when on rows of it are missing."""

import msgspec
import pytest

from tests.events import at, make_event
from tracking.domain.fold import fold
from tracking.domain.shipment import ShipmentState, Snapshot
from tracking.domain.snapshots import make_snapshot

NOTHING = ShipmentState(shipment_id="123")


def event(minute: float, status: str, recorded: float | None, expires_at: int, **fields):
    recorded_at = None if recorded is None else at(recorded)
    return make_event(minute, status=status, recorded_at=recorded_at, expires_at=expires_at, **fields)


OLD = [
    event(0, "created", 50, 300),
    event(1, "picked_up", 70, 100),
    event(2, "in_transit", None, 200),
]
NEW = event(10, "delivered", 10, 400)


def test_the_base_holds_all_before_the_moment_and_says_when_it_was_known_and_until_when_it_is_whole():
    base = make_snapshot(NOTHING, [NEW, *OLD], until=at(10))
    folded = fold(NOTHING, OLD).state
    assert base == Snapshot(state=folded, recorded_at=at(70), expires_at=100)


def test_a_row_that_does_not_say_when_it_was_recorded_counts_by_when_it_came():
    late = [msgspec.structs.replace(OLD[2], received_at=at(90)), *OLD[:2]]
    assert make_snapshot(NOTHING, late, until=at(10)).recorded_at == at(90)


@pytest.mark.parametrize(("moment", "count"), [(0, 0), (1, 1), (2, 2), (2.1, 3), (10, 3), (11, 4)])
def test_what_happened_at_the_moment_itself_is_not_settled(moment, count):
    base = make_snapshot(NOTHING, [*OLD, NEW], until=at(moment))
    assert (0 if base is None else len(base.state.reached)) == count


def test_a_base_grows_by_what_is_new_to_it_and_keeps_what_it_knew():
    first = make_snapshot(NOTHING, OLD[:2], until=at(5))
    state = msgspec.structs.replace(NOTHING, snapshot=first)
    assert make_snapshot(state, OLD[:2], until=at(5)) is None
    grown = make_snapshot(state, [*OLD, NEW], until=at(5))
    assert grown == make_snapshot(NOTHING, [*OLD, NEW], until=at(5))


def test_a_later_correction_holds_for_what_is_settled_and_is_remembered_once_it_is_settled_itself():
    correction = make_event(8, "c1", source="manual", retracts=OLD[2].event_id, recorded_at=at(8))
    before_it = make_snapshot(NOTHING, [*OLD, correction], until=at(5))
    with_it = make_snapshot(NOTHING, [*OLD, correction], until=at(9))
    assert [(base.state.status, base.state.withdrawn) for base in (before_it, with_it)] == [
        ("picked_up", {}),
        ("picked_up", {OLD[2].event_id: "retracted:c1"}),
    ]
