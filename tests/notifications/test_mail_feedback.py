"""Bounces and complaints of the e-mail provider: which of them opt an address out."""

import json

import pytest

from notifications.address_hashes import hash_address
from notifications.consent_models import Choice, ConsentEntry
from notifications.mail_feedback import take_feedback
from tests.notifications.stories import MAIL, NOON
from tracking.domain.errors import PermanentError

pytestmark = pytest.mark.django_db
OTHER = "ravi@example.com"


def bounce(kind: str, *addresses: str, name: str = "notificationType") -> str:
    recipients = [{"emailAddress": address, "status": "5.1.1"} for address in addresses]
    found = {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": recipients}
    return json.dumps({name: "Bounce", "bounce": found, "mail": {"messageId": "m1", "destination": [MAIL]}})


def complaint(*addresses: str, **fields: str) -> str:
    found = {"complainedRecipients": [{"emailAddress": address} for address in addresses]} | fields
    return json.dumps({"notificationType": "Complaint", "complaint": found, "mail": {"messageId": "m1"}})


def refusals() -> list[tuple[str, str, str]]:
    """Address hash, transport and way of every refusal in the ledger, oldest first."""
    rows = ConsentEntry.objects.order_by("id")
    return [(row.address_hash, row.transport, row.way) for row in rows if not row.is_allowed]


@pytest.mark.parametrize("name", ["notificationType", "eventType"])
def test_a_permanent_bounce_opts_each_of_its_addresses_out(name):
    take_feedback(bounce("Permanent", MAIL, OTHER, name=name), NOON)
    assert refusals() == [(hash_address(address), "email", "bounce") for address in (MAIL, OTHER)]


def test_a_complaint_opts_its_address_out_also_if_a_name_is_written_beside_it():
    take_feedback(complaint(f"Asha Rao <{MAIL}>", complaintFeedbackType="abuse"), NOON)
    assert refusals() == [(hash_address(MAIL), "email", "complaint")]


@pytest.mark.parametrize(
    "body",
    [
        bounce("Transient", MAIL),
        bounce("Undetermined", MAIL),
        complaint(MAIL, complaintFeedbackType="not-spam"),
        json.dumps({"notificationType": "Delivery", "delivery": {"recipients": [MAIL]}}),
        json.dumps({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "hello"}),
    ],
    ids=["transient", "undetermined", "not spam", "delivery", "subscribed"],
)
def test_other_feedback_opts_nobody_out(body):
    take_feedback(body, NOON)
    assert (refusals(), Choice.objects.count()) == ([], 0)


def test_feedback_that_comes_twice_leaves_one_entry():
    for _ in range(2):
        take_feedback(bounce("Permanent", MAIL), NOON)
    assert refusals() == [(hash_address(MAIL), "email", "bounce")]


@pytest.mark.parametrize("body", ["", "no JSON", "[]", '{"notificationType":"Bounce","bounce":{}}'])
def test_feedback_that_cannot_be_read_fails_so_that_it_reaches_the_dead_letters(body):
    with pytest.raises(PermanentError, match="cannot be read"):
        take_feedback(body, NOON)
