"""The mean gap of Gaussian logits, against balls, closed forms, samples and its limits."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from flint import acb, arb, ctx
from numpy.polynomial.legendre import leggauss

from checks import gaussian
from checks.gaussian import (
    GAP_ERROR,
    critical_sigma,
    limit_above,
    limit_below,
    limit_gap,
    mean_gap,
    mean_log_sum_exp,
    mean_maximum,
)
from derivations.errors import UnusableInput

BITS = 120


def unfinished_mass(u: float, sigma: float) -> arb:
    """1 - phi(e^u), enclosed by rigorous integration; beyond 14 deviations is below 1e-43."""

    def integrand(z: acb, _: bool) -> acb:
        return (1 - (-(z * sigma + u).exp()).exp()) * (-(z * z) / 2).exp()

    cuts = np.linspace(-14.0, sigma + 14.0, 7).tolist()
    parts = [
        acb.integral(integrand, a, b, rel_tol=arb(2) ** -70, abs_tol=arb(2) ** -110).real
        for a, b in itertools.pairwise(cuts)
    ]
    return sum(parts, start=arb(0)) / (2 * arb.pi()).sqrt()


def slow_mean_log_sum_exp(size: int, sigma: float) -> float:
    """The integral in u = log lam by Gauss-Legendre rules, phi by balls: nothing is shared."""
    nodes, weights = leggauss(12)
    low = -math.log(size) - sigma * sigma / 2 - 42.0
    high = 4.0 + sigma * math.sqrt(90.0 / size)
    cuts = np.linspace(low, high, math.ceil((high - low) / 2.0) + 1)
    terms = []
    with ctx.workprec(BITS):
        for a, b in itertools.pairwise(cuts):
            for x, weight in zip(nodes, weights, strict=True):
                u = float((a + b) / 2 + x * (b - a) / 2)
                power = (size * (-unfinished_mass(u, sigma)).log1p()).exp()
                gumbel = (-arb(u).exp()).exp()
                terms.append(float(gumbel - power) * weight * (b - a) / 2)
    return math.fsum(terms)


@pytest.mark.parametrize(("size", "sigma"), [(3, 1.0), (1000, 2.0), (10**6, 0.3), (10**12, 3.0)])
def test_the_mean_log_sum_exp_agrees_with_balls(size: int, sigma: float) -> None:
    assert abs(mean_log_sum_exp(size, sigma) - slow_mean_log_sum_exp(size, sigma)) <= GAP_ERROR


@pytest.mark.parametrize("size", [2, 3, 1000, 10**6, 10**12])
def test_the_mean_maximum_agrees_with_high_precision(size: int) -> None:
    with mpmath.workdps(40):
        root_two = mpmath.sqrt(2)

        def below(z: mpmath.mpf) -> mpmath.mpf:
            return mpmath.erfc(-z / root_two) / 2

        def integrand(z: mpmath.mpf) -> mpmath.mpf:
            return below(z) - mpmath.exp(size * mpmath.log(below(z)))

        exact = mpmath.quad(integrand, mpmath.linspace(-14, 16, 31))
    assert abs(mean_maximum(size) - float(exact)) <= GAP_ERROR


@pytest.mark.parametrize("sigma", [0.01, 0.5, 0.999, 1.0, 3.5, 20.0])
def test_two_logits_need_one_integral_only(sigma: float) -> None:
    """log(e^a + e^b) = max + log(1 + e^-|a - b|), and a - b ~ Normal(0, 2 sigma^2)."""
    with mpmath.workdps(30):
        deviation = mpmath.sqrt(2) * sigma
        exact = 2 * mpmath.quad(
            lambda z: mpmath.log1p(mpmath.exp(-deviation * z)) * mpmath.npdf(z),
            [*mpmath.linspace(0, 1, 5), 2, 4, 8, 16],
        )
    assert abs(mean_gap(2, sigma) - float(exact)) <= GAP_ERROR
    assert abs(mean_maximum(2, sigma) - sigma / math.sqrt(math.pi)) <= GAP_ERROR
    assert abs(mean_maximum(3, sigma) - 1.5 * sigma / math.sqrt(math.pi)) <= 20 * GAP_ERROR


@pytest.mark.parametrize("size", [2, 1000, 10**12])
@pytest.mark.parametrize("ratio", [1e-6, 0.1, 0.9999, 1.0, 1.0001, 3.0])
def test_a_finer_grid_changes_nothing(
    size: int, ratio: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both branches for small and large sigma are covered, and the boundary between them."""
    sigma = ratio * float(critical_sigma(size))
    coarse = mean_gap(size, sigma)
    monkeypatch.setattr(gaussian, "STEP", gaussian.STEP / 3)
    assert abs(mean_gap(size, sigma) - coarse) <= GAP_ERROR


