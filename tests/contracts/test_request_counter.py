"""Contract of `RequestCounter`, on memory and on Redis."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
import redis

from tests.environment import NOWHERE
from tests.waiting import PATIENCE_S, wait_for
from tests.workers.leases.clocks import Clock
from tests.workers.records import NOON
from tracking.adapters.counter import BREAKER_OPEN_S, DATABASE, RedisRequestCounter
from tracking.adapters.delayed_counts import NAMES_PER_REPORT
from tracking.adapters.memory_counter import MemoryRequestCounter
from tracking.counter_ports import Counted, RequestCounter
from tracking.domain.errors import TransientError

WINDOW_S = 60


class Counting(NamedTuple):
    """A counter, and a way to let the window pass that has begun."""

    counter: RequestCounter
    end_windows: Callable[[], None]


def never_start(_after_s, _run):
    """Leave the report to the test."""


@pytest.fixture(params=["memory", "redis"])
def counting(request, monkeypatch) -> Counting:
    if request.param == "memory":
        clock = Clock()

        def pass_time() -> None:
            clock.now += WINDOW_S

        return Counting(MemoryRequestCounter(clock), pass_time)
    # The product passes a request uncounted rather than late; here the machine may be busy.
    monkeypatch.setattr("tracking.adapters.counter.TIMEOUT_S", PATIENCE_S)
    client = redis.Redis.from_url(f"{request.getfixturevalue('local_redis')}/{DATABASE}")
    client.flushdb()

    def expire() -> None:
        for key in client.scan_iter():
            assert client.ttl(key) > 0
            client.pexpire(key, 1)
        wait_for(lambda: client.keys() == [])

    # A report on a thread would reach Redis during a later test.
    return Counting(RedisRequestCounter(request.getfixturevalue("local_redis"), never_start), expire)


@pytest.fixture
def counter(counting) -> RequestCounter:
    return counting.counter


def test_each_request_has_the_next_number_of_its_name(counter):
    counted = [counter.count(name, WINDOW_S).number for name in ("a", "a", "b", "a")]
    assert counted == [1, 2, 1, 3]


def test_the_window_ends_after_its_first_request(counter):
    first = counter.count("a", WINDOW_S)
    assert (first.number, 0 < first.left_s <= WINDOW_S) == (1, True)
    assert counter.count("a", WINDOW_S).left_s <= first.left_s


def test_a_window_that_is_over_starts_again_at_one(counting):
    for _ in range(2):
        assert [counting.counter.count("a", WINDOW_S).number for _ in range(2)] == [1, 2]
        counting.end_windows()


def test_the_memory_counter_returns_the_seconds_left_in_the_window():
    clock = Clock()
    counter = MemoryRequestCounter(clock)
    counted = [counter.count("a", WINDOW_S)]
    clock.now += 18.5
    counted.append(counter.count("a", WINDOW_S))
    assert counted == [Counted(1, 60), Counted(2, 42)]


def test_two_hundred_concurrent_requests_get_two_hundred_numbers(counter):
    with ThreadPoolExecutor(4) as threads:
        counted = threads.map(lambda _: counter.count("a", WINDOW_S), range(200))
    assert sorted(count.number for count in counted) == list(range(1, 201))


def test_requests_that_are_counted_soon_have_the_next_number_of_their_name(counter):
    counted = [counter.count_soon(name, WINDOW_S) for name in ("a", "a", "b", "a")]
    assert [count.number for count in counted] == [1, 2, 1, 3]
    assert all(0 < count.left_s <= WINDOW_S for count in counted)


def test_what_one_process_counts_soon_another_one_knows_after_its_report(local_redis, monkeypatch):
    monkeypatch.setattr("tracking.adapters.counter.REPORT_TIMEOUT_S", PATIENCE_S)
    redis.Redis.from_url(f"{local_redis}/{DATABASE}").flushdb()
    first, second = (RedisRequestCounter(local_redis, never_start) for _ in range(2))
    for counter, times in ((first, 3), (second, 4)):
        for _ in range(times):
            counter.count_soon("a", WINDOW_S)
        counter._delayed.report()
    assert [counter.count_soon("a", WINDOW_S).number for counter in (first, second)] == [4, 8]
    for counter in (first, second):
        counter._delayed.report()
    assert [counter.count_soon("a", WINDOW_S).number for counter in (first, second)] == [9, 10]


def test_counts_of_many_names_are_all_reported(local_redis, monkeypatch):
    monkeypatch.setattr("tracking.adapters.counter.REPORT_TIMEOUT_S", PATIENCE_S)
    client = redis.Redis.from_url(f"{local_redis}/{DATABASE}")
    client.flushdb()
    counter = RedisRequestCounter(local_redis, never_start)
    names = [f"name {number}" for number in range(2 * NAMES_PER_REPORT + 1)]
    for name in names:
        counter.count_soon(name, WINDOW_S)
    counter._delayed.report()
    stored = {name: int(client.get(f"count:{name}")) for name in names}
    assert stored == dict.fromkeys(names, 1)
    assert all(0 < client.ttl(f"count:{name}") <= WINDOW_S for name in names)


def test_counting_soon_needs_no_server():
    counter = RedisRequestCounter(f"redis://{NOWHERE}", never_start)
    assert [counter.count_soon("a", WINDOW_S).number for _ in range(3)] == [1, 2, 3]


def test_tallies_are_taken_once(counter):
    counter.count("a", 60, {"x": 1, "y": 2})
    counter.tally({"x": 5})
    assert counter.take_tallies() == {"x": 6, "y": 2}
    assert counter.take_tallies() == {}


def test_after_a_failure_redis_is_not_called_until_the_breaker_closes(local_redis, time_machine):
    time_machine.move_to(NOON, tick=False)
    counter = RedisRequestCounter(f"redis://{NOWHERE}")
    with pytest.raises(TransientError, match="ConnectionError"):
        counter.count("a", 60)
    redis.Redis.from_url(f"{local_redis}/{DATABASE}").flushdb()
    counter._redis_url = local_redis
    with pytest.raises(TransientError, match="CircuitBreakerError"):
        counter.count("a", 60)
    time_machine.shift(BREAKER_OPEN_S)
    assert counter.count("a", 60).number == 1


def test_a_server_that_cannot_be_reached_raises_a_transient_error():
    counter = RedisRequestCounter(f"redis://{NOWHERE}")
    for _ in range(2):
        with pytest.raises(TransientError):
            counter.count("a", WINDOW_S)
