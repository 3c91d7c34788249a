"""Pool of attempts: a slow or dead endpoint delays nobody, and memory is bounded."""

import asyncio
from collections import Counter

import pytest

from notifications.webhooks.pool import Pool
from notifications.webhooks.rules.places import Places


class Endpoints:
    """Jobs of slow endpoints wait for `release`; the others end at once. Records what ran."""

    def __init__(self):
        self.release, self.hundred, self.ended = asyncio.Event(), asyncio.Event(), []
        self.running, self.most = Counter(), Counter()

    async def run(self, job):
        endpoint, _ = job
        for name in (endpoint, "all"):
            self.running[name] += 1
            self.most[name] = max(self.most[name], self.running[name])
        if endpoint.startswith("slow"):
            await self.release.wait()
        if endpoint == "broken":
            raise RuntimeError("broken")
        await asyncio.sleep(0)
        self.ended.append(job)
        if len(self.ended) == 100:
            self.hundred.set()
        self.running[endpoint] -= 1
        self.running["all"] -= 1


def submit(pool, endpoint, count):
    for number in range(count):
        pool.submit(endpoint, (endpoint, number))


async def test_every_job_of_healthy_endpoints_ends_while_slow_ones_have_full_queues():
    endpoints = Endpoints()
    pool = Pool(endpoints.run, concurrency=12)
    submit(pool, "slow1", 50)
    submit(pool, "slow2", 50)
    for name in ("good1", "good2"):
        submit(pool, name, 50)
    async with asyncio.timeout(60):
        await endpoints.hundred.wait()
    assert Counter(endpoint for endpoint, _ in endpoints.ended) == {"good1": 50, "good2": 50}
    assert endpoints.running["slow1"] == endpoints.running["slow2"] == 4
    endpoints.release.set()
    await pool.drain()
    assert len(endpoints.ended) == 200
    assert (endpoints.most["slow1"], endpoints.most["all"]) == (4, 12)


async def test_a_job_that_fails_concerns_no_other_and_frees_its_place():
    endpoints = Endpoints()
    pool = Pool(endpoints.run, concurrency=2)
    submit(pool, "broken", 10)
    submit(pool, "good", 3)
    await pool.drain()
    assert endpoints.ended == [("good", 0), ("good", 1), ("good", 2)]


async def test_a_full_pool_takes_no_more_jobs():
    endpoints = Endpoints()
    pool = Pool(endpoints.run, concurrency=1, max_waiting=3)
    submit(pool, "slow", 4)
    assert pool.room == 0
    with pytest.raises(OverflowError):
        submit(pool, "good", 1)
    endpoints.release.set()
    await pool.drain()
    assert (pool.room, len(endpoints.ended)) == (3, 4)


async def test_slow_jobs_leave_their_places_to_others_and_their_endpoints_get_slow_ones_until_they_are_fast():
    endpoints, reached, rooms = Endpoints(), asyncio.Event(), []

    def note_room():
        rooms.append(1)
        if len(rooms) == 4:
            reached.set()

    pool = Pool(endpoints.run, concurrency=300, slow_after_s=0.0, made_room=note_room)
    submit(pool, "slow1", 4)
    assert pool.places == Places(196, 200, frozenset())
    await reached.wait()
    assert pool.places == Places(200, 196, frozenset({"slow1"}))
    endpoints.release.set()
    await pool.drain()
    assert (pool.places, len(rooms)) == (Places(200, 200, frozenset({"slow1"})), 8)


async def test_an_endpoint_is_no_longer_slow_after_a_job_that_ends_in_time():
    endpoints = Endpoints()
    pool = Pool(endpoints.run, slow_after_s=60.0)
    pool._slow_endpoints["slow1"] = None
    submit(pool, "slow1", 1)
    assert pool.places == Places(200, 199, frozenset({"slow1"}))
    endpoints.release.set()
    await pool.drain()
    assert pool.places == Places(200, 200, frozenset())


async def test_more_slow_jobs_than_places_leave_room_for_others_up_to_the_limit_of_the_pool():
    endpoints, reached = Endpoints(), asyncio.Event()

    def note_room():
        if pool.places.prompt == 10:
            reached.set()

    pool = Pool(endpoints.run, concurrency=250, slow_after_s=0.0, made_room=note_room)
    for number in range(60):
        submit(pool, f"slow{number}", 4)
    await reached.wait()
    assert pool.places[:2] == (10, 0)
    endpoints.release.set()
    await pool.drain()
