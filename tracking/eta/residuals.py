"""Histogram of prediction errors ln(actual / predicted), read as an empirical distribution."""

import math
from functools import cache
from itertools import accumulate, pairwise

from tracking.domain.value import Struct

BINS = 64
# Lower end of the first bin, width of a bin and upper end of the last bin, in logs.
LOWEST = -1.5
STEP = 1 / 16
HIGHEST = LOWEST + BINS * STEP
# Prior before anything is learned: as many legs as this, half of them on either side of 0, two-piece normal.
RESIDUALS_PRIOR_LEGS = 20.0
# Standard deviations of the prior below and above 0, in logs.
SIGMA_BELOW = 0.35
SIGMA_ABOVE = 0.47
# Total above which all bins are halved, so that old errors fade out.
MAX_TOTAL_LEGS = 2000.0
# P90 of the standard normal, to convert P10 and P90 into a sigma and back.
Z90 = 1.2815515655446004


class Residuals(Struct, frozen=True):
    """Histogram of ln(actual / predicted): `BINS` bins of width `STEP` from `LOWEST` on.

    The outermost bins hold everything beyond.
    """

    bins: tuple[float, ...]

    def share_below(self, x: float) -> float:
        """Return F(x), the share of residuals below x, linear inside a bin; 0 to 1."""
        bin_position = (x - LOWEST) / STEP
        if bin_position <= 0:
            return 0.0
        if bin_position >= BINS:
            return 1.0
        index = int(bin_position)
        below = sum(self.bins[:index]) + self.bins[index] * (bin_position - index)
        return below / sum(self.bins)

    def quantile(self, share: float) -> float:
        """Return F^-1(share), the residual below which that share lies."""
        sums = list(accumulate(self.bins))
        target = min(max(share, 0.0), 1.0) * sums[-1]
        index = next((i for i, reached in enumerate(sums) if reached >= target), BINS - 1)
        inside = self.bins[index]
        before = sums[index] - inside
        return LOWEST + (index + ((target - before) / inside if inside else 0.0)) * STEP

    def add(self, residual: float) -> "Residuals":
        """Return the histogram with one more residual."""
        index = min(max(int((residual - LOWEST) // STEP), 0), BINS - 1)
        bins = list(self.bins)
        bins[index] += 1.0
        scale = 0.5 if sum(bins) > MAX_TOTAL_LEGS else 1.0
        return Residuals(bins=tuple(value * scale for value in bins))


@cache
def prior_residuals() -> Residuals:
    """Return the histogram of the prior."""
    edges = [_two_piece_share(LOWEST + i * STEP) for i in range(BINS + 1)]
    edges[0], edges[-1] = 0.0, 1.0
    return Residuals(bins=tuple(RESIDUALS_PRIOR_LEGS * (upper - lower) for lower, upper in pairwise(edges)))


def normal_share(z: float) -> float:
    """Return the share of the standard normal distribution below z."""
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


def _two_piece_share(x: float) -> float:
    return normal_share(x / (SIGMA_BELOW if x < 0 else SIGMA_ABOVE))
