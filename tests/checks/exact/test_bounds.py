"""The float64 bounds against the same formulas in balls, at random and at extreme arguments."""

import math

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from checks import bounds
from checks.exact import bounds as exact
from checks.exact.arithmetic import BallArithmetic
from checks.rounding import TINY, UNIT_ROUNDOFF

BALLS = BallArithmetic()
BITS = 4000
ROUNDINGS = 64

shares = st.one_of(st.floats(0, 1, allow_subnormal=False), st.sampled_from([0.0, 1.0]))
sizes = st.one_of(st.floats(1e-100, 1e100), st.sampled_from([0.0, 1e-12, 1.0]))
spreads = st.one_of(
    st.floats(1e-150, 1e150),
    st.floats(0.01, 100),
    st.sampled_from([0.0, 1e-160, 1e-8, 2.0, np.nextafter(2.0, 3), 709.0, 711.0]),
)
gaps = st.one_of(st.floats(0, 50, allow_subnormal=False), st.sampled_from([0.0, 1e-12, 1e4]))
margins = st.one_of(st.floats(0, 700, allow_subnormal=False), st.sampled_from([0.0, 1e-300, 690.0]))
counts = st.one_of(st.integers(2, 100), st.sampled_from([2, 10**6, 10**12]))
lengths = st.lists(sizes, min_size=1, max_size=4)


@st.composite
def gaps_and_distances(draw):
    """p gaps or excesses, and a symmetric table of p x p distances."""
    count = draw(st.integers(1, 4))
    table = np.zeros((count, count))
    for j in range(count):
        for k in range(j):
            table[j, k] = table[k, j] = draw(sizes)
    return [draw(gaps) for _ in range(count)], table


@st.composite
def weights_and_lengths(draw):
    """Weights and as many lengths."""
    count = draw(st.integers(0, 4))
    return [draw(shares) for _ in range(count)], [draw(sizes) for _ in range(count)]


ARGUMENTS = {
    "drop_bound": st.tuples(shares, sizes),
    "clustering_bound": st.tuples(shares, sizes),
    "weighted_residual_bound": weights_and_lengths(),
    "stability_bound": st.tuples(gaps, sizes),
    "pair_bound": gaps_and_distances(),
    "first_order_remainder": st.tuples(gaps, sizes),
    "effective_key_bound": st.tuples(shares, sizes, gaps, sizes),
    "gap_limits": st.tuples(counts, margins),
    "worst_share": st.tuples(sizes),
    "pair_margin_bound": gaps_and_distances(),
    "margin_bound": st.tuples(shares, sizes, sizes, sizes),
    "joint_share": st.tuples(shares, sizes),
    "joint_bound": st.tuples(shares, sizes, sizes, sizes),
    "mean_key_gap": st.tuples(spreads),
    "mean_key_bound": st.tuples(st.lists(spreads, min_size=1, max_size=3), sizes),
    "irrelevant_context_mass": st.tuples(counts, st.floats(-700, 700)),
}
NAMES = pytest.mark.parametrize("name", ARGUMENTS)


def both(name, arguments):
    """Pairs of a float64 result and the ball that should hold it."""
    computed = getattr(bounds, name)(*arguments)
    enclosed = getattr(exact, name)(BALLS, *[BALLS.numbers(each) for each in arguments])
    if not isinstance(computed, tuple):
        computed, enclosed = (computed,), (enclosed,)
    return [
        (float(one), np.asarray(other).item())
        for one, other in zip(computed, enclosed, strict=True)
    ]


@NAMES
@given(data=st.data())
def test_a_bound_is_within_a_few_roundings_of_the_real_number(name, data) -> None:
    arguments = data.draw(ARGUMENTS[name])
    with ctx.workprec(BITS):
        for computed, enclosed in both(name, arguments):
            assert enclosed.rad() <= abs(enclosed.mid()) * arb(2) ** -200
            off = abs(arb(computed) - enclosed)
            assert off <= ROUNDINGS * UNIT_ROUNDOFF * abs(enclosed) + TINY


@NAMES
def test_a_wrong_bound_would_be_noticed(name, monkeypatch) -> None:
    """Off by a thousandth, every bound falls out of its rounding."""
    original = getattr(bounds, name)

    def off(*arguments):
        result = original(*arguments)
        scaled = [each * 1.001 for each in (result if isinstance(result, tuple) else (result,))]
        return tuple(scaled) if isinstance(result, tuple) else scaled[0]

    monkeypatch.setattr(bounds, name, off)
    some = {
        "drop_bound": (0.5, 2.0),
        "clustering_bound": (0.5, 2.0),
        "weighted_residual_bound": ([0.25, 0.5], [1.0, 2.0]),
        "stability_bound": (1.0, 2.0),
        "pair_bound": ([0.0, 1.0], np.array([[0.0, 1.0], [1.0, 0.0]])),
        "first_order_remainder": (1.0, 2.0),
        "effective_key_bound": (0.5, 1.0, 1.0, 2.0),
        "gap_limits": (3, 1.0),
        "worst_share": (3.0,),
        "pair_margin_bound": ([0.0, 1.0], np.array([[0.0, 1.0], [1.0, 0.0]])),
        "margin_bound": (0.5, 1.0, 3.0, 2.0),
        "joint_share": (0.25, 3.0),
        "joint_bound": (0.25, 1.0, 3.0, 2.0),
        "mean_key_gap": (1.0,),
        "mean_key_bound": ([1.0, 2.0], 3.0),
        "irrelevant_context_mass": (3, 1.0),
    }
    with ctx.workprec(BITS):
        for computed, enclosed in both(name, some[name]):
            assert abs(arb(computed) - enclosed) > ROUNDINGS * UNIT_ROUNDOFF * abs(enclosed)


def test_every_bound_has_its_exact_counterpart() -> None:
    functions = {
        name
        for name, value in vars(bounds).items()
        if callable(value) and getattr(value, "__module__", "") == bounds.__name__
    }
    assert functions - {"excess_group_size"} == set(ARGUMENTS)


def test_an_argument_that_may_be_zero_is_enclosed_from_zero_on() -> None:
    with ctx.workprec(128):
        around = arb(0, arb(2) ** -40)
        for function in (
            lambda x: exact.mean_key_gap(BALLS, x),
            lambda x: exact.joint_share(BALLS, BALLS.numbers(0.5), x),
        ):
            enclosed = np.asarray(function(np.asarray(around, dtype=object))).item()
            for inside in (0.0, 2.0**-41, 2.0**-60):
                point = np.asarray(function(BALLS.numbers(inside))).item()
                assert enclosed.contains(point)
            assert enclosed.upper() < math.ldexp(1.0, -39)
