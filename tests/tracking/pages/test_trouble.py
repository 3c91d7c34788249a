"""Error pages: unknown URL, stale form, missing permission, internal error."""

import pytest
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views import defaults
from django.views.csrf import csrf_failure

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
