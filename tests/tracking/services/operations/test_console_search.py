"""Search of the console: each kind is found as people type it, within scope, role and limits."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.opt_in import only_on_sqlite
from tests.staff import as_caller
from tests.tracking.services.reading.staff_world import make_world
from tracking.models import Hub, Incident, RecipientKey, Shipment, Vehicle
from tracking.services.operations import console_search
from tracking.services.operations.console_search import (
    MAX_IN_ALL,
    PAGE_SIZE,
    Found,
    FoundGroup,
    list_found,
    search_console,
)
from tracking.services.partners.recipients import Contact, keep_contact
from tracking.services.requests.roles import EVERYTHING, Role, Scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
OPERATOR = as_caller(Role.OPERATOR)


@pytest.fixture(autouse=True)
def _data(world, partner, other_partner, hubs):
    make_world(partner, other_partner, hubs)


def search(text, staff=OPERATOR) -> dict[str, list[str]]:
    """Return the ids found by kind."""
    return {
        group.kind: [found.key for found in group.found]
        for group in search_console(staff.role, staff.scope, text)
    }


def limited(**limits) -> object:
    return as_caller(Role.OPERATOR, Scope(**{name: frozenset([row.pk]) for name, row in limits.items()}))


@pytest.mark.parametrize(
    "text", ["SLX-4821", "slx 4821", "#slx4821", "tracking number: SLX-4821", "  slx-48"]
)
def test_a_shipment_is_found_by_its_number_and_by_the_beginning_of_it(text):
    Shipment.objects.create(shipment_id="SLX-4821")
    Shipment.objects.create(shipment_id="SLX-5821")
    assert search(text) == {"shipment": ["SLX-4821"]}


def test_a_shipment_is_found_by_its_reference_and_exact_ones_come_first():
    Shipment.objects.create(shipment_id="ORD-77-LONG")
    Shipment.objects.create(shipment_id="A1", reference="ORD/77", status="delivered")
    assert search_console(Role.OPERATOR, EVERYTHING, "ord 77") == [
        FoundGroup(
            "shipment",
            [
                Found("A1", "ORD/77", is_exact=True, code="delivered"),
                Found("ORD-77-LONG", code="unknown"),
            ],
            total=2,
        )
    ]


@pytest.mark.parametrize(("last", "other"), [("9", "A"), ("Z", "0"), ("ZZZ", "0"), ("B", "C")])
def test_the_beginning_of_a_number_finds_nothing_else(last, other):
    Shipment.objects.create(shipment_id=f"Q7{last}-1")
    Shipment.objects.create(shipment_id=f"Q7{other}-2")
    Shipment.objects.create(shipment_id="Q8-3")
    assert search(f"q7{last}") == {"shipment": [f"Q7{last}-1"]}
    assert search("ZZZ") == {}


@only_on_sqlite("other databases read a table of a few rows without its indexes")
def test_the_beginning_of_a_number_is_read_from_the_index():
    with CaptureQueriesContext(connection) as queries:
        search("slx")
    plans = [
        explain(query["sql"]) for query in queries if "ORDER BY" in query["sql"] and '"plain_' in query["sql"]
    ]
    ranges = [plan for plan in plans if ">? AND" in plan]
    assert len(ranges) == 2
    assert [plan for plan in ranges if "SCAN" in plan or "TEMP B-TREE" in plan] == []


def explain(sql: str) -> str:
    """Return SQLite's plan of a query."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return " ".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.parametrize(
    "text",
    [
        *("+91 98450 12345", "9845012345", "098450-12345", "९८४५०१२३४५", "919845012345"),
        *("91 98450-12345", "0091 9845012345", "(98450) 12345"),
    ],
)
def test_a_phone_number_finds_its_shipments_newest_first(text):
    for shipment_id in ("ours-krm", "ours-pny"):
        keep_contact(Shipment.objects.get(shipment_id=shipment_id), Contact(phone="+919845012345"))
    keep_contact(Shipment.objects.get(shipment_id="theirs-pny"), Contact(phone="+919845012346"))
    assert search(text) == {"phone": ["ours-pny", "ours-krm"]}
    assert search(text, as_caller(Role.VIEWER)) == {}
    peenya = Hub.objects.get(hub_id="BLR-PNY")
    assert search(text, limited(hubs=peenya)) == {"phone": ["ours-pny"]}
    RecipientKey.objects.get(shipment_id="ours-pny").delete()
    assert search(text) == {"phone": ["ours-krm"]}


@pytest.mark.parametrize(
    "text", ["+971501234567", "971501234567", "971 50-123 4567", "050 123 4567", "501234567"]
)
def test_a_number_of_another_country_is_found_without_its_plus_or_its_country_code(settings, text):
    settings.PHONE_COUNTRIES = ["IN", "AE"]
    keep_contact(Shipment.objects.get(shipment_id="ours-krm"), Contact(phone="+971501234567"))
    assert search(text) == {"phone": ["ours-krm"]}


def test_a_pin_code_finds_shipments_and_hubs():
    Shipment.objects.filter(shipment_id="ours-krm").update(pin_code="560058")
    assert search("560058") == {"hub": ["BLR-PNY"], "pin_code": ["ours-krm"]}


@pytest.mark.parametrize("text", ["KA 01 AB 1234", "ka01ab", "KA-01", "1234", "b 123"])
def test_a_vehicle_is_found_by_any_part_of_its_plate(text, partner):
    Vehicle.objects.create(vehicle_id="KA01AB1234", partner=partner)
    assert search(text) == {"vehicle": ["KA01AB1234"]}


