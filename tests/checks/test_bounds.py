"""The bounds as functions: against ball arithmetic, increasing, sharp where they claim to be."""

import math

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from checks import bounds
from checks.balls import joint_share_ball
from checks.rounding import EVALUATION, UNIT_ROUNDOFF

shares = st.floats(0, 1, allow_subnormal=False)
positive = st.floats(1e-200, 1e6)


def exact_gap(computed: float, exact: arb) -> arb:
    """The relative distance of a float64 number from an exact one."""
    return abs(arb(computed) - exact) / abs(exact)


@pytest.mark.parametrize(
    ("computed", "exact", "low", "high"),
    [
        (np.exp, arb.exp, -700, 700),
        (np.expm1, arb.expm1, -40, 40),
        (np.log1p, arb.log1p, 0, 1e4),
        (np.tanh, arb.tanh, 0, 30),
    ],
)
def test_numpy_functions_err_by_at_most_eight_roundings(computed, exact, low, high):
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.uniform(low, high, 1500), 10.0 ** rng.uniform(-200, 0, 500)])
    values = computed(points)
    with ctx.workprec(200):
        worst = max(
            exact_gap(float(y), exact(arb(float(x)))) for x, y in zip(points, values, strict=True)
        )
        assert worst <= arb(8 * UNIT_ROUNDOFF)


@given(alpha=shares, excess=positive, delta=shares, diameter=positive)
def test_float64_bounds_stay_within_the_rounding_they_are_given(alpha, excess, delta, diameter):
    with ctx.workprec(1500):
        a, x, r, size = arb(alpha), arb(excess), arb(delta), arb(diameter)
        pairs = [
            (bounds.drop_bound(alpha, diameter), a * size),
            (bounds.joint_share(alpha, excess), joint_share_ball(a, x)),
            (
                bounds.joint_bound(alpha, delta, excess, diameter),
                a * r + joint_share_ball(a, x) * size,
            ),
            (
                bounds.margin_bound(alpha, delta, excess, diameter),
                a * r + (x.log1p() / 4).tanh() * size,
            ),
            (
                bounds.effective_key_bound(alpha, delta, excess, diameter),
                a * r + (x / 4).tanh() * size,
            ),
        ]
        for computed, exact in pairs:
            assert not exact > arb(float(computed * EVALUATION)) + arb(2) ** -500


@given(alpha=shares, more_alpha=shares, excess=positive, more_excess=positive)
def test_the_joint_share_increases_in_both_arguments(alpha, more_alpha, excess, more_excess):
    with ctx.workprec(3000):
        low = joint_share_ball(arb(min(alpha, more_alpha)), arb(min(excess, more_excess)))
        high = joint_share_ball(arb(max(alpha, more_alpha)), arb(max(excess, more_excess)))
        assert not low > high


@given(alpha=shares, excess=positive)
def test_the_joint_share_is_below_both_simpler_bounds(alpha, excess):
    share = bounds.joint_share(alpha, excess)
    assert share <= alpha
    assert share <= np.tanh(np.log1p(excess) / 4) * EVALUATION


def test_the_joint_share_reaches_the_margin_share_at_the_turning_point():
    excess = np.array([0.25, 1.0, 3.0, 8.0])
    turning = 1 - 1 / np.sqrt(1 + excess)
    expected = (np.sqrt(1 + excess) - 1) / (np.sqrt(1 + excess) + 1)
    np.testing.assert_allclose(bounds.joint_share(turning, excess), expected, rtol=1e-14)
    np.testing.assert_allclose(bounds.joint_share(1.0, excess), expected, rtol=1e-14)
    assert (bounds.joint_share(turning / 2, excess) < expected).all()


def test_no_tie_and_no_mass_cost_nothing():
    assert bounds.joint_share(0.7, 0.0) == 0
    assert bounds.joint_share(0.0, 3.0) == 0
    assert bounds.margin_bound(0.5, 2.0, 0.0, 9.0) == 1.0
    assert bounds.joint_bound(0.5, 2.0, 0.0, 9.0) == 1.0


def test_the_excess_of_single_tokens_is_zero_and_of_ties_their_number():
    sizes = np.array([[1, 1, 0], [1, 4, 2]])
    margins = np.array([[math.inf, math.inf, math.inf], [math.inf, 0.0, 1.0]])
    assert bounds.excess_group_size(sizes, margins).tolist() == [0.0, 3.0]
    assert bounds.excess_group_size([3], [100.0]) == pytest.approx(2 * math.exp(-100))


def test_the_stability_bound_is_attained_by_two_tokens():
    gap = 1.5
    weight = 1 / (1 + math.exp(gap / 2))
    moved = math.exp(gap) * weight / (1 + (math.exp(gap) - 1) * weight) - weight
    assert bounds.stability_bound(gap, 1.0) == pytest.approx(moved, rel=1e-14)
