"""Batched calls: what waits goes together, keys share results, and a failure is that of its batch alone."""

import asyncio
import threading

import pytest

from tests.waiting import PATIENCE_S
from tracking.batched_calls import KEYS_A_CALL, BatchedCalls

WAITS_S = 0.05


class Doubling:
    """Function that doubles numbers and remembers its batches; `hold` makes it wait until released."""

    def __init__(self, *, holds=False):
        self.batches, self.started = [], threading.Semaphore(0)
        self.released = threading.Event()
        if not holds:
            self.released.set()

    def __call__(self, asked):
        self.batches.append(dict(asked))
        self.started.release()
        assert self.released.wait(PATIENCE_S)
        if -1 in asked.values():
            raise ValueError("a bug")
        return {key: 2 * number for key, number in asked.items() if number}

    async def wait_started(self):
        assert await asyncio.to_thread(self.started.acquire, timeout=PATIENCE_S)


async def test_what_is_asked_for_at_the_same_time_is_one_call():
    doubling = Doubling()
    calls = BatchedCalls(doubling, 1)
    assert await asyncio.gather(calls.ask("a", 1), calls.ask("b", 2), calls.ask("none", 0)) == [2, 4, None]
    assert (doubling.batches, len(calls)) == ([{"a": 1, "b": 2, "none": 0}], 0)


async def test_requests_for_one_key_share_a_call_that_waits_or_is_under_way():
    doubling = Doubling(holds=True)
    calls = BatchedCalls(doubling, 1)
    asked = [asyncio.create_task(calls.ask("a", 1)) for _ in range(2)]
    await doubling.wait_started()
    asked += [asyncio.create_task(calls.ask("a", 1))]
    await asyncio.sleep(0)
    doubling.released.set()
    assert (await asyncio.gather(*asked), doubling.batches) == ([2, 2, 2], [{"a": 1}])


async def test_where_calls_begin_after_their_requests_one_under_way_is_not_shared():
    doubling = Doubling(holds=True)
    calls = BatchedCalls(doubling, 1, begins_after=True)
    asked = [asyncio.create_task(calls.ask("a", 1))]
    await doubling.wait_started()
    asked += [asyncio.create_task(calls.ask("a", number)) for number in (2, 3)]
    await asyncio.sleep(0)
    doubling.released.set()
    assert (await asyncio.gather(*asked), doubling.batches) == ([2, 4, 4], [{"a": 1}, {"a": 2}])


async def test_requests_that_may_wait_are_called_together_in_the_end():
    doubling = Doubling()
    calls = BatchedCalls(doubling, 1)
    assert await asyncio.gather(calls.ask("a", 1, WAITS_S), calls.ask("b", 2, WAITS_S)) == [2, 4]
    assert doubling.batches == [{"a": 1, "b": 2}]


async def test_a_request_that_may_wait_waits_for_one_that_may_not():
    doubling = Doubling()
    calls = BatchedCalls(doubling, 1)
    waiting = asyncio.create_task(calls.ask("a", 1, PATIENCE_S * 10))
    for _ in range(5):
        await asyncio.sleep(0)
    assert doubling.batches == []
    async with asyncio.timeout(PATIENCE_S):
        assert [await calls.ask("b", 2), await waiting] == [4, 2]
    assert doubling.batches == [{"a": 1, "b": 2}]


@pytest.mark.parametrize("at_once", [1, 2])
async def test_no_more_calls_than_allowed_run_at_once_and_the_next_takes_all_that_waits(at_once):
    doubling = Doubling(holds=True)
    calls = BatchedCalls(doubling, at_once)
    asked = []
    for number in range(at_once):
        asked.append(asyncio.create_task(calls.ask(f"first {number}", 1)))
        await doubling.wait_started()
    asked += [asyncio.create_task(calls.ask(f"{number}", number)) for number in range(1, 4)]
    await asyncio.sleep(0)
    assert len(calls) == at_once + 3
    doubling.released.set()
    assert await asyncio.gather(*asked) == [2] * at_once + [2, 4, 6]
    assert doubling.batches[at_once:] == [{"1": 1, "2": 2, "3": 3}]


async def test_a_call_takes_a_bounded_number_of_keys():
    doubling = Doubling()
    calls = BatchedCalls(doubling, 1)
    await asyncio.gather(*(calls.ask(str(number), 1) for number in range(KEYS_A_CALL + 1)))
    assert [len(batch) for batch in doubling.batches] == [KEYS_A_CALL, 1]


async def test_a_failure_is_raised_for_each_request_of_its_call_and_the_next_call_is_made():
    doubling = Doubling()
    calls = BatchedCalls(doubling, 1)
    results = await asyncio.gather(calls.ask("a", 1), calls.ask("bad", -1), return_exceptions=True)
    assert [str(error) for error in results] == ["a bug", "a bug"]
    assert (await calls.ask("a", 1), len(calls)) == (2, 0)


async def test_a_request_that_is_cancelled_takes_the_result_from_nobody():
    doubling = Doubling(holds=True)
    calls = BatchedCalls(doubling, 1)
    first, second = (asyncio.create_task(calls.ask("a", 1)) for _ in range(2))
    await doubling.wait_started()
    first.cancel()
    doubling.released.set()
    assert await second == 2
    assert first.cancelled()
