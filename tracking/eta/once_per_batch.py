"""Results kept for a batch: its parcels share lanes and hubs, and the statistics do not change within it."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, TypeVarTuple

Statistics = TypeVar("Statistics", bound=Mapping[str, Any])
Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


def once_per_batch(
    predict: Callable[[Statistics, *Arguments], Result],
) -> Callable[[Statistics, *Arguments], Result]:
    """Return a pure function of statistics and hashable arguments that keeps its results.

    They are kept in the dictionary `results` of the statistics. Statistics without one, such as a plain
    dictionary that is still learning, are read each time.
    """

    @wraps(predict)
    def find(statistics: Statistics, *arguments: *Arguments) -> Result:
        results: dict[Any, Result] | None = getattr(statistics, "results", None)
        if results is None:
            return predict(statistics, *arguments)
        key = (predict, arguments)
        try:
            return results[key]
        except KeyError:
            result = results[key] = predict(statistics, *arguments)
            return result

    return find
