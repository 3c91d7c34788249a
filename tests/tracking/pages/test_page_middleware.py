"""Middleware of pages: it runs for pages, and a request of the partner API passes by it."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from tracking.pages.page_middleware import FormTokens, Messages, Sessions, Users

CHAIN = (Sessions, FormTokens, Users, Messages)


def pass_through(path):
    """Return what the middleware has set on a request of this path with a cookie."""
    request = RequestFactory(HTTP_COOKIE="csrftoken=x").get(path)
    before = set(vars(request)) | {"META"}

    def answer(given):
        return HttpResponse(" ".join(sorted(set(vars(given)) - before)))

    for middleware in reversed(CHAIN):
        answer = middleware(answer)
    return answer(request).content.decode().split()


@pytest.mark.parametrize("path", ["/ops/", "/track/", "/api/docs/", "/api/v2", "/", "/t/abc"])
def test_a_page_has_a_session_a_user_messages_and_its_cookies_read(path):
    assert pass_through(path) == ["COOKIES", "_messages", "auser", "session", "user"]


@pytest.mark.parametrize("path", ["/api/v1/shipments", "/api/v1/tracking/123", "/api/v1/nothing"])
def test_a_request_of_the_partner_api_has_none_of_them(path):
    assert pass_through(path) == []
