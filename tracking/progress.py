"""Says that work goes on: whoever makes a slow call reports, whoever must know that listens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listener: ContextVar[Callable[[], None] | None] = ContextVar("progress", default=None)


@contextmanager
def reporting_to(listener: Callable[[], None]) -> Iterator[None]:
    """While the block runs, `listener` hears of each step in this context.

    It may raise, and so stops the work before its next call. A thread that works for the block hears and
    reports only if it runs in a copy of its context.
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report_progress() -> None:
    """Tell the listener of this context, if there is one, that another step begins."""
    listener = _listener.get()
    if listener is not None:
        listener()
