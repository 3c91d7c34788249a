"""Contract of the port `RequestCounter`, for memory and for Redis."""

import threading

import pytest

from tests.environment import NOWHERE
from tracking.adapters.counter import RedisRequestCounter
from tracking.adapters.memory_counter import MemoryRequestCounter
from tracking.domain.errors import TransientError
from tracking.ports import Counted

pytestmark = pytest.mark.slow


@pytest.fixture(params=["memory", "redis"])
def counter(request):
    if request.param == "memory":
        return MemoryRequestCounter()
    counter = RedisRequestCounter(request.getfixturevalue("local_redis"))
    counter._client.flushdb()
    return counter


def test_each_request_gets_the_next_number_of_its_name(counter):
    counted = [counter.count(name, 60).number for name in ("a", "a", "b", "a")]
    assert counted == [1, 2, 1, 3]


def test_the_window_ends_after_its_first_request(counter):
    first = counter.count("a", 60)
    assert (first, counter.count("a", 60).left_s in (59, 60)) == (Counted(1, 60), True)


def test_after_a_window_has_ended_counting_starts_again(counter):
    counter.count("a", 1)
    while counter.count("a", 1).number != 1:
        assert counter.count("a", 1).left_s == 1


def test_two_hundred_requests_at_once_get_two_hundred_numbers(counter):
    numbers: list[int] = []
    threads = [
        threading.Thread(target=lambda: numbers.extend(counter.count("a", 60).number for _ in range(50)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 201))


def test_tallies_are_returned_only_once(counter):
    counter.count("a", 60, {"x": 1, "y": 2})
    counter.tally({"x": 5})
    assert counter.take_tallies() == {"x": 6, "y": 2}
    assert counter.take_tallies() == {}


def test_an_unreachable_server_is_a_transient_error():
    counter = RedisRequestCounter(f"redis://{NOWHERE}")
    for _ in range(2):
        with pytest.raises(TransientError):
            counter.count("a", 60)
