"""Whole matrices and long runs, which `make test` samples: `make test-long` runs them, by LONG=1."""

import os
from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import Any

from tests.opt_in import only_with

LONG = os.environ.get("LONG") == "1"
only_in_long_runs = only_with("LONG", "make test-long")


def sample_pairs(*axes: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return every combination of the axes in a long run; else some, in which each pair of values meets."""
    whole = list(product(*axes))
    if LONG:
        return whole
    chosen: list[tuple[Any, ...]] = []
    missing = {pair for one in whole for pair in _list_pairs(one, axes)}
    while missing:
        best = max(whole, key=lambda one: len(missing.intersection(_list_pairs(one, axes))))
        chosen.append(best)
        missing.difference_update(_list_pairs(best, axes))
    return chosen


def _list_pairs(one: tuple[Any, ...], axes: Sequence[Sequence[Any]]) -> Iterable[tuple[tuple[int, int], ...]]:
    """Return each two places of the combination as numbers of axis and value; the places, if it is one."""
    places = [(number, axis.index(value)) for number, (axis, value) in enumerate(zip(axes, one, strict=True))]
    return combinations(places, min(2, len(places)))
