"""Corrections: who may correct which event, until when, and the record on the stream."""

import pytest

from tests.events import at, make_event
from tests.staff import as_caller
from tests.tracking.stories import record_timeline
from tests.workers.records import decode_record
from tracking.models import Shipment
from tracking.ports import ports
from tracking.services.recording.corrections import correct_event
from tracking.services.requests.bodies import Correction, EventReport
from tracking.services.requests.callers import Caller
from tracking.services.requests.refusals import RequestRefusedError, TooLateError, UnknownError
from tracking.services.requests.roles import Role

RETRACT = Correction(kind="retract", reason="did_not_occur", note="call 9845012345")
NOW = at(60)
STAFF = as_caller(Role.SUPERVISOR)


@pytest.fixture
def caller(partner) -> Caller:
    return Caller(partner, livemode=True, actor="key_abc")


@pytest.fixture
def shipment(partner) -> Shipment:
    return Shipment.objects.create(shipment_id="123", partner=partner)


def read_records(world):
    return [decode_record(data) for _, data in world.stream.records]


def mistakes_of(refusal) -> list[tuple[str, str]]:
    return [(mistake.pointer, mistake.code) for mistake in refusal.value.mistakes]


def test_a_retraction_is_put_on_the_stream_with_the_event_that_it_retracts(world, caller, shipment):
    record_timeline(world.store, make_event(5, "e5", status="delivered"))
    own_id = correct_event(ports(), caller, "123", "e5", RETRACT, NOW)
    assert read_records(world) == [
        {
            "shipment_id": "123",
            "device_seq": 0,
            "event_id": own_id,
            "timestamp": "2026-11-22T08:00:00.000Z",
            "note": "call •••",
            "source": "api",
            "partner_id": "prt_acme",
            "livemode": True,
            "actor": "key_abc",
            "retracts": "e5",
            "correction_reason": "did_not_occur",
        }
    ]


def test_a_replacement_without_a_time_takes_the_time_of_the_replaced_event(world, caller, shipment):
    record_timeline(
        world.store, make_event(5, "e5", status="delivered"), make_event(6, "e6", status="delivered")
    )
    right = EventReport(status="attempt_failed", substatus="not_home")
    for event_id, report in (("e5", right), ("e6", EventReport(status="on_hold", timestamp=1795331000))):
        correct_event(
            ports(),
            caller,
            "123",
            event_id,
            Correction(kind="supersede", reason="incorrect_data", replacement=report),
            NOW,
        )
    assert [
        (record["supersedes"], record["status"], record["timestamp"]) for record in read_records(world)
    ] == [
        ("e5", "attempt_failed", "2026-11-22T07:05:00.000Z"),
        ("e6", "on_hold", "2026-11-22T07:03:20.000Z"),
    ]


def test_an_operator_may_correct_any_shipment(world, db):
    record_timeline(world.store, make_event(5, "e5", status="delivered"))
    correct_event(ports(), STAFF, "123", "e5", RETRACT, NOW)
    assert [(record["source"], record["actor"]) for record in read_records(world)] == [("manual", "staff_0")]


def test_another_partners_shipment_and_an_unknown_event_give_the_same_error(world, caller, other_partner):
    record_timeline(world.store, make_event(5, "e5", status="delivered"))
    Shipment.objects.create(shipment_id="123", partner=other_partner)
    with pytest.raises(UnknownError):
        correct_event(ports(), caller, "123", "e5", RETRACT, NOW)
    with pytest.raises(UnknownError):
        correct_event(ports(), STAFF, "123", "e6", RETRACT, NOW)
    assert read_records(world) == []


def test_an_event_over_seven_days_old_cannot_be_corrected(world, caller, shipment):
    record_timeline(world.store, make_event(5, "e5", status="delivered"))
    with pytest.raises(TooLateError):
        correct_event(ports(), caller, "123", "e5", RETRACT, at(7 * 24 * 60 + 6))
    assert correct_event(ports(), caller, "123", "e5", RETRACT, at(7 * 24 * 60 + 5))


@pytest.mark.parametrize(
    ("correction", "mistakes"),
    [
        (
            Correction(kind="retract", reason="did_not_occur", replacement=EventReport()),
            [("/replacement", "invalid")],
        ),
        (Correction(kind="supersede", reason="incorrect_data"), [("/replacement", "required")]),
        (
            Correction(kind="supersede", reason="incorrect_data", replacement=EventReport(shipment_id="124")),
            [("/replacement/shipment_id", "contradiction")],
        ),
        (
            Correction(
                kind="supersede",
                reason="incorrect_data",
                replacement=EventReport(status="delivered", substatus="not_home"),
            ),
            [("/replacement/substatus", "contradiction")],
        ),
    ],
)
def test_an_invalid_correction_is_refused(world, db, correction, mistakes):
    record_timeline(world.store, make_event(5, "e5", status="delivered"))
    with pytest.raises(RequestRefusedError) as refusal:
        correct_event(ports(), STAFF, "123", "e5", correction, NOW)
    assert mistakes_of(refusal) == mistakes


def test_a_corrected_event_cannot_be_corrected_again(world, db):
    record_timeline(world.store, make_event(5, "e5", status="delivered"))
    record_timeline(world.store, make_event(6, "c1", source="manual", retracts="e5"))
    with pytest.raises(RequestRefusedError) as refusal:
        correct_event(ports(), STAFF, "123", "e5", RETRACT, NOW)
    assert mistakes_of(refusal) == [("", "already_corrected")]
