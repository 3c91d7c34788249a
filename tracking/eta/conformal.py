"""Conformal step: windows widen by themselves while fewer arrivals than the goal lie inside them.

Adaptive conformal inference on the factor of the quantile offsets. Arrivals outside beyond the share that the
goal allows are added up; from `SLACK` of them on each one more widens the windows. While the factor is below
its upper bound, the sum is bounded, so in the long run no larger share lies outside than the goal allows.

Source: Gibbs and Candès, Adaptive Conformal Inference Under Distribution Shift (2021). The slack is that of a
CUSUM chart: without it, chance alone would widen windows that are wide enough.
"""

from collections.abc import Mapping

import msgspec

from tracking.domain.value import Struct
from tracking.eta.once_per_batch import once_per_batch

# Share of arrivals that a window from P10 to P90 must hold.
COVERAGE_GOAL = 0.8
# Excess arrivals outside that widen nothing yet.
SLACK = 10.0
# Rise of the factor per excess arrival outside beyond the slack.
RATE = 0.01
# Bounds of the factor: never narrower than learned, never wider than this.
MIN_FACTOR, MAX_FACTOR = 1.0, 1.6


class Widening(Struct, frozen=True):
    """Excess of arrivals outside the windows of one length bucket, and the number of windows compared."""

    # Stored under short names.
    excess: float = msgspec.field(default=0.0, name="x")
    count: float = msgspec.field(default=0.0, name="n")

    @property
    def factor(self) -> float:
        """Factor of the quantile offsets, from `MIN_FACTOR` to `MAX_FACTOR`."""
        return min(max(MIN_FACTOR + RATE * (self.excess - SLACK), MIN_FACTOR), MAX_FACTOR)

    @property
    def shown_factor(self) -> float | None:
        """Factor to three decimals; None if it widens nothing."""
        return round(self.factor, 3) if self.factor > MIN_FACTOR else None


# The excess at which the factor reaches its upper bound; it does not grow further.
MAX_EXCESS = SLACK + (MAX_FACTOR - MIN_FACTOR) / RATE


def widening_key(residuals_key: str) -> str:
    """Return the key of the widening of the windows whose residuals are stored under `residuals_key`."""
    return residuals_key.replace("#r#", "#w#", 1)


def widening_at(statistics: Mapping[str, object], residuals_key: str) -> Widening:
    """Return the widening of the windows of a residuals key; none if nothing is stored, or if it is empty.

    An empty key is not looked up: the cache would note it as used, and no table has empty keys.
    """
    widening = statistics.get(widening_key(residuals_key)) if residuals_key else None
    return widening if isinstance(widening, Widening) else Widening()


@once_per_batch
def find_shown_factor(statistics: Mapping[str, object], residuals_key: str) -> float | None:
    """Return the factor that the windows of a residuals key are widened by; None if it widens nothing."""
    return widening_at(statistics, residuals_key).shown_factor


def update_widening(widening: Widening, *, is_inside: bool) -> Widening:
    """Return the widening after one more arrival, inside its window or outside."""
    excess = widening.excess + COVERAGE_GOAL - is_inside
    return Widening(excess=min(max(excess, 0.0), MAX_EXCESS), count=widening.count + 1.0)
