"""Admin of the audit log: entries in words, also as the history of a shipment."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.events import at
from tests.tracking.admin.forms import page_of
from tracking.models import Shipment, StaffAction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
ROW = [
    "Assigned an incident",
    "incident 12, Delayed",
    "Owner: empty → asha; Version: 1 → 2",
    "She knows the hub",
]


@pytest.fixture
def shipment(admin):
    """A shipment with one entry of the audit log, and one of another shipment."""
    asha = User.objects.create(username="asha")
    actor = f"staff_{asha.pk}"
    fields = {
        "at": at(10),
        "actor": actor,
        "role": "supervisor",
        "verb": "assign_incident",
        "subject": "incident 12 delayed",
        "before": {"owner": "", "version": 1},
        "after": {"owner": actor, "version": 2},
        "reason": "She knows the hub",
    }
    for shipment_id in ("123", "124"):
        StaffAction.objects.create(shipment_id=shipment_id, **fields)
    return Shipment.objects.create(shipment_id="123")


def read_rows(client, path: str) -> list[list[str]]:
    """Return the texts of the cells of each row of the page's table."""
    table = client.get(path).content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [re.findall(r"<t[dh][^>]*>(?:<a[^>]*>)?([^<]*)", row) for row in rows]


def test_the_list_of_the_audit_log_is_in_words(admin, shipment):
    with CaptureQueriesContext(connection) as queries:
        rows = read_rows(admin, page_of("tracking_staffaction"))
    # One read of the names of all accounts, beside that of the account that is signed in.
    assert len([query for query in queries if 'FROM "auth_user"' in query["sql"]]) == 2
    assert [row[1:] for row in rows] == [["asha", "supervisor", *ROW]] * 2


def test_the_history_of_a_shipment_is_its_entries_of_the_audit_log(admin, shipment):
    rows = read_rows(admin, page_of("tracking_shipment", "history", shipment.pk))
    assert [row[1:] for row in rows] == [["asha", *ROW]]


def test_a_shipment_without_entries_says_so(admin):
    other = Shipment.objects.create(shipment_id="125")
    page = admin.get(page_of("tracking_shipment", "history", other.pk)).content.decode()
    assert "No account of staff has acted on this shipment yet." in page
