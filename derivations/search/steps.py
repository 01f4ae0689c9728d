"""Small derived rules: proofs of a few lines that many searches and lemmas need."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from derivations.kernel.rules import (
    Theorem,
    absurd,
    assume,
    bound,
    cases_order,
    discharge,
    exact,
    generalize,
    specialize,
    sum_monotone,
    triangle_sum,
)
from derivations.kernel.terms import Term, add, child, lift, mul, neg, number

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
    return triangle_sum(hyps, sum_term)


def distance_of_equal(hyps: Hypotheses, near: Term, far: Term, theorem: Theorem) -> Theorem:
    """near = far gives ‖near − far‖ ≤ 0."""
    gap = Term("norm", add(near, neg(far)))
    difference = add(near, neg(far))
    zero = Term("zero") if theorem.conclusion.op == "eq" and _is_vector(near) else number(0)
    vanishes = exact(hyps, difference, zero, [(number(1), theorem)])
    return norm_vanishes(hyps, gap, vanishes)


def norm_vanishes(hyps: Hypotheses, gap: Term, vanishes: Theorem) -> Theorem:
    """x = 0 gives ‖x‖ ≤ 0, through ‖x‖² = ⟨x, x⟩ = ⟨x, x − 0⟩."""
    from derivations.kernel.rules import norm_zero

    return norm_zero(hyps, gap, vanishes)


def _is_vector(term: Term) -> bool:
    from derivations.kernel.terms import Sort, sort_of

    return sort_of(term) is Sort.VECTOR


def combine(
    hyps: Hypotheses, a: Term, b: Term, coefficients: Iterable[Fraction], facts: Iterable[Theorem]
) -> Theorem:
    """a ≤ b from facts with rational coefficients; those with coefficient 0 are left out."""
    uses = [(number(k), t) for k, t in zip(coefficients, facts, strict=True) if k]
    return bound(hyps, "le", a, b, uses)


def by_cases(hyps: Hypotheses, a: Term, b: Term, prove: Callable[[Hypotheses], Theorem]) -> Theorem:
    """The same conclusion under a ≤ b and under b < a."""
    first = prove(hyps | {Term("le", a, b)})
    second = prove(hyps | {Term("lt", b, a)})
    return cases_order(first, second, a, b)


__all__ = [
    "Hypotheses", "absurd", "by_cases", "combine", "distance_of_equal", "given", "le",
    "nonneg_product", "norm_of_sum", "square", "termwise",
]
