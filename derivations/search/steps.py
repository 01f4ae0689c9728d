"""Small derived rules: proofs of a few lines that many searches and lemmas need."""

from __future__ import annotations

from collections.abc import Callable

from derivations.kernel.rules import (
    Theorem,
    assume,
    discharge,
    generalize,
    specialize,
    sum_monotone,
    triangle,
)
from derivations.kernel.terms import Term, lift, mul
from derivations.search.derived_rules import cases_order
from derivations.search.signs import bound
from derivations.terms import child, neg, number

Hypotheses = frozenset[Term]


def le(hyps: Hypotheses, a: Term, b: Term, *uses: Theorem | tuple[object, Theorem]) -> Theorem:
    """a ≤ b from theorems, each with coefficient 1 or an explicit one."""
    return bound(hyps, "le", a, b, [_use(one) for one in uses])


def _use(one: Theorem | tuple[object, Theorem]) -> tuple[Term, Theorem]:
    if isinstance(one, tuple):
        return lift(one[0]), one[1]  # type: ignore[arg-type]
    return number(1), one


def given(hypothesis: Term, *indices: Term) -> Theorem:
    """A hypothesis as a theorem, its quantifiers specialised to the indices."""
    theorem = assume(hypothesis)
    for one in indices:
        theorem = specialize(theorem, one)
    return theorem


def nonneg_product(hyps: Hypotheses, first: Theorem, second: Theorem) -> Theorem:
    """0 ≤ x and 0 ≤ y give 0 ≤ x·y."""
    x, y = child(first.conclusion, 1), child(second.conclusion, 1)
    under = hyps | {first.conclusion}
    product = bound(under, "le", number(0), mul(x, y), [(x, second)])
    return discharge(product, first)


def square(hyps: Hypotheses, x: Term) -> Theorem:
    """0 ≤ x·x."""
    zero = number(0)
    up, down = Term("le", zero, x), Term("lt", x, zero)
    goal = (zero, mul(x, x))
    above = bound(hyps | {up}, "le", *goal, [(x, assume(up))])
    below = bound(hyps | {down}, "le", *goal, [(neg(x), assume(down))])
    return cases_order(above, below, zero, x)


def termwise(element: Term, theorem: Theorem) -> Theorem:
    """f(i) ≤ g(i) for a free index i gives Σ f ≤ Σ g."""
    return sum_monotone(generalize(element, theorem))


def norm_of_sum(hyps: Hypotheses, sum_term: Term) -> Theorem:
    """‖Σ f‖ ≤ Σ ‖f‖."""
    return triangle(hyps, sum_term)


def by_cases(hyps: Hypotheses, a: Term, b: Term, prove: Callable[[Hypotheses], Theorem]) -> Theorem:
    """The same conclusion under a ≤ b and under b < a."""
    first = prove(hyps | {Term("le", a, b)})
    second = prove(hyps | {Term("lt", b, a)})
    return cases_order(first, second, a, b)
