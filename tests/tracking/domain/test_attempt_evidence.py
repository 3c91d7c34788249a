"""Evidence on the timeline: it raises and ends doubts, in any order, and moves nothing else."""

from itertools import permutations

import msgspec

from tests.events import at, make_event
from tracking.domain.attempt_evidence import AttemptEvidence, Doubt, apply_to_doubts, find_newest_evidence
from tracking.domain.changes import find_changes
from tracking.domain.fold import fold, iterate_steps
from tracking.domain.shipment import ShipmentState, write_canonical
from tracking.domain.status import Status


def evidence(verdict, event_id="a1", minute=60, **fields):
    return AttemptEvidence(
        event_id=event_id,
        status=Status.ATTEMPT_FAILED,
        attempted_at=at(40),
        verdict=verdict,
        computed_at=at(minute),
        **fields,
    )


def evidence_event(minute, found, **fields):
    return make_event(
        minute, f"evidence-{minute}", source="system", clock_kind="evidence", evidence=found, **fields
    )


DOUBT = Doubt(event_id="a1", status=Status.ATTEMPT_FAILED, attempted_at=at(40), computed_at=at(60))
OUT = make_event(0, "o1", status="out_for_delivery", vehicle_id="van-1")
ATTEMPT = make_event(40, "a1", status="attempt_failed", substatus="not_home", vehicle_id="van-1")
CONTRADICTED = evidence_event(60, evidence("contradicted", nearest_m=3000, dwell_s=0, fixes_within_150m=0))


def fold_all(*events):
    return fold(ShipmentState(shipment_id="123"), events).state


def test_a_contradicted_attempt_is_in_doubt_until_it_is_supported_or_settled():
    doubted = apply_to_doubts((), evidence("contradicted"))
    assert doubted == (DOUBT,)
    assert apply_to_doubts(doubted, evidence("insufficient")) == doubted
    assert apply_to_doubts(doubted, evidence("supported", "a2")) == doubted
    assert apply_to_doubts(doubted, evidence("supported")) == ()
    assert apply_to_doubts(doubted, evidence("contradicted", is_settled=True)) == ()


def test_no_more_than_eight_doubts_are_kept():
    doubts = ()
    for number in range(12):
        doubts = apply_to_doubts(doubts, evidence("contradicted", f"a{number}"))
    assert [doubt.event_id for doubt in doubts] == [f"a{number}" for number in range(4, 12)]


def test_evidence_moves_nothing_but_the_doubts():
    before, after = fold_all(OUT, ATTEMPT), fold_all(OUT, ATTEMPT, CONTRADICTED)
    changed = {
        name for name in ShipmentState.__struct_fields__ if getattr(before, name) != getattr(after, name)
    }
    assert changed == {"doubts", "last_order"}
    assert after.doubts == (DOUBT,)


def test_evidence_of_a_withdrawn_attempt_counts_in_no_order():
    retraction = make_event(70, "c1", source="manual", retracts="a1")
    states = [fold_all(*events) for events in permutations([OUT, ATTEMPT, CONTRADICTED, retraction])]
    assert {state.doubts for state in states} == {()}
    assert len({write_canonical(state) for state in states}) == 1


def test_contradicting_evidence_makes_one_change_that_carries_it():
    again = evidence_event(65, evidence("contradicted", minute=65))
    supported = evidence_event(90, evidence("supported", minute=90))
    steps = list(iterate_steps(ShipmentState(shipment_id="123"), [ATTEMPT, CONTRADICTED, again, supported]))
    changes = [find_changes(step, at(100), 1) for step in steps[1:]]
    (change,) = changes[0]
    assert (change.type, change.reason_code, change.why, change.evidence) == (
        "attempt_doubted",
        "vehicle_was_elsewhere",
        "Delivery attempt failed, reported while the vehicle was elsewhere; nearest 3000 m",
        CONTRADICTED.evidence,
    )
    assert changes[1:] == [(), ()]


def test_the_newest_evidence_of_an_attempt_counts_and_a_settlement_is_none():
    found = [
        evidence("insufficient"),
        None,
        evidence("contradicted", minute=90),
        evidence("contradicted", minute=95, is_settled=True),
        evidence("supported", "a2"),
    ]
    assert find_newest_evidence(found) == {"a1": found[2], "a2": found[4]}


def test_the_same_result_is_not_new_whenever_it_was_computed():
    first = evidence("insufficient", nearest_m=500)
    assert first.has_same_result(evidence("insufficient", minute=90, nearest_m=500))
    assert not first.has_same_result(evidence("insufficient", nearest_m=400))
    assert [found.is_decided for found in (first, evidence("supported"))] == [False, True]


def test_evidence_is_stored_without_the_fields_at_their_default():
    assert msgspec.to_builtins(evidence("insufficient")) == {
        "event_id": "a1",
        "status": "attempt_failed",
        "attempted_at": "2026-11-22T07:40:00Z",
        "verdict": "insufficient",
        "computed_at": "2026-11-22T08:00:00Z",
    }
