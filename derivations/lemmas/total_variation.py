"""Softmax stability in total variation.

    K ≠ ∅  ⊢  Σ |softmax_j(z) − softmax_j(l)| ≤ 2 tanh(osc_j(z_j − l_j)/4)

From the stability of weighted means with the values x_j/(|x_j| + η), which tend to the signs of
the differences x_j as η → 0; the limit is taken by contradiction.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from derivations.kernel.rules import Theorem, assume, cite, discharge, generalize, instantiate
from derivations.kernel.terms import KernelError, Term, add, mul, open_body
from derivations.lemmas.softmax_stability import SPREAD, weighted, with_spread
from derivations.search.build import (
    Body,
    base,
    entry,
    eq,
    every,
    exp,
    fresh,
    le,
    lt,
    nonempty,
    norm,
    sides,
    tanh,
    total,
)
from derivations.search.derived_rules import cases_order
from derivations.search.library import LibraryLemma
from derivations.search.shapes import as_weight, flat_sum
from derivations.search.signs import bound, exact
from derivations.search.steps import by_cases, given, termwise
from derivations.terms import child, div, nodes, number, sub
from derivations.verdicts import Known

NAME = "softmax stability in total variation"
K = base("K")
z, ell, x, sigma, c = entry("z"), entry("l"), entry("x"), entry("sigma"), entry("c")
ZERO, UNIT = number(0), number(1)
ETA = Term("scalar", "eta")
LIMIT = mul(2, tanh(SPREAD))


def _weight(logits: Body, j: Term) -> Term:
    return div(exp(logits(j)), total(K, lambda i: exp(logits(i))))


IS_DIFFERENCE = every(K, lambda j: eq(x(j), sub(_weight(z, j), _weight(ell, j))))


@cache
def signed() -> Theorem:
    """−1 ≤ σ ≤ 1, x = softmax(z) − softmax(l)  ⊢  Σ x σ ≤ 2 tanh(osc/4)."""
    low, high = every(K, lambda j: le(-1, sigma(j))), every(K, lambda j: le(sigma(j), 1))
    hyps = frozenset({nonempty(K), low, high})
    j = fresh(K)
    general = instantiate(
        with_spread(weighted()), [(c(j), div(add(1, sigma(j)), 2)), (Term("scalar", "D"), UNIT)]
    )
    nonneg = bound(hyps, "le", ZERO, div(add(1, sigma(j)), 2), [(div(1, 2), given(low, j))])
    most = bound(hyps, "le", div(add(1, sigma(j)), 2), UNIT, [(div(1, 2), given(high, j))])
    means = discharge(general, generalize(j, nonneg), generalize(j, most))
    both = hyps | {IS_DIFFERENCE}
    return bound(both, "le", total(K, lambda i: mul(x(i), sigma(i))), LIMIT, [(number(2), means)])


@cache
def nearly() -> Theorem:
    """0 < η, x = softmax(z) − softmax(l)  ⊢  Σ |x| ≤ 2 tanh(osc/4) + |K| η."""
    small = lt(ZERO, ETA)
    hyps = frozenset({nonempty(K), small})
    j = fresh(K)
    sign = div(x(j), add(norm(x(j)), ETA))
    share = div(1, add(norm(x(j)), ETA))
    positive = given(small)

    def pointwise(low: Term, high: Term, weight: Term) -> Theorem:
        return by_cases(
            hyps, ZERO, x(j), lambda under: bound(under, "le", low, high, [(weight, positive)])
        )

    above = generalize(j, pointwise(number(-1), sign, share))
    below = generalize(j, pointwise(sign, number(1), share))
    means = discharge(instantiate(signed(), [(sigma(j), sign)]), above, below)
    each = pointwise(sub(norm(x(j)), ETA), mul(x(j), sign), mul(ETA, share))
    summed = termwise(j, each)
    mass, size = total(K, lambda i: norm(x(i))), total(K, lambda i: UNIT)
    sums = child(summed.conclusion, 1)
    S, T, Y, n = (Term("scalar", name) for name in ("S", "T", "Y", "n"))
    lines = le(sub(S, mul(n, ETA)), Y), le(Y, T)
    chain = bound(
        frozenset(lines), "le", S, add(T, mul(n, ETA)), [(UNIT, given(one)) for one in lines]
    )
    chain = instantiate(chain, [(S, mass), (T, LIMIT), (Y, sums), (n, size)])
    first = bound(hyps, "le", sub(mass, mul(size, ETA)), sums, [(UNIT, summed)])
    return discharge(chain, first, means)


@cache
def theorem() -> Theorem:
    """η → 0: if Σ|x| were larger, η = (Σ|x| − limit)/(2|K|) would contradict the bound."""
    mass, size = total(K, lambda i: norm(x(i))), total(K, lambda i: UNIT)
    S, T, n = (Term("scalar", name) for name in ("S", "T", "n"))
    gap = div(sub(S, T), mul(2, n))
    more, some = lt(T, S), lt(ZERO, n)
    line = le(S, add(T, mul(n, gap)))
    larger = bound(frozenset({more, some, line}), "le", S, T, [(number(2), given(line))])
    step = bound(frozenset({more, some}), "lt", ZERO, gap, [(div(1, mul(2, n)), given(more))])
    at_most = le(S, T)
    put = [(S, mass), (T, LIMIT), (n, size)]
    near = discharge(
        instantiate(nearly(), [(ETA, instantiate_term(gap, put))]), instantiate(step, put)
    )
    strict = discharge(instantiate(larger, put), near)
    hyps = frozenset({nonempty(K)})
    counted = bound(hyps, "lt", ZERO, size, [])
    strict = discharge(strict, counted)
    easy = instantiate(assume(at_most), put)
    joined = cases_order(easy, strict, mass, LIMIT)
    j = fresh(K)
    weights = sub(_weight(z, j), _weight(ell, j))
    final = instantiate(joined, [(x(j), weights)])
    same = next(h for h in final.hypotheses if h.op == "all")
    one = fresh(K)
    trivial = generalize(one, exact(hyps, *sides(open_body(child(same, 1), one))))
    return cite(NAME, discharge(final, trivial))


def instantiate_term(term: Term, pairs: list[tuple[Term, Term]]) -> Term:
    """A term with scalars replaced, read off an instance of a trivial theorem."""
    same = instantiate(exact(frozenset({lt(ZERO, Term("scalar", "n"))}), term, term), pairs)
    return child(same.conclusion, 0)


def instances(goal: Term) -> Iterator[Theorem]:
    """One for every Σ |softmax − softmax| in the goal."""
    for one in nodes(goal):
        if one.op != "sum" or one.loose:
            continue
        domain, body = one.children
        element = fresh(domain)
        opened = open_body(body, element)
        if opened.op != "norm":
            continue
        parts = flat_sum(child(opened, 0))
        weights = [as_weight(part, element) for _, part in parts]
        logits = [one for one in weights if one is not None]
        if len(parts) != 2 or sum(k for k, _ in parts) != 0 or len(logits) != 2:
            continue
        first, second = logits
        i = fresh(domain)
        pairs = [(K, domain), (z(i), first(i)), (ell(i), second(i))]
        try:
            yield instantiate(theorem(), pairs)
        except KernelError:
            continue


LEMMA = LibraryLemma(
    NAME, "the weights move by at most 2 tanh(osc/4) in sum", Known.KERNEL, theorem, instances
)
