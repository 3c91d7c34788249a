"""Search of the console: it finds shipments as numbers are typed, and text that can be no id has no page."""

import html
import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from tracking.models import Shipment
from tracking.pages import shipments
from tracking.services.reading import typed_numbers


@pytest.fixture
def staff(client, db, plain_static):
    client.force_login(User.objects.create(username="staff", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "x" * 3000,
        "q=vehicle%23VH1",
        "q=a%00b",
        "before=" + "9" * 5000,
        "before=%C2%B2",
        "status=a%00b",
    ],
    ids=lambda query: query[:12],
)
def test_a_search_for_any_text_is_answered(world, staff, query):
    assert staff.get(f"/ops/shipments/?{query}").status_code == 200


@pytest.mark.parametrize("address", ["vehicle%23VH1", "vehicle%23VH1/brief", "x" * 3000, "a%00b/as-customer"])
def test_text_that_can_be_no_id_has_no_page(world, staff, address):
    assert staff.get(f"/ops/shipments/{address}").status_code == 404


def test_the_search_finds_a_number_as_it_is_typed(world, staff):
    Shipment.objects.create(shipment_id="SLX-4821")
    answer = staff.get("/ops/shipments/", {"q": "#slx 4821\u200b"})
    assert (answer.status_code, answer["Location"]) == (302, "/ops/shipments/SLX-4821")


@pytest.mark.parametrize("few", [0, 1000], ids=["of many", "of few"])
def test_a_beginning_lists_the_newest_as_it_is_typed(world, staff, monkeypatch, few):
    monkeypatch.setattr(typed_numbers, "FEW", few)
    for shipment_id, reference in (("SLX-1", "A/1"), ("SLX-2", "A/2"), ("OTHER", "SLX 3"), ("ELSE", "B/1")):
        Shipment.objects.create(shipment_id=shipment_id, reference=reference)
    answers = [staff.get("/ops/shipments/", {"q": text}) for text in ("slx", "a-", "#", "zz")]
    listed = [[row.shipment_id for row in answer.context["shipments"]] for answer in answers]
    assert listed == [["OTHER", "SLX-2", "SLX-1"], ["SLX-2", "SLX-1"], [], []]


def test_statuses_since_midnight_in_india_are_listed_with_links_to_older_ones(
    world, staff, time_machine, monkeypatch
):
    monkeypatch.setattr(shipments, "PAGE_SIZE", 1)
    # Midnight in India is at 18:30 UTC.
    time_machine.move_to(datetime(2026, 11, 22, 7, 0, tzinfo=UTC), tick=False)
    for number, minute in enumerate((30, 29, 30)):
        status_at = datetime(2026, 11, 21, 18, minute, tzinfo=UTC)
        Shipment.objects.create(shipment_id=f"SLX-{number}", status="delivered", status_at=status_at)
    page = staff.get("/ops/shipments/?status=delivered&since=today")
    older = re.search(r'href="([^"]+)">Older', page.content.decode())
    pages = [page, staff.get("/ops/shipments/" + html.unescape(older[1]))]
    assert [[row.shipment_id for row in each.context["shipments"]] for each in pages] == [
        ["SLX-2"],
        ["SLX-0"],
    ]
    assert 'value="today" selected' in pages[1].content.decode()


def test_the_list_is_narrowed_by_hub_and_partner_and_says_how_many_there_are(
    world, staff, partner, other_partner, hubs, monkeypatch
):
    monkeypatch.setattr(shipments, "PAGE_SIZE", 1)
    peenya, koramangala = hubs
    for name, owner, lane in (
        ("a", partner, (peenya, koramangala)),
        ("b", partner, (koramangala, peenya)),
        ("c", other_partner, (peenya, koramangala)),
        ("d", partner, (None, koramangala)),
    ):
        Shipment.objects.create(shipment_id=name, partner=owner, origin_hub=lane[0], destination_hub=lane[1])
    page = staff.get("/ops/shipments/?hub=BLR-PNY&partner=prt_acme")
    older = re.search(r'href="([^"]+)">Older', page.content.decode())
    pages = [page, staff.get("/ops/shipments/" + html.unescape(older[1]))]
    assert [[row.shipment_id for row in each.context["shipments"]] for each in pages] == [["b"], ["a"]]
    assert all("2 shipments from or to the hub" in each.content.decode() for each in pages)
    monkeypatch.setattr(shipments, "MAX_COUNT", 3)
    counts = [staff.get(f"/ops/shipments/{query}").context["count"] for query in ("", "?hub=none")]
    assert counts == ["More than 3 shipments", "0 shipments"]


def test_an_order_number_is_found_exactly_with_signs_that_plain_ones_keep(world, staff):
    Shipment.objects.create(shipment_id="SLX-1", reference="é&/1")
    assert staff.get("/ops/shipments/", {"q": "é&/1"})["Location"] == "/ops/shipments/SLX-1"
