"""Balls as arrays: shapes, enclosures, and comparisons only where they are certain."""

import numpy as np
from flint import arb, ctx

from checks.exact.arithmetic import BallArithmetic

OPS = BallArithmetic()


def test_arrays_keep_their_shapes() -> None:
    table = OPS.numbers([[1.0, 2.0, 2.0], [4.0, 0.0, -3.0]])
    assert OPS.total(table).tolist() == [5, 1]
    assert OPS.largest(table).tolist() == [2, 4]
    assert [x.overlaps(arb(y)) for x, y in zip(OPS.norm(table), [3, 5], strict=True)] == [True] * 2
    assert OPS.maximum(table, 1.5)[1].tolist() == [4, 1.5, 1.5]
    assert OPS.minimum(table, 1.5)[1].tolist() == [1.5, 0, -3]
    assert OPS.absolute(table)[1].tolist() == [4, 0, 3]
    assert OPS.join([table[0], table[1]]).shape == (2, 3)
    assert OPS.join([OPS.numbers(1.0), arb(2), 3.0]).tolist() == [1, 2, 3]
    assert OPS.total(OPS.numbers(np.zeros((2, 0)))).tolist() == [0, 0]


def test_functions_enclose() -> None:
    with ctx.workprec(100):
        points = OPS.numbers([0.25, 3.0])
        for name in ("exp", "expm1", "log", "log1p", "tanh", "sqrt"):
            for ball, point in zip(getattr(OPS, name)(points), (0.25, 3.0), strict=True):
                assert abs(float(ball.mid()) - getattr(np, name)(point)) < 1e-14
                assert ball.rad() < arb(2) ** -80


def test_a_norm_of_balls_around_zero_is_around_zero() -> None:
    """A general power of such a ball would be nan."""
    with ctx.workprec(100):
        around = np.array([arb(0, arb(2) ** -50), arb(0)], dtype=object)
        length = np.asarray(OPS.norm(around)).item()
        assert length.contains(0) and length < arb(2) ** -49
        assert np.asarray(OPS.norm(OPS.numbers([0.0, 0.0]))).item().is_zero()


def test_comparisons() -> None:
    around, one = arb(1, arb(2) ** -20), arb(1)
    assert OPS.at_most(one, OPS.numbers(2.0)) is True
    assert OPS.at_most(OPS.numbers(2.0), one) is False
    assert OPS.at_most(around, one) is None and OPS.at_most(one, around) is None
    assert OPS.at_most(one, one) is True
    assert OPS.is_positive(around) and not OPS.is_positive(around - 1)
    assert OPS.is_zero(OPS.numbers(0.0)) and not OPS.is_zero(around - 1)
    assert np.asarray(OPS.upper_end(around)).item() >= around
    assert np.asarray(OPS.from_zero_to(around)).item().contains(0.5)
    assert OPS.nearest(around) == 1.0
