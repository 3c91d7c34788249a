"""Batches of outcomes: what ends meanwhile is stored together, and an error concerns its own outcome."""

import asyncio

import pytest

from notifications.webhooks.outcome_batches import MOST_AT_ONCE, OutcomeBatches
from notifications.webhooks.outcomes import Attempt, Ended
from tests.notifications.webhooks.partners import NOON, OK


def make_ended(number):
    return Ended(number, Attempt(NOON, NOON, OK), 0.5)


class Storage:
    """Stores nothing before `release`, notes the batches, and fails for the outcomes that are broken."""

    def __init__(self, broken=()):
        self.release, self.batches, self.broken = asyncio.Event(), [], broken

    async def store(self, ended):
        await self.release.wait()
        batch = [each.claimed for each in ended]
        self.batches.append(batch)
        if set(batch) & set(self.broken):
            raise RuntimeError("broken")
        return [f"reason of {number}" for number in batch]


async def add_all(storage, numbers):
    """Add outcomes while the first is being stored; return what became of each."""
    batches = OutcomeBatches(storage.store)
    adding = [asyncio.ensure_future(batches.add(make_ended(number))) for number in numbers]
    for _ in range(3):
        await asyncio.sleep(0)
    storage.release.set()
    return await asyncio.gather(*adding, return_exceptions=True)


async def test_outcomes_that_come_while_others_are_stored_share_a_batch_of_limited_size():
    storage = Storage()
    numbers = list(range(MOST_AT_ONCE + 3))
    assert await add_all(storage, numbers) == [f"reason of {number}" for number in numbers]
    assert storage.batches == [numbers[:MOST_AT_ONCE], numbers[MOST_AT_ONCE:]]
    await add_all(storage, [100])
    assert storage.batches[2:] == [[100]]


async def test_an_outcome_that_cannot_be_stored_takes_no_other_with_it():
    storage = Storage(broken=[1])
    first, second, third = await add_all(storage, [0, 1, 2])
    assert (first, third) == ("reason of 0", "reason of 2")
    with pytest.raises(RuntimeError):
        raise second
    assert storage.batches == [[0, 1, 2], [0], [1], [2]]
