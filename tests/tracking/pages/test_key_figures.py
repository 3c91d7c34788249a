"""Cards of the key figures: each leads to what it counts, and the unlimited scope sees its last hours."""

import html
import re
from dataclasses import replace

import pytest

from tests.environment import NOWHERE
from tests.events import at
from tests.staff import make_staff
from tests.tracking.pages.test_fleet_page import describe, list_rows
from tests.tracking.services.reading.staff_world import make_world
from tracking.adapters.figure_samples import RedisFigureSamples
from tracking.figure_sample_ports import SLOT_S
from tracking.models import Incident, Shipment
from tracking.pages.key_figures import KINDS, draw_line, make_card
from tracking.ports import ports, wire
from tracking.services.operations.figure_trends import Trend
from tracking.services.requests.roles import Role

NOW = at(30)
SLOT = int(NOW.timestamp()) // SLOT_S
KIND = {kind.name: kind for kind in KINDS}
LINKS = {
    "vehicles_live": "/ops/?view=table&status=live",
    "vehicles_silent": "/ops/?view=table&status=silent",
    "out_for_delivery": "/ops/shipments/?status=out_for_delivery",
    "delivered_today": "/ops/shipments/?status=delivered&since=today",
    "on_time_pct": "/ops/kpis/",
    "open_incidents": "/ops/incidents/",
    "quarantined": "/ops/pipeline/#pipeline-quarantine",
}
TEXTS = re.compile(r'id="figure-(\w+)" href="([^"]+)">(.*?)</a>', re.DOTALL)


@pytest.fixture
def fleet(world, partner, other_partner, hubs, time_machine, plain_static):
    """Two vehicles that were heard, one that is silent; deliveries of today and of yesterday."""
    time_machine.move_to(NOW, tick=False)
    make_world(partner, other_partner, hubs)
    Shipment.objects.filter(shipment_id="ours-krm").update(status="delivered", status_at=at(20))
    Shipment.objects.filter(shipment_id="theirs-pny").update(status="delivered", status_at=at(-24 * 60))
    heard = [("van-ours", 0), ("van-theirs", -601), ("van-mixed", -599)]
    rows = [describe(vehicle_id, None, ahead_s=seconds) for vehicle_id, seconds in heard]
    world.live.push_fleet({"vehicles": rows, "changes": []})


def enter(client, **limits):
    client.force_login(make_staff(Role.VIEWER, "vera", **limits))


def read_cards(client, path="/ops/"):
    """Return address and text of each card."""
    found = TEXTS.findall(client.get(path).content.decode())
    return {
        name: (html.unescape(href), " ".join(re.sub("<[^>]+>", "", text).split()))
        for name, href, text in found
    }


