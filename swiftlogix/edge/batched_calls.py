"""Calls on threads that are made for many requests together, in one event loop."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")
KEYS_A_CALL = 100


class BatchedCalls(Generic[Asked, Given]):
    """Calls of a function on at most `at_once` threads, each for what was asked for since the last began.

    So a process with little to do answers at once, and one with much to do makes few calls. Requests for the
    same key share one result.
    """

    def __init__(self, call: Callable[[Mapping[str, Asked]], Mapping[str, Given]], at_once: int) -> None:
        """`call` takes what was asked for by key, `KEYS_A_CALL` at most, and returns results by key."""
        self._call = call
        self._executor: Executor = ThreadPoolExecutor(at_once, thread_name_prefix="web-read")
        self._free = at_once
        self._waiting: dict[str, Asked] = {}
        self._results: dict[str, asyncio.Future[Given | None]] = {}

    def __len__(self) -> int:
        """Number of keys without a result."""
        return len(self._results)

    async def ask(self, key: str, asked: Asked) -> Given | None:
        """Return the result for this key, None if the call had none. Raises what the call raises."""
        result = self._results.get(key)
        if result is None:
            loop = asyncio.get_running_loop()
            result = self._results[key] = loop.create_future()
            if not self._waiting:
                # After the requests that have arrived at the same time have asked as well.
                loop.call_soon(self._begin)
            self._waiting[key] = asked
        return await asyncio.shield(result)

    def _begin(self) -> None:
        while self._waiting and self._free:
            taken = dict(islice(self._waiting.items(), KEYS_A_CALL))
            for key in taken:
                del self._waiting[key]
            self._free -= 1
            done = asyncio.get_running_loop().run_in_executor(self._executor, self._call, taken)
            done.add_done_callback(partial(self._end, taken))

    def _end(self, taken: Mapping[str, Asked], done: "asyncio.Future[Mapping[str, Given]]") -> None:
        """Hand out the results of a call, and begin the next one."""
        self._free += 1
        error = done.exception()
        given: Mapping[str, Given] = {} if error is not None else done.result()
        for key in taken:
            result = self._results.pop(key)
            if error is None:
                result.set_result(given.get(key))
            else:
                result.set_exception(error)
                # Nobody may be left to await it.
                result.exception()
        self._begin()
