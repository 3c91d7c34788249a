"""Contract of the port `ShipmentStore`, in memory and on DynamoDB of the local AWS."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta

import hypothesis
import hypothesis.strategies as st
import msgspec
import pytest
from django.conf import settings
from hypothesis import given

from tests.events import at, make_event
from tests.properties import examples
from tests.tracking.domain.timelines import timelines
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.domain.events import Booking, Eta, HubPoint, Lane, Place, TrackingEvent, Window
from tracking.domain.fold import Verdict, fold
from tracking.domain.shipment import ShipmentState, write_canonical
from tracking.ports import Commit, Outcome, ShipmentStore
from workers.line.record import record_events

NOW = datetime.now(UTC).replace(microsecond=123000)
numbers = itertools.count()


@pytest.fixture
def shipment_id() -> str:
    return f"contract-{next(numbers)}-{NOW.timestamp():.0f}"


def record(store: ShipmentStore, *events: TrackingEvent):
    return record_events(store, store.read_states([event.shipment_id or "" for event in events]), events, NOW)


def full_event(minutes: float, shipment_id: str, **fields) -> TrackingEvent:
    """Event with a value in every kind of field."""
    return make_event(
        minutes,
        shipment_id=shipment_id,
        lat=12.971612,
        lon=77.594634,
        accuracy_m=8.5,
        speed_kmh=31.0,
        heading=270.0,
        vehicle_id="KA-01-1234",
        place=Place(town="Bengaluru", state="Karnataka", distance_km=1.25),
        eta=Eta(from_=at(30), at=at(45), to=at(70)),
        note="left at gate",
        **fields,
    )


def test_the_cleaning_memory_is_stored_with_the_state_and_not_with_rows(store, shipment_id):
    first = full_event(1, shipment_id, status="in_transit", fix_memory="[1]")
    second = full_event(2, shipment_id, fix_memory="[2]")
    record(store, first)
    record(store, second)
    state = store.read_state(shipment_id)
    assert (state.fix_memory, [row.fix_memory for row in store.read_timeline(shipment_id)]) == (
        "[2]",
        ["", ""],
    )


def test_recorded_events_are_read_back_unchanged(store, shipment_id):
    hub = HubPoint(hub_id="BLR-1", name="Bengaluru hub", lat=12.9, lon=77.5)
    booking = Booking(
        promised=Window(from_=at(60), to=at(120)),
        lane=Lane(origin=hub, destination=hub),
        destination_pin="560034",
    )
    first = make_event(
        0, shipment_id=shipment_id, status="created", source="api", partner_id="prt_1", booking=booking
    )
    second = full_event(1, shipment_id, status="in_transit", substatus="departed_hub")
    recorded = record(store, first, second)
    timeline = store.read_timeline(shipment_id)
    assert timeline == recorded.events
    assert store.read_state(shipment_id) == recorded.states[shipment_id]
    assert write_canonical(fold(ShipmentState(shipment_id=shipment_id), timeline).state) == (
        write_canonical(recorded.states[shipment_id])
    )


def test_states_of_many_shipments_are_read_in_one_call_without_unknown_ones(store, shipment_id):
    ids = [f"{shipment_id}-{n}" for n in range(130)]
    record(store, *(make_event(1, shipment_id=one, status="in_transit") for one in ids))
    states = store.read_states([*ids, f"{shipment_id}-unknown", ids[0]])
    assert sorted(states) == sorted(ids)


def test_a_commit_on_an_old_state_is_refused_with_the_current_one(store, shipment_id):
    record(store, make_event(1, shipment_id=shipment_id, status="created"))
    old = store.read_state(shipment_id)
    record(store, make_event(2, shipment_id=shipment_id, lat=12.9, lon=77.5))
    current = store.read_state(shipment_id)
    assert old is not None
    next_state = msgspec.structs.replace(old, state_version=2)
    quiet = Commit(old, next_state, (make_event(3, shipment_id=shipment_id),))
    assert store.commit([quiet]) == [Outcome(committed=False, current=current)]


def test_a_refused_transition_writes_nothing(store, shipment_id):
    record(store, make_event(1, shipment_id=shipment_id, status="created"))
    stale = store.read_states([shipment_id])
    record(store, make_event(2, shipment_id=shipment_id, status="picked_up"))
    recorded = record_events(store, stale, [make_event(3, shipment_id=shipment_id, status="in_transit")], NOW)
    assert [row.status for row in store.read_timeline(shipment_id)] == ["created", "picked_up", "in_transit"]
    assert [change.before.status for change in recorded.changes] == ["picked_up"]


def test_two_concurrent_first_events_make_one_state(store, shipment_id):
    first = record_events(store, {}, [make_event(1, shipment_id=shipment_id, lat=12.9, lon=77.5)], NOW)
    second = record_events(store, {}, [make_event(2, shipment_id=shipment_id, lat=12.8, lon=77.5)], NOW)
    versions = [one.states[shipment_id].state_version for one in (first, second)]
    assert versions == [1, 2]


def test_the_same_events_again_change_nothing(store, shipment_id):
    events = [full_event(1, shipment_id, status="in_transit"), full_event(2, shipment_id)]
    record(store, *events)
    before = (store.read_state(shipment_id), store.read_timeline(shipment_id))
    assert record(store, *events).repeats == 2
    assert (store.read_state(shipment_id), store.read_timeline(shipment_id)) == before


def test_a_late_event_is_folded_with_the_whole_timeline_and_changes_verdicts(store, shipment_id):
    record(store, make_event(1, shipment_id=shipment_id, status="created"))
    record(store, make_event(9, shipment_id=shipment_id, status="attempt_failed"))
    record(store, make_event(5, shipment_id=shipment_id, status="out_for_delivery"))
    rows = [(row.status, row.applied, row.reject_reason) for row in store.read_timeline(shipment_id)]
    assert rows == [
        ("created", True, None),
        ("out_for_delivery", True, None),
        ("attempt_failed", True, None),
    ]


@hypothesis.settings(max_examples=examples(10, 300))
@given(events=timelines(), random=st.randoms(use_true_random=False), data=st.data())
def test_any_order_and_any_repeats_end_in_the_same_bytes_and_verdicts(store, events, random, data):
    shipment_id = f"order-{uuid.uuid4().hex}"
    events = [msgspec.structs.replace(event, shipment_id=shipment_id) for event in events]
    expected = fold(ShipmentState(shipment_id=shipment_id), events)
    shuffled = events + data.draw(st.lists(st.sampled_from(events), max_size=4))
    random.shuffle(shuffled)
    while shuffled:
        cut = data.draw(st.integers(1, len(shuffled)))
        record(store, *shuffled[:cut])
        shuffled = shuffled[cut:]
    state = store.read_state(shipment_id)
    verdicts = {
        row.sort_key: Verdict(row.applied, row.reject_reason) for row in store.read_timeline(shipment_id)
    }
    assert (write_canonical(state), verdicts) == (write_canonical(expected.state), expected.verdicts)


def test_a_change_is_pending_until_it_is_cleared(store, shipment_id):
    event = make_event(1, shipment_id=shipment_id, status="delivered")
    (change,) = record(store, event).changes
    soon = NOW + timedelta(seconds=1)

    def waiting() -> list[str]:
        return [one.change_id for one in store.read_pending(soon) if one.shipment_id == shipment_id]

    before = (waiting(), store.read_waiting([event]))
    store.clear_pending([change])
    store.clear_pending([change])
    assert (before, waiting(), store.read_waiting([event])) == (
        ([change.change_id], [change]),
        [],
        [],
    )


def test_a_hundred_transitions_of_one_shipment_are_all_kept(store, shipment_id):
    words = ["on_hold", "in_transit"] * 50
    recorded = record(
        store, *(make_event(n, shipment_id=shipment_id, status=word) for n, word in enumerate(words))
    )
    assert (len(recorded.changes), len(store.read_timeline(shipment_id))) == (100, 100)


def test_expired_events_are_not_read_though_they_are_still_stored(local_aws, shipment_id):
    store = DynamoShipmentStore(settings.AWS_NAMES["tracking_table"])
    old = make_event(1, shipment_id=shipment_id, status="in_transit", expires_at=1_700_000_000)
    record(store, old)
    assert (store.read_timeline(shipment_id), store.read_state(shipment_id)) == ([], None)


def test_a_report_without_a_time_gets_the_time_of_its_first_copy(store, shipment_id):
    copies = [make_event(minute, "same", shipment_id=shipment_id, is_untimed=True) for minute in (3, 1, 5)]
    other = make_event(4, "other", shipment_id=shipment_id, is_untimed=True)
    first = store.keep_first_arrivals(copies[:1])
    assert first == {(shipment_id, "same"): at(3)}
    again = store.keep_first_arrivals([copies[1], other, copies[2]])
    assert again == {(shipment_id, "same"): at(3), (shipment_id, "other"): at(4)}
    assert store.read_timeline(shipment_id) == []


def test_new_verdicts_are_written_with_the_state_or_not_at_all(store, shipment_id):
    record(store, make_event(1, "e1", shipment_id=shipment_id, status="created"))
    record(store, make_event(2, "e2", shipment_id=shipment_id, status="delivered"))
    stale = store.read_state(shipment_id)
    record(store, make_event(3, shipment_id=shipment_id, lat=12.9, lon=77.5))
    row = store.read_timeline(shipment_id)[1]
    judged = msgspec.structs.replace(row, applied=False, reject_reason="retracted:c1")
    after = msgspec.structs.replace(stale, state_version=3)
    lost = store.commit([Commit(stale, after, (), (judged,))])
    assert ([outcome.committed for outcome in lost], store.read_timeline(shipment_id)[1]) == ([False], row)
    current = store.read_state(shipment_id)
    after = msgspec.structs.replace(current, state_version=current.state_version + 1)
    won = store.commit([Commit(current, after, (), (judged,))])
    assert ([outcome.committed for outcome in won], store.read_timeline(shipment_id)[1]) == ([True], judged)


def test_a_hundred_rows_with_a_new_verdict_are_all_rewritten(store, shipment_id):
    record(store, make_event(0, "e0", shipment_id=shipment_id, status="in_transit"))
    words = ["on_hold", "in_transit"] * 50
    record(store, *(make_event(n + 1, shipment_id=shipment_id, status=word) for n, word in enumerate(words)))
    record(store, make_event(0.5, "end", shipment_id=shipment_id, status="delivered"))
    assert [row.applied for row in store.read_timeline(shipment_id)] == [True, True] + [False] * 100
    record(store, make_event(200, "c1", shipment_id=shipment_id, source="manual", retracts="end"))
    rows = store.read_timeline(shipment_id)
    assert [row.reject_reason for row in rows if not row.applied] == ["retracted:c1"]


def test_all_shipments_with_a_status_are_listed(store, shipment_id):
    ids = {f"{shipment_id}-{word}" for word in ("created", "in_transit", "delivered")}
    for name in ids:
        record(store, make_event(0, shipment_id=name, status=name.rpartition("-")[2]))
    assert ids - set(store.read_shipment_ids()) == set()


def test_current_states_are_those_last_written_by_any_process(local_aws, shipment_id):
    here, elsewhere = (DynamoShipmentStore(settings.AWS_NAMES["tracking_table"]) for _ in range(2))
    record(here, make_event(1, shipment_id=shipment_id, status="created"))
    record(elsewhere, make_event(2, shipment_id=shipment_id, status="picked_up"))
    shown = here.read_current([shipment_id, "nobody"])
    assert shown == {shipment_id: elsewhere.read_state(shipment_id)}


def test_an_old_cached_state_costs_one_refused_commit_and_is_replaced(local_aws, shipment_id):
    here, elsewhere = (DynamoShipmentStore(settings.AWS_NAMES["tracking_table"]) for _ in range(2))
    record(here, make_event(1, shipment_id=shipment_id, status="created"))
    record(elsewhere, make_event(2, shipment_id=shipment_id, status="picked_up"))
    old = here.read_states([shipment_id])[shipment_id]
    recorded = record(here, make_event(3, shipment_id=shipment_id, lat=12.9, lon=77.5))
    now = recorded.states[shipment_id]
    assert (old.state_version, now.state_version, now.status) == (1, 3, "picked_up")
    assert here.read_states([shipment_id]) == {shipment_id: now}
