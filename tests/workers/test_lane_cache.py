"""Cache of lane statistics answers at once, fetches new keys, and never makes an event wait or fail."""

import threading

import pytest

from tests.waiting import PATIENCE_S
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.errors import TransientError
from tracking.eta.lanes import Level
from workers.lane_cache import LaneStatisticsCache

LEVEL = Level(mean_log=0.5, count=3.0)
OTHER = Level(mean_log=0.7, count=4.0)


class Counting(MemoryLaneStatisticsStore):
    """Store that records its reads, and can be slow or out of reach."""

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
    """Extend the read limit: the product waits 50 ms for a read, and a busy machine may take longer."""
    monkeypatch.setattr("workers.lane_cache.WAIT_S", PATIENCE_S)


@pytest.fixture
def lanes() -> Counting:
    lanes = Counting()
    lanes.put({"lane#a": LEVEL})
    return lanes


def ask(book: LaneStatisticsCache, *keys: str):
    lanes = book.read([keys])
    return [lanes.get(key) for key in keys]


def test_keys_used_for_the_first_time_are_read_in_one_call(lanes):
    book = LaneStatisticsCache(lanes)
    assert ask(book, "lane#a", "lane#b") == [LEVEL, None]
    assert lanes.reads == [["lane#a", "lane#b"]]


def test_cached_keys_and_cached_absences_are_not_read_again(lanes):
    book = LaneStatisticsCache(lanes)
    ask(book, "lane#a", "lane#b")
    assert (ask(book, "lane#b", "lane#a"), len(lanes.reads)) == ([None, LEVEL], 1)


def test_keys_that_take_too_long_are_absent_now_and_present_the_next_time(lanes, monkeypatch):
    monkeypatch.setattr("workers.lane_cache.WAIT_S", 0.05)
    book = LaneStatisticsCache(lanes)
    lanes.gate.clear()
    assert ask(book, "lane#a") == [None]
    lanes.gate.set()
    book._pool.shutdown(wait=True)
    assert (ask(book, "lane#a"), len(lanes.reads)) == ([LEVEL], 1)


def test_a_store_that_cannot_be_reached_costs_no_event(lanes, capsys):
    book = LaneStatisticsCache(lanes)
    lanes.is_away = True
    assert ask(book, "lane#a") == [None]
    assert '"enrich_lanes_stale":1' in capsys.readouterr().out
    lanes.is_away = False
    assert ask(book, "lane#a") == [LEVEL]


def test_a_refresh_reads_again_only_what_was_used(lanes):
    book = LaneStatisticsCache(lanes)
    assert ask(book, "lane#a", "lane#b") == [LEVEL, None]
    book.read([["lane#c"]])
    lanes.put({"lane#a": OTHER, "lane#b": LEVEL})
    book.refresh()
    assert ask(book, "lane#a") == [OTHER]
    book.refresh()
    assert lanes.reads == [["lane#a", "lane#b"], ["lane#c"], ["lane#a", "lane#b"], ["lane#a"]]


def test_every_tenth_refresh_drops_what_has_not_been_used_so_that_old_statistics_do_not_come_back(lanes):
    book = LaneStatisticsCache(lanes)
    ask(book, "lane#a", "lane#b")
    lanes.put({"lane#a": OTHER})
    for _ in range(10):
        ask(book, "lane#b")
        book.refresh()
    assert ask(book, "lane#a", "lane#b") == [OTHER, None]
    assert lanes.reads == [["lane#a", "lane#b"], ["lane#a", "lane#b"], *[["lane#b"]] * 9, ["lane#a"]]


def test_a_key_that_was_used_without_having_been_read_comes_with_the_next_refresh(lanes):
    book = LaneStatisticsCache(lanes)
    assert book.read([]).get("lane#a") is None
    book.refresh()
    assert book.read([]).get("lane#a") == LEVEL


def test_results_of_one_batch_are_not_kept_for_the_next(lanes):
    book = LaneStatisticsCache(lanes)
    first = book.read([["lane#a"]])
    first.results["seen"] = True
    assert book.read([["lane#a"]]).results == {}
