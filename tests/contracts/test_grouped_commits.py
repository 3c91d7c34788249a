"""Commits of several shipments share a transaction, and each keeps an outcome of its own if that fails."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from botocore.httpsession import URLLib3Session
from django.conf import settings
from django.test import override_settings

from tests.events import make_event
from tests.tracking.adapters.scripted_server import CLOSE, RESET, refuse, respond
from tracking.adapters.aws import build_client
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.domain.commits import make_addition, plan_commits
from tracking.domain.errors import PermanentError
from tracking.domain.events import TrackingEvent
from tracking.ports import Commit, Outcome, ShipmentStore
from workers.line.record import record_events

NOW = datetime.now(UTC).replace(microsecond=456000)
TABLE = "grouped"
numbers = itertools.count()


@pytest.fixture
def events() -> list[TrackingEvent]:
    """Events of 25 shipments that nobody knows; each makes a change."""
    run = f"grouped-{next(numbers)}-{NOW.timestamp():.0f}"
    return [make_event(1, shipment_id=f"{run}-{n}", status="created") for n in range(25)]


@pytest.fixture
def aws_store(local_aws, hot_client):
    """Store on the emulator, whose client is used by this test alone."""
    build_client.cache_clear()
    yield DynamoShipmentStore(settings.AWS_NAMES["tracking_table"])
    build_client.cache_clear()


@pytest.fixture
def remote(server, hot_client):
    """Store whose calls reach the scripted server, through a client of its own."""
    build_client.cache_clear()
    with override_settings(AWS_ENDPOINT_URL=server.url):
        yield DynamoShipmentStore(TABLE)
    build_client.cache_clear()


def plan(events: Sequence[TrackingEvent]) -> list[Commit]:
    return plan_commits([make_addition(None, [event], NOW) for event in events], NOW)


def list_timelines(store: ShipmentStore, events: Sequence[TrackingEvent]) -> list[list[str]]:
    return [[row.event_id for row in store.read_timeline(event.shipment_id or "")] for event in events]


def test_commits_of_many_shipments_are_all_written(store, events):
    commits = plan(events)
    assert store.commit(commits) == [Outcome(committed=True)] * 25
    current = store.read_current([commit.shipment_id for commit in commits])
    assert [current[commit.shipment_id] for commit in commits] == [commit.after for commit in commits]
    assert list_timelines(store, events) == [[event.event_id] for event in events]


def test_a_commit_that_lost_delays_no_other_of_its_group(store, events):
    lost = {2: "e-other-2", 13: "e-other-13"}
    others = {
        index: record_events(
            store, {}, [make_event(2, name, shipment_id=events[index].shipment_id, lat=1.0, lon=2.0)], NOW
        ).states[events[index].shipment_id]
        for index, name in lost.items()
    }
    expected = [
        Outcome(committed=False, current=others[n]) if n in lost else Outcome(committed=True)
        for n in range(25)
    ]
    assert store.commit(plan(events)) == expected
    assert list_timelines(store, events) == [[lost.get(n, event.event_id)] for n, event in enumerate(events)]


def test_a_change_that_is_recorded_already_refuses_its_shipment_alone(aws_store, events):
    first, second = plan(events[:2])
    aws_store.commit([first])
    moved = msgspec.structs.replace(first.after, state_version=2)
    again = msgspec.structs.replace(first, before=first.after, after=moved)
    assert aws_store.commit([again, second]) == [
        Outcome(committed=False, current=first.after),
        Outcome(committed=True),
    ]


def test_a_commit_with_many_changes_and_small_ones_are_all_written(store, events):
    words = ["on_hold", "in_transit"] * 20
    many = [make_event(n + 1, shipment_id=events[0].shipment_id, status=word) for n, word in enumerate(words)]
    recorded = record_events(store, {}, [*many, *events[1:]], NOW)
    assert (len(recorded.changes), list_timelines(store, events[:1])) == (
        64,
        [[event.event_id for event in many]],
    )


def test_a_group_that_was_written_though_its_response_was_lost_is_recorded_once(aws_store, events):
    client = build_client("dynamodb", hot=True)
    sent = []

    def lose_response(request, **_: object) -> AWSResponse | None:
        sent.append(request)
        if len(sent) > 1:
            return None
        assert URLLib3Session().send(request).status_code == 200
        raise ReadTimeoutError(endpoint_url=request.url)

    client.meta.events.register("before-send.dynamodb.TransactWriteItems", lose_response)
    recorded = record_events(aws_store, {}, events[:10], NOW)
    changed = sorted(change.shipment_id for change in recorded.changes)
    states = aws_store.read_current([event.shipment_id or "" for event in events[:10]])
    assert (len(sent), recorded.repeats, changed) == (11, 10, sorted(states))
    assert {state.state_version for state in states.values()} == {1}
    assert list_timelines(aws_store, events[:10]) == [[event.event_id] for event in events[:10]]


@pytest.mark.parametrize(
    "reply",
    [
        refuse("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}]),
        refuse("TransactionCanceledException", CancellationReasons=[{"Code": "ConditionalCheckFailed"}]),
        refuse(
            "TransactionCanceledException", CancellationReasons=[{"Code": "ItemCollectionSizeLimitExceeded"}]
        ),
        refuse("TransactionCanceledException"),
        refuse("TransactionInProgressException"),
        refuse("ProvisionedThroughputExceededException"),
        refuse("ValidationException", message="Transaction request exceeds 4 MB"),
        refuse("RequestEntityTooLarge", status=413),
        refuse("InternalServerError", status=500),
        CLOSE,
        RESET,
    ],
)
def test_after_any_failure_of_a_group_each_commit_is_sent_alone(server, remote, events, reply):
    commits = plan(events[:3])
    server.script(reply, respond(), respond(), respond())
    outcomes = remote.commit(commits)
    group, *alone = [request.body["TransactItems"] for request in server.requests]
    assert (outcomes, [len(actions) for actions in alone]) == ([Outcome(committed=True)] * 3, [2, 2, 2])
    assert sorted(group, key=repr) == sorted(itertools.chain(*alone), key=repr)


def test_a_commit_that_is_refused_for_good_alone_raises_after_its_group(server, remote, events):
    server.script(*[refuse("ValidationException")] * 3)
    with pytest.raises(PermanentError):
        remote.commit(plan(events[:2]))


def test_groups_hold_ten_commits_and_large_commits_are_sent_alone(server, remote, events):
    plain = plan(events)
    changes = tuple(plain[0].events[0] for _ in range(10))
    large = msgspec.structs.replace(plain[0], events=changes)
    rewritten = msgspec.structs.replace(plain[1], rewrites=plain[1].events)
    server.script(*[respond()] * 5)
    remote.commit([large, rewritten, *plain[2:]])
    sizes = sorted(len(request.body["TransactItems"]) for request in server.requests)
    assert sizes == [3, 6, 11, 20, 20]


def test_states_without_a_change_and_transactions_are_under_way_together(server, remote, events):
    changed, other = plan(events[:2])
    plain = msgspec.structs.replace(other, events=(msgspec.structs.replace(other.events[0], change=None),))
    written = respond({"Responses": [{}]})
    server.script(written, refuse("ValidationException"), refuse("ValidationException"))
    with pytest.raises(PermanentError):
        remote.commit([plain, changed])
    row, *together = [request.headers["x-amz-target"].partition(".")[2] for request in server.requests]
    assert (row, sorted(together)) == (
        "BatchExecuteStatement",
        ["BatchExecuteStatement", "TransactWriteItems"],
    )
