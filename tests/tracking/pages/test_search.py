"""Search box of the bar: results while people type, and a redirect to the one that is meant."""

import re

import pytest

from tests.staff import make_staff
from tests.tracking.services.reading.staff_world import make_world
from tracking.models import Incident, Shipment
from tracking.services.partners.recipients import Contact, keep_contact
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _data(world, partner, other_partner, hubs):
    make_world(partner, other_partner, hubs)


def post(client, text, **headers):
    return client.post("/ops/search/", {"q": text}, headers=headers)


def read_links(page) -> list[str]:
    return re.findall(r'<li><a href="([^"]+)"', page.content.decode())


def test_results_are_grouped_with_their_addresses(client):
    client.force_login(make_staff(Role.OPERATOR))
    page = post(client, "ours", **HTMX)
    vehicle = "/ops/vehicles/?q=van-ours"
    assert read_links(page) == ["/ops/shipments/ours-krm", "/ops/shipments/ours-pny", vehicle]
    texts = page.content.decode()
    assert ("<html" in texts, "3 results" in texts, "Out for delivery" in texts) == (False, True, True)
    assert read_links(post(client, "van-o", **HTMX)) == [vehicle]
    assert read_links(post(client, "peenya", **HTMX)) == ["/ops/incidents/?hub=BLR-PNY"]
    clock = Incident.objects.get(code="clock_skewed")
    assert read_links(post(client, f"#{clock.pk}", **HTMX)) == ["/ops/incidents/?code=clock_skewed"]


def test_enter_leads_to_the_one_that_is_meant(client):
    client.force_login(make_staff(Role.OPERATOR))
    assert post(client, "OURS KRM")["Location"] == "/ops/shipments/ours-krm"
    assert post(client, "theirs-p")["Location"] == "/ops/shipments/theirs-pny"
    several = post(client, "ours")
    assert (several.status_code, len(read_links(several))) == (200, 3)
    Shipment.objects.create(shipment_id="ours")
    assert post(client, "ours")["Location"] == "/ops/shipments/ours"


def test_the_box_of_every_page_posts_its_text(client):
    client.force_login(make_staff(Role.OPERATOR))
    for path in ("/ops/", "/ops/audit/", "/ops/kpis/", "/ops/shipments/ours-krm"):
        page = client.get(path).content.decode()
        forms = re.findall(r'<form class="bar-search" method="(\w+)" action="([^"]+)"', page)
        assert forms == [("post", "/ops/search/")]
    assert client.get("/ops/search/").status_code == 405


def test_a_phone_number_finds_its_shipment_and_shows_no_contact(client):
    row = Shipment.objects.get(shipment_id="ours-krm")
    keep_contact(row, Contact("Asha Raghavan", "+919845012345"))
    row.save()
    client.force_login(make_staff(Role.OPERATOR))
    page = post(client, "98450 12345", **HTMX)
    assert read_links(page) == ["/ops/shipments/ours-krm"]
    assert ("Asha" in page.content.decode(), "98450" in page.content.decode()) == (False, False)


@pytest.mark.parametrize("text", ["", "a\x00b", "<script>", "x" * 5000])
def test_any_text_is_answered(client, text):
    client.force_login(make_staff(Role.VIEWER))
    for headers in ({}, HTMX):
        answer = post(client, text, **headers)
        assert (answer.status_code, "<script>" in answer.content.decode()) == (200, False)


def test_all_results_of_a_kind_are_on_a_page_of_their_own_by_post(client):
    Shipment.objects.bulk_create(Shipment(shipment_id=f"QQ-{number:03d}") for number in range(60))
    client.force_login(make_staff(Role.OPERATOR))
    typed = post(client, "qq-0", **HTMX)
    (button,) = re.findall('<button class="link" (.*?)>([^<]*)<', typed.content.decode())
    assert button == ('name="kind" value="shipment"', "All 60 results")
    assert re.findall("<h2>(.*?)</h2>", typed.content.decode()) == [
        'Shipments <small class="muted">5 of 60</small>'
    ]
    assert ">60 results</p>" in typed.content.decode()
    assert "60 results for “qq-0”" in post(client, "qq-0").content.decode()
    first = client.post("/ops/search/", {"q": "qq-0", "kind": "shipment"})
    (older,) = re.findall(r'name="before" value="(\d+)"', first.content.decode())
    rest = client.post("/ops/search/", {"q": "qq-0", "kind": "shipment", "before": older})
    keys = [link.rpartition("/")[2] for page in (first, rest) for link in read_links(page)]
    assert (keys, len(read_links(rest))) == ([f"QQ-{number:03d}" for number in reversed(range(60))], 10)
    assert "All 60 results for “qq-0”" in rest.content.decode()
    unknown = client.post("/ops/search/", {"q": "qq-0", "kind": "nonsense", "before": "x"})
    assert (unknown.status_code, len(read_links(unknown))) == (200, 5)
