"""Short codes of messages: random, forgiving of how they are typed, one for each delivery."""

import re

import pytest
from django.db import IntegrityError

from notifications import message_codes
from notifications.accounts import count_sent, forget_messages
from notifications.message_codes import find_message, keep_segments, make_code, open_code, read_code
from notifications.models import Delivery, MessageCode
from notifications.ports import ports
from notifications.services import notify
from tests.notifications.stories import NOON, book, make_change

CODE = "K7M2Q9XB"
LIVE = True


def add_delivery(number: int = 1, **fields: object) -> Delivery:
    defaults = {
        "change_id": f"chg_{number}",
        "recipient_id": "rcp_one",
        "transport": "sms",
        "shipment_id": "123",
        "trigger": "delivered",
    }
    return Delivery.objects.create(**defaults | fields)


def test_a_code_is_eight_characters_that_nobody_misreads():
    codes = {make_code() for _ in range(500)}
    assert len(codes) == 500
    assert {bool(re.fullmatch("[0-9A-HJKMNP-TV-Z]{8}", code)) for code in codes} == {True}
    assert set("".join(codes)) == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


@pytest.mark.parametrize(
    "typed",
    [
        "K7M2Q9XB",
        "k7m2q9xb",
        "#K7M2Q9XB",
        " K7M2-Q9XB ",
        "k7m2 q9xb.",
        "K7M2\u2013Q9XB",
        "K7M2\u200bQ9XB",
        "\uff2b\uff17M2Q9XB",
        "K\u096dM\u0968Q9XB",
    ],
)
def test_a_code_is_read_however_it_is_typed(typed):
    assert read_code(typed) == CODE


def test_letters_that_look_like_digits_are_read_as_these():
    assert read_code("OoIiLl12") == "00111112"


@pytest.mark.parametrize("typed", ["", "K7M2Q9X", "K7M2Q9XBB", "K7M2Q9XU", "क" * 8, "9" * 5000, "\x00"])
def test_other_text_is_no_code(typed):
    assert read_code(typed) == ""


@pytest.mark.django_db
def test_a_delivery_that_is_claimed_again_keeps_its_code():
    delivery = add_delivery()
    first = open_code(delivery, "hi", "+91 ••• ••• 10")
    assert open_code(delivery, "hi", "+91 ••• ••• 10") == first
    assert open_code(add_delivery(2), "hi", "+91 ••• ••• 10") != first
    row = MessageCode.objects.get(code=first)
    assert (row.delivery, row.language, row.masked_address, row.segments) == (
        delivery,
        "hi",
        "+91 ••• ••• 10",
        1,
    )


@pytest.mark.django_db
def test_a_code_that_is_taken_is_replaced_by_another(monkeypatch):
    drawn = iter([b"\0" * 5, b"\0" * 5, b"\1" * 5])
    monkeypatch.setattr(message_codes.secrets, "token_bytes", lambda size: next(drawn)[:size])
    codes = [open_code(add_delivery(number), "en", "") for number in (1, 2)]
    assert codes == ["00000000", "040G2081"]
    with pytest.raises(IntegrityError):
        MessageCode.objects.create(code=codes[0], delivery=add_delivery(3), language="en")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("outcome", "is_found"), [("sent", True), ("claimed", True), ("failed", False), ("suppressed", False)]
)
def test_only_a_message_that_may_have_left_is_found(outcome, is_found):
    code = open_code(add_delivery(outcome=outcome), "en", "")
    assert (find_message(code) is not None) is is_found


@pytest.mark.django_db
def test_segments_are_counted_for_the_partner_and_outlive_the_recipient():
    book()
    for number, segments in ((1, 1), (2, 2)):
        delivery = add_delivery(number, outcome="sent", finished_at=NOON)
        open_code(delivery, "hi", "+91 ••• ••• 10")
        keep_segments(delivery, segments)
    add_delivery(3, outcome="sent", finished_at=NOON)
    forget_messages("123")
    assert count_sent("sms", "prt_1", LIVE, NOON.date(), NOON.date()) == {NOON.date(): 4}
    assert set(MessageCode.objects.values_list("masked_address", flat=True)) == {""}


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_a_sent_message_carries_its_stored_code_and_the_language_of_its_booking(transports):
    book(language="ta")
    notify(ports(), make_change("attempt_failed"))
    (sms,) = transports["sms"].sent
    row = MessageCode.objects.get(code=sms.code)
    assert sms.body.endswith(f" #{sms.code}")
    assert sms.body.startswith("பார்சலை டெலிவரி செய்ய முடியவில்லை")
    assert (sms.language, row.language, row.masked_address, row.segments) == (
        "ta",
        "ta",
        "+91 ••• ••• 10",
        2,
    )
    assert [row.message_code.segments for row in Delivery.objects.order_by("id")] == [2, 1]
