"""What people read when an address is wrong, a form is stale or something of ours breaks."""

import pytest
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views import defaults
from django.views.csrf import csrf_failure

pytestmark = pytest.mark.usefixtures("plain_static")

ASKED = RequestFactory().get("/nowhere")
PAGES = {
    400: ("We could not read that request", lambda: defaults.bad_request(ASKED, ValueError())),
    403: ("You may not see this page", lambda: defaults.permission_denied(ASKED, PermissionError())),
    404: ("There is no such page", lambda: defaults.page_not_found(ASKED, Http404())),
    500: ("Something broke on our side", lambda: defaults.server_error(ASKED)),
}


@pytest.mark.parametrize("status", PAGES)
def test_each_trouble_has_a_page_of_ours_with_a_way_on(status):
    heading, answer_it = PAGES[status]
    answer = answer_it()
    text = answer.content.decode()
    assert (answer.status_code, f"<h1>{heading}</h1>" in text, f'<a href="{reverse("find")}">' in text) == (
        status,
        True,
        True,
    )


def test_a_stale_form_says_that_nothing_was_sent():
    answer = csrf_failure(ASKED)
    assert (answer.status_code, "Nothing was sent." in answer.content.decode()) == (403, True)


def test_an_unknown_address_answers_with_that_page():
    answer = Client().get("/no/such/page")
    assert (answer.status_code, "There is no such page" in answer.content.decode()) == (404, True)
