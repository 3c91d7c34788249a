"""Garbage collection of a web process, and its notice before it ends."""

import signal
import subprocess
import sys
import threading

import pytest

from swiftlogix.web import announce_end
from tests.waiting import PATIENCE_S
from tracking.readiness import DRAINING

# In a process of its own, since frozen objects stay frozen for all other tests.
PROGRAM = """
import gc
from swiftlogix.web import make_config
from workers.gc_tuning import WEB

config = make_config("127.0.0.1", 0)
assert gc.get_freeze_count() == 0
config.load()
import swiftlogix.asgi
assert gc.get_threshold() == WEB
assert not any(known is swiftlogix.asgi.application for known in gc.get_objects())
"""


def test_a_web_process_excludes_the_loaded_application_from_collection_and_collects_rarely():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)


@pytest.fixture
def ended():
    """Stand for the server's handler of SIGTERM; yield the event it sets."""
    ended = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set())
    yield ended
    signal.signal(signal.SIGTERM, before)
    DRAINING.clear()


def test_sigterm_makes_the_process_not_ready_at_once_and_ends_it_after_the_notice(ended):
    announce_end(notice_s=0.3)
    signal.raise_signal(signal.SIGTERM)
    assert (DRAINING.is_set(), ended.is_set()) == (True, False)
    assert ended.wait(PATIENCE_S)


def test_a_second_sigterm_ends_the_process_within_the_notice(ended):
    announce_end(notice_s=PATIENCE_S * 10)
    signal.raise_signal(signal.SIGTERM)
    assert not ended.is_set()
    signal.raise_signal(signal.SIGTERM)
    assert ended.is_set()


def test_without_a_notice_the_process_ends_at_once(ended):
    announce_end(notice_s=0)
    signal.raise_signal(signal.SIGTERM)
    assert (DRAINING.is_set(), ended.is_set()) == (True, True)
