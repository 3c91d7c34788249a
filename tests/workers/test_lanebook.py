"""The lane book: answers at once, fetches what it does not know, and never makes an event wait or fail."""

import threading

import pytest

from tests.waiting import PATIENCE_S
from tracking.adapters.memory_lanes import MemoryLaneStatistics
from tracking.domain.errors import TransientError
from tracking.domain.lanes import Level
from workers.lanebook import CachedLaneBook

LEVEL = Level(v=0.5, n=3.0)
OTHER = Level(v=0.7, n=4.0)


class Counting(MemoryLaneStatistics):
    """Statistics that count what is read of them, and may be slow or away."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.is_away = False

    def read(self, keys):
        self.reads.append(list(keys))
        self.gate.wait()
        if self.is_away:
            raise TransientError("away")
        return super().read(keys)


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """The product answers without what takes longer than 50 ms; here the machine may be busy."""
    monkeypatch.setattr("workers.lanebook.WAIT_S", PATIENCE_S)


@pytest.fixture
def lanes() -> Counting:
    lanes = Counting()
    lanes.put({"lane#a": LEVEL})
    return lanes


def ask(book: CachedLaneBook, *keys: str):
    return book.consult(lambda pages: [pages.get(key) for key in keys])


def test_keys_asked_for_the_first_time_are_fetched_in_one_go(lanes):
    book = CachedLaneBook(lanes)
    assert ask(book, "lane#a", "lane#b") == [LEVEL, None]
    assert lanes.reads == [["lane#a", "lane#b"]]


def test_what_is_known_is_not_fetched_again_and_neither_is_what_is_known_to_be_absent(lanes):
    book = CachedLaneBook(lanes)
    ask(book, "lane#a", "lane#b")
    assert (ask(book, "lane#b", "lane#a"), len(lanes.reads)) == ([None, LEVEL], 1)


def test_what_takes_too_long_is_answered_without_and_is_there_the_next_time(lanes, monkeypatch):
    monkeypatch.setattr("workers.lanebook.WAIT_S", 0.05)
    book = CachedLaneBook(lanes)
    lanes.gate.clear()
    assert ask(book, "lane#a") == [None]
    lanes.gate.set()
    book._pool.shutdown(wait=True)
    assert (ask(book, "lane#a"), len(lanes.reads)) == ([LEVEL], 1)


def test_a_store_that_is_away_costs_no_event(lanes, capsys):
    book = CachedLaneBook(lanes)
    lanes.is_away = True
    assert ask(book, "lane#a") == [None]
    assert '"enrich_lanes_stale":1' in capsys.readouterr().out
    lanes.is_away = False
    assert ask(book, "lane#a") == [LEVEL]


def test_a_refresh_reads_again_what_was_asked_for_and_forgets_the_rest(lanes):
    book = CachedLaneBook(lanes)
    ask(book, "lane#a", "lane#b")
    lanes.put({"lane#a": OTHER, "lane#b": LEVEL})
    book.refresh()
    assert ask(book, "lane#a") == [OTHER]
    book.refresh()
    assert lanes.reads[-1] == ["lane#a"]
    assert ask(book, "lane#b") == [LEVEL]