def test_vehicles_that_begin_with_the_text_come_first(partner):
    for vehicle_id in ("AA01CD9876", "CD98AB0001"):
        Vehicle.objects.create(vehicle_id=vehicle_id, partner=partner)
    assert search("cd98") == {"vehicle": ["CD98AB0001", "AA01CD9876"]}


@pytest.mark.parametrize(("text", "found"), [("blr", ["BLR-KRM", "BLR-PNY"]), ("Peenya", ["BLR-PNY"])])
def test_a_hub_is_found_by_id_name_and_town(text, found):
    assert search(text) == {"hub": found}


def test_an_incident_is_found_by_its_number():
    incident = Incident.objects.get(shipment_id="ours-krm")
    for text in (f"{incident.pk}", f"#{incident.pk}", f"Incident {incident.pk}", f"inc. {incident.pk}"):
        assert search(text) == {"incident": [f"{incident.pk}"]}


def test_everything_is_within_the_scope(partner, other_partner, hubs):
    ours, theirs = limited(partners=partner), limited(partners=other_partner)
    assert search("theirs", ours) == {}
    assert search("ours", ours) == {"shipment": ["ours-krm", "ours-pny"], "vehicle": ["van-ours"]}
    assert search("van", ours) == {"vehicle": ["van-mixed", "van-ours"]}
    assert search("van", theirs) == {"vehicle": ["van-mixed", "van-theirs"]}
    assert search("blr", limited(hubs=hubs[0])) == {"hub": ["BLR-PNY"]}
    foreign = Incident.objects.get(shipment_id="theirs-pny")
    assert search(f"#{foreign.pk}", ours) == {}


def test_a_kind_that_was_found_is_named_even_if_the_others_take_all_the_room(monkeypatch, partner):
    monkeypatch.setattr(console_search, "MAX_IN_ALL", 5)
    for number in range(7):
        Shipment.objects.create(shipment_id=f"ABC-{number}")
        Vehicle.objects.create(vehicle_id=f"ABC{number}", partner=partner)
    groups = search_console(Role.OPERATOR, EVERYTHING, "abc")
    assert [(group.kind, len(group.found), group.total) for group in groups] == [
        ("shipment", 5, 7),
        ("vehicle", 1, 7),
    ]


def test_at_most_five_of_a_kind_and_twenty_in_all_are_shown(partner):
    for number in range(7):
        Shipment.objects.create(shipment_id=f"ABC-{number}", pin_code="560001", reference="560001")
        Vehicle.objects.create(vehicle_id=f"ABC{number}", partner=partner)
    groups = search_console(Role.OPERATOR, EVERYTHING, "abc")
    assert [(group.kind, len(group.found), group.total) for group in groups] == [
        ("shipment", 5, 7),
        ("vehicle", 5, 7),
    ]
    assert (
        sum(len(group.found) for group in search_console(Role.OPERATOR, EVERYTHING, "560001")) <= MAX_IN_ALL
    )


@pytest.mark.parametrize("text", ["", "  ", "#", "\u200b", "x" * 4000, "a'; DROP", "%", "__", "\ud800"])
def test_text_that_means_nothing_finds_nothing(text):
    assert search_console(Role.SUPERVISOR, EVERYTHING, text) == []


@pytest.mark.parametrize("kind", ["shipment", "phone", "pin_code", "vehicle", "hub"])
def test_all_results_of_a_kind_are_listed_by_pages_newest_first(partner, kind):
    texts = {"phone": "9845012345", "pin_code": "560001"}
    keys = [f"ABC-{number:03d}" for number in range(PAGE_SIZE + 2)]
    for key in keys:
        if kind == "vehicle":
            Vehicle.objects.create(vehicle_id=key, partner=partner)
        elif kind == "hub":
            Hub.objects.create(hub_id=key, name="Hub", town="Town", pin_code="110001", lat=28.6, lon=77.2)
        else:
            row = Shipment.objects.create(shipment_id=key, pin_code="560001")
            if kind == "phone":
                keep_contact(row, Contact(phone="+919845012345"))
    wanted = (Role.OPERATOR, EVERYTHING, texts.get(kind, "abc"), kind)
    first = list_found(*wanted)
    rest = list_found(*wanted, first.older)
    listed = [found.key for page in (first, rest) for found in page.group.found]
    assert (listed, len(rest.group.found), rest.older) == (keys[::-1], 2, None)
    assert (first.group.total, rest.group.total, first.group.is_cut) == (len(keys), len(keys), True)


def test_a_list_has_what_was_meant_by_another_spelling_and_nothing_outside_of_scope_or_role(partner):
    for shipment_id in ("ours-krm", "ours-pny"):
        keep_contact(Shipment.objects.get(shipment_id=shipment_id), Contact(phone="+919845012345"))
    assert list_found(Role.VIEWER, EVERYTHING, "9845012345", "phone").group.total == 0
    assert list_found(Role.OPERATOR, EVERYTHING, " ", "shipment").group.found == []
    ours = Scope(partners=frozenset([partner.pk]))
    found = list_found(Role.OPERATOR, ours, "order: ours krm", "shipment").group
    assert [each.key for each in found.found] == ["ours-krm"]
    assert list_found(Role.OPERATOR, ours, "theirs", "shipment").group.found == []
