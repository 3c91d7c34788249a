"""Facts that were overtaken before anything was decided about them are listed with the reason."""

import re
from datetime import timedelta

import pytest

from notifications.domain import Trigger
from notifications.models import Delivery
from notifications.overtaken import list_overtaken
from tests.notifications.preference_calls import read
from tests.notifications.stories import NOON, make_state
from tests.tracking.pages.bookings import store_state
from tracking.domain.shipment import JourneyStep
from tracking.domain.status import Status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "plain_static", "transports")]
LATER = NOON + timedelta(hours=1)


def make_step(minute, status, substatus=None):
    at = NOON + timedelta(minutes=minute)
    return JourneyStep(
        occurred_at=at, event_id=f"e{minute}", status=Status(status), substatus=substatus, place=None
    )


JOURNEY = (
    make_step(-40, "picked_up"),
    make_step(-30, "out_for_delivery", "loaded"),
    make_step(-20, "attempt_failed", "not_home"),
    make_step(-19, "out_for_delivery", "loaded"),
    make_step(-15, "out_for_delivery", "arriving"),
    make_step(-10, "on_hold", "weather"),
)


def decide(trigger, minute):
    Delivery.objects.create(
        change_id=f"chg_{trigger}_{minute}",
        recipient_id="rcp_one",
        transport="email",
        shipment_id="123",
        trigger=trigger,
        outcome="suppressed",
        reason="no_consent",
        claimed_at=NOON,
        occurred_at=NOON + timedelta(minutes=minute),
    )


def list_minutes(journey, now=LATER, offered=frozenset(Trigger)):
    found = list_overtaken("123", journey, offered, now)
    return [(fact.trigger.value, (fact.at - NOON) // timedelta(minutes=1)) for fact in found]


def test_what_was_decided_is_left_out_by_its_time_or_as_the_newest_of_its_kind():
    decide("picked_up", -40)
    # By the last change of a batch, which happened later than the fact itself.
    decide("out_for_delivery", -12)
    decide("arriving", -15)
    assert list_minutes(JOURNEY) == [("out_for_delivery", -30), ("attempt_failed", -20)]
    assert list_minutes(JOURNEY, offered={Trigger.ARRIVING}) == []


def test_what_happened_just_now_is_left_out():
    assert list_minutes(JOURNEY[:3], NOON - timedelta(minutes=16)) == [
        ("picked_up", -40),
        ("out_for_delivery", -30),
    ]


def test_on_the_way_back_only_the_return_is_a_fact():
    back = (make_step(-9, "returning"), make_step(-8, "attempt_failed"), make_step(-7, "returned"))
    assert list_minutes(back) == [("returning", -9), ("returned", -7)]


@pytest.mark.usefixtures("_store_in_memory")
def test_the_page_lists_a_failed_attempt_about_which_nothing_was_decided(client, token):
    store_state(make_state("out_for_delivery", journey=JOURNEY[1:4]))
    decide("out_for_delivery", -30)
    decide("out_for_delivery", -19)
    page = read(client, f"/preferences/{token}")
    (listed,) = re.findall(r"<li>(Delivery attempt failed .*?)</li>", page)
    assert re.sub(r"<[^>]+>", "", listed) == (
        "Delivery attempt failed not sent, Tue 24 Nov, 11:04 am"
        "This update was no longer true when it could be sent, so it was not sent."
    )