def test_a_grid_too_coarse_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    fine = mean_gap(1000, 2.0)
    monkeypatch.setattr(gaussian, "STEP", 6 * gaussian.STEP)
    assert abs(mean_gap(1000, 2.0) - fine) > GAP_ERROR


def test_the_branches_for_small_and_large_sigma_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    for sigma in (0.9, 1.0, 1.3):
        monkeypatch.setattr(gaussian, "SMALL_SIGMA", 0.5)
        convolved = mean_gap([2, 10**4, 10**12], sigma)
        monkeypatch.setattr(gaussian, "SMALL_SIGMA", 2.0)
        summed = mean_gap([2, 10**4, 10**12], sigma)
        assert np.abs(convolved - summed).max() <= GAP_ERROR


@pytest.mark.parametrize("size", [2, 16, 256, 4096])
@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.0])
def test_samples_agree_within_four_standard_errors(size: int, ratio: float) -> None:
    sigma = ratio * float(critical_sigma(size))
    draws = max(2000, min(100_000, 4_000_000 // size))
    logits = np.random.default_rng(7).normal(scale=sigma, size=(draws, size))
    largest = logits.max(axis=1)
    gaps = np.log(np.exp(logits - largest[:, None]).sum(axis=1))
    error = gaps.std(ddof=1) / math.sqrt(draws)
    assert abs(gaps.mean() - mean_gap(size, sigma)) <= 4 * error
    # A theory that is off by a tenth would not pass.
    assert abs(gaps.mean() - 1.1 * mean_gap(size, sigma)) > 4 * error


def test_many_sizes_are_the_single_ones() -> None:
    sizes = np.array([[1, 2, 10], [1000, 10**6, 10**12]])
    for sigma in (0.3, 4.0):
        single = [[float(mean_gap(n, sigma)) for n in row] for row in sizes.tolist()]
        assert np.abs(mean_gap(sizes, sigma) - single).max() <= GAP_ERROR


def test_no_spread_and_one_logit() -> None:
    assert mean_gap(10**6, 0.0) == math.log(10**6)
    assert mean_gap(1, 3.0) == mean_log_sum_exp(1, 3.0) == limit_gap(1, 3.0) == 0.0
    assert critical_sigma(1) == 0.0
    assert abs(mean_gap(10**6, 1e-9) - math.log(10**6)) <= 1e-8
    assert mean_log_sum_exp(7, 0.0) == math.log(7)


def test_the_gap_approaches_the_limits_of_the_random_energy_model() -> None:
    sizes = [10.0**3, 10.0**6, 10.0**9, 10.0**12]
    for ratio in (0.2, 0.5, 0.8):
        off = [
            abs(mean_gap(n, ratio * critical_sigma(n)) / math.log(n) - limit_below(ratio))
            for n in sizes
        ]
        assert off == sorted(off, reverse=True)
        assert off[-1] < 0.08
    for ratio in (1.5, 2.0, 3.0):
        off = [abs(mean_gap(n, ratio * critical_sigma(n)) - limit_above(ratio)) for n in sizes]
        assert off == sorted(off, reverse=True)
        assert off[-1] < 0.11


def test_the_limits_as_they_are_written() -> None:
    assert limit_below(0.25) == 0.5625
    assert limit_below(1.0) == limit_below(2.0) == 0.0
    expected = 2.0 * math.lgamma(0.5) - 0.5772156649015329
    assert abs(limit_above(2.0) - expected) < 1e-15
    assert limit_above(1.0) == limit_above(0.3) == np.inf
    sigma = float(critical_sigma(1000))
    assert abs(limit_gap(1000, 0.5 * sigma) - 0.25 * math.log(1000)) < 1e-12
    assert abs(limit_gap(1000, 2.0 * sigma) - expected) < 1e-12


@pytest.mark.parametrize(
    ("size", "sigma"),
    [
        (0, 1.0),
        (-3, 1.0),
        (2.5, 1.0),
        (math.nan, 1.0),
        (2000000000000000.0, 1.0),
        ([], 1.0),
        (2, -1.0),
        (2, math.nan),
        (2, math.inf),
        (2, 257.0),
    ],
)
def test_sizes_and_deviations_that_make_no_sense(size: float, sigma: float) -> None:
    for function in (mean_gap, mean_log_sum_exp, mean_maximum, limit_gap):
        with pytest.raises(UnusableInput, match="give"):
            function(size, sigma)
