"""Filters of the audit log by person, action, day and object, and the names of accounts."""

import ast
import re
from datetime import UTC, datetime

import pytest

from tests.house.sources import modules
from tests.staff import make_staff
from tracking.models import StaffAction
from tracking.pages import audit
from tracking.pages.audit import PAGE_SIZE
from tracking.pages.audit_words import list_in_words
from tracking.services.requests.roles import Role, Verb

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static", "world")]


@pytest.fixture
def people(client):
    """Return a supervisor, who is signed in, and an operator."""
    boss, asha = make_staff(Role.SUPERVISOR, "boss"), make_staff(Role.OPERATOR, "asha")
    client.force_login(boss)
    return boss, asha


def act(user, verb, subject, shipment_id="", at=datetime(2026, 11, 22, 7, 0, tzinfo=UTC), **more):
    fields = {"verb": verb, "subject": subject, "shipment_id": shipment_id, "at": at} | more
    return StaffAction.objects.create(actor=f"staff_{user.pk}", role="operator", **fields)


def read_rows(client, query="") -> list[tuple[str, str]]:
    """Return account and object of each entry shown."""
    page = client.get(f"/ops/audit/{query}").content.decode()
    rows = re.findall(r"<tr>\s*<td(.*?)</tr>", page, re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [(row[0], re.sub(r"<[^>]+>", "", row[3])) for row in cells]


@pytest.fixture
def entries(people) -> None:
    boss, asha = people
    act(asha, "unmask_recipient", "recipient of SLX-1", "SLX-1")
    # 00:00 and 23:59 of 23 November in India.
    act(asha, "resolve_incident", "incident 12", "SLX-2", datetime(2026, 11, 22, 18, 30, tzinfo=UTC))
    act(boss, "assign_incident", "incident 13", "SLX-2", datetime(2026, 11, 23, 18, 29, tzinfo=UTC))
    act(
        boss, "enrol_second_factor", f"account staff_{asha.pk}", at=datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    )


def test_accounts_have_their_names_also_as_objects(client, entries):
    assert read_rows(client) == [
        ("boss", "account asha"),
        ("boss", "incident 13"),
        ("asha", "incident 12"),
        ("asha", "recipient of SLX-1"),
    ]
    assert re.search(r"staff_\d+<", client.get("/ops/audit/").content.decode()) is None


@pytest.mark.parametrize(
    ("query", "objects"),
    [
        ("verb=assign_incident", ["incident 13"]),
        ("day=2026-11-23", ["incident 13", "incident 12"]),
        ("subject=slx-2", ["incident 13", "incident 12"]),
        ("subject=Incident 1", ["incident 13", "incident 12"]),
        ("day=2026-11-23&verb=resolve_incident&subject=SLX", []),
        (
            "day=x&verb=fly&person=boss&before=x",
            ["account asha", "incident 13", "incident 12", "recipient of SLX-1"],
        ),
        ("day=0001-01-01", ["account asha", "incident 13", "incident 12", "recipient of SLX-1"]),
        ("subject=%00%F0%9F%9A%9A", []),
    ],
)
def test_entries_are_filtered_by_the_address(client, entries, query, objects):
    assert [shown for _, shown in read_rows(client, f"?{query}")] == objects


def test_entries_are_in_the_order_of_the_time_that_is_shown(client, people, monkeypatch):
    monkeypatch.setattr(audit, "PAGE_SIZE", 2)
    for second in (44, 43, 48, 44):
        at = datetime(2026, 11, 22, 7, 0, second, tzinfo=UTC)
        act(people[1], "note_incident", f"incident {StaffAction.objects.count()}", at=at)
    assert [shown for _, shown in read_rows(client)] == ["incident 2", "incident 3"]
    older = f"?before={StaffAction.objects.get(subject='incident 3').pk}"
    assert [shown for _, shown in read_rows(client, older)] == ["incident 0", "incident 1"]


def test_the_actions_offered_are_those_that_services_record(client, people):
    recorded = {
        getattr(Verb, line.args[0].attr).value
        for module in modules("tracking", "notifications", "workers")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef)
        for line in node.decorator_list
        if isinstance(line, ast.Call) and getattr(line.func, "id", "") == "staff_write"
    }
    page = client.get("/ops/audit/").content.decode()
    (options,) = re.findall(r'<select id="audit-verb".*?</select>', page, re.DOTALL)
    assert set(re.findall(r'value="(\w+)"', options)) == recorded


