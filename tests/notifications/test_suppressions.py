"""Every reason why nothing is sent is produced by the service, and is kept in a row."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.address_hashes import hash_address
from notifications.consent_models import ConsentEntry, Preference
from notifications.consents import Statement, Way, opt_out, read_choices, record_statements
from notifications.domain import read_trigger
from notifications.models import DailyCount, Delivery
from notifications.ports import NotificationPorts, ports, wire
from notifications.services import notify, release_due
from notifications.transports.sms import SmsTransport
from notifications.wording import name_text
from tests.notifications.stories import (
    MAIL,
    NOON,
    PHONE,
    book,
    make_change,
    make_delay,
    make_eta,
    make_state,
    outcomes,
)
from tracking.domain.errors import PermanentError, TransientError
from tracking.domain.indian_time import date_in_india

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
# Ten in the evening in India.
EVENING = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)


def refuse(transport, trigger=""):
    record_statements(
        [hash_address(PHONE)],
        [Statement(transport, is_allowed=False, trigger=trigger)],
        Way.PREFERENCES,
        NOON,
    )


def send_earlier(number, shipment_id="123"):
    """Store SMS that were sent within the last hour."""
    for n in range(number):
        Delivery.objects.create(
            change_id=f"{shipment_id}_{n}",
            recipient_id="rcp_one",
            transport="sms",
            shipment_id=shipment_id,
            trigger="delayed",
            outcome="sent",
            address_hash=hash_address(PHONE),
            claimed_at=NOON - timedelta(minutes=5),
        )


def find_sms_reason(change):
    """Notify of the change; return the reason in the row of the SMS."""
    notify(ports(), change)
    return Delivery.objects.get(change_id=change.change_id, transport="sms").reason


def test_news_of_a_test_booking(transports):
    book(livemode=False)
    assert find_sms_reason(make_delay()) == "test_mode"


def test_news_that_was_sent_before(transports):
    book()
    notify(ports(), make_delay())
    assert find_sms_reason(make_delay(change_id="chg_again")) == "not_first"


def test_news_that_came_again_is_counted_in_its_row(transports):
    book()
    for _ in range(4):
        notify(ports(), make_delay())
    rows = Delivery.objects.values_list("transport", "outcome", "repeats").order_by("transport")
    assert list(rows) == [("email", "sent", 3), ("sms", "sent", 3)]


def test_news_by_a_transport_that_was_not_chosen(transports):
    book()
    assert find_sms_reason(make_change("delivered")) == "transport_disabled"


def test_news_that_is_too_old(transports):
    book()
    assert find_sms_reason(make_delay(occurred_at=NOON - timedelta(hours=1))) == "late_event"


def test_news_at_night_waits(transports, clock):
    book()
    clock.move_to(EVENING)
    assert find_sms_reason(make_delay(occurred_at=EVENING)) == "quiet_hours"
    assert [len(transports[name].sent) for name in ("sms", "email")] == [0, 1]


def test_news_that_is_no_longer_true_in_the_morning(transports, clock):
    book()
    clock.move_to(EVENING)
    notify(ports(), make_delay(occurred_at=EVENING))
    clock.move_to(EVENING + timedelta(hours=10))
    release_due(ports(), lambda _: make_state("in_transit"), EVENING + timedelta(hours=10))
    assert outcomes()[0] == ("delayed", "sms", "suppressed", "superseded")


def test_news_after_the_recipient_has_opted_out(transports):
    book()
    refuse("sms")
    assert find_sms_reason(make_delay()) == "opted_out"


def test_news_without_any_consent(transports):
    book(consents={"email": True})
    assert find_sms_reason(make_delay()) == "no_consent"


def test_news_without_an_address_or_to_a_landline(transports):
    book(recipient_phone="")
    assert find_sms_reason(make_delay()) == "invalid_address"
    book(shipment_id="124", recipient_phone="+918023456789")
    assert find_sms_reason(make_delay(shipment_id="124", change_id="chg_2")) == "not_mobile"


def test_news_in_a_language_without_texts(transports):
    book(language="ml")
    assert find_sms_reason(make_delay()) == "no_template_language"


def test_news_whose_text_is_not_registered_in_india():
    transport = SmsTransport("SWFTLX", entity_id="1101", template_ids={"attempt_failed.en": "1107"})
    wire(NotificationPorts({"sms": transport}))
    book()
    assert find_sms_reason(make_delay()) == "no_dlt_template"
    assert transport.has_template("attempt_failed", "en", PHONE)
    assert transport.has_template("delayed", "en", "+6591234567")


def test_each_text_of_a_trigger_is_registered_for_itself():
    ids = {"out_for_delivery.en": "1107", "delayed.en": "1108"}
    wire(NotificationPorts({"sms": SmsTransport("SWFTLX", entity_id="1101", template_ids=ids)}))
    book()
    expected = make_change("out_for_delivery", change_id="chg_2", eta=make_eta(30, 60))
    assert find_sms_reason(expected) == "no_dlt_template"
    registered = [make_change("out_for_delivery"), make_delay(), make_delay(eta=make_eta(30, 60))]
    names = [name_text(read_trigger(change), change) for change in (*registered, expected)]
    assert names == ["out_for_delivery", "delayed", "delayed", "out_for_delivery.expected"]


def test_news_about_a_shipment_that_had_five_sms_on_this_day(transports):
    book()
    send_earlier(4)
    assert find_sms_reason(make_delay()) == ""
    assert find_sms_reason(make_delay(2)) == "budget"


def test_messages_of_yesterday_do_not_count_against_the_budget_of_the_shipment(transports):
    book()
    send_earlier(5)
    Delivery.objects.update(claimed_at=NOON - timedelta(hours=12))
    assert find_sms_reason(make_delay()) == ""


def test_news_of_a_partner_whose_day_is_used_up(transports, settings):
    book()
    settings.TRANSPORTS = settings.TRANSPORTS | {"sms": settings.TRANSPORTS["sms"] | {"daily_limit": 1}}
    notify(ports(), make_delay())
    assert find_sms_reason(make_delay(2)) == "over_budget"


@pytest.mark.parametrize(
    ("language", "used", "reasons"),
    [
        ("en", 7, ["", ""]),
        ("en", 8, ["spend_cap", ""]),
        ("en", 10, ["spend_cap", "spend_cap"]),
        # Two segments each: the first would pass 80 %, the second the whole month.
        ("hi", 6, ["", ""]),
        ("hi", 7, ["spend_cap", ""]),
        ("hi", 9, ["spend_cap", "spend_cap"]),
    ],
)
def test_news_when_the_month_is_nearly_used_up(transports, settings, language, used, reasons):
    book(language=language)
    settings.TRANSPORTS = settings.TRANSPORTS | {"sms": settings.TRANSPORTS["sms"] | {"monthly_limit": 10}}
    day = date_in_india(NOON)
    DailyCount.objects.create(partner_id="prt_2", transport="sms", day=day.replace(day=1), segments=used)
    DailyCount.objects.create(
        partner_id="prt_2", transport="sms", day=day.replace(day=1) - timedelta(days=1), segments=99
    )
    found = [find_sms_reason(make_delay()), find_sms_reason(make_change("attempt_failed"))]
    assert found == reasons


def test_news_to_an_address_that_has_had_thirty_messages_within_an_hour(transports):
    book()
    for shipment_id in "456789":
        send_earlier(5, shipment_id)
    assert find_sms_reason(make_delay()) == "rate_limited"


def test_news_that_the_provider_refuses_or_cannot_take(transports):
    book()
    transports["sms"].failure = PermanentError("refused")
    assert find_sms_reason(make_delay()) == "refused"
    transports["sms"].failure = TransientError("sns: Throttled")
    with pytest.raises(TransientError):
        notify(ports(), make_delay(2))
    assert outcomes()[2] == ("delayed", "sms", "claimed", "unreachable")


def test_a_reminder_waits_for_a_day(transports):
    book()
    notify(ports(), make_change("available_for_pickup"))
    assert Delivery.objects.get(transport="sms", outcome="deferred").reason == "reminder"


def test_an_address_on_the_providers_list_is_opted_out_for_every_later_booking(transports):
    book()
    transports["sms"].failure = PermanentError("opted_out")
    notify(ports(), make_delay())
    transports["sms"].failure = None
    book(shipment_id="124", recipient_email="another@example.com")
    assert find_sms_reason(make_delay(shipment_id="124", change_id="chg_2")) == "opted_out"
    assert read_choices([hash_address(PHONE)]) == {("sms", ""): False}
    assert ConsentEntry.objects.filter(is_allowed=False).get().way == "provider"


def test_an_opt_out_of_an_address_leaves_other_transports_alone(transports):
    book()
    opt_out(MAIL, "email", Way.BOUNCE, NOON)
    notify(ports(), make_delay())
    assert outcomes() == [("delayed", "sms", "sent", ""), ("delayed", "email", "suppressed", "opted_out")]


def test_the_recipients_language_is_looked_up_by_any_address(transports):
    book()
    Preference.objects.create(address_hash=hash_address(MAIL), language="ml")
    assert find_sms_reason(make_delay()) == "no_template_language"
