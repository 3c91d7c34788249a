"""Page of key figures: each with its formula, the same rows as CSV, and addresses that cannot be read."""

import csv
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.staff import make_staff
from tracking.models import Partner, Shipment, StaffAction
from tracking.pages.kpis import FORMULAS
from tracking.services.operations.day_figures import count_day
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static", "world")]
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def delivered(partner, hubs) -> None:
    """Thirty deliveries of a partner on one lane, of which 24 on time, and one of nobody."""
    for number in range(30):
        Shipment.objects.create(
            shipment_id=f"s{number}",
            partner=partner,
            origin_hub=hubs[0],
            destination_hub=hubs[1],
            status="delivered",
            status_at=NOW - timedelta(hours=1),
            promised_to=NOW - timedelta(hours=2 if number < 6 else 0),
            attempts=0,
            rating=4,
        )
    Shipment.objects.create(shipment_id="unbooked", status="delivered", status_at=NOW)
    count_day(TODAY, NOW)


def read_csv(client, query=""):
    response = client.get(f"/ops/kpis/kpis.csv{query}")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(response.content.decode().splitlines()))


def read_table(page: str) -> list[list[str]]:
    """Return the texts of the table, row by row, without the head."""
    body = page.split("<tbody>")[1].split("</tfoot>", maxsplit=1)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]


def test_every_figure_stands_beside_its_formula(client, delivered):
    client.force_login(make_staff(Role.VIEWER))
    page = client.get("/ops/kpis/?by=partner").content.decode()
    for formula in FORMULAS:
        assert (formula.formula in page, f"<code>{formula.source}</code>" in page) == (True, True)
    assert read_table(page) == [
        ["Acme", "30", "80.0 %", "100.0 %", "0.0 %", "4.0"],
        ["not booked", "1", "–", "–", "–", "–"],
        ["All", "31", "80.0 %", "100.0 %", "0.0 %", "4.0"],
    ]
    assert "kpis.csv" not in page


def test_the_csv_has_the_rows_of_the_page(client, delivered):
    client.force_login(make_staff(Role.OPERATOR))
    assert (
        "/ops/kpis/kpis.csv?by=lane&amp;from=2026-11-09&amp;to=2026-11-22"
        in client.get("/ops/kpis/?by=lane").content.decode()
    )
    assert read_csv(client, "?by=lane") == [
        [
            "lane",
            *"delivered promised on_time attempts_known first_attempt returned rated rating_sum".split(),
            *"on_time_pct first_attempt_pct returned_pct rating".split(),
        ],
        ["BLR-PNY → BLR-KRM", *"30 30 24 30 30 0 30 120 80.0 100.0 0.0 4.0".split()],
        ["no hub → no hub", "1", "0", "0", "0", "0", "0", "0", "0", "", "", "", ""],
    ]
    kept = list(StaffAction.objects.values_list("verb", "subject"))
    assert kept == [("export", "key figures by lane, 2026-11-09 to 2026-11-22")]


def test_a_viewer_downloads_nothing(client, delivered):
    client.force_login(make_staff(Role.VIEWER))
    assert client.get("/ops/kpis/kpis.csv").status_code == 403


def test_page_and_csv_show_the_scope(client, delivered, other_partner):
    client.force_login(make_staff(Role.OPERATOR, partners=[other_partner]))
    page = client.get("/ops/kpis/").content.decode()
    assert ("No shipment ended in these days." in page, "Acme" in page) == (True, False)
    assert len(read_csv(client)) == 1


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("", "2026-11-09", "2026-11-22"),
        ("?from=x&to=2026-13-40&by=moon&hub=none&partner=%00", "2026-11-09", "2026-11-22"),
        ("?from=2026-11-20&to=2026-11-10", "2026-11-10", "2026-11-10"),
        ("?from=1999-01-01&to=2026-11-22", "2026-08-23", "2026-11-22"),
        ("?to=0001-01-01", "0001-01-01", "0001-01-01"),
    ],
)
def test_days_that_cannot_be_shown_are_replaced(client, query, first, last):
    client.force_login(make_staff(Role.VIEWER))
    page = client.get(f"/ops/kpis/{query}").content.decode()
    assert re.findall(r'type="date" name="\w+" value="([\d-]+)"', page) == [first, last]


def test_no_cell_of_the_csv_is_a_formula(client, partner):
    Partner.objects.update(name="=HYPERLINK(1)")
    Shipment.objects.create(shipment_id="s", partner=partner, status="delivered", status_at=NOW)
    count_day(TODAY, NOW)
    client.force_login(make_staff(Role.OPERATOR))
    assert read_csv(client, "?by=partner")[1][0] == "'=HYPERLINK(1)"
