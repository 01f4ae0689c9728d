"""float64 with radii: every operation encloses what balls enclose, whatever the operands hold."""

import math
import operator

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import assume, given
from hypothesis import strategies as st

from checks.exact.rounded import Rounded, RoundedArithmetic, as_rounded

OPS = RoundedArithmetic()
BITS = 4000

middles = st.one_of(
    st.floats(-50, 50, allow_subnormal=False),
    st.floats(-1e100, 1e100, allow_subnormal=False),
    st.sampled_from([0.0, 1.0, -1.0, 1e-300, -1e-300, 1e-160]),
)
radii = st.one_of(st.just(0.0), st.floats(1e-20, 1.0), st.sampled_from([1e-300, 1e-16]))


@st.composite
def rounded(draw, count=None, middle=middles, radius=radii):
    """A number, or that many of them, and an exact number inside of each."""
    number = draw(st.integers(1, 4)) if count is None else count
    centre = np.array([draw(middle) for _ in range(number)])
    spread = np.array([draw(radius) for _ in range(number)])
    places = [draw(st.sampled_from([-1, 0, 1, 0.5])) for _ in range(number)]
    with ctx.workprec(BITS):
        inside = [
            arb(float(m)) + arb(float(r)) * arb(p)
            for m, r, p in zip(centre, spread, places, strict=True)
        ]
    return Rounded(centre, spread), inside


def holds(result: Rounded, exact: arb) -> bool:
    """Whether the exact number is certainly within the radius of the middle."""
    middle, radius = float(result.middle), float(result.radius)
    if not math.isfinite(radius):
        return math.isinf(radius) or math.isnan(radius)
    return bool(abs(arb(middle) - exact) <= arb(radius))


@pytest.mark.parametrize("op", [operator.add, operator.sub, operator.mul, operator.truediv])
@given(left=rounded(1), right=rounded(1))
def test_arithmetic(op, left, right) -> None:
    with ctx.workprec(BITS), np.errstate(all="ignore"):
        assume(op is not operator.truediv or not right[1][0].contains(0))
        result = op(left[0], right[0])
        assert holds(result[0], op(left[1][0], right[1][0]))


FUNCTIONS = {
    "exp": (st.floats(-800, 720), arb.exp),
    "expm1": (st.floats(-800, 720), arb.expm1),
    "log": (st.one_of(st.floats(1e-12, 1e300), st.just(1.0)), arb.log),
    "log1p": (st.one_of(st.floats(-0.999, 1e300), st.just(0.0)), arb.log1p),
    "tanh": (middles, arb.tanh),
    "sqrt": (st.one_of(st.floats(0, 1e300), st.floats(0, 1e-20)), arb.sqrt),
    "absolute": (middles, abs),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(data=st.data())
def test_functions(name, data) -> None:
    inputs, exact = FUNCTIONS[name]
    with ctx.workprec(BITS), np.errstate(all="ignore"):
        number, (inside,) = data.draw(rounded(1, inputs, radii))
        assume(name not in ("log", "sqrt") or inside > 0)
        assume(name != "log1p" or inside > -1)
        assert holds(getattr(OPS, name)(number)[0], exact(inside))


@given(rounded())
def test_sums_maxima_and_norms(drawn) -> None:
    numbers, inside = drawn
    with ctx.workprec(BITS), np.errstate(all="ignore"):
        assert holds(OPS.total(numbers), sum(inside, arb(0)))
        largest = inside[0]
        for each in inside[1:]:
            largest = largest.max(each)
        assert holds(OPS.largest(numbers), largest)
        assert holds(-OPS.largest(-numbers), -max_of([-each for each in inside]))
        assert holds(OPS.norm(numbers), sum((x * x for x in inside), arb(0)).sqrt())


def max_of(balls):
    largest = balls[0]
    for each in balls[1:]:
        largest = largest.max(each)
    return largest


def test_what_cancels_in_a_sum_is_not_forgotten() -> None:
    assert holds(OPS.total(as_rounded([1e16, 1.0, -1e16])), arb(1))
    numbers = np.random.default_rng(1).normal(size=(200, 50))
    numbers = np.concatenate([numbers, -numbers[:, ::-1]], axis=1)
    with ctx.workprec(BITS):
        for row, total in zip(numbers.tolist(), OPS.total(as_rounded(numbers)), strict=True):
            assert holds(total, sum(map(arb, row), arb(0)))


@given(rounded(1), rounded(1))
def test_comparisons_are_never_wrong(left, right) -> None:
    with ctx.workprec(BITS), np.errstate(all="ignore"):
        known = OPS.at_most(left[0][0], right[0][0])
        if known is True:
            assert not left[1][0] > right[1][0]
        if known is False:
            assert left[1][0] > right[1][0]
        if OPS.is_positive(left[0][0]):
            assert left[1][0] > 0
        assert left[1][0] <= arb(float(OPS.upper_end(left[0][0]).middle))
        whole = OPS.from_zero_to(OPS.absolute(left[0])[0])
        assert holds(whole, abs(left[1][0])) and holds(whole, arb(0))


def test_comparisons_are_made_where_they_can_be() -> None:
    one, more = as_rounded(1.0), as_rounded(1.5)
    assert OPS.at_most(one, more) is True
    assert OPS.at_most(more, one) is False
    assert OPS.at_most(one, one) is True
    near = Rounded(np.asarray(1.0), np.asarray(1e-20))
    assert OPS.at_most(one, near) is None
    assert OPS.at_most(near, as_rounded(np.inf)) is None


def test_radii_stay_small() -> None:
    rng = np.random.default_rng(0)
    numbers = as_rounded(rng.normal(size=(6, 40)))
    weights = OPS.exp(numbers)
    mean = OPS.total(weights * numbers) / OPS.total(weights)
    assert mean.radius.max() < 1e-13
    assert OPS.norm(numbers).radius.max() < 1e-13


def test_exact_zeros_stay_exact_and_underflow_does_not_make_them() -> None:
    zero, tiny = as_rounded(0.0), as_rounded(1e-300)
    for number in (zero * tiny, zero + zero, tiny - tiny, OPS.tanh(zero), OPS.sqrt(zero)):
        assert OPS.is_zero(number)
    with np.errstate(under="ignore"):
        for number in (tiny * tiny, OPS.exp(as_rounded(-1e4)), tiny / as_rounded(1e300)):
            assert number.middle == 0 and not OPS.is_zero(number)


def test_what_may_divide_by_zero_is_unknown() -> None:
    around = Rounded(np.asarray(1e-3), np.asarray(1e-2))
    assert np.isinf((1.0 / around).radius)
    assert np.isinf(OPS.log(around).radius)
    assert np.isinf(OPS.log1p(as_rounded(-1.0)).radius)
