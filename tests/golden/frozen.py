"""Makes a run of the product repeatable: a stopped clock and fixed random values.

Secrets are fixed in `tests/environment.py`; what still differs between runs is masked in `recording.py`.
"""

import base64
import itertools
import random
import secrets
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import time_machine
from cryptography.fernet import Fernet

# Sunday 22 November 2026, 12:30 pm in India.
START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return the moment so many minutes after the start of the scenario."""
    return START + timedelta(minutes=minutes)


@contextmanager
def frozen(moment: datetime = START) -> Iterator[time_machine.Traveller]:
    """Stop the clock at `moment` and replace the random sources: those of the standard library and of keys.

    Ids, keys and tokens come from `secrets`, `uuid` and `Fernet`; they become increasing numbers. Nothing of
    the product is replaced, so its modules may be moved freely.
    """
    with ExitStack() as stack:
        for module, name, replacement in _make_counters():
            stack.enter_context(patch.object(module, name, replacement))
        yield stack.enter_context(time_machine.travel(moment, tick=False))


def _make_counters() -> list[tuple[object, str, object]]:
    """Build the replacements; each counts separately, so that a further call of one changes no other."""
    counts: Counter[tuple[str, int]] = Counter()
    uuids = itertools.count(1)
    chance = random.Random(20261122)

    def count(kind: str, size: int) -> int:
        counts[kind, size] += 1
        return counts[kind, size]

    def token_bytes(size: int = 32) -> bytes:
        return count("bytes", size).to_bytes(size, "big")

    def token_hex(size: int = 32) -> str:
        return count("hex", size).to_bytes(size, "big").hex()

    def token_urlsafe(size: int = 32) -> str:
        raw = count("urlsafe", size).to_bytes(size, "big")
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def generate_key() -> bytes:
        return base64.urlsafe_b64encode(count("key", 32).to_bytes(32, "big"))

    def make_uuid() -> uuid.UUID:
        # botocore numbers its calls; how many it makes must not change the product's ids.
        is_ours = not sys._getframe(1).f_globals["__name__"].startswith("botocore.")
        return uuid.UUID(int=next(uuids) if is_ours else 0, version=4)

    return [
        (secrets, "token_bytes", token_bytes),
        (secrets, "token_hex", token_hex),
        (secrets, "token_urlsafe", token_urlsafe),
        (secrets, "choice", chance.choice),
        (uuid, "uuid4", make_uuid),
        (Fernet, "generate_key", generate_key),
    ]
