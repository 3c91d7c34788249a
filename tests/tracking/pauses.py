"""Pauses of a coroutine that a test ends, instead of the passing of time."""

import asyncio
from collections import defaultdict

# More rounds of the event loop than any message of these tests needs to arrive.
ROUNDS = 200


class Pauses:
    """Replacement of `asyncio.sleep` in a module."""

    def __init__(self) -> None:
        self._ended: dict[float, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(0))

    async def sleep(self, seconds: float) -> None:
        """Wait until the test ends a pause of so many seconds."""
        await self._ended[seconds].acquire()

    def end(self, seconds: float) -> None:
        """End the pause of so many seconds that began first, or the next one to begin."""
        self._ended[seconds].release()


async def let_arrive() -> None:
    """Run the event loop until all messages that were sent in memory have arrived."""
    for _ in range(ROUNDS):
        await asyncio.sleep(0)
