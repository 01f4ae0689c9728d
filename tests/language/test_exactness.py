"""Floats are refused wherever a number can be written, and so is what is no expression."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from sympy import Float, Integer, Rational

from derivations.language import (
    FloatRefused,
    LanguageError,
    at_most,
    cluster_map,
    diameter,
    equal,
    exact,
    exp,
    for_all,
    index,
    index_sets,
    inner,
    less,
    linear_map,
    log_sum_exp,
    max_over,
    min_over,
    named,
    norm,
    oscillation,
    outer,
    projection_off,
    scalar,
    scalars,
    softmax,
    softmax_mean,
    sum_over,
    tanh,
    there_is,
    vector,
    vectors,
    winner_map,
)
from derivations.language.statements import check_expression, state

F, N = index_sets("F", "N")
a = cluster_map("a", F, N)
i, j = N.index("i"), index("j")
s, v, x, q = scalars("s"), vectors("v"), scalar("x"), vector("q")
W = linear_map("W")

PLACES: dict[str, Callable[[object], object]] = {
    "sum": lambda bad: sum_over(N, lambda m: bad * s[m]),
    "maximum": lambda bad: max_over(N, lambda m: bad + s[m]),
    "minimum": lambda bad: min_over(N, lambda m: s[m] ** bad),
    "log-sum-exp": lambda bad: log_sum_exp(N, lambda m: bad * s[m]),
    "softmax": lambda bad: softmax(N, lambda m: bad * s[m], i),
    "logit of a mean": lambda bad: softmax_mean(N, lambda m: bad * s[m], v),
    "value of a mean": lambda bad: softmax_mean(N, s, lambda m: bad * v[m]),
    "oscillation": lambda bad: oscillation(N, lambda m: bad * s[m]),
    "diameter": lambda bad: diameter(N, lambda m: bad * v[m]),
    "name": lambda bad: named("alpha", bad * x),
    "inner product": lambda bad: inner(q, bad * q),
    "norm": lambda bad: norm(bad * q),
    "scaled map": lambda bad: W * bad,
    "map scaled from the left": lambda bad: bad * W,
    "applied map": lambda bad: W(bad * q),
    "outer product": lambda bad: outer(q, bad * q),
    "projection": lambda bad: projection_off(bad * q),
    "logit of a winner map": lambda bad: winner_map("w", N, a.group, by=lambda m: bad * s[m]),
    "equation": lambda bad: equal(x, bad),
    "order": lambda bad: at_most(bad, x),
    "strict order": lambda bad: less(x, exp(bad * x)),
    "for all": lambda bad: for_all(j, N, s[j] <= bad),
    "there is": lambda bad: there_is(j, N, at_most(bad, s[j])),
    "left side": lambda bad: state(tanh(bad * x), "=", x),
    "right side": lambda bad: state(x, "<=", bad),
    "budget": lambda bad: state(x, "approx", x + 1, budget=bad),
    "hypothesis": lambda bad: state(x, "=", x, given=[x <= bad]),
    "checked expression": lambda bad: check_expression(x + bad),
}


FLOATS = (0.5, Float("0.5"), np.float64(0.5), np.float32(0.5))


@pytest.mark.parametrize("bad", FLOATS, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("place", PLACES)
def test_a_float_is_refused(place: str, bad: object) -> None:
    with pytest.raises(FloatRefused, match="write a fraction, as in Rational"):
        PLACES[place](bad)


@pytest.mark.parametrize("place", PLACES)
def test_a_fraction_is_welcome_there(place: str) -> None:
    assert PLACES[place](Rational(1, 2)) is not None


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1.0, 1 + 2j, Decimal("0.1")], ids=str)
def test_other_inexact_numbers_are_refused(bad: object) -> None:
    with pytest.raises(FloatRefused):
        exact(bad)


@pytest.mark.parametrize("value", [3, Fraction(1, 4), Integer(3), np.int64(7), x, s[i]], ids=str)
def test_exact_values_pass(value: object) -> None:
    assert exact(value) == value


@pytest.mark.parametrize("bad", ["x", "0.5", None, [1], object], ids=str)
def test_what_is_no_expression_is_refused_in_a_sentence(bad: object) -> None:
    with pytest.raises(LanguageError, match=r"is not a number or a vector|is a string"):
        exact(bad)


def test_the_remedy_shows_the_number_as_it_was_written() -> None:
    with pytest.raises(FloatRefused, match=r"the float 0\.25 is in .*Rational\('0\.25'\)"):
        exact(0.25 * x)
