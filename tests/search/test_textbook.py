"""Identities and inequalities that a textbook would not explain: each is proved in one step."""

import pytest
from sympy import Expr, Integer, Rational, exp, log, sqrt, tanh

from derivations import check
from derivations.language import (
    index_sets,
    inner,
    max_over,
    min_over,
    norm,
    scalar,
    scalars,
    softmax_mean,
    sum_over,
    vector,
    vectors,
)
from derivations.verdicts import Verdict

F, N = index_sets("F", "N", nonempty="N")
s, T, v = scalars("s"), scalars("T"), vectors("v")
c, x, y, q = scalar("c"), scalar("x"), scalar("y"), vector("q")
i = N.index("i")


def total(terms: object) -> Expr:
    return sum_over(N, terms)


def largest(terms: object) -> Expr:
    return max_over(N, terms)


STEPS = {
    "sums are exchanged": (
        sum_over(F, lambda t: total(lambda j: T[t, j])),
        "=",
        total(lambda j: sum_over(F, lambda t: T[t, j])),
    ),
    "sums over one set are exchanged": (
        total(lambda j: total(lambda k: T[j, k])),
        "=",
        total(lambda j: total(lambda k: T[k, j])),
    ),
    "exchanged beneath a denominator": (
        sum_over(F, lambda t: total(lambda j: T[t, j] / (1 + exp(s[t])))),
        "=",
        total(lambda j: sum_over(F, lambda t: T[t, j] / (1 + exp(s[t])))),
    ),
    "a shift of a max": (largest(lambda j: s[j] + c), "=", largest(s) + c),
    "a shift of a max inside exp": (
        exp(largest(lambda j: s[j] + c)),
        "=",
        exp(c) * exp(largest(s)),
    ),
    "a shift of a max inside a sum": (
        sum_over(F, lambda t: largest(lambda j: s[j] + s[t])),
        "=",
        sum_over(F, lambda t: largest(s) + s[t]),
    ),
    "logits less the largest": (largest(lambda j: s[j] - largest(s)), "=", 0),
    "a multiple of a max": (largest(lambda j: 2 * s[j]), "=", 2 * largest(s)),
    "a factor of a max": (largest(lambda j: c * s[j]), "=", c * largest(s), [c >= 0]),
    "a shift leaves the oscillation": (
        largest(lambda j: s[j] + c) - min_over(N, lambda j: s[j] + c),
        "=",
        largest(s) - min_over(N, s),
    ),
    "the order of a union": (max_over(F | N, s), "=", max_over(N | F, s)),
    "the exponential of a max": (largest(lambda j: exp(s[j])), "=", exp(largest(s))),
    "a max is at most the sum": (largest(lambda j: exp(s[j])), "<=", total(lambda j: exp(s[j]))),
    "log-sum-exp of shifted logits": (
        log(total(lambda j: exp(s[j] - largest(s)))),
        "=",
        log(total(lambda j: exp(s[j]))) - largest(s),
    ),
    "softmax of shifted logits": (
        softmax_mean(N, lambda j: s[j] - largest(s), v),
        "=",
        softmax_mean(N, s, v),
    ),
    "the square of a sum": (total(s) ** 2, "=", total(lambda j: total(lambda k: s[j] * s[k]))),
    "the variance by pairs": (
        total(lambda j: total(lambda k: (s[j] - s[k]) ** 2)),
        "=",
        2 * total(lambda j: 1) * total(lambda j: s[j] ** 2) - 2 * total(s) ** 2,
    ),
    "the norm of a sum": (
        norm(total(v)) ** 2,
        "=",
        total(lambda j: total(lambda k: inner(v[j], v[k]))),
    ),
    "a member of a sum": (total(lambda j: exp(s[j])), ">=", exp(s[i])),
    "a softmax weight is at most 1": (exp(s[i]) / total(lambda j: exp(s[j])), "<=", 1),
    "log-sum-exp is above a logit": (log(total(lambda j: exp(s[j]))), ">=", s[i]),
    "a fraction under a sum": (
        total(lambda j: exp(s[j]) / (1 + exp(s[j]))),
        "=",
        total(lambda j: 1 - 1 / (1 + exp(s[j]))),
    ),
    "a common denominator": (1 / x + 1 / y, "=", (x + y) / (x * y), [x > 0, y < 0]),
    "a sigmoid": (1 / (1 + exp(-x)), "=", exp(x) / (1 + exp(x))),
    "tanh by exponentials": (tanh(x / 2), "=", (exp(x) - 1) / (exp(x) + 1)),
    "tanh is increasing": (tanh(x), "<=", tanh(y), [x <= y]),
    "a root of a product": (sqrt(x * y), "=", sqrt(x) * sqrt(y), [x >= 0, y >= 0]),
    "a root of a multiple": (sqrt(4 * x + 4 * y), "=", 2 * sqrt(x + y), [x + y >= 0]),
    "a cube root": ((x**3) ** Rational(1, 3), "=", x, [x >= 0]),
    "log 4": (log(Integer(4)), "=", 2 * log(Integer(2))),
    "a log of a product": (log(x * y), "=", log(x) + log(y), [x > 0, y > 0]),
    "Young": (x * y, "<=", (x**2 + y**2) / 2),
    "reciprocals turn round": (1 / y, "<=", 1 / x, [x > 0, x <= y]),
    "the log of a size": (log(total(lambda j: 1)), ">=", 0),
    "the norm of a multiple": (norm(-2 * q), "=", 2 * norm(q)),
}


@pytest.mark.parametrize("name", STEPS)
def test_it_is_proved(name: str) -> None:
    left, relation, right, *given = STEPS[name]
    found = check(left, relation, right, given=given[0] if given else ())
    assert found.verdict is Verdict.PROVED, found.reason
