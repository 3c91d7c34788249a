"""Confidence intervals of the figures of `delay_report`, by a bootstrap over whole tours.

Parcels of one hub and day share vans, roads and hours, so they are late together. Drawn one by one they would
make the figures look much sharper than they are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from laboratory.evaluation.warnings import BINS, ShipmentOutcome

Sums = NDArray[np.float64]
RESAMPLES = 1000
# Shares of the resamples at the ends of an interval.
ENDS = (0.05, 0.95)
SEED = 1


def find_intervals(outcomes: Sequence[ShipmentOutcome]) -> dict[str, tuple[float, float]]:
    """Return the 90 % confidence interval by figure: Brier skills, calibration error, precision, recall.

    Whole groups of parcels are drawn, those of one hub promised on the same day in UTC. The same outcomes
    give the same intervals; a figure without a case has none.
    """
    groups: dict[tuple[str, str], list[ShipmentOutcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.hub_id, outcome.promised_at.date().isoformat()].append(outcome)
    if not groups:
        return {}
    sums = np.array([_add_up(group) for group in groups.values()])
    drawn = np.random.default_rng(SEED).multinomial(len(groups), [1 / len(groups)] * len(groups), RESAMPLES)
    resampled: Sums = drawn @ sums
    return dict(_cut_ends(resampled))


def _add_up(group: Sequence[ShipmentOutcome]) -> list[float]:
    """Return the sums of a group that every figure is made from, in the order of `_FIGURES`."""
    row: list[float] = []
    for chance in (lambda each: each.p_dispatch, lambda each: each.p_half_way):
        row += _add_up_chances(group, chance)
    warned = [outcome for outcome in group if outcome.warned_at is not None]
    hits = sum(outcome.late for outcome in warned)
    return [*row, float(hits), float(len(warned)), float(sum(outcome.late for outcome in group))]


def _add_up_chances(
    group: Sequence[ShipmentOutcome], chance: Callable[[ShipmentOutcome], float | None]
) -> list[float]:
    """Return number, late and squared errors of the chances, and their signed errors by bin."""
    pairs = [(p, outcome.late) for outcome in group if (p := chance(outcome)) is not None]
    gaps = [0.0] * BINS
    for p, late in pairs:
        gaps[min(int(p * BINS), BINS - 1)] += p - late
    return [
        float(len(pairs)),
        float(sum(late for _, late in pairs)),
        sum((p - late) ** 2 for p, late in pairs),
        *gaps,
    ]


def _cut_ends(sums: Sums) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield the interval of each figure from the sums of the resamples."""
    width = 3 + BINS
    first, half_way, (hits, warned, late) = (
        sums[:, :width],
        sums[:, width : 2 * width],
        sums[:, 2 * width :].T,
    )
    both = first + half_way
    with np.errstate(divide="ignore", invalid="ignore"):
        figures = {
            "brier_skill_dispatch": _find_skill(first),
            "brier_skill_half_way": _find_skill(half_way),
            "ece": np.abs(both[:, 3:]).sum(axis=1) / both[:, 0],
            "precision": hits / warned,
            "recall": hits / late,
        }
    for name, values in figures.items():
        known = values[np.isfinite(values)]
        if known.size:
            low, high = np.quantile(known, ENDS)
            yield name, (round(float(low), 3), round(float(high), 3))


def _find_skill(sums: Sums) -> Sums:
    count, late, squares = sums[:, 0], sums[:, 1], sums[:, 2]
    base = late / count
    skill: Sums = 1 - squares / (count * base * (1 - base))
    return skill