def test_entries_are_found_by_the_words_that_their_rows_show(client, people):
    boss, asha = people
    act(boss, "administer", "tracking.hub 18", after={"change": "change", "object": "Chennai Guindy"})
    act(boss, "administer", f"auth.user {asha.pk}", after={"change": "change"})
    act(asha, "resolve_incident", "incident 12 unmapped_status", "SLX-2")
    shown = [words for _, words in read_rows(client)]
    assert shown == ["incident 12, Unknown status", "account asha", "hub Chennai Guindy"]
    queries = [*shown, "guindy", "Asha", "unknown", "hub asha"]
    found = {query: [words for _, words in read_rows(client, f"?subject={query}")] for query in queries}
    assert found == {
        **{words: [words] for words in shown},
        "guindy": ["hub Chennai Guindy"],
        "Asha": ["account asha"],
        "unknown": ["incident 12, Unknown status"],
        "hub asha": [],
    }


def test_a_row_has_its_second_and_the_begin_of_its_request_id(client, people):
    at = datetime(2026, 11, 22, 7, 0, 9, tzinfo=UTC)
    act(people[1], "note_incident", "incident 12", at=at, request_id="0123456789abcdef" * 2)
    page = client.get("/ops/audit/").content.decode()
    assert "Sun 22 Nov, 12:30:09</time>" in page
    assert f'<small title="{"0123456789abcdef" * 2}">01234567</small>' in page


def test_entries_are_filtered_by_person_and_operators_see_no_others(client, entries, people):
    _, asha = people
    assert {name for name, _ in read_rows(client, f"?person=staff_{asha.pk}")} == {"asha"}
    page = client.get("/ops/audit/").content.decode()
    assert f'<option value="staff_{asha.pk}">asha</option>' in page
    client.force_login(asha)
    assert {name for name, _ in read_rows(client, f"?person=staff_{people[0].pk}")} == set()
    assert 'name="person"' not in client.get("/ops/audit/").content.decode()


def test_the_next_page_keeps_the_filters(client, people):
    boss, asha = people
    for number in range(PAGE_SIZE + 1):
        act(asha, "note_incident", f"incident {number}")
        act(boss, "note_incident", f"incident {number}")
    page = client.get(f"/ops/audit/?person=staff_{asha.pk}").content.decode()
    (older,) = re.findall(r'href="(\?[^"]+)">Older', page)
    assert read_rows(client, older.replace("&amp;", "&")) == [("asha", "incident 0")]


def test_actions_are_chosen_in_the_words_of_the_rows_and_admin_changes_show_no_code(client, people):
    _, asha = people
    act(asha, "unmask_recipient", "recipient of SLX-1")
    after = {"change": "change", "fields": {"changed": {"fields": ["Name"]}}}
    added = act(asha, "administer", "tracking.hub 18", after=after)
    page = client.get("/ops/audit/").content.decode()
    assert '<option value="unmask_recipient">Read the recipient in clear</option>' in page
    # So an entry was stored before it held values.
    said = list_in_words(StaffAction.objects.filter(pk=added.pk))[0]
    assert (said.what, said.subject, said.change) == ("Changed in the admin", "hub 18", "Name: changed")


def test_a_resolved_incident_says_its_result_and_a_driver_leads_to_the_vehicle(people):
    _, asha = people
    one = {"resolved_at": None, "resolved_by": "", "resolution_code": "", "note": ""}
    done = {"resolved_at": "2026-11-22T07:00:00+00:00", "resolution_code": "sent_back", "note": "called"}
    entry = act(
        asha,
        "resolve_incident",
        "incidents 12, 14",
        before={"12": one, "14": one},
        after={"12": done | {"version": 2}, "14": done | {"version": 3}},
    )
    seen = act(asha, "unmask_driver", "driver of KA01AB1234")
    assert [(said.path, said.change) for said in list_in_words([entry, seen])] == [
        ("", "Result: empty → Sent back"),
        ("/ops/?vehicle=KA01AB1234", ""),
    ]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("undo of entry 7, resolve_incident", "Undo of entry 7: Resolved an incident"),
        ("did_not_occur", "It did not happen"),
        ("the customer called", "the customer called"),
    ],
)
def test_the_reason_of_an_entry_has_no_code(people, reason, words):
    entry = act(people[1], "undo_own_action", "incident 12 delayed", reason=reason)
    assert list_in_words([entry])[0].reason == words


def test_the_reason_of_a_correction_is_said_with_the_words_of_its_author():
    reasons = ("did_not_occur: rang •••", "incorrect_data", "called: nobody came")
    actions = [StaffAction(verb="correct_event", actor="staff_1", reason=reason) for reason in reasons]
    assert [said.reason for said in list_in_words(actions)] == [
        "It did not happen: rang •••",
        "Its data were wrong",
        "called: nobody came",
    ]
