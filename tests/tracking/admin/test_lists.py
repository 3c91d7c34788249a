"""Lists of the admin stay fast: the work of the database does not grow with the table, nor with the page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.models import Delivery
from tests.long_runs import LONG
from tests.opt_in import only_on_sqlite
from tests.tracking.admin.forms import page_of
from tests.tracking.admin.rows import add_rows, add_small, make_network, newest
from tracking.models import Shipment, StaffAction, Vehicle
from tracking.pages.admin_lists import COUNTED_AT_MOST

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
# Each partner has more of the few rows than a list counts: the work of counting has reached its bound.
PARTNERS = 2
FEW = PARTNERS * (COUNTED_AT_MOST + 1)
MANY = (50 if LONG else 12) * FEW
# Instructions of the database's machine between two counts.
TICK = 100
# Tables that grow with the traffic: their list, and searches of which the last finds nothing.
GROWING = {
    "tracking_shipment": ("", "q=S77", "q=nobody"),
    "tracking_vehicle": ("", "q=V77", "q=prt_1", "q=nobody"),
    "notifications_delivery": ("", "q=S77", "q=chg_77", "q=nobody"),
    "tracking_staffaction": ("", "q=staff_1", "q=S77", "q=nobody"),
    "axes_accesslog": ("", "q=u77", "q=nobody"),
    "axes_accessattempt": ("", "q=u77", "q=nobody"),
}
# A change leads to a handful of deliveries, which are sorted once they are found.
OF_ONE_CHANGE = "q=chg_77"
ROWS = {
    "tracking_shipment": Shipment,
    "tracking_vehicle": Vehicle,
    "notifications_delivery": Delivery,
    "tracking_staffaction": StaffAction,
}
PATHS = [(name, query) for name, queries in GROWING.items() for query in queries]
counts_work = only_on_sqlite("it counts the steps of SQLite; `make test-million` keeps the plans of others")


class Steps:
    """Number of instructions that SQLite has carried out, in ticks of a hundred."""

    def __init__(self) -> None:
        self.count = 0

    def tick(self) -> int:
        self.count += 1
        return 0


@contextmanager
def count_steps() -> Iterator[Steps]:
    """Count the instructions of all statements inside."""
    steps = Steps()
    connection.ensure_connection()
    connection.connection.set_progress_handler(steps.tick, TICK)
    try:
        yield steps
    finally:
        connection.connection.set_progress_handler(None, TICK)


def measure(client, paths) -> dict[str, int]:
    """Return the instructions for each page."""
    found = {}
    for path in paths:
        client.get(path)
        with count_steps() as steps:
            answer = client.get(path)
        assert answer.status_code == 200, path
        found[path] = steps.count
    return found


def list_paths() -> list[str]:
    """Return lists, searches, the last page that a list leads to, and the page of the row that came first."""
    lists = [f"{page_of(name)}?{query}" for name, query in PATHS]
    last = [f"{page_of(name)}?p={COUNTED_AT_MOST // 100}" for name in GROWING]
    return [*lists, *last, f"{page_of('tracking_vehicle', 'add')}"]


@counts_work
@pytest.mark.slow
def test_many_times_the_rows_are_no_more_work_for_the_database(admin):
    partners, hubs = make_network(PARTNERS)
    add_rows(partners, hubs, 0, FEW)
    first = {name: page_of(name, "change", newest(model) - FEW + 1) for name, model in ROWS.items()}
    paths = [*list_paths(), *first.values()]
    few = measure(admin, paths)
    add_rows(partners, hubs, FEW, MANY - FEW)
    many = measure(admin, paths)
    grown = {path: (few[path], many[path]) for path in paths if many[path] > 1.2 * few[path] + 5}
    assert grown == {}


def list_plans(client, path: str, table: str) -> list[tuple[str, str]]:
    """Return each step of the plans of the statements that read the table, with its statement."""
    steps = []

    def note(execute, sql, params, many, context):
        if sql.startswith("SELECT") and f'FROM "{table}"' in sql:
            plan = context["cursor"].cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            steps.extend((row[3], sql) for row in plan.fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert client.get(path).status_code == 200
    return steps


@counts_work
@pytest.mark.parametrize(("name", "query"), PATHS)
def test_no_list_reads_or_sorts_a_whole_table(admin, name, query):
    partners, hubs = make_network(3)
    add_rows(partners, hubs, 0, 300)
    steps = list_plans(admin, f"{page_of(name)}?{query}", name)
    assert steps != []
    # With a limit, a table is read in the order of its key only as far as the list goes.
    whole = [step for step in steps if step[0].startswith(f"SCAN {name}") and " LIMIT " not in step[1]]
    sorting = [step for step in steps if "TEMP B-TREE" in step[0] and query != OF_ONE_CHANGE]
    assert (whole, sorting) == ([], [])
    if query:
        assert [step for step in steps if step[0].startswith(f"SCAN {name}")] == []


@pytest.mark.parametrize("name", [*GROWING, "tracking_apikey", "tracking_laneplan"])
def test_a_full_page_takes_as_many_queries_as_one_row(admin, name):
    partners, hubs = make_network(2)
    add_rows(partners, hubs, 0, 1)
    add_small(partners, hubs, 1)
    with CaptureQueriesContext(connection) as one:
        admin.get(page_of(name))
    add_rows(partners, hubs, 1, 99)
    add_small(*make_network(99, "more"), 99)
    with CaptureQueriesContext(connection) as hundred:
        admin.get(page_of(name))
    assert len(hundred) == len(one)
    assert not [
        query for query in hundred if re.search(r"SELECT COUNT\(\*\) AS \"__count\" FROM \"", query["sql"])
    ]


def test_no_form_offers_all_partners_or_hubs(admin):
    make_network(300)
    user = User.objects.get()
    site = django_admin.site
    models = [model._meta.label_lower.replace(".", "_") for model in site._registry]
    pages = [page_of(name, "add") for name in models] + [page_of("auth_user", "change", user.pk)]
    texts = {
        path: answer.content.decode() for path in pages if (answer := admin.get(path)).status_code == 200
    }
    assert len(texts) > 5
    assert {path: text.count("<option") for path, text in texts.items() if text.count("<option") > 60} == {}


def test_a_list_says_that_it_goes_on_and_counts_no_further(admin):
    partners, hubs = make_network(2)
    add_rows(partners, hubs, 0, COUNTED_AT_MOST + 500)
    text = " ".join(admin.get(page_of("tracking_vehicle")).content.decode().split())
    assert f"More than {COUNTED_AT_MOST} vehicles" in text
    found = admin.get(page_of("tracking_vehicle"), {"q": "V77"}).content.decode()
    assert "1 vehicle\n" in found
    assert "More than" not in found
