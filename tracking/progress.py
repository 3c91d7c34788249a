"""Progress callback, called before each AWS request of the work in the current context."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listener: ContextVar[Callable[[], None] | None] = ContextVar("progress", default=None)


@contextmanager
def reporting_to(listener: Callable[[], None]) -> Iterator[None]:
    """Call `listener` for each step of the work in this block.

    `listener` may raise to stop the work before its next request. Threads that work for the block must run
    in a copy of its context; others do not reach the listener.
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report_progress() -> None:
    """Call the listener of this context, if there is one: a step begins."""
    listener = _listener.get()
    if listener is not None:
        listener()
