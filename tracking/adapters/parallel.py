"""Parallel calls on a few threads that are shared by the whole process."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import TypeVar

THREADS = 8

T = TypeVar("T")
R = TypeVar("R")
_thread = threading.local()


def run_in_parallel(call: Callable[[T], R], arguments: Sequence[T]) -> list[R]:
    """Call with each argument in parallel; return the results in order. Raises the first error in that order.

    Each call runs in a copy of the caller's context, so its progress reaches the caller's listener. A single
    argument, and every call from a thread of the pool, runs in the calling thread: a pool thread that waits
    for the pool would block for ever.
    """
    if len(arguments) <= 1 or getattr(_thread, "is_pool_thread", False):
        return [call(argument) for argument in arguments]
    futures = [_pool().submit(copy_context().run, call, argument) for argument in arguments]
    return [future.result() for future in futures]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="aws", initializer=_mark_thread)


def _mark_thread() -> None:
    _thread.is_pool_thread = True
