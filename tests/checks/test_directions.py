"""The law of the cosine, exactly and by sampling, and the mean mass of a random context."""

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from flint import acb, arb, ctx
from scipy import stats
from scipy.integrate import quad

from checks.directions import (
    context_mass_bound,
    cosine_density,
    cosine_moment,
    cosine_tail,
    cosine_tail_bound,
    expected_context_mass,
    sample_context_mass,
)
from derivations.errors import UnusableInput

DIMENSIONS = [2, 3, 4, 7, 64, 1000]


def cosines(draws: int, d: int, seed: int) -> np.ndarray:
    """q . k of unit vectors, the long way."""
    q, k = np.random.default_rng(seed).normal(size=(2, draws, d))
    lengths = np.linalg.norm(q, axis=1) * np.linalg.norm(k, axis=1)
    return np.einsum("nd,nd->n", q, k) / lengths


@pytest.mark.parametrize("d", DIMENSIONS)
def test_the_density_integrates_to_one_and_to_its_moments(d: int) -> None:
    with ctx.workprec(100):
        power, constant = arb(d - 3) / 2, (arb(d) / 2).gamma() / (arb(d - 1) / 2).gamma()
        x = 0.3
        exact = constant / arb.pi().sqrt() * (1 - arb(x) ** 2) ** power
        assert abs(float(exact) - cosine_density(x, d)) <= 1e-12 * float(exact)
    for order in (0, 2, 4, 6):
        # x = sin a takes the singularity of d = 2 away.
        moment, _ = quad(
            lambda a, n=order: cosine_density(math.sin(a), d) * math.sin(a) ** n * math.cos(a),
            -math.pi / 2,
            math.pi / 2,
            epsabs=1e-13,
            limit=200,
        )
        assert abs(moment - cosine_moment(order, d)) < 1e-10
    assert cosine_moment(3, d) == 0.0
    assert cosine_moment(2, d) == 1.0 / d


def test_the_moments_are_those_of_the_circle_and_the_sphere() -> None:
    """On the circle E cos^2k = binomial(2k, k) / 4^k, on the sphere in space 1 / (2k + 1)."""
    for k in range(6):
        circle = Fraction(math.comb(2 * k, k), 4**k)
        assert math.isclose(cosine_moment(2 * k, 2), circle, rel_tol=1e-15)
        assert math.isclose(cosine_moment(2 * k, 3), 1 / (2 * k + 1), rel_tol=1e-15)
        assert cosine_moment(2 * k, 1) == 1.0


@pytest.mark.parametrize("d", DIMENSIONS)
def test_samples_follow_the_law(d: int) -> None:
    drawn = cosines(4000, d, seed=d)
    for eps in (0.01, 0.1, 0.5):
        share, exact = (np.abs(drawn) >= eps).mean(), float(cosine_tail(eps, d))
        assert abs(share - exact) <= 4 * math.sqrt(max(exact * (1 - exact), 1e-4) / 4000)

    def below(x: np.ndarray) -> np.ndarray:
        tail = cosine_tail(np.abs(x), d) / 2
        return np.where(x < 0, tail, 1 - tail)

    assert stats.kstest(drawn, below).pvalue > 1e-4
    assert stats.kstest(drawn * 1.2, below).pvalue < 1e-2


@pytest.mark.parametrize("d", [2, 3, 5, 64])
def test_the_tail_is_the_integral_of_the_density(d: int) -> None:
    for eps in (0.0, 0.2, 0.9):
        tail, _ = quad(
            lambda a: 2 * cosine_density(math.sin(a), d) * math.cos(a),
            math.asin(eps),
            math.pi / 2,
            epsabs=1e-13,
        )
        assert abs(tail - cosine_tail(eps, d)) < 1e-11
    assert cosine_tail(0.0, d) == 1.0 == cosine_tail(-0.5, d)
    assert cosine_tail(1.0, d) == 0.0 == cosine_tail(1.5, d)


def tail_in_balls(eps: float, d: int) -> arb:
    """P(|cos| >= eps) as a ratio of rigorous integrals of cos^(d-2)."""

    def integrand(a: acb, _: bool) -> acb:
        return a.cos() ** (d - 2)

    whole = acb.integral(integrand, 0, arb.pi() / 2).real
    return acb.integral(integrand, arb(eps).asin(), arb.pi() / 2).real / whole


@pytest.mark.parametrize("d", [2, 3, 4, 10, 100, 1000])
def test_the_tail_is_at_most_its_bound(d: int) -> None:
    eps = np.concatenate([np.geomspace(1e-3, 1.0, 200), np.linspace(0.001, 1.0, 200)])
    assert (cosine_tail(eps, d) <= cosine_tail_bound(eps, d)).all()
    assert cosine_tail(0.0, d) == cosine_tail_bound(0.0, d)
    with ctx.workprec(200):
        for one in (1e-4, 0.1, 0.5, 0.99):
            exact = tail_in_balls(one, d)
            assert exact <= (-d * arb(one) ** 2 / 2).exp()
            assert abs(float(exact) - cosine_tail(one, d)) <= 1e-11


def test_the_constant_in_the_tail_bound_cannot_go_below_one_half() -> None:
    """e^(-c d eps^2) with c > 1/2 is false in high dimension."""
    d, eps = 100_000, 0.01
    c = 0.7
    assert cosine_tail(eps, d) > math.exp(-c * d * eps**2)


