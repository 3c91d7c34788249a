"""Calls on threads that are made for many requests together, in one event loop."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")
KEYS_A_CALL = 100


class _Request(NamedTuple, Generic[Asked, Given]):
    asked: Asked
    result: asyncio.Future[Given | None]


class BatchedCalls(Generic[Asked, Given]):
    """Calls of a function on at most `at_once` threads, each for what was asked for since the last began.

    So a process with little to do answers at once, and one with much to do makes few calls. Requests for the
    same key share one result: also that of a call under way, or, with `begins_after`, only that of one that
    has not begun.
    """

    def __init__(
        self,
        call: Callable[[Mapping[str, Asked]], Mapping[str, Given]],
        at_once: int,
        *,
        begins_after: bool = False,
    ) -> None:
        """`call` takes what was asked for by key, `KEYS_A_CALL` at most, and returns results by key."""
        self._call = call
        self._executor: Executor = ThreadPoolExecutor(at_once, thread_name_prefix="batched")
        self._free = at_once
        self._begins_after = begins_after
        self._begins_soon = False
        self._waiting: dict[str, _Request[Asked, Given]] = {}
        # Those whose result further requests may share.
        self._under_way: dict[str, _Request[Asked, Given]] = {}

    def __len__(self) -> int:
        """Number of keys whose result further requests would share."""
        return len(self._waiting) + len(self._under_way)

    async def ask(self, key: str, asked: Asked, within_s: float = 0.0) -> Given | None:
        """Return the result for this key, None if the call had none. Raises what the call raises.

        The call may begin up to `within_s` seconds later, to be made together with others.
        """
        request = self._under_way.get(key)
        if request is None:
            self._plan(within_s)
            request = self._waiting.get(key)
        if request is None:
            future = asyncio.get_running_loop().create_future()
            request = self._waiting[key] = _Request(asked, future)
        return await asyncio.shield(request.result)

    def _plan(self, within_s: float) -> None:
        """Plan the call of a request that is about to wait, unless one begins soon enough."""
        if within_s:
            if not self._waiting:
                asyncio.get_running_loop().call_later(within_s, self._begin)
        elif self._free and not self._begins_soon:
            self._begins_soon = True
            # After the requests that have arrived at the same time have asked as well.
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        self._begins_soon = False
        while self._waiting and self._free:
            taken = dict(islice(self._waiting.items(), KEYS_A_CALL))
            for key in taken:
                del self._waiting[key]
            if not self._begins_after:
                self._under_way |= taken
            self._free -= 1
            asked = {key: request.asked for key, request in taken.items()}
            done = asyncio.get_running_loop().run_in_executor(self._executor, self._call, asked)
            done.add_done_callback(partial(self._end, taken))

    def _end(
        self, taken: Mapping[str, _Request[Asked, Given]], done: "asyncio.Future[Mapping[str, Given]]"
    ) -> None:
        """Hand out the results of a call, and begin the next one."""
        self._free += 1
        error = done.exception()
        given: Mapping[str, Given] = {} if error is not None else done.result()
        for key, request in taken.items():
            self._under_way.pop(key, None)
            if error is None:
                request.result.set_result(given.get(key))
            else:
                request.result.set_exception(error)
                # Nobody may be left to await it.
                request.result.exception()
        self._begin()
