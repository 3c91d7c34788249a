"""Offer to undo: it counts from the recording of the action, and ends before the server would refuse it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import RequestFactory

from tracking.pages.notices import UndoOffer, add_notice, find_offer

AT = datetime(2026, 11, 25, 7, 0, 0, 250000, tzinfo=UTC)


def keep(*args):
    """Keep a notice as a view does, and return its text and tags as the next page reads them."""
    request = RequestFactory().get("/")
    request._messages = CookieStorage(request)
    add_notice(request, "Claimed SLX-1.", *args)
    return [(str(notice), notice.extra_tags) for notice in get_messages(request)]


@pytest.mark.parametrize(
    ("later_ms", "offer"),
    [
        (0, UndoOffer("12-13", 9000)),
        (1, UndoOffer("12-13", 8999)),
        (8000, UndoOffer("12-13", 1000)),
        (8001, None),
        (20_000, None),
    ],
)
def test_an_offer_has_the_time_that_is_left_since_the_action_was_recorded(later_ms, offer):
    ((text, tags),) = keep([12, 13], AT)
    assert (text, find_offer(tags, AT + timedelta(milliseconds=later_ms))) == ("Claimed SLX-1.", offer)


def test_the_seconds_of_an_offer_are_rounded_down():
    assert [UndoOffer("1", left).left_s for left in (9000, 8999, 1000)] == [9, 8, 1]


@pytest.mark.parametrize("args", [(), ([],), ([], AT)])
def test_a_notice_of_what_cannot_be_undone_offers_nothing(args):
    ((text, tags),) = keep(*args)
    assert (text, find_offer(tags, AT)) == ("Claimed SLX-1.", None)