def test_one_dimension_is_different() -> None:
    assert (cosine_tail(np.array([0.0, 0.5, 1.0]), 1) == 1.0).all()
    assert cosine_tail(1.1, 1) == 0.0
    assert cosine_tail_bound(1.0, 1) >= 1.0
    assert math.exp(-0.5) < 1.0 == cosine_tail(1.0, 1), "without the 2 the bound is false"
    with pytest.raises(UnusableInput, match="no density"):
        cosine_density(0.0, 1)


def test_orthogonal_with_probability_one_is_false() -> None:
    for d in (2, 100, 10**6):
        assert cosine_tail(1e-12, d) > 1 - 1e-8


@pytest.mark.parametrize("d", [1, 2, 16, 4096])
@pytest.mark.parametrize("scale", [None, 1.0])
def test_the_mean_mass_of_a_random_context_is_its_share(d: int, scale: float | None) -> None:
    for frozen, normal in ((1, 1), (30, 10), (3, 8)):
        alpha = sample_context_mass(4000, frozen, normal, d, scale=scale, seed=3)
        error = alpha.std(ddof=1) / math.sqrt(len(alpha))
        expected = expected_context_mass(frozen, normal)
        assert abs(alpha.mean() - expected) <= 4 * error
        assert expected == frozen / (frozen + normal)


def test_the_mean_mass_is_exact_for_any_weights_by_exchangeability() -> None:
    """Over all choices of the m frozen ones among the tokens the mean of alpha is m / (m + p)."""
    weights = [Fraction(one) for one in (1, 7, Fraction(1, 3), 1000, 2, Fraction(5, 9))]
    tokens = len(weights)
    for frozen in range(tokens + 1):
        masses = [sum(chosen) / sum(weights) for chosen in combinations(weights, frozen)]
        assert Fraction(sum(masses)) / len(masses) == Fraction(frozen, tokens)
        assert expected_context_mass(frozen, tokens - frozen) == frozen / tokens


def test_the_short_way_of_drawing_is_the_long_way() -> None:
    d, frozen, normal, draws = 5, 4, 3, 3000
    random = np.random.default_rng(8)
    q = random.normal(size=(draws, d))
    k = random.normal(size=(draws, frozen + normal, d))
    weights = np.exp(np.einsum("nd,ntd->nt", q, k) / math.sqrt(d))
    long_way = weights[:, :frozen].sum(axis=1) / weights.sum(axis=1)
    short = sample_context_mass(draws, frozen, normal, d, seed=9)
    assert stats.ks_2samp(long_way, short).pvalue > 1e-3
    other = sample_context_mass(draws, frozen, normal, d, scale=1.0, seed=9)
    assert stats.ks_2samp(long_way, other).pvalue < 1e-6


def test_dimension_alone_changes_nothing() -> None:
    """With 1/sqrt(d) the spread of alpha in d = 64 and d = 4096 is the same to a few per cent."""
    spreads = [
        float(np.std(sample_context_mass(20_000, 32, 16, d, seed=1))) for d in (64, 512, 4096)
    ]
    assert max(spreads) / min(spreads) < 1.05
    unscaled = [
        float(np.std(sample_context_mass(20_000, 32, 16, d, scale=1.0, seed=1)))
        for d in (4, 64, 4096)
    ]
    assert unscaled == sorted(unscaled) and unscaled[-1] > 2 * unscaled[0]


def test_the_mean_given_the_query_is_at_most_its_bound() -> None:
    random = np.random.default_rng(4)
    d, draws = 8, 20_000
    for _ in range(10):
        q = random.normal(size=d) * random.uniform(0.2, 3)
        own = random.normal(size=3)
        frozen = int(random.integers(1, 30))
        logits = np.linalg.norm(q) / math.sqrt(d) * random.normal(size=(draws, frozen))
        mass = np.exp(logits).sum(axis=1)
        partition = math.exp(np.logaddexp.reduce(own))
        alpha = mass / (mass + partition)
        bound = context_mass_bound(frozen, q @ q, d, math.log(partition))
        assert alpha.mean() <= bound + 4 * alpha.std() / math.sqrt(draws)
        by_hand = frozen * math.exp(q @ q / d / 2)
        assert math.isclose(bound, by_hand / (by_hand + partition), rel_tol=1e-12)
    assert context_mass_bound(0, 1.0, d, 0.0) == 0.0
    assert context_mass_bound(5, 0.0, d, math.log(5)) == 0.5
    assert context_mass_bound(5, 1e9, d, 0.0) == 1.0


@pytest.mark.parametrize("d", [0, -1, 2.5, math.nan])
def test_dimensions_that_make_no_sense(d: float) -> None:
    for function in (cosine_density, cosine_tail, cosine_tail_bound):
        with pytest.raises(UnusableInput, match="whole number from 1"):
            function(0.5, d)
    with pytest.raises(UnusableInput, match="whole number from 1"):
        sample_context_mass(1, 1, 1, d, seed=0)


def test_orders_and_numbers_of_tokens_that_make_no_sense() -> None:
    with pytest.raises(UnusableInput, match="order"):
        cosine_moment(-2, 3)
    for frozen, normal in ((-1, 2), (0, 0), (2, -1)):
        with pytest.raises(UnusableInput, match="not both 0"):
            expected_context_mass(frozen, normal)


def test_the_density_at_and_beyond_the_ends() -> None:
    assert cosine_density([-1.5, 1.5], 5).tolist() == [0.0, 0.0]
    assert cosine_density(1.0, 2) == np.inf
    assert np.abs(cosine_density([-1.0, 0.0, 1.0], 3) - 0.5).max() < 1e-15
    assert cosine_density(1.0, 4) == 0.0
