"""Request id: the caller's if it is safe, else a generated one; in the answer and in every log line."""

import pytest
import structlog
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from tracking.api.request_id import assign_request_id


def test_a_safe_id_is_taken_and_echoed(client):
    assert client.get("/healthz", headers={"X-Request-Id": "abc.1-2_3"})["X-Request-Id"] == "abc.1-2_3"


@pytest.mark.parametrize("sent", ["", "a" * 65, "a b", "a\u00fc", "<b>", "a;b"])
def test_an_unsafe_id_is_replaced(client, sent):
    echoed = client.get("/healthz", headers={"X-Request-Id": sent})["X-Request-Id"]
    assert (len(echoed), echoed == sent) == (32, False)


def test_log_lines_of_a_request_carry_its_id():
    def answer(request):
        return HttpResponse(structlog.contextvars.get_contextvars()["request_id"])

    response = assign_request_id(answer)(RequestFactory().get("/", headers={"X-Request-Id": "abc"}))
    assert (response.content, response["X-Request-Id"]) == (b"abc", "abc")


async def test_the_middleware_works_for_async_requests_too():
    async def answer(request):
        return HttpResponse(request.request_id)

    response = await assign_request_id(answer)(
        AsyncRequestFactory().get("/", headers={"X-Request-Id": "abc"})
    )
    assert (response.content, response["X-Request-Id"]) == (b"abc", "abc")
