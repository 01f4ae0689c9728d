"""Recentring: weights that add up to 0 see differences of the values only.

    K ≠ ∅, Σ x_j = 0  ⊢  ‖Σ x_j u_j‖ ≤ ½ Σ|x_j| · diam u        (vectors)
    K ≠ ∅, Σ x_j = 0  ⊢  |Σ x_j c_j| ≤ ½ Σ|x_j| · (max c − min c)  (numbers)

With x the difference of two softmax weights this is the dual form of total variation.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from derivations.kernel.rules import (
    Theorem,
    assume,
    cite,
    discharge,
    generalize,
    instantiate,
    max_above,
)
from derivations.kernel.terms import KernelError, Term, add, mul
from derivations.lemmas.softmax_stability import shortened
from derivations.search.build import (
    base,
    entry,
    eq,
    exp,
    fresh,
    inner,
    le,
    lt,
    maximum,
    minimum,
    nonempty,
    norm,
    sides,
    total,
    ventry,
)
from derivations.search.derived_rules import cases_order, cauchy_schwarz, max_below
from derivations.search.library import LibraryLemma
from derivations.search.shapes import Mean, differences_of_means, is_vector
from derivations.search.signs import bound, exact
from derivations.search.steps import Hypotheses, by_cases, termwise
from derivations.terms import div, neg, number, sub
from derivations.verdicts import Known

NAME = "recentring"
K = base("K")
x, c, u = entry("x"), entry("c"), ventry("u")
ZERO, UNIT = number(0), number(1)
BALANCED = eq(total(K, x), ZERO)
MASS = total(K, lambda i: norm(x(i)))
TOP, BOTTOM = maximum(K, c), minimum(K, c)


@cache
def one_sided() -> Theorem:
    """Σ x c ≤ ½ Σ|x| (max c − min c)."""
    hyps = frozenset({nonempty(K)})
    middle, half = div(add(TOP, BOTTOM), 2), div(sub(TOP, BOTTOM), 2)
    j = fresh(K)
    above = max_above(hyps, TOP, j)
    below = max_above(hyps, maximum(K, lambda i: neg(c(i))), j)

    def pointwise(under: Hypotheses) -> Theorem:
        for weight, fact in ((x(j), above), (neg(x(j)), below)):
            try:
                low, high = mul(x(j), sub(c(j), middle)), mul(norm(x(j)), half)
                return bound(under, "le", low, high, [(weight, fact)])
            except KernelError:
                continue
        raise KernelError("neither sign of a weight gives the bound")

    each = by_cases(hyps, ZERO, x(j), pointwise)
    summed = termwise(j, each)
    balanced = frozenset({nonempty(K), BALANCED})
    return bound(
        balanced,
        "le",
        total(K, lambda i: mul(x(i), c(i))),
        mul(half, MASS),
        [(UNIT, summed), (middle, assume(BALANCED))],
    )


@cache
def numbers() -> Theorem:
    """Both signs of the one-sided bound."""
    j = fresh(K)
    up = one_sided()
    flipped = instantiate(up, [(x(j), neg(x(j)))])
    hyps = frozenset({nonempty(K), BALANCED})
    unbalanced = exact(hyps, total(K, lambda i: neg(x(i))), ZERO, [(number(-1), assume(BALANCED))])
    down = discharge(flipped, unbalanced)
    gap = total(K, lambda i: mul(x(i), c(i)))
    limit = mul(div(1, 2), MASS, sub(TOP, BOTTOM))
    nonneg, negative = le(ZERO, gap), lt(gap, ZERO)
    first = bound(hyps | {nonneg}, "le", norm(gap), limit, [(UNIT, up)])
    second = bound(hyps | {negative}, "le", norm(gap), limit, [(UNIT, down)])
    return cite(NAME, cases_order(first, second, ZERO, gap))


@cache
def vectors() -> Theorem:
    """Along the direction of the sum itself the vectors are numbers."""
    hyps = frozenset({nonempty(K), BALANCED})
    y = Term("vector", "y")
    i, j, k = fresh(K), fresh(K), fresh(K)
    diameter = maximum(K, lambda i: maximum(K, lambda j: norm(sub(u(i), u(j)))))
    along = instantiate(one_sided(), [(c(i), inner(y, u(i)))])
    width = mul(norm(y), diameter)
    apart = cauchy_schwarz(hyps, y, sub(u(j), u(k)))
    near = max_above(hyps, maximum(K, lambda m: norm(sub(u(j), u(m)))), k)
    far = max_above(hyps, diameter, j)
    pair = bound(
        hyps,
        "le",
        neg(inner(y, u(k))),
        sub(width, inner(y, u(j))),
        [(UNIT, apart), (norm(y), near), (norm(y), far)],
    )
    lowest = max_below(generalize(k, pair))
    furthest = maximum(K, lambda i: neg(inner(y, u(i))))
    row = bound(hyps, "le", inner(y, u(j)), sub(width, furthest), [(UNIT, lowest)])
    highest = max_below(generalize(j, row))
    gap = total(K, lambda i: mul(x(i), u(i)))
    limit = mul(div(1, 2), MASS, diameter)
    half_mass = mul(div(1, 2), MASS)
    linear = bound(
        hyps, "le", inner(y, gap), mul(limit, norm(y)), [(UNIT, along), (half_mass, highest)]
    )
    at_gap = instantiate(linear, [(y, gap)])
    length = norm(gap)
    squared = bound(hyps, "le", mul(length, length), mul(limit, length), [(UNIT, at_gap)])
    positive = bound(frozenset({nonempty(K)}), "le", ZERO, limit, [])
    cut = instantiate(shortened(), [(Term("scalar", "n"), length), (Term("scalar", "tau"), limit)])
    return cite(NAME, discharge(cut, squared, positive))


def instances(goal: Term) -> Iterator[Theorem]:
    """One for every norm of a difference of two means over the same set with the same values."""
    for left, right in differences_of_means(goal):
        if left.domain == right.domain and left.value == right.value:
            yield from _instance(left, right)


def _instance(left: Mean, right: Mean) -> Iterator[Theorem]:
    i = fresh(left.domain)
    hyps = frozenset({nonempty(left.domain)})
    values = left.values(i)
    general, family = (vectors(), u) if is_vector(values) else (numbers(), c)
    weights = sub(_weight(left, i), _weight(right, i))
    try:
        made = instantiate(general, [(K, left.domain), (x(i), weights), (family(i), values)])
        zero = next(h for h in made.hypotheses if h.op == "eq")
        yield discharge(made, exact(hyps, *sides(zero)))
    except KernelError:
        return


def _weight(mean: Mean, i: Term) -> Term:
    return div(exp(mean.logits(i)), total(mean.domain, lambda k: exp(mean.logits(k))))


LEMMA = LibraryLemma(
    NAME, "weights that add up to 0 see differences only", Known.KERNEL, vectors, instances
)
