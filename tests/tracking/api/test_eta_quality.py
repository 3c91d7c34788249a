"""`GET /api/v1/eta-quality`: what everybody may read, cached and counted as other public answers."""

import pytest

from tests.tracking.api.document import check_answer
from tests.tracking.services.reading.test_eta_quality import fill
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.errors import TransientError
from tracking.ports import TrackingPorts, wire

PATH = "/api/v1/eta-quality"


@pytest.fixture
def counted(world, time_machine):
    """Wire lane statistics with thirty legs and thirty deliveries of one Sunday."""
    time_machine.move_to("2026-11-22T17:00:00Z", tick=False)
    wire(TrackingPorts(*world, lanes=fill(30)))
    return world


def test_the_answer_needs_no_key_and_every_cache_may_store_it(client, counted):
    response = client.get(PATH)
    body = check_answer(response)
    assert (response.status_code, body["goal_pct"], body["least_n"]) == (200, 80.0, 30)
    assert (body["legs"]["total"]["coverage_pct"], body["deliveries"]["total"]["kept_pct"]) == (100.0, 0.0)
    assert response["Cache-Control"] == (
        "public, max-age=0, s-maxage=60, stale-while-revalidate=30, stale-if-error=300"
    )
    assert not {"Vary", "Set-Cookie"} & set(response.headers)


def test_a_caller_with_the_current_answer_gets_304(client, counted):
    etag = client.get(PATH)["ETag"]
    again = client.get(PATH, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert check_answer(again) is None


def test_an_answer_with_another_leg_has_another_etag(client, world, time_machine):
    time_machine.move_to("2026-11-22T17:00:00Z", tick=False)
    etags = []
    for count in (30, 31):
        wire(TrackingPorts(*world, lanes=fill(count)))
        etags.append(client.get(PATH)["ETag"])
    assert len(set(etags)) == 2


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_it_can_only_be_read(client, counted, method):
    response = getattr(client, method)(PATH)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_it_counts_as_a_public_read(client, counted):
    statuses = [client.get(PATH, REMOTE_ADDR="203.0.113.9").status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    refused = client.get(PATH, REMOTE_ADDR="203.0.113.9")
    assert (check_answer(refused)["code"], refused["Retry-After"]) == ("rate_limited", "60")


def test_without_the_store_the_answer_is_503(client, world):
    class Lost(MemoryLaneStatisticsStore):
        def read(self, keys):
            raise TransientError("no route")

    wire(TrackingPorts(*world, lanes=Lost()))
    client.raise_request_exception = False
    response = client.get(PATH)
    assert (response.status_code, check_answer(response)["code"]) == (503, "unavailable")
