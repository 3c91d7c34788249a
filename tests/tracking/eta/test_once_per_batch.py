"""Tests of results that are kept for a batch."""

from collections import UserDict

from tracking.eta.once_per_batch import once_per_batch


class BatchStatistics(UserDict[str, int]):
    """Statistics that keep results."""

    def __init__(self, statistics: dict[str, int]) -> None:
        super().__init__(statistics)
        self.results: dict[object, object] = {}


@once_per_batch
def _read(statistics, key, factor):
    return statistics[key] * factor


@once_per_batch
def _read_negative(statistics, key, factor):
    return -statistics[key] * factor


def test_statistics_of_a_batch_are_read_once_for_each_function_and_arguments():
    statistics = BatchStatistics({"a": 1, "b": 2})
    calls = [(_read, "a", 1), (_read, "a", 10), (_read, "b", 1), (_read_negative, "a", 1)]
    first = [read(statistics, key, factor) for read, key, factor in calls]
    statistics.update(a=5, b=6)
    assert first == [1, 10, 2, -1]
    assert [read(statistics, key, factor) for read, key, factor in calls] == first


def test_statistics_that_keep_no_results_are_read_each_time():
    statistics = {"a": 1}
    first = _read(statistics, "a", 10)
    statistics["a"] = 2
    assert (first, _read(statistics, "a", 10)) == (10, 20)
