"""Error pages: unknown URL, stale form, missing permission, internal error."""

import re

import pytest
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views import defaults
from django.views.csrf import csrf_failure

from tests.staff import make_staff
from tracking.pages.trouble import REFUSAL, answer_failure
from tracking.services.requests.roles import Role

pytestmark = pytest.mark.usefixtures("plain_static")

REQUEST = RequestFactory().get("/nowhere")
PAGES = {
    400: ("We could not read this request", lambda: defaults.bad_request(REQUEST, ValueError())),
    403: (
        "You do not have access to this page",
        lambda: defaults.permission_denied(REQUEST, PermissionError()),
    ),
    404: ("Page not found", lambda: defaults.page_not_found(REQUEST, Http404())),
    500: ("Something went wrong on our side", lambda: defaults.server_error(REQUEST)),
}


@pytest.mark.parametrize("status", PAGES)
def test_each_error_has_its_own_page_with_a_link_to_go_on(status):
    heading, answer_it = PAGES[status]
    answer = answer_it()
    text = answer.content.decode()
    assert (answer.status_code, f"<h1>{heading}</h1>" in text, f'<a href="{reverse("find")}">' in text) == (
        status,
        True,
        True,
    )


def test_the_page_of_a_stale_form_states_that_nothing_was_sent():
    answer = csrf_failure(REQUEST)
    assert (answer.status_code, "Nothing was sent." in answer.content.decode()) == (403, True)


def test_an_unknown_url_answers_with_the_page_not_found():
    answer = Client().get("/no/such/page")
    assert (answer.status_code, "Page not found" in answer.content.decode()) == (404, True)


def read_error(answer) -> tuple[int, str, bool, bool]:
    """Return status, heading, whether the page is the console's, and whether it has the bar with links."""
    text = answer.content.decode()
    heading = re.findall(r"<h1[^>]*>(.*?)</h1>", text)
    return answer.status_code, heading[0], 'body class="ops ' in text, 'class="bar"' in text


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/ops/nowhere", "/ops/shipments/nobody/nothing", "/admin/nowhere/"])
def test_an_unknown_url_of_staff_answers_in_the_look_of_the_console(client, path):
    heading = "Nothing is here"
    # The admin leads strangers to its sign-in.
    stranger = client.get(path, follow=True)
    assert read_error(stranger) in [(404, heading, True, False), (200, "Sign in to the console", True, False)]
    client.force_login(make_staff(Role.VIEWER))
    assert read_error(client.get(path)) == (404, heading, True, True)


@pytest.mark.django_db
def test_an_object_that_does_not_exist_answers_in_the_look_of_the_console(client, world):
    client.force_login(make_staff(Role.VIEWER))
    answer = client.get("/ops/shipments/nobody")
    assert read_error(answer) == (404, "Nothing is here", True, True)
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_page_of_the_admin_that_an_account_may_not_see_answers_in_the_look_of_the_console(client):
    client.force_login(make_staff(Role.SUPERVISOR))
    answer = client.get(reverse("admin:tracking_partner_changelist"))
    assert read_error(answer) == (403, "Not for this account", True, True)


@pytest.mark.django_db
def test_a_console_page_that_fails_answers_500_without_reading_the_database(
    client, django_assert_num_queries
):
    request = RequestFactory().get("/ops/")
    with django_assert_num_queries(0):
        answer = answer_failure(request)
    assert read_error(answer) == (500, "This page failed", True, False)


@pytest.mark.django_db
def test_a_stale_form_of_the_console_states_that_nothing_was_changed():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_staff(Role.OPERATOR))
    answer = client.post("/ops/incidents/acknowledge", {"card": "1"})
    assert read_error(answer) == (403, "The form was open too long", True, True)


@pytest.mark.parametrize(("path", "is_console"), [("/ops/", True), ("/admin/", True), ("/track/", False)])
def test_a_method_that_no_page_has_is_refused_in_the_look_of_its_surface(client, path, is_console):
    answer = client.generic("PATCH", path)
    assert (answer.status_code, read_error(answer)[2]) == (405, is_console)


POSTED = {"kind": "note", "words": 'Ring "twice"'}


@pytest.mark.parametrize(
    ("headers", "is_kept"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        # Old browsers do not send it.
        ({"Host": "testserver", "Origin": "http://testserver"}, True),
        ({"Host": "testserver", "Origin": "https://elsewhere.example"}, False),
        ({"Host": "testserver", "Origin": "null"}, False),
        ({"Host": "testserver"}, False),
        ({}, False),
    ],
)
def test_a_form_that_meets_a_busy_server_is_kept_on_the_page_to_be_sent_again(client, headers, is_kept):
    answer = client.post("/t/x/requests/", POSTED, headers=headers, **{REFUSAL: 503})
    text = answer.content.decode()
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)">', text)
    expected = [("kind", "note"), ("words", "Ring &quot;twice&quot;")] if is_kept else []
    assert (answer.status_code, answer["Retry-After"], kept) == (503, "2", expected)
    assert ("Send again" in text) is is_kept
