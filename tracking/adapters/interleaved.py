"""Interleaved calls: one thread sends several requests to AWS before it receives the first response.

Work that makes calls is a generator (`Work`). It yields what finishes a call that is begun, and gets the
response or the error back. Threads in place of this would cost a switch, and a wait for the interpreter's
lock, for each call.
"""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, partial
from typing import Any, Generic, TypeVar

from tracking.adapters.aws import MAX_ATTEMPTS, draw_pause_s
from tracking.adapters.lean_client import LeanClient
from tracking.domain.errors import TransientError
from tracking.turns import TURNS

# Calls of one thread at the same time, and threads for the calls of a client that cannot begin a call.
UNDER_WAY = 8

R = TypeVar("R")
Finish = Callable[[], Any]
Work = Generator[Finish, Any, R]


def begin_call(client: Any, method: str, **request: Any) -> Finish:
    """Send a request; return what waits for its response and returns it, or raises its error."""
    if isinstance(client, LeanClient):
        return client.begin(method, **request)
    call = partial(getattr(client, method), **request)
    return partial(_wait_for, _pool().submit(copy_context().run, call))


def run_interleaved(works: Iterable[Work[R]]) -> list[R]:
    """Run works with up to `UNDER_WAY` calls at once; return their results in order.

    A work is taken and begun as soon as there is room for its call. All are run to their end, also after an
    error; then the first error in their order is raised.
    """
    begun: list[_Begun[R]] = []
    waiting: deque[_Begun[R]] = deque()
    try:
        for work in works:
            begun.append(_Begun(work))
            if begun[-1].begin():
                waiting.append(begun[-1])
            while len(waiting) == UNDER_WAY:
                _finish_first(waiting)
    finally:
        # Also if no further work can be made: a connection with an unread response is of no use.
        while waiting:
            _finish_first(waiting)
    return [each.read_result() for each in begun]


def run_alone(work: Work[R]) -> R:
    """Run one work and return its result."""
    return run_interleaved([work])[0]


def retrying(attempt: Callable[[], Work[R]]) -> Work[R]:
    """Make attempts, which must be safe to repeat; after one that failed for now pause and make another.

    Raises the error of the last attempt.
    """
    for number in range(1, MAX_ATTEMPTS):
        try:
            return (yield from attempt())
        except TransientError:
            yield partial(_sleep_until, time.monotonic() + draw_pause_s(number))
    return (yield from attempt())


def _finish_first(waiting: "deque[_Begun[Any]]") -> None:
    """Finish the call that was begun first; its work goes on until it has begun another one, or has ended."""
    first = waiting.popleft()
    if first.go_on():
        waiting.append(first)


class _Begun(Generic[R]):
    """Work that has begun: what finishes its present call, and its result or error once it has ended."""

    def __init__(self, work: Work[R]) -> None:
        self._work = work
        self._finish: Finish | None = None
        self._result: R | None = None
        self._error: Exception | None = None

    def begin(self) -> bool:
        """Run until a call is begun; return False if the work ended before."""
        return self._run(partial(next, self._work))

    def go_on(self) -> bool:
        """Finish the call, pass on what came of it, and run until the next call is begun."""
        assert self._finish is not None, "only a work with a call goes on"
        try:
            response = self._finish()
        except Exception as error:  # noqa: BLE001 - the work is told, and may raise it again
            return self._run(partial(self._work.throw, error))
        return self._run(partial(self._work.send, response))

    def read_result(self) -> R:
        """Return the result of a work that has ended, or raise its error."""
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def _run(self, resume: Callable[[], Finish]) -> bool:
        self._finish = None
        try:
            self._finish = resume()
        except StopIteration as ended:
            self._result = ended.value
        except Exception as error:  # noqa: BLE001 - raised by `read_result`
            self._error = error
        return self._finish is not None


def _sleep_until(due_at: float) -> None:
    TURNS.sleep(max(0.0, due_at - time.monotonic()))


def _wait_for(answered: "Future[dict[str, Any]]") -> dict[str, Any]:
    with TURNS.letting_others():
        return answered.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(UNDER_WAY, thread_name_prefix="aws")
