"""Calls that go side by side, on a few threads that all stints of the process share."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import TypeVar

THREADS = 8

T = TypeVar("T")
R = TypeVar("R")
_here = threading.local()


def side_by_side(call: Callable[[T], R], things: Sequence[T]) -> list[R]:
    """What the call gives for each thing, in order; raises what the first one that failed has raised.

    Each runs in a copy of the caller's context, so that whoever waits for its progress hears of it. One thing
    alone runs at once, and so does everything inside such a thread: it would wait for itself.
    """
    if len(things) <= 1 or getattr(_here, "is_one_of_them", False):
        return [call(thing) for thing in things]
    under_way = [_threads().submit(copy_context().run, call, thing) for thing in things]
    return [one.result() for one in under_way]


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="aws", initializer=_note_thread)


def _note_thread() -> None:
    _here.is_one_of_them = True
