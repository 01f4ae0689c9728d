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
        (np.log, arb.log, 1e-12, 1e4),
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


SCALARS = {
    "drop_bound": (1, 1),
    "clustering_bound": (1, 1),
    "stability_bound": (1, 1),
    "first_order_remainder": (1, 1),
    "effective_key_bound": (1, 1, 1, 1),
    "gap_limits": (1, -1),
    "worst_share": (1,),
    "margin_bound": (1, 1, 1, 1),
    "joint_share": (1, 1),
    "joint_bound": (1, 1, 1, 1),
    "mean_key_gap": (1,),
    "irrelevant_context_mass": (1, -1),
}
"""Functions of numbers, and in which of their arguments they increase or decrease."""


def both_limits(result):
    return np.stack(result) if isinstance(result, tuple) else result


def some_arguments(name, shapes):
    """Positive arguments of these shapes; the first is a mass below 1 where it must be."""
    rng = np.random.default_rng(len(name))
    drawn = [10.0 ** rng.uniform(-3, 1.5, size=shape) for shape in shapes]
    if name in ("effective_key_bound", "margin_bound", "joint_share", "joint_bound"):
        drawn[0] = rng.uniform(size=shapes[0])
    if name in ("gap_limits", "irrelevant_context_mass"):
        drawn[0] = 2 + np.floor(drawn[0])
    return drawn


@pytest.mark.parametrize("name", SCALARS)
def test_a_bound_increases_or_decreases_as_it_says(name):
    signs = SCALARS[name]
    function, arguments = getattr(bounds, name), some_arguments(name, [(2000,)] * len(signs))
    result = both_limits(function(*arguments))
    for place, sign in enumerate(signs):
        more = list(arguments)
        more[place] = arguments[place] * 1.25
        if (arguments[place] <= 1).all():
            more[place] = np.minimum(more[place], 1.0)
        change = sign * (both_limits(function(*more)) - result)
        assert (change >= -result * (EVALUATION - 1)).all()
        assert (change > 0).any()


@pytest.mark.parametrize("name", SCALARS)
def test_a_bound_broadcasts(name):
    count = len(SCALARS[name])
    shapes = [tuple(3 if axis == place else 1 for axis in range(count)) for place in range(count)]
    arguments = some_arguments(name, shapes)
    whole = both_limits(getattr(bounds, name)(*arguments))
    assert whole.shape[-count:] == (3,) * count and whole.dtype == np.float64
    for index in np.ndindex((3,) * count):
        numbers = [float(a[tuple(np.minimum(index, np.array(a.shape) - 1))]) for a in arguments]
        np.testing.assert_allclose(
            whole[(..., *index)], both_limits(getattr(bounds, name)(*numbers)), rtol=1e-14
        )


def test_bounds_of_several_tokens_keep_leading_axes():
    rng = np.random.default_rng(1)
    gaps, values = rng.uniform(size=(4, 3, 5)), rng.normal(size=(4, 3, 5, 2))
    apart = np.linalg.norm(values[..., :, None, :] - values[..., None, :, :], axis=-1)
    whole = {
        "pair_bound": bounds.pair_bound(gaps, apart),
        "pair_margin_bound": bounds.pair_margin_bound(gaps, apart),
        "weighted_residual_bound": bounds.weighted_residual_bound(gaps, gaps[::-1]),
        "mean_key_bound": bounds.mean_key_bound(gaps, apart.max(axis=(-2, -1))),
    }
    for place in np.ndindex(4, 3):
        one = {
            "pair_bound": bounds.pair_bound(gaps[place], apart[place]),
            "pair_margin_bound": bounds.pair_margin_bound(gaps[place], apart[place]),
            "weighted_residual_bound": bounds.weighted_residual_bound(
                gaps[place], gaps[::-1][place]
            ),
            "mean_key_bound": bounds.mean_key_bound(gaps[place], apart[place].max()),
        }
        for name, value in one.items():
            np.testing.assert_allclose(whole[name][place], value, rtol=1e-14)


def test_the_pair_bound_is_never_more_than_the_stability_bound():
    rng = np.random.default_rng(2)
    gaps, values = rng.exponential(size=(500, 4)), rng.normal(size=(500, 4, 2))
    apart = np.linalg.norm(values[:, :, None] - values[:, None], axis=-1)
    pair = bounds.pair_bound(gaps, apart)
    assert (pair <= bounds.stability_bound(np.ptp(gaps, axis=-1), apart.max(axis=(1, 2)))).all()
    assert (bounds.pair_bound(gaps + 7.0, apart) <= pair * (1 + 1e-12)).all()
    excess = np.expm1(gaps)
    assert (pair <= bounds.pair_margin_bound(excess, apart) * EVALUATION).all()


def test_edge_cases_of_the_bounds():
    assert bounds.pair_margin_bound([3.0], [[5.0]]) == 0
    assert bounds.pair_bound([3.0], [[0.0]]) == 0
    assert bounds.weighted_residual_bound([], []) == 0
    assert [x.tolist() for x in bounds.gap_limits([0, 1, 2], [np.inf, np.inf, 0.0])] == [
        [0.0, 0.0, math.log(2)]
    ] * 2
    assert bounds.mean_key_gap([0.0, np.inf]).tolist() == [0.0, np.inf]
    assert bounds.mean_key_bound([0.0, np.inf], 2.0) == 2.0
    assert bounds.worst_share(np.inf) == 1 and bounds.worst_share(3.0) == pytest.approx(1 / 3)
    mass = bounds.irrelevant_context_mass([0, 0, 3, 3, 10**12], [-1e4, 1e4, -1e4, 1e4, np.inf])
    assert mass.tolist() == [0.0, 0.0, 1.0, 0.0, 0.0]
    assert bounds.irrelevant_context_mass(9, math.log(9) + math.log(4)) == pytest.approx(0.2)
    assert bounds.joint_share(1.0, 1e150) == 1.0


def test_the_mean_key_gap_is_at_most_an_eighth_of_the_square():
    spread = 10.0 ** np.random.default_rng(3).uniform(-8, 3, size=5000)
    ratio = bounds.mean_key_gap(spread) / (spread**2 / 8)
    assert (ratio <= EVALUATION).all() and ratio.max() > 1 - 1e-12
