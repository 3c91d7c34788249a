"""Stops that end by the recipient's own act, the list of messages, and what quiet hours hold back."""

import re
from datetime import timedelta

import pytest

from notifications.consent_models import Choice, ConsentEntry
from notifications.domain import Trigger
from notifications.models import Delivery
from notifications.ports import ports
from notifications.services import notify
from notifications.wording import headline
from tests.notifications.preference_calls import (
    SENT,
    STOPPED,
    decide_all,
    read,
    read_form,
    save,
    stop_all,
    stop_by_one_click,
)
from tests.notifications.stories import NOON, change_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "plain_static", "transports")]


def test_a_stopped_recipient_can_choose_a_transport_again(client, token):
    stop_all(client, token)
    stop_by_one_click(client, token)
    assert "transport" not in read_form(client, token)
    save(client, token, transport=["email"])
    assert decide_all() == {"sms": STOPPED, "email": SENT}


def start_all(client, token):
    assert client.post(f"/preferences/{token}", {"action": "start_everything"}).status_code == 302


def test_who_stopped_everything_starts_again_with_what_held_before(client, token):
    stop_by_one_click(client, token)
    stop_all(client, token)
    stopped = read(client, f"/preferences/{token}")
    assert ('value="start_everything"' in stopped, decide_all()) == (True, {"sms": STOPPED, "email": STOPPED})
    start_all(client, token)
    page = read(client, f"/preferences/{token}?done=started")
    assert ("Messages to you have started again." in page, 'value="start_everything"' in page) == (
        True,
        False,
    )
    assert decide_all() == {"sms": SENT, "email": STOPPED}
    entries = (
        ConsentEntry.objects.filter(transport="").order_by("id").values_list("is_allowed", "way", "wording")
    )
    said = ("preferences", "preferences-4")
    assert list(entries) == [(False, *said), (False, *said), (True, *said), (True, *said)]


def test_a_start_without_a_stop_changes_nothing(client, token):
    start_all(client, token)
    assert (Choice.objects.count(), ConsentEntry.objects.count()) == (0, 0)


def test_who_stopped_a_transport_starts_it_again_where_the_stop_is_said(client, token):
    answer = client.post(f"/preferences/{token}/stop/email").content.decode()
    assert 'value="start">Start e-mails again</button>' in answer
    started = client.post(f"/preferences/{token}/stop/email", {"action": "start"}).content.decode()
    assert "You will get e-mails again, from every sender." in started
    assert decide_all() == {"sms": SENT, "email": SENT}


def test_a_transport_is_not_started_alone_while_everything_is_stopped(client, token):
    stop_all(client, token)
    answer = client.post(f"/preferences/{token}/stop/email").content.decode()
    assert 'value="start"' not in answer
    assert client.post(f"/preferences/{token}/stop/email", {"action": "start"}).status_code == 302
    assert decide_all() == {"sms": STOPPED, "email": STOPPED}


def test_after_everything_was_stopped_the_page_says_so_and_chooses_no_transport(client, token):
    stop_all(client, token)
    page = read(client, f"/preferences/{token}")
    assert ("transport" in read_form(client, token), "We have stopped all messages to you." in page) == (
        False,
        True,
    )
    # What a transport would send is in a list that shows only while the transport is chosen.
    assert page.count('<fieldset class="card inner transport">') == page.count('name="transport"')
    assert 'value="stop_everything"' not in page


def list_shown(client, token):
    """Return the listed messages: fact, transport with the time, and the reason or the link of a sent one."""
    page = read(client, f"/preferences/{token}")
    return re.findall(r'<li>([\w ]+) <span class="quiet">([^<]+)</span><br>(?:<a [^>]*>)?([^<]+)<', page)


def test_messages_that_were_sent_and_that_were_not_are_listed_newest_first(client, token, clock):
    assert "nothing has happened that we send a message about" in read(client, f"/preferences/{token}")
    decide_all()
    clock.shift(timedelta(minutes=5))
    stop_by_one_click(client, token)
    decide_all()
    decide_all()
    why, stopped = "Why did I get this message?", "You have stopped these messages."
    assert list_shown(client, token) == [
        ("Delayed", "E-mail, not sent, Tue 24 Nov, 11:29 am", stopped),
        ("Delayed", "SMS, Tue 24 Nov, 11:29 am", why),
        ("Delayed", "SMS, Tue 24 Nov, 11:29 am", why),
        ("Delayed", "E-mail, Tue 24 Nov, 11:24 am", why),
        ("Delayed", "SMS, Tue 24 Nov, 11:24 am", why),
    ]


def test_without_a_sent_message_the_page_says_so_and_why(client, token):
    stop_all(client, token)
    decide_all()
    page = read(client, f"/preferences/{token}")
    assert "No message about this parcel was sent to you. These were not sent:" in page
    assert [(transport, reason) for _, transport, reason in list_shown(client, token)] == [
        (f"{name}, not sent, Tue 24 Nov, 11:24 am", "You have stopped these messages.")
        for name in ("E-mail", "SMS")
    ]
    (link,) = set(re.findall(r'href="(/preferences/[^"]+/why/)\d+"', page))
    number = Delivery.objects.earliest("pk").pk
    assert "Why was nothing sent?" in read(client, f"{link}{number}")


def test_the_page_says_of_quiet_hours_what_decisions_do(client, token, clock):
    (hint,) = re.findall(r'id="quiet-hint">([^<]+)<', read(client, f"/preferences/{token}"))
    assert hint == (
        "These wait until the quiet hours end: SMS messages. Sent all the same, since they need you: "
        "Out for delivery, Delivery attempt failed. Sent at any hour: e-mails. "
        "For no quiet hours, set both times the same."
    )
    save(client, token, sms=list(Trigger))
    night = NOON.replace(hour=18)  # half past eleven in India
    clock.move_to(night)
    for trigger in Trigger:
        notify(ports(), change_for(trigger, change_id=f"chg_{trigger}", occurred_at=night))
    rows = Delivery.objects.exclude(reason="transport_disabled")
    held = {row.transport for row in rows if row.reason == "quiet_hours"}
    sent = {headline(row.trigger) for row in rows if (row.transport, row.outcome) == ("sms", "sent")}
    assert (held, sent) == ({"sms"}, {"Out for delivery", "Delivery attempt failed"})