def keep_samples(count, **week_ago):
    """Keep samples of open incidents, one more each five minutes up to now, and one of a week ago."""
    for number in range(count):
        ports().figure_samples.keep(SLOT - count + 1 + number, {"open_incidents": 41 + number})
    if week_ago:
        ports().figure_samples.keep(SLOT - 7 * 86400 // SLOT_S, week_ago)


def test_each_card_leads_to_what_it_counts(client, fleet):
    enter(client)
    cards = read_cards(client)
    assert {name: href for name, (href, _) in cards.items()} == LINKS
    counted = {name: int(cards[name][1].split()[0]) for name in LINKS if name != "on_time_pct"}
    live, silent = (list_rows(client.get(LINKS[f"vehicles_{state}"])) for state in ("live", "silent"))
    leaving, delivered = (
        [row.shipment_id for row in client.get(LINKS[name]).context["shipments"]]
        for name in ("out_for_delivery", "delivered_today")
    )
    assert (sorted(live), silent) == (["van-mixed", "van-ours"], ["van-theirs"])
    assert (leaving, delivered) == (["unbooked", "ours-pny"], ["ours-krm"])
    assert counted == {
        "vehicles_live": 2,
        "vehicles_silent": 1,
        "out_for_delivery": 2,
        "delivered_today": 1,
        "open_incidents": 7,
        "quarantined": 0,
    }


@pytest.mark.parametrize("limits", ["", "partner"])
@pytest.mark.parametrize(
    "query", ["", "?hub=BLR-PNY", "?hub=BLR-KRM", "?partner=prt_acme", "?hub=BLR-PNY&partner=prt_rival"]
)
def test_a_figure_and_the_list_that_it_leads_to_agree(client, fleet, partner, hubs, query, limits):
    Shipment.objects.filter(shipment_id="theirs-pny").update(destination_hub=hubs[1])
    Incident.objects.filter(subject="ours-pny").update(snoozed_until=at(40))
    enter(client, **({"partners": [partner]} if limits else {}))
    cards = read_cards(client, f"/ops/{query}")
    listed = {
        "vehicles_live": len(list_rows(client.get(cards["vehicles_live"][0]))),
        "vehicles_silent": len(list_rows(client.get(cards["vehicles_silent"][0]))),
        "out_for_delivery": len(client.get(cards["out_for_delivery"][0]).context["shipments"]),
        "delivered_today": len(client.get(cards["delivered_today"][0]).context["shipments"]),
        "open_incidents": client.get(cards["open_incidents"][0]).context["incidents_shown"],
    }
    assert {name: int(cards[name][1].split()[0]) for name in listed} == listed


def test_a_limited_scope_has_no_quarantine_and_no_trends(client, fleet, partner):
    keep_samples(12, open_incidents=43)
    enter(client, partners=[partner])
    for path in ("/ops/", "/ops/fleet/figures"):
        cards = read_cards(client, path)
        assert list(cards) == [name for name in LINKS if name != "quarantined"]
        assert cards["open_incidents"][1] == "3 open incidents"


@pytest.mark.parametrize("path", ["/ops/", "/ops/fleet/figures"])
def test_a_chosen_hub_or_partner_narrows_the_cards_and_their_links(client, fleet, path):
    keep_samples(12, open_incidents=43)
    enter(client)
    narrowed = "hub=BLR-KRM&partner=prt_acme"
    page = client.get(f"{path}?{narrowed}&status=late").content.decode()
    found = re.findall(r'id="figure-(\w+)"(?: href="([^"]+)")?>\s*<strong[^>]*>(.*?)<', page)
    assert [(name, html.unescape(href), text) for name, href, text in found] == [
        ("vehicles_live", f"/ops/?view=table&status=live&{narrowed}", "0"),
        ("vehicles_silent", f"/ops/?view=table&status=silent&{narrowed}", "0"),
        ("out_for_delivery", f"/ops/shipments/?status=out_for_delivery&{narrowed}", "0"),
        ("delivered_today", f"/ops/shipments/?status=delivered&since=today&{narrowed}", "1"),
        ("on_time_pct", f"/ops/kpis/?{narrowed}", "–"),
        ("open_incidents", f"/ops/incidents/?{narrowed}", "1"),
    ]
    # Their vehicle carries a parcel of ours: the partner is that of the vehicle, as in the table.
    live = [
        read_cards(client, f"{path}?partner={name}")["vehicles_live"][1] for name in ("prt_rival", "none")
    ]
    assert live == ["1 vehicles live", "0 vehicles live"]


def test_a_chosen_hub_or_partner_narrows_the_incidents_beside_the_map(client, fleet):
    enter(client)
    subjects = {
        query: re.findall(
            r'data-part="subject"[^>]*>([\w-]+)<', client.get(f"/ops/?{query}").content.decode()
        )
        for query in ("hub=BLR-KRM", "partner=prt_acme", "hub=BLR-PNY&partner=prt_rival")
    }
    assert {query: sorted(found) for query, found in subjects.items()} == {
        "hub=BLR-KRM": ["ours-krm"],
        "partner=prt_acme": ["ours-krm", "ours-pny", "van-ours"],
        "hub=BLR-PNY&partner=prt_rival": ["theirs-pny"],
    }


@pytest.mark.parametrize("path", ["/ops/", "/ops/fleet/figures"])
def test_the_last_hours_and_the_same_hour_last_week_are_said_in_words(client, fleet, path):
    keep_samples(10, open_incidents=43)
    enter(client)
    said = "7 open incidents , 41 to 50 in the last 6 hours , same hour last week 43"
    assert read_cards(client, path)["open_incidents"][1] == said
    page = client.get(path).content.decode()
    assert (page.count('<svg class="figure-line"'), "last week" in page) == (1, True)


def test_few_samples_draw_nothing(client, fleet):
    keep_samples(4)
    enter(client)
    assert read_cards(client)["open_incidents"][1] == "7 open incidents"
    assert "figure-line" not in client.get("/ops/").content.decode()


def test_without_the_store_of_samples_the_cards_are_shown_all_the_same(client, fleet):
    wire(replace(ports(), figure_samples=RedisFigureSamples(f"redis://{NOWHERE}")))
    enter(client)
    assert read_cards(client)["open_incidents"] == ("/ops/incidents/", "7 open incidents")


def test_a_figure_that_is_not_known_is_a_dash_and_a_share_has_its_unit():
    points = tuple((number, 90.0 + number) for number in range(5))
    kind = KIND["on_time_pct"]
    unknown, share = make_card(kind, None), make_card(kind, 92.5, Trend(points, 91.0))
    assert (unknown.text, unknown.line, unknown.week_ago) == ("–", "", "")
    assert (share.text, share.lowest, share.highest, share.week_ago) == ("92.5 %", "90 %", "94 %", "91 %")
    assert make_card(KIND["out_for_delivery"], 123456).text == "1,23,456"


@pytest.mark.parametrize(("value", "tone"), [(0, None), (1, "bad"), (None, None)])
def test_open_incidents_are_red_above_zero(value, tone):
    assert make_card(KIND["open_incidents"], value).tone == tone


def test_a_line_goes_from_the_lowest_to_the_highest_and_breaks_where_samples_are_missing():
    points = ((0, 5.0), (1, 10.0), (3, 0.0), (6, 5.0))
    assert draw_line(points) == "M0 10.0h0L1 2.0L3 18.0M6 10.0h0"
    assert draw_line(((0, 7.0), (1, 7.0))) == "M0 10.0h0L1 10.0"
