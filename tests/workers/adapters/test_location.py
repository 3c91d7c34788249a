"""Amazon Location: its answers are used from the next event on, and no event waits for it or is lost."""

import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from tests.environment import NOWHERE
from tests.waiting import PATIENCE_S, wait_for
from tests.workers.world import PLACES
from tracking.adapters.aws import build_client
from workers.adapters.location import (
    FRESH_FOR_S,
    OPENS_AFTER,
    STALE_FOR_S,
    AmazonPlaces,
    InvalidAnswerError,
    read_answer,
)

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).with_name("geo_places.py")
# In the middle of settled cells, and one in a border cell.
DRAWN = list(
    zip(
        np.random.default_rng(3).uniform(20, 24, 400).tolist(),
        np.random.default_rng(4).uniform(75, 80, 400).tolist(),
        strict=True,
    )
)
SETTLED = [point for point, place in zip(DRAWN, PLACES.find_settled(DRAWN), strict=True) if place is not None]
POINT = SETTLED[0]


class Cache:
    """Shared cache in a dictionary, which records the threads that use it."""

    def __init__(self):
        self.kept = {}
        self.asked_by = set()

    def get(self, key):
        self.asked_by.add(threading.get_ident())
        return self.kept.get(key)

    def set(self, key, value, timeout):
        self.kept[key] = value


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def amazon(settings, request):
    """Point the client at a program that answers in the mode of the test; `down`: at a port without one."""
    mode = request.param
    program, address = None, NOWHERE
    if mode != "down":
        program = subprocess.Popen([sys.executable, PROGRAM, mode], stdout=subprocess.PIPE, text=True)
        address = f"127.0.0.1:{int(program.stdout.readline())}"
    settings.AWS_ENDPOINT_URL = f"http://{address}"
    build_client.cache_clear()
    yield settings.AWS_ENDPOINT_URL
    build_client.cache_clear()
    if program is not None:
        program.terminate()
        program.wait(PATIENCE_S)


def count_calls(url: str) -> int:
    with urllib.request.urlopen(f"{url}/count", timeout=PATIENCE_S) as answer:
        return int(answer.read())


def wait_until_fetched(places: AmazonPlaces) -> None:
    """Wait until every queued cell has been fetched, or failed."""
    places._queue.join()


@pytest.mark.parametrize("amazon", ["good"], indirect=True)
def test_an_answer_is_used_for_the_next_event_of_its_cell(amazon):
    places = AmazonPlaces(PLACES, Cache(), Clock())
    plain = PLACES.locate([POINT])
    assert places.locate([POINT]) == plain
    wait_until_fetched(places)
    assert places.locate([POINT]) == [
        replace(
            plain[0],
            town="Refined town",
            district="Refined district",
            state="Refined state",
            pincode="560999",
            source="amazon",
        )
    ]
    assert count_calls(amazon) == 1


@pytest.mark.parametrize("amazon", ["good"], indirect=True)
def test_another_process_takes_the_answer_from_the_shared_cache(amazon):
    cache, clock = Cache(), Clock()
    for places in (AmazonPlaces(PLACES, cache, clock), AmazonPlaces(PLACES, cache, clock)):
        places.locate([POINT])
        wait_until_fetched(places)
        assert places.locate([POINT])[0].source == "amazon"
    assert count_calls(amazon) == 1


@pytest.mark.parametrize("amazon", ["good"], indirect=True)
def test_an_old_answer_is_used_for_one_more_day_while_a_new_one_is_fetched(amazon):
    clock = Clock()
    places = AmazonPlaces(PLACES, Cache(), clock)
    places.locate([POINT])
    wait_until_fetched(places)
    clock.now += FRESH_FOR_S + 60
    assert places.locate([POINT])[0].source == "amazon"
    wait_until_fetched(places)
    assert count_calls(amazon) == 2
    clock.now += FRESH_FOR_S + STALE_FOR_S + 60
    assert places.locate([POINT])[0].source == "offline"


@pytest.mark.parametrize("amazon", ["good"], indirect=True)
def test_a_border_cell_is_never_requested(amazon):
    rng = np.random.default_rng(9)
    points = np.stack((rng.normal(12.97, 0.05, 200), rng.normal(77.59, 0.05, 200)), axis=1)
    border = points[[cell is None for cell in PLACES.find_settled(points)]]
    places = AmazonPlaces(PLACES, Cache(), Clock())
    assert places.locate(border) == PLACES.locate(border)
    wait_until_fetched(places)
    assert (len(border) > 20, count_calls(amazon)) == (True, 0)


@pytest.mark.parametrize("amazon", ["down", "slow", "nonsense"], indirect=True)
def test_no_event_waits_for_amazon_whatever_it_does(amazon):
    asked_by: set[int] = set()
    build_client("geo-places").meta.events.register(
        "before-send.geo-places", lambda **_: asked_by.add(threading.get_ident())
    )
    cache = Cache()
    places = AmazonPlaces(PLACES, cache)
    plain = PLACES.locate(SETTLED)
    assert places.locate(SETTLED) == plain
    wait_until_fetched(places)
    assert places.locate(SETTLED) == plain
    # Neither Amazon nor the cache is ever called by a thread that handles events.
    assert cache.asked_by > set()
    assert threading.get_ident() not in asked_by | cache.asked_by


def test_an_event_does_not_wait_for_an_answer(monkeypatch):
    places = AmazonPlaces(PLACES, Cache())
    monkeypatch.setattr(places, "_start_threads", lambda: None)
    assert places.locate(SETTLED) == PLACES.locate(SETTLED)
    cells = {cell for cell in PLACES.find_settled(SETTLED) if cell is not None}
    assert places._queue.qsize() == len(cells)


@pytest.mark.parametrize("amazon", ["slow"], indirect=True)
def test_five_failures_open_the_breaker_and_the_rest_of_the_queue_is_dropped(amazon):
    build_client("geo-places")
    places = AmazonPlaces(PLACES, Cache())
    places.locate(SETTLED)
    wait_until_fetched(places)
    # Eight threads may be in a call when the breaker opens, with two attempts each; hundreds are queued.
    wait_for(lambda: count_calls(amazon) >= OPENS_AFTER)
    assert count_calls(amazon) <= 40
    assert places._breaker.current_state == "open"


@pytest.mark.parametrize("amazon", ["down"], indirect=True)
def test_a_full_queue_drops_requests_and_counts_them(amazon, capsys, monkeypatch):
    places = AmazonPlaces(PLACES, Cache())
    monkeypatch.setattr(places, "_start_threads", lambda: None)
    for _ in range(1_001):
        places._requested.clear()
        places._request(1, *POINT, "v")
    assert places._queue.qsize() == 1_000
    assert capsys.readouterr().out.count('"enrich_refine_dropped":1') == 1


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"ResultItems": []},
        {"ResultItems": [{"Address": None}]},
        {"ResultItems": [{"Address": {"Country": {"Code3": "NPL"}, "Region": {"Name": "x"}}}]},
        {"ResultItems": [{"Address": {"Country": {"Code3": "IND"}, "Region": {"Name": "x" * 200}}}]},
        {"ResultItems": [{"Address": {"Country": {"Code3": "IND"}, "Region": {"Name": "a\nb"}}}]},
    ],
)
def test_an_answer_that_cannot_name_a_place_in_india_is_invalid(answer):
    with pytest.raises(InvalidAnswerError):
        read_answer(answer, 0.0)
