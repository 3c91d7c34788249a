"""Histogram of errors as a distribution."""

import pytest

from tracking.eta.residuals import BINS, HIGHEST, LOWEST, MAX_TOTAL_LEGS, Residuals, prior_residuals


def test_the_prior_is_twenty_legs_half_of_them_faster_than_predicted():
    prior = prior_residuals()
    shares = (sum(prior.bins), prior.share_below(0.0), prior.quantile(0.1), prior.quantile(0.9))
    assert shares == pytest.approx((20.0, 0.5, -0.45, 0.60), abs=0.005)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.37, 0.5, 0.9, 0.99])
def test_a_quantile_is_the_inverse_of_the_share_below(share):
    residuals = prior_residuals().add(0.31).add(-0.2).add(1.9)
    assert residuals.share_below(residuals.quantile(share)) == pytest.approx(share)


def test_what_lies_beyond_the_ends_is_kept_in_the_outermost_bins():
    residuals = Residuals(bins=(0.0,) * BINS).add(-9.0).add(9.0).add(9.0)
    assert (residuals.bins[0], residuals.bins[-1]) == (1.0, 2.0)
    assert (residuals.share_below(LOWEST - 1), residuals.share_below(HIGHEST + 1)) == (0.0, 1.0)


def test_a_full_histogram_is_halved_so_that_it_forgets():
    residuals = Residuals(bins=(MAX_TOTAL_LEGS,) + (0.0,) * (BINS - 1)).add(0.0)
    assert sum(residuals.bins) == (MAX_TOTAL_LEGS + 1) / 2
