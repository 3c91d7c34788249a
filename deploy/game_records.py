"""Records that a game day puts on the stream, and what goes on putting them."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

Record = tuple[str, bytes]
Put = Callable[[Sequence[Record]], object]

# Nobody has booked these shipments, so no recipient and no partner hears of them; their rows expire.
PREFIX = "GAMEDAY"
AHEAD, INDIAN_OFFSET, BEHIND = timedelta(hours=2), timedelta(hours=5, minutes=30), timedelta(hours=-3)
# Records with such a key cannot be recorded; the audit of one machine looks for them in quarantine.
UNREADABLE = "poison"


def make_report(subject: str, number: int, at: datetime, **more: Any) -> bytes:
    """Return the report of a position of a shipment at a moment of its device's clock."""
    fields = {
        "event_id": f"{subject}-{number}",
        "shipment_id": subject,
        "timestamp": at.isoformat(),
        "lat": 12.9 + number % 100 / 1000,
        "lon": 77.6,
    }
    return json.dumps(fields | more).encode()


def make_hot(run: str, first: int, count: int, now: datetime) -> list[Record]:
    """Return so many reports of one shipment, numbered from `first`."""
    subject = f"{PREFIX}-HOT-{run}"
    return [(subject, make_report(subject, first + each, now)) for each in range(count)]


def make_skewed(run: str, number: int, now: datetime) -> list[Record]:
    """Return three reports: from the future, of Indian time sent as UTC, and of a clock that is behind.

    The first cannot be right and is refused.
    """
    return [
        (
            f"{UNREADABLE}-clock-{run}-{number}",
            make_report(f"{PREFIX}-AHEAD-{run}", number, now + AHEAD),
        ),
        (
            subject := f"{PREFIX}-INDIAN-{run}",
            make_report(subject, number, now + INDIAN_OFFSET, device_id=subject),
        ),
        (subject := f"{PREFIX}-BEHIND-{run}", make_report(subject, number, now + BEHIND)),
    ]


def make_unreadable(run: str) -> Record:
    """Return a record that is no JSON."""
    return f"{UNREADABLE}-{run}", b"\xff game day " + run.encode()


def name_run() -> str:
    """Return a name that no run before has had."""
    return f"{time.time_ns() // 1_000_000:x}".upper()


@contextmanager
def keep_putting(put: Put, make: Callable[[int, datetime], list[Record]], every_s: float) -> Iterator[None]:
    """Put what `make(number, now)` returns, every `every_s` seconds, until the block ends.

    Raises the error of a failed put at the end of the block.
    """
    ending, errors = threading.Event(), list[Exception]()

    def put_all() -> None:
        number = 0
        while not ending.wait(every_s):
            try:
                put(make(number, datetime.now(UTC)))
            except Exception as error:  # noqa: BLE001 - it is raised by the thread that waits
                errors.append(error)
                return
            number += 1

    thread = threading.Thread(target=put_all, name="game-day", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
    if errors:
        raise errors[0]
