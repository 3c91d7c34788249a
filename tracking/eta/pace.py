"""Pace of a leg under way: what the elapsed time says about the rest, learned as a shrunken regression.

The regression over all vehicles is shrunk towards no effect, and that of a class towards it.
"""

import math

import msgspec

from tracking.domain.value import Struct

# Weight of the prior, no effect of the pace on the rest, as a number of observations.
PACE_PRIOR_COUNT = 40.0
# Variance of the pace in the prior.
PACE_PRIOR_VARIANCE = 0.05
# Cap on the count of observations, so that old ones fade out.
MAX_PACE_COUNT = 500.0
# Share of the leg that counts as driven at the expected pace: without it, the first minutes decide.
EXPECTED_SHARE = 0.2
# Largest pace, and largest deviation of a rest from its prediction, that counts: a breakdown is neither.
MAX_PACE = 0.7
MAX_DEVIATION = 0.5


class PaceRegression(Struct, frozen=True):
    """Regression of the rest of a leg on its pace so far, over `count` observations.

    Pace and rest are logs of actual / expected. The slope is how much of a pace the rest repeats.
    """

    # Stored under short names.
    mean_pace: float = msgspec.field(default=0.0, name="x")
    mean_rest: float = msgspec.field(default=0.0, name="y")
    variance: float = msgspec.field(default=PACE_PRIOR_VARIANCE, name="xx")
    covariance: float = msgspec.field(default=0.0, name="xy")
    count: float = msgspec.field(default=PACE_PRIOR_COUNT, name="n")

    def predict_rest(self, pace: float) -> float:
        """Return the expected ln(actual / expected) of the rest; the slope is between 0 and 1."""
        slope = min(max(self.covariance / self.variance, 0.0), 1.0) if self.variance > 0 else 0.0
        return self.mean_rest + slope * (pace - self.mean_pace)

    def add(self, pace: float, rest: float, prior: "PaceRegression | None" = None) -> "PaceRegression":
        """Return the regression after one more observation; a rest far from its prediction is cut.

        `prior` is the regression over all vehicles, if this is that of a class.
        """
        expected = (self if prior is None else self.pool(prior)).predict_rest(pace)
        rest = min(max(rest, expected - MAX_DEVIATION), expected + MAX_DEVIATION)
        count = min(self.count + 1.0, MAX_PACE_COUNT)
        from_mean = pace - self.mean_pace
        mean_pace = self.mean_pace + from_mean / count
        mean_rest = self.mean_rest + (rest - self.mean_rest) / count
        return PaceRegression(
            mean_pace=mean_pace,
            mean_rest=mean_rest,
            variance=self.variance + (from_mean * (pace - mean_pace) - self.variance) / count,
            covariance=self.covariance + (from_mean * (rest - mean_rest) - self.covariance) / count,
            count=count,
        )

    def pool(self, prior: "PaceRegression") -> "PaceRegression":
        """Return the regression of a class with `PACE_PRIOR_COUNT` pseudo-observations of `prior` added."""
        count = self.count + PACE_PRIOR_COUNT
        own, of_prior = self.count / count, PACE_PRIOR_COUNT / count
        apart_pace, apart_rest = self.mean_pace - prior.mean_pace, self.mean_rest - prior.mean_rest
        between = own * of_prior * apart_pace
        return PaceRegression(
            mean_pace=prior.mean_pace + own * apart_pace,
            mean_rest=prior.mean_rest + own * apart_rest,
            variance=own * self.variance + of_prior * prior.variance + between * apart_pace,
            covariance=own * self.covariance + of_prior * prior.covariance + between * apart_rest,
            count=count,
        )


UNLEARNED_PACE = PaceRegression()
# Of a class: its prior is the regression over all vehicles, which is not stored with it.
UNLEARNED_PACE_OF_CLASS = PaceRegression(variance=0.0, count=0.0)


def measure_pace(expected_min: float, done_share: float, elapsed_min: float) -> float:
    """Return ln(elapsed / expected minutes) of the part of a leg that is done, cut to `MAX_PACE`.

    `expected_min` are the predicted minutes of the whole leg. A fixed share of them is added to both, as
    driven at the expected pace.
    """
    allowance = EXPECTED_SHARE * expected_min
    pace = math.log((max(elapsed_min, 0.0) + allowance) / (done_share * expected_min + allowance))
    return min(max(pace, -MAX_PACE), MAX_PACE)
