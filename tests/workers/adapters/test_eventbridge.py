"""EventBridge adapter: entries that are refused, in whole or in part, do not count as taken."""

import json

import pytest

from tests.workers.canned import answering, error
from tests.workers.changes import make_change
from tracking.domain.errors import PermanentError, TransientError
from workers.adapters.eventbridge import EventBridgeBus


def take_all_but(*change_ids: str):
    """Return a stub of PutEvents that refuses these changes and takes all others."""

    def answer(sent):
        ids = [json.loads(entry["Detail"])["change_id"] for entry in sent["Entries"]]
        refused = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
        entries = [refused if change_id in change_ids else {"EventId": "1"} for change_id in ids]
        return 200, {"FailedEntryCount": len(set(ids) & set(change_ids)), "Entries": entries}

    return answer


def test_a_change_the_bus_refused_is_not_among_those_taken():
    changes = [make_change(number) for number in range(3)]
    with answering("events", "PutEvents", take_all_but("chg_1")):
        assert EventBridgeBus("bus").publish(changes) == [changes[0], changes[2]]


def test_a_change_is_taken_only_if_all_changes_in_its_also_are():
    whole = make_change(1, also=(make_change(2),))
    half = make_change(3, also=(make_change(4), make_change(5)))
    with answering("events", "PutEvents", take_all_but("chg_5")):
        assert EventBridgeBus("bus").publish([whole, half]) == [whole]


def test_a_transient_refusal_of_every_change_is_a_transient_error():
    with answering("events", "PutEvents", take_all_but("chg_1", "chg_2")), pytest.raises(TransientError):
        EventBridgeBus("bus").publish([make_change(1), make_change(2)])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (error("ThrottlingException"), TransientError),
        (error("InternalException", 500), TransientError),
        (error("ResourceNotFoundException"), PermanentError),
    ],
)
def test_a_call_that_fails_is_an_error_of_its_kind(answer, expected):
    with answering("events", "PutEvents", lambda _sent: answer), pytest.raises(expected):
        EventBridgeBus("bus").publish([make_change(1)])


def test_a_failed_call_does_not_undo_the_calls_before_it():
    changes = [make_change(number) for number in range(15)]

    def answer(sent):
        return take_all_but()(sent) if len(sent["Entries"]) == 10 else error("ThrottlingException")

    with answering("events", "PutEvents", answer):
        assert EventBridgeBus("bus").publish(changes) == changes[:10]


def test_a_call_holds_ten_entries_at_most():
    with answering("events", "PutEvents", take_all_but()) as sent:
        EventBridgeBus("bus").publish([make_change(number) for number in range(25)])
    assert [len(call["Entries"]) for call in sent] == [10, 10, 5]


def test_a_call_holds_256_kilobytes_at_most():
    with answering("events", "PutEvents", take_all_but()) as sent:
        EventBridgeBus("bus").publish([make_change(number, why="ä" * 60_000) for number in range(5)])
    assert [len(call["Entries"]) for call in sent] == [2, 2, 1]


def test_the_bus_and_the_source_are_named_in_every_entry():
    with answering("events", "PutEvents", take_all_but()) as sent:
        EventBridgeBus("our-bus").publish([make_change(1)])
    (entry,) = sent[0]["Entries"]
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == (
        "our-bus",
        "swiftlogix.tracking",
        "shipment.status_changed",
    )
