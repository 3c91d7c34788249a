"""Turns the signals that ask a demo to end into one exception, so that everything ends by one way."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(KeyboardInterrupt):
    """Somebody has asked the demo to end: Ctrl-C, SIGTERM, or a closed terminal."""


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Raise `StopRequested` in the main thread when a signal asks to end."""
    before = {number: signal.signal(number, _raise_stop) for number in ASKING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def deaf_to_signals() -> Iterator[None]:
    """Let an orderly end come to its end, however often it is asked for."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ASKING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise_stop(number: int, _frame: object) -> None:
    raise StopRequested(signal.Signals(number).name)
