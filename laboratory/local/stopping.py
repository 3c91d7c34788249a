"""Turns the signals that stop a demo into one exception, so that there is one way of stopping."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(KeyboardInterrupt):
    """Raised when the demo is asked to stop: by Ctrl-C, SIGTERM, or a closed terminal."""


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Raise `StopRequested` in the main thread on a stop signal, within the context."""
    before = {number: signal.signal(number, _raise_stop) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ignore_stop_signals() -> Iterator[None]:
    """Ignore further stop signals within the context, so that an orderly stop is not interrupted."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise_stop(number: int, _frame: object) -> None:
    raise StopRequested(signal.Signals(number).name)
