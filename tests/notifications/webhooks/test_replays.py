"""Replay by ids and by period: stored webhooks again, and missed changes for the first time."""

from datetime import timedelta

import pytest

from notifications.webhooks import replays
from notifications.webhooks.claims import claim_due
from notifications.webhooks.endpoints import EndpointDisabledError
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.opening import open_webhooks
from notifications.webhooks.outcomes import Attempt, record_attempt
from notifications.webhooks.replays import TooManyReplayedError, replay
from notifications.webhooks.requests import Replay
from tests.notifications.stories import make_change
from tests.notifications.webhooks.partners import NOON, OK, make_endpoint
from tracking.domain.shipment import ShipmentState
from tracking.services.reading.feed import append_change
from tracking.services.requests.callers import Caller
from tracking.services.requests.refusals import RequestRefusedError, UnknownError

pytestmark = pytest.mark.django_db
STATE = ShipmentState("123", partner_id="prt_acme")
LATER = NOON + timedelta(hours=1)
ALL = Replay(from_=NOON - timedelta(days=30))


@pytest.fixture
def caller(partner):
    return Caller(partner, livemode=True, actor="key_1")


def report(status, minute, *, is_enabled=True):
    """Let a change reach the feed, and the endpoints that are enabled, so many minutes after noon."""
    now = NOON + timedelta(minutes=minute)
    change = make_change(status, partner_id="prt_acme", occurred_at=now, change_id=f"chg_{status}")
    append_change(change, STATE, now)
    if is_enabled:
        open_webhooks(change, STATE, now)


def deliver(now=NOON):
    """Deliver all that is due; return their ids and bodies."""
    claimed = claim_due(now, 10)
    for each in claimed:
        record_attempt(each, Attempt(now, now, OK), 0.5)
    return {each.message_id: bytes(each.body) for each in claimed}


def test_stored_webhooks_are_sent_again_with_the_same_ids_and_bytes(caller):
    make_endpoint()
    for minute, status in enumerate(("picked_up", "out_for_delivery", "delivered")):
        report(status, minute)
    first = deliver(LATER)
    period = Replay(from_=NOON + timedelta(minutes=1), to=NOON + timedelta(minutes=2))
    by_ids = Replay(message_ids=["msg_picked_up", "msg_delivered", "msg_nothing"])
    results = [(replay(caller, "whe_1", wanted, LATER), deliver(LATER)) for wanted in (ALL, period, by_ids)]
    assert results == [
        ((3, 0), first),
        ((1, 0), {"msg_out_for_delivery": first["msg_out_for_delivery"]}),
        ((2, 0), {name: first[name] for name in ("msg_picked_up", "msg_delivered")}),
    ]


def test_changes_that_an_endpoint_missed_are_sent_as_far_as_its_filter_accepts_them(caller):
    make_endpoint(statuses=["delivered", "returned"])
    report("picked_up", 0, is_enabled=False)
    report("delivered", 1, is_enabled=False)
    report("returned", 2)
    assert sorted(deliver(LATER)) == ["msg_returned"]
    assert replay(caller, "whe_1", ALL, LATER) == (1, 1)
    assert sorted(deliver(LATER)) == ["msg_delivered", "msg_returned"]
    assert replay(caller, "whe_1", ALL, LATER) == (2, 0)


@pytest.mark.parametrize("thin", [False, True])
def test_a_missed_change_is_sent_with_the_bytes_that_it_would_have_had(caller, thin):
    make_endpoint("whe_1", thin=thin)
    make_endpoint("whe_2", thin=thin)
    report("delivered", 0)
    WebhookDelivery.objects.filter(endpoint__endpoint_id="whe_1").delete()
    (sent,) = deliver(LATER).values()
    assert replay(caller, "whe_1", Replay(message_ids=["msg_delivered"]), LATER) == (0, 1)
    assert deliver(LATER) == {"msg_delivered": sent}


def test_neither_the_changes_of_another_partner_nor_those_of_the_other_mode_are_replayed(
    caller, other_partner
):
    make_endpoint("whe_1", livemode=False)
    make_endpoint("whe_2")
    WebhookEndpoint.objects.filter(endpoint_id="whe_2").update(partner=other_partner)
    report("delivered", 0)
    test_caller, rival = caller._replace(livemode=False), caller._replace(partner=other_partner)
    assert replay(test_caller, "whe_1", ALL, LATER) == (0, 0)
    assert replay(rival, "whe_2", Replay(message_ids=["msg_delivered"]), LATER) == (0, 0)
    with pytest.raises(UnknownError):
        replay(caller, "whe_2", ALL, LATER)


def test_a_period_with_too_many_webhooks_is_refused_before_anything_is_sent(caller, monkeypatch):
    monkeypatch.setattr(replays, "MAX_REPLAYED", 2)
    make_endpoint()
    report("picked_up", 0)
    deliver(LATER)
    report("out_for_delivery", 1, is_enabled=False)
    report("delivered", 2, is_enabled=False)
    with pytest.raises(TooManyReplayedError):
        replay(caller, "whe_1", ALL, LATER)
    assert claim_due(LATER, 10) == []
    assert replay(caller, "whe_1", Replay(from_=NOON + timedelta(minutes=1)), LATER) == (0, 2)


def test_nothing_older_than_thirty_days_is_replayed(caller):
    make_endpoint(created_at=NOON + timedelta(days=30))
    report("delivered", 0)
    assert replay(caller, "whe_1", ALL, NOON + timedelta(days=30)) == (0, 1)
    WebhookDelivery.objects.all().delete()
    assert replay(caller, "whe_1", ALL, NOON + timedelta(days=30, seconds=1)) == (0, 0)


@pytest.mark.parametrize(
    ("wanted", "mistake"),
    [
        (Replay(), ("/from", "required")),
        (Replay(to=NOON), ("/from", "required")),
        (Replay(message_ids=["msg_1"], from_=NOON), ("/message_ids", "invalid")),
        (Replay(from_=NOON, to=NOON), ("/from", "contradiction")),
        (Replay(from_=LATER), ("/from", "contradiction")),
    ],
)
def test_a_replay_names_either_ids_or_a_period_that_has_begun(caller, wanted, mistake):
    make_endpoint()
    with pytest.raises(RequestRefusedError) as refused:
        replay(caller, "whe_1", wanted, LATER)
    assert [(each.pointer, each.code) for each in refused.value.mistakes] == [mistake]


def test_nothing_is_replayed_to_a_disabled_endpoint(caller):
    make_endpoint(disabled_at=NOON)
    with pytest.raises(EndpointDisabledError):
        replay(caller, "whe_1", ALL, LATER)
