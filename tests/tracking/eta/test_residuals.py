"""Histogram of errors as a distribution."""

import pytest

from tracking.eta.residuals import BINS, FULL, HIGHEST, LOWEST, Residuals, normal_share, prior_residuals


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
    residuals = Residuals(bins=(FULL,) + (0.0,) * (BINS - 1)).add(0.0)
    assert sum(residuals.bins) == (FULL + 1) / 2


def test_a_histogram_is_not_halved_before_it_is_more_than_full():
    residuals = Residuals(bins=(FULL - 1,) + (0.0,) * (BINS - 1)).add(0.0)
    assert (sum(residuals.bins), residuals.bins[24]) == (2000.0, 1.0)


def test_the_prior_is_a_normal_with_a_wider_upper_half_and_the_tails_in_its_outer_bins():
    bins = prior_residuals().bins
    found = (len(bins), bins[0], bins[23], bins[24], bins[-1])
    wanted = (
        64,
        20 * normal_share(-1.4375 / 0.35),
        20 * (0.5 - normal_share(-0.0625 / 0.35)),
        20 * (normal_share(0.0625 / 0.47) - 0.5),
        20 * (1 - normal_share(2.4375 / 0.47)),
    )
    assert found == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(
    ("z", "share"), [(0, 0.5), (1, 0.841345), (-1, 0.158655), (1.2815515655446, 0.9), (9, 1.0)]
)
def test_shares_of_a_normal_are_those_of_the_tables(z, share):
    assert normal_share(z) == pytest.approx(share, abs=1e-6)


def bins_of(**filled: float) -> Residuals:
    """Return a histogram with these numbers of legs in its bins (`b3` is bin number 3)."""
    return Residuals(bins=tuple(filled.get(f"b{number}", 0.0) for number in range(64)))


@pytest.mark.parametrize(
    ("x", "share"),
    [
        (-1.6, 0.0),
        (-1.52, 0.0),
        (-1.5, 0.0),
        (-1.5 + 0.5 / 16, 0.125),
        (-1.5 + 1 / 16, 0.25),
        (-1.5 + 1.5 / 16, 0.625),
        (-1.5 + 2 / 16, 1.0),
        (2.4999, 1.0),
        (2.5, 1.0),
        (9.0, 1.0),
    ],
)
def test_the_share_below_is_linear_inside_a_bin(x, share):
    assert bins_of(b0=1.0, b1=3.0).share_below(x) == pytest.approx(share)


@pytest.mark.parametrize(
    ("share", "bins"),
    [(-1, 0), (0, 0), (0.125, 10.5), (0.25, 11), (0.5, 20 + 1 / 3), (1, 21), (2, 21)],
)
def test_a_quantile_is_linear_inside_its_bin(share, bins):
    assert bins_of(b10=1.0, b20=3.0).quantile(share) == pytest.approx(-1.5 + bins / 16)


@pytest.mark.parametrize(
    ("residual", "number"),
    [(-1.5, 0), (-1.4376, 0), (-1.4375, 1), (0.0, 24), (-0.001, 23), (2.4374, 62), (2.4375, 63), (2.5, 63)],
)
def test_a_residual_is_counted_in_the_bin_that_contains_it(residual, number):
    assert bins_of().add(residual) == bins_of(**{f"b{number}": 1.0})


def test_the_quantiles_of_an_empty_histogram_are_at_its_start():
    assert bins_of().quantile(0.5) == -1.5
