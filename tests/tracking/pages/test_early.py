"""Early answers are those of the whole chain of middleware, header by header."""

import pytest
from django.conf import settings
from django.test import Client, override_settings

from tests.events import make_event
from tests.tracking.stories import record_timeline
from tracking.pages.trouble import REFUSAL

pytestmark = pytest.mark.django_db
EARLY = "tracking.pages.early.answer_early"
WHOLE_CHAIN = [name for name in settings.MIDDLEWARE if name != EARLY]
NAMED = {"X_Request_Id": "one-name"}


def ask(method, path, **headers):
    """Return status, headers and body of one answer."""
    answer = getattr(Client(headers=NAMED | headers), method)(path)
    return answer.status_code, dict(answer.headers), answer.content


@pytest.mark.parametrize("method", ["get", "head", "post", "options"])
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
@pytest.mark.parametrize(
    "path", ["/healthz", "/tracking/123", "/tracking/123/?lang=hi", "/tracking/unknown", "/tracking/a/b"]
)
@pytest.mark.parametrize("https", [False, True])
def test_an_early_answer_equals_that_of_the_whole_chain(world, method, path, host, https):
    record_timeline(world.store, make_event(0, status="in_transit"))
    with override_settings(SECURE_SSL_REDIRECT=https, SECURE_HSTS_SECONDS=3600 * https):
        early = ask(method, path, host=host)
        with override_settings(MIDDLEWARE=WHOLE_CHAIN):
            assert early == ask(method, path, host=host)


def test_not_modified_equals_that_of_the_whole_chain(world):
    record_timeline(world.store, make_event(0, status="in_transit"))
    etag = ask("get", "/tracking/123")[1]["ETag"]
    early = ask("get", "/tracking/123", If_None_Match=etag)
    assert early[0] == 304
    with override_settings(MIDDLEWARE=WHOLE_CHAIN):
        assert early == ask("get", "/tracking/123", If_None_Match=etag)


def test_the_public_read_and_the_health_check_open_no_session_and_ask_no_database(world, client):
    # Without access to the database this test fails at the first query.
    client.cookies["sessionid"] = "x" * 32
    record_timeline(world.store, make_event(0, status="in_transit"))
    assert [client.get(path).status_code for path in ("/tracking/123", "/healthz")] == [200, 200]


@pytest.mark.parametrize(
    ("path", "refused", "status"),
    [
        ("/healthz", 503, 200),
        ("/healthz", 413, 413),
        ("/tracking/123", 503, 503),
        ("/tracking/123", 413, 413),
        ("/api/v1/shipments", 503, 503),
        ("/track/", 503, 503),
    ],
)
def test_what_the_edge_refuses_is_not_answered_except_that_a_full_process_is_alive(
    world, plain_static, client, path, refused, status
):
    answer = client.get(path, **{REFUSAL: refused})
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("2" if status == 503 else None)
