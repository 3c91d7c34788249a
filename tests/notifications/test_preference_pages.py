"""Pages behind a recipient's link: what is chosen holds on every path, and a GET changes nothing."""

import re

import pytest

from notifications.address_hashes import hash_address, hash_recipient
from notifications.consent_models import Choice, ConsentEntry, Preference
from notifications.models import Delivery
from notifications.ports import ports
from notifications.preference_links import open_link
from notifications.services import notify
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
from tests.notifications.stories import (
    MAIL,
    PHONE,
    book,
    make_change,
    make_delay,
    outcomes,
)
from tracking.models import Shipment
from tracking.services.partners.recipients import Contact, erase_contact, keep_contact, read_contact
from tracking.tokens import hash_token, make_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "plain_static", "transports")]
PERSONAL = (PHONE, PHONE[3:], MAIL, "asha.rao", "Asha", "Church Street")


def test_the_page_shows_what_holds_and_only_masked_addresses(client, token):
    page = read(client, f"/preferences/{token}")
    assert [value for value in PERSONAL if value in page] == []
    assert ("+91 ••• ••• 10" in page, "a•••@example.com" in page) == (True, True)
    fields = read_form(client, token)
    assert (fields["transport"], fields["quiet_from"], fields["quiet_until"], fields["language"]) == (
        ["sms", "email"],
        ["21:00"],
        ["08:00"],
        [""],
    )
    assert ("delivered" in fields["sms"], "delivered" in fields["email"]) == (False, True)


