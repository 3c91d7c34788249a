"""Readiness: every dependency is named, one that hangs is waited for once, and the answer comes in time."""

import threading

import pytest

from tracking.domain.errors import TransientError
from tracking.readiness import DRAINING, Dependency, Finding, Readiness, describe, is_ready

WORKS = Dependency("store", lambda: None, needed=True)


def fail() -> None:
    raise TransientError("no route to 10.0.0.7")


@pytest.fixture
def hanging():
    """Return a function that does not return before the test's end, and counts its calls."""
    released, calls = threading.Event(), []

    def hang() -> None:
        calls.append(1)
        released.wait()

    hang.calls = calls
    yield hang
    released.set()


def test_each_dependency_has_its_time_and_its_error_in_words():
    readiness = Readiness((WORKS, Dependency("redis", fail, needed=False)))
    store, redis = readiness.check()
    assert (store._replace(took_ms=0), redis._replace(took_ms=0)) == (
        Finding("store", needed=True, took_ms=0),
        Finding("redis", needed=False, took_ms=0, error="cannot be reached (TransientError)"),
    )
    assert describe([store._replace(took_ms=1.26), redis._replace(took_ms=3)]) == {
        "store": {"status": "ok", "needed": True, "ms": 1.3},
        "redis": {
            "status": "failed",
            "needed": False,
            "ms": 3,
            "error": "cannot be reached (TransientError)",
        },
    }
    assert is_ready([store, redis])


def test_a_dependency_that_hangs_is_asked_once_and_keeps_no_answer_waiting(hanging):
    readiness = Readiness((Dependency("database", hanging, needed=True), WORKS), timeout_s=0.05)
    found = [readiness.check() for _ in range(3)]
    errors = [(database.error[:16], store.error) for database, store in found]
    assert errors == [("no answer within", "")] * 3
    assert len(hanging.calls) == 1
    assert not is_ready(found[0])


def test_a_process_that_ends_is_not_ready():
    DRAINING.set()
    try:
        assert not is_ready([Finding("store", needed=True, took_ms=1.0)])
    finally:
        DRAINING.clear()
