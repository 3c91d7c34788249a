"""Choices of recipients: they hold for the address, and every change of one is in the ledger."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from notifications.address_hashes import hash_address
from notifications.consent_models import ConsentEntry, LedgerError
from notifications.consents import Statement, Way, opt_out, read_choices, record_statements
from notifications.ports import ports
from notifications.services import notify
from tests.audit_triggers import add_audit_triggers
from tests.notifications.stories import MAIL, NOON, PHONE, book, make_change
from tracking.models import Shipment

pytestmark = pytest.mark.django_db


def ledger():
    rows = ConsentEntry.objects.order_by("id")
    return [(row.at, row.transport, row.trigger, row.is_allowed, row.way, row.wording) for row in rows]


def test_an_opt_out_holds_for_the_address_in_every_spelling_and_for_no_other():
    opt_out(MAIL.upper(), "email", Way.BOUNCE, NOON)
    assert read_choices([hash_address(MAIL)]) == {("email", ""): False}
    assert read_choices([hash_address(PHONE), ""]) == {}


def test_each_change_of_a_choice_is_one_entry_of_the_ledger():
    later = NOON + timedelta(days=1)
    for moment in (NOON, later):
        opt_out(PHONE, "sms", Way.PROVIDER, moment)
    again = [Statement("sms", is_allowed=True)]
    assert record_statements([hash_address(PHONE)], again, Way.PREFERENCES, later, wording="1") == 1
    assert read_choices([hash_address(PHONE)]) == {("sms", ""): True}
    assert ledger() == [
        (NOON, "sms", "", False, "provider", ""),
        (later, "sms", "", True, "preferences", "1"),
    ]


def test_of_two_addresses_of_a_person_the_refusal_outweighs_the_consent():
    phone, mail = hash_address(PHONE), hash_address(MAIL)
    record_statements([phone], [Statement("webpush", is_allowed=True)], Way.PREFERENCES, NOON)
    record_statements([mail], [Statement("webpush", is_allowed=False)], Way.PREFERENCES, NOON)
    assert read_choices([phone, mail]) == read_choices([mail, phone]) == {("webpush", ""): False}


def test_an_opt_out_without_an_address_records_nothing():
    opt_out("", "sms", Way.BOUNCE, NOON)
    assert ledger() == []


def test_the_consents_of_a_booking_are_in_the_ledger_once_and_their_withdrawal_too(transports):
    booking = book(created_at=NOON, consents={"sms": True, "email": False})
    for number, consents in enumerate([{"sms": True}, {"sms": True}, {"sms": False}, {"sms": False}]):
        Shipment.objects.update(consents=consents)
        with time_machine.travel(NOON + timedelta(minutes=number), tick=False):
            notify(ports(), make_change("out_for_delivery", change_id=f"chg_{number}"))
    assert ledger() == [
        (booking.created_at, "sms", "", True, "booking", ""),
        (NOON + timedelta(minutes=2), "sms", "", False, "booking", ""),
    ]
    assert {entry.address_hash for entry in ConsentEntry.objects.all()} == {hash_address(PHONE)}
    assert read_choices([hash_address(PHONE)]) == {}


def test_no_entry_of_the_ledger_can_be_changed_or_deleted():
    opt_out(PHONE, "sms", Way.PROVIDER, NOON)
    add_audit_triggers()
    entry = ConsentEntry.objects.get()
    changes = [entry.save, entry.delete, ConsentEntry.objects.all().delete]
    for change in [*changes, lambda: ConsentEntry.objects.update(is_allowed=True)]:
        with pytest.raises(LedgerError):
            change()
    for statement in (
        "UPDATE notifications_consententry SET is_allowed = 1",
        "DELETE FROM " + entry._meta.db_table,
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert len(ledger()) == 1