def test_the_pages_have_the_headers_of_the_customers_page_and_set_no_cookie(client, token):
    for path in ("", "/stop/email"):
        answer = client.get(f"/preferences/{token}{path}")
        headers = [answer[name] for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag")]
        assert (headers, answer.cookies) == (["private, no-store", "no-referrer", "noindex"], {})


@pytest.mark.parametrize("path", ["", "/stop/email", "/why/1"])
def test_an_unknown_link_is_answered_like_an_unknown_link_of_a_page(client, token, path):
    assert client.get(f"/preferences/{'x' * 22}{path}").status_code == 404


def test_a_transport_that_does_not_exist_cannot_be_stopped(client, token):
    assert client.post(f"/preferences/{token}/stop/pigeon").status_code == 404
    assert Choice.objects.count() == 0


def test_the_page_leads_back_to_the_parcel(client, token):
    booking = Shipment.objects.get(shipment_id="123")
    page = read(client, f"/preferences/{token}")
    assert re.findall(r'href="/t/([^"]+)"', page) == [make_token("123", booking.token_n)]


def test_an_untouched_form_changes_no_choice(client, token):
    assert save(client, token).status_code == 302
    assert (Choice.objects.count(), ConsentEntry.objects.count()) == (0, 0)


def test_a_get_of_the_link_in_a_message_changes_nothing(client, token):
    page = read(client, f"/preferences/{token}/stop/email")
    assert ("Stop e-mails?" in page, decide_all()["email"]) == (True, SENT)


def stop_by_choice(client, token):
    assert save(client, token, transport=["sms"]).status_code == 302


def stop_by_trigger(client, token):
    chosen = [code for code in read_form(client, token)["email"] if code != "delayed"]
    assert save(client, token, email=chosen).status_code == 302


@pytest.mark.parametrize("stop", [stop_by_one_click, stop_by_choice, stop_by_trigger, stop_all])
def test_after_an_opt_out_by_any_link_nothing_is_sent_by_that_transport_for_any_booking(client, token, stop):
    stop(client, token)
    book(shipment_id="later", recipient_phone="+919876500000", recipient_email=MAIL.upper())
    expected_sms = STOPPED if stop is stop_all else SENT
    assert decide_all() == {"sms": expected_sms, "email": STOPPED}
    assert decide_all("later")["email"] == STOPPED


def test_an_opt_out_holds_after_the_recipient_was_erased_and_is_booked_again(client, token):
    erase_contact(Shipment.objects.get())
    assert "•" not in read(client, f"/preferences/{token}")
    stop_by_one_click(client, token)
    book(shipment_id="later")
    assert decide_all("later") == {"sms": SENT, "email": STOPPED}


def test_a_link_never_reaches_another_recipient_of_the_same_shipment(client, token):
    booking = Shipment.objects.get()
    keep_contact(booking, Contact(name="Ravi", phone="+919876500000", email="ravi@example.org"))
    booking.save()
    page = read(client, f"/preferences/{token}")
    assert ("ravi" in page, "example.org" in page, " 00<" in page) == (False, False, False)
    stop_all(client, token)
    assert decide_all() == {"sms": SENT, "email": SENT}


def test_a_consent_for_one_phone_is_none_for_another_phone_with_the_same_e_mail(client, token):
    Shipment.objects.update(consents={"email": True})
    save(client, token, transport=["sms", "email"])
    book(shipment_id="later", recipient_phone="+919876500000", consents={"email": True})
    assert decide_all() == {"sms": SENT, "email": SENT}
    assert decide_all("later") == {"sms": ("suppressed", "no_consent"), "email": SENT}


def test_a_recipient_who_never_agreed_can_choose_sms_and_the_optional_ones(client, token):
    Shipment.objects.update(consents={"sms": False, "email": False})
    chosen = [*read_form(client, token)["sms"], "delivered"]
    save(client, token, transport=["sms"], sms=chosen)
    notify(ports(), make_change("delivered"))
    assert outcomes() == [
        ("delivered", "sms", "sent", ""),
        ("delivered", "email", "suppressed", "no_consent"),
    ]


def test_the_ledger_says_who_when_by_which_words_and_by_which_way(client, token):
    stop_by_one_click(client, token)
    stop_by_choice(client, token)
    save(client, token, transport=["sms", "email"])
    entries = ConsentEntry.objects.order_by("id")
    assert [
        (entry.address_hash, entry.transport, entry.is_allowed, entry.way, entry.wording) for entry in entries
    ] == [
        (hash_address(MAIL), "email", False, "one_click", "preferences-4"),
        (hash_address(MAIL), "email", True, "preferences", "preferences-4"),
    ]


def test_language_and_quiet_hours_hold_for_the_person(client, token):
    assert save(client, token, language="ta", quiet_from="22:30", quiet_until="6:00").status_code == 302
    rows = Preference.objects.values_list("language", "quiet_from", "quiet_until")
    assert {tuple(map(str, row)) for row in rows} == {("ta", "22:30:00", "06:00:00")}
    fields = read_form(client, token)
    assert (fields["language"], fields["quiet_from"], fields["quiet_until"]) == (["ta"], ["22:30"], ["06:00"])


@pytest.mark.parametrize("wrong", [{"quiet_from": "25:00"}, {"quiet_until": ""}, {"quiet_from": "nine"}])
def test_quiet_hours_that_are_no_times_are_refused_and_nothing_is_saved(client, token, wrong):
    answer = save(client, token, transport=[], **wrong)
    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (422, True)
    assert (Choice.objects.count(), Preference.objects.count()) == (0, 0)


def test_a_form_with_values_that_it_does_not_offer_saves_what_it_offers(client, token):
    save(client, token, transport=["sms", "email", "pigeon"], language="xx", sms=["delayed", "gone"])
    assert set(Choice.objects.values_list("transport", flat=True)) == {"sms"}
    assert set(Preference.objects.values_list("language", flat=True)) == {""}


def test_why_leads_to_the_decision_in_plain_words(client, token):
    notify(ports(), make_delay())
    delivery = Delivery.objects.get(transport="email")
    page = read(client, f"/preferences/{token}/why/{delivery.pk}")
    shown = [
        "We send one message for each delay of your parcel.",
        "The sender says that you agreed to get messages this way.",
        "Tue 24 Nov, 11:24 am",
        "E-mail to a•••@example.com",
        f"/preferences/{token}/stop/email",
        f'"/preferences/{token}"',
    ]
    assert [text for text in shown if text not in page] == []
    assert [value for value in PERSONAL if value in page] == []


def test_why_explains_a_silence_too(client, token):
    stop_by_one_click(client, token)
    notify(ports(), make_delay())
    delivery = Delivery.objects.get(transport="email")
    page = read(client, f"/preferences/{token}/why/{delivery.pk}")
    assert ("Why was nothing sent?" in page, "You have stopped these messages." in page) == (True, True)


def test_why_is_answered_only_about_the_links_own_recipient(client, token):
    book(shipment_id="other")
    notify(ports(), make_delay(shipment_id="other", change_id="chg_other"))
    for delivery in Delivery.objects.all():
        assert client.get(f"/preferences/{token}/why/{delivery.pk}").status_code == 404


@pytest.mark.usefixtures("_store_in_memory")
def test_an_unlocked_page_leads_to_the_preferences_and_a_locked_one_back_to_its_form(client):
    booking = book(token_sha256=hash_token(make_token("123", 0)), pin_code="560001")
    decide_all()
    path = f"/t/{make_token('123', 0)}"
    locked = client.get(f"{path}/messages/")
    assert (locked.status_code, locked["Location"]) == (302, f"{path}#private")
    client.post(f"{path}/unlock", {"secret": PHONE[-4:]})
    assert f'href="{path}/messages/"' in read(client, path)
    answer = client.get(f"{path}/messages/")
    link = open_link("123", hash_recipient("123", read_contact(booking)))
    assert (answer["Location"], answer["Cache-Control"]) == (f"/preferences/{link}", "private, no-store")
    whys = re.findall(r'href="(/preferences/[^"]*/why/\d+)"', read(client, answer["Location"]))
    assert len(whys) == 2
    assert ["<h1>Why did I get this?</h1>" in read(client, why) for why in whys] == [True, True]
