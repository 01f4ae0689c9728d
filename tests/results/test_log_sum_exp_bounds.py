"""Log-sum-exp against the maximum, with and without a margin."""

import pytest
from sympy import exp, log

from derivations.language import (
    at_most,
    cardinality,
    for_all,
    index,
    index_set,
    log_sum_exp,
    max_over,
    non_empty,
    scalar,
    scalars,
)
from derivations.results import log_sum_exp_bounds as results
from tests.results.checking import holds_on_instances, needs_hypothesis, proves, runs_as_script

A = index_set("A", nonempty=True)
s, gamma, i, w = scalars("s"), scalar("gamma"), index("i"), A.index("w")
n, lse = cardinality(A), log_sum_exp(A, s)
margin = for_all(i, A.without(w), at_most(s[i], s[w] - gamma))
ALL = (
    results.above_the_maximum,
    results.within_log_n,
    results.gap_above,
    results.gap_below_log_n,
    results.gap_from_below,
)


def largest(domain):
    return max_over(domain, s, "t")


def test_maximum_below() -> None:
    proves(results.above_the_maximum, largest(A), "<=", lse)


def test_log_n_above() -> None:
    proves(results.within_log_n, lse, "<=", largest(A) + log(n))


def test_gap_above() -> None:
    right = log(1 + (n - 1) * exp(-gamma))
    proves(results.gap_above, lse - s[w], "<=", right, given=(margin,))


def test_gap_below_log_n() -> None:
    left = log(1 + (n - 1) * exp(-gamma))
    proves(results.gap_below_log_n, left, "<=", log(n), given=(at_most(0, gamma),))


def test_gap_from_below() -> None:
    rest = A.without(w)
    left = log(1 + exp(largest(rest) - s[w]))
    proves(results.gap_from_below, left, "<=", lse - s[w], given=(non_empty(rest),))


@pytest.mark.parametrize("derivation", ALL, ids=lambda one: one.name)
def test_numbers(derivation) -> None:
    holds_on_instances(derivation)


@pytest.mark.parametrize(
    "derivation", [results.gap_above, results.gap_below_log_n], ids=lambda one: one.name
)
def test_the_hypothesis_is_needed(derivation) -> None:
    needs_hypothesis(derivation, 0)


def test_script() -> None:
    runs_as_script("log_sum_exp_bounds")
