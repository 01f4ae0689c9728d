"""Softmax stability: changing the logits by ε moves a softmax mean by at most tanh(osc ε/4)·diam.

    K ≠ ∅  ⊢  ‖Σ softmax_j(z) u_j − Σ softmax_j(l) u_j‖ ≤ tanh(osc_j(z_j − l_j)/4)·diam u

Proved here from the rules of the kernel, for any finite K and any inner-product space.  The heart
is an inequality between four sums: with a = Σ c e^l, b = Σ (D−c) e^l and a′, b′ the same for z,
lo ≤ z−l ≤ hi gives a′ ≤ e^hi a and b′ ≥ e^lo b, and then

    a′b − ab′ ≤ (r−1)/(r+1)·(a′+b′)(a+b),   r = e^{(hi−lo)/2},

because the difference is a sum of products of non-negative numbers and (r−1) times a square.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

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
from derivations.search.build import (
    Body,
    base,
    entry,
    every,
    exp,
    fresh,
    index,
    inner,
    le,
    lt,
    maximum,
    minimum,
    nonempty,
    norm,
    softmax_mean,
    tanh,
    total,
    ventry,
)
from derivations.search.derived_rules import cases_order, cauchy_schwarz, max_below, monotone
from derivations.search.library import LibraryLemma
from derivations.search.shapes import Mean, differences_of_means, is_vector
from derivations.search.signs import bound
from derivations.search.steps import Hypotheses, given, nonneg_product, square, termwise
from derivations.terms import div, neg, number, sub
from derivations.verdicts import Known

NAME = "softmax stability"
K = base("K")
z, ell, c, u = entry("z"), entry("l"), entry("c"), ventry("u")
HIGH, LOW, WIDTH = Term("scalar", "hi"), Term("scalar", "lo"), Term("scalar", "D")
TEMPERED = tanh(div(sub(HIGH, LOW), 4))
ZERO, UNIT = number(0), number(1)


class _Sums(NamedTuple):
    """a, a′ (weights c) and the partition sums for l and z."""

    old: Term
    new: Term
    old_total: Term
    new_total: Term


def _core_hypotheses() -> Hypotheses:
    return frozenset(
        {
            nonempty(K),
            every(K, lambda j: le(add(LOW, ell(j)), z(j))),
            every(K, lambda j: le(z(j), add(HIGH, ell(j)))),
            every(K, lambda j: le(ZERO, c(j))),
            every(K, lambda j: le(c(j), WIDTH)),
        }
    )


def _sums() -> _Sums:
    return _Sums(
        total(K, lambda j: mul(c(j), exp(ell(j)))),
        total(K, lambda j: mul(c(j), exp(z(j)))),
        total(K, lambda j: exp(ell(j))),
        total(K, lambda j: exp(z(j))),
    )


@cache
def four_sums() -> Theorem:
    """a′ ≤ e^hi a, e^lo b ≤ b′, lo ≤ hi, all ≥ 0  ⊢  0 ≤ (r−1)(aa′+bb′) + 2r ab′ − 2a′b."""
    a, a1, b, b1 = (Term("scalar", name) for name in ("a", "a'", "b", "b'"))
    root_high, root_low = exp(div(HIGH, 2)), exp(div(LOW, 2))
    r = exp(div(sub(HIGH, LOW), 2))
    hyps = frozenset(
        {
            le(a1, mul(exp(HIGH), a)),
            le(mul(exp(LOW), b), b1),
            le(LOW, HIGH),
            *(le(ZERO, one) for one in (a1, b, b1)),
        }
    )
    first = bound(
        hyps, "le", ZERO, sub(mul(exp(HIGH), a), a1), [(UNIT, given(le(a1, mul(exp(HIGH), a))))]
    )
    second = bound(
        hyps, "le", ZERO, sub(b1, mul(exp(LOW), b)), [(UNIT, given(le(mul(exp(LOW), b), b1)))]
    )
    half = bound(hyps, "le", ZERO, div(sub(HIGH, LOW), 2), [(div(1, 2), given(le(LOW, HIGH)))])
    grown = bound(hyps, "le", ZERO, sub(r, 1), [(UNIT, monotone("exp", half))])
    new, old = given(le(ZERO, a1)), given(le(ZERO, b))
    loss = nonneg_product(hyps, grown, nonneg_product(hyps, new, first))
    gain = nonneg_product(hyps, grown, nonneg_product(hyps, old, second))
    squared = square(hyps, sub(div(a1, root_high), mul(root_low, b)))
    spread = nonneg_product(hyps, grown, squared)
    claim = add(mul(sub(r, 1), add(mul(a, a1), mul(b, b1))), mul(2, r, a, b1), mul(-2, a1, b))
    return bound(
        hyps,
        "le",
        ZERO,
        claim,
        [
            (mul(2, r, exp(neg(HIGH)), b1), first),
            (exp(neg(HIGH)), loss),
            (mul(2, r, exp(neg(HIGH)), a1), second),
            (UNIT, gain),
            (UNIT, spread),
        ],
    )


@cache
def weighted() -> Theorem:
    """0 ≤ c_j ≤ D, lo ≤ z_j − l_j ≤ hi  ⊢  Σ softmax(z) c − Σ softmax(l) c ≤ tanh((hi−lo)/4)·D."""
    hyps = _core_hypotheses()
    sums = _sums()
    j = index("j", K)
    lower, upper, below = (
        given(one, j)
        for one in (
            every(K, lambda j: le(add(LOW, ell(j)), z(j))),
            every(K, lambda j: le(z(j), add(HIGH, ell(j)))),
            every(K, lambda j: le(c(j), WIDTH)),
        )
    )
    a, a1 = sums.old, sums.new
    b, b1 = (
        sub(mul(WIDTH, one), other) for one, other in ((sums.old_total, a), (sums.new_total, a1))
    )
    high = termwise(
        j,
        bound(
            hyps,
            "le",
            mul(c(j), exp(z(j))),
            mul(exp(HIGH), c(j), exp(ell(j))),
            [(c(j), monotone("exp", upper))],
        ),
    )
    rest = sub(WIDTH, c(j))
    low = termwise(
        j,
        bound(
            hyps,
            "le",
            mul(exp(LOW), rest, exp(ell(j))),
            mul(rest, exp(z(j))),
            [(rest, monotone("exp", lower))],
        ),
    )
    ordered = bound(hyps, "le", LOW, HIGH, [(UNIT, lower), (UNIT, upper)])
    facts = [
        bound(hyps, "le", a1, mul(exp(HIGH), a), [(UNIT, high)]),
        bound(hyps, "le", mul(exp(LOW), b), b1, [(UNIT, low)]),
        ordered,
        bound(hyps, "le", ZERO, a1, []),
        _rest_nonneg(hyps, j, below, ell, b),
        _rest_nonneg(hyps, j, below, z, b1),
    ]
    algebra = instantiate(
        four_sums(),
        [
            (Term("scalar", name), value)
            for name, value in (("a", a), ("a'", a1), ("b", b), ("b'", b1))
        ],
    )
    algebra = discharge(algebra, *facts)
    gap = sub(div(a1, sums.new_total), div(a, sums.old_total))
    limit = mul(TEMPERED, WIDTH)
    wide, narrow = lt(ZERO, WIDTH), le(WIDTH, ZERO)
    r = exp(div(sub(HIGH, LOW), 2))
    share = div(1, mul(WIDTH, sums.new_total, sums.old_total, add(r, 1)))
    main = bound(hyps | {wide}, "le", gap, limit, [(share, algebra)])
    most = termwise(
        j, bound(hyps, "le", mul(c(j), exp(z(j))), mul(WIDTH, exp(z(j))), [(exp(z(j)), below)])
    )
    flat = bound(
        hyps | {narrow},
        "le",
        gap,
        limit,
        [
            (div(1, sums.new_total), most),
            (div(1, sums.old_total), bound(hyps, "le", ZERO, a, [])),
            (sub(1, TEMPERED), assume(narrow)),
        ],
    )
    theorem = cases_order(flat, main, WIDTH, ZERO)
    mean = sub(softmax_mean(K, z, c), softmax_mean(K, ell, c))
    return bound(hyps, "le", mean, limit, [(UNIT, theorem)])


def _rest_nonneg(hyps: Hypotheses, j: Term, below: Theorem, logits: Body, rest: Term) -> Theorem:
    """0 ≤ Σ (D − c) e^logits, written as D·Z − Σ c e^logits."""
    each = bound(
        hyps, "le", mul(c(j), exp(logits(j))), mul(WIDTH, exp(logits(j))), [(exp(logits(j)), below)]
    )
    return bound(hyps, "le", ZERO, rest, [(UNIT, termwise(j, each))])


def _gap(j: Term) -> Term:
    return sub(z(j), ell(j))


SPREAD = div(sub(maximum(K, _gap), minimum(K, _gap)), 4)


def with_spread(theorem: Theorem) -> Theorem:
    """lo and hi put to the minimum and the maximum of z − l."""
    high, low = maximum(K, _gap), minimum(K, _gap)
    put = instantiate(theorem, [(HIGH, high), (LOW, low)])
    hyps = frozenset({nonempty(K)})
    j = fresh(K)
    top = max_above(hyps, maximum(K, _gap), j)
    bottom = max_above(hyps, maximum(K, lambda i: neg(_gap(i))), j)
    upper = generalize(j, bound(hyps, "le", z(j), add(high, ell(j)), [(UNIT, top)]))
    lower = generalize(j, bound(hyps, "le", add(low, ell(j)), z(j), [(UNIT, bottom)]))
    return discharge(put, lower, upper)


@cache
def numbers() -> Theorem:
    """The mean of numbers: |Σ softmax(z) c − Σ softmax(l) c| ≤ tanh(osc/4)·(max c − min c)."""
    hyps = frozenset({nonempty(K)})
    top, bottom = maximum(K, c), minimum(K, c)
    width = sub(top, bottom)
    up = _recentred(hyps, lambda i: sub(c(i), bottom), width)
    down = _recentred(hyps, lambda i: sub(top, c(i)), width)
    gap = sub(softmax_mean(K, z, c), softmax_mean(K, ell, c))
    limit = mul(tanh(SPREAD), width)
    nonneg, negative = le(ZERO, gap), lt(gap, ZERO)
    first = bound(hyps | {nonneg}, "le", norm(gap), limit, [(UNIT, up)])
    second = bound(hyps | {negative}, "le", norm(gap), limit, [(UNIT, down)])
    return cite(NAME, cases_order(first, second, ZERO, gap))


def _recentred(hyps: Hypotheses, values: Body, width: Term) -> Theorem:
    """The bound for values between 0 and max c − min c that rise or fall with c."""
    i, j = fresh(K), fresh(K)
    core = instantiate(with_spread(weighted()), [(c(i), values(i)), (WIDTH, width)])
    facts = [
        max_above(hyps, maximum(K, c), j),
        max_above(hyps, maximum(K, lambda i: neg(c(i))), j),
    ]
    nonneg = generalize(j, _from_one_of(hyps, ZERO, values(j), facts))
    most = generalize(j, _from_one_of(hyps, values(j), width, facts))
    return discharge(core, nonneg, most)


def _from_one_of(hyps: Hypotheses, low: Term, high: Term, facts: list[Theorem]) -> Theorem:
    """low ≤ high from the first fact that gives it."""
    for fact in facts:
        try:
            return bound(hyps, "le", low, high, [(UNIT, fact)])
        except KernelError:
            continue
    raise KernelError("a recentred value is not known to be bounded")


@cache
def vectors() -> Theorem:
    """The mean of vectors, bounded with their diameter."""
    hyps = frozenset({nonempty(K)})
    x = Term("vector", "x")
    diameter = maximum(K, lambda i: maximum(K, lambda j: norm(sub(u(i), u(j)))))
    lowest = minimum(K, lambda i: inner(x, u(i)))
    width = mul(norm(x), diameter)
    i, j, k = fresh(K), fresh(K), fresh(K)
    core = instantiate(
        with_spread(weighted()),
        [(c(i), sub(inner(x, u(i)), lowest)), (WIDTH, width)],
    )
    below = max_above(hyps, maximum(K, lambda i: neg(inner(x, u(i)))), j)
    nonneg = generalize(j, bound(hyps, "le", ZERO, sub(inner(x, u(j)), lowest), [(UNIT, below)]))
    apart = cauchy_schwarz(hyps, x, sub(u(j), u(k)))
    inner_row = maximum(K, lambda m: norm(sub(u(j), u(m))))
    near = max_above(hyps, inner_row, k)
    far = max_above(hyps, diameter, j)
    each = bound(
        hyps,
        "le",
        neg(inner(x, u(k))),
        sub(width, inner(x, u(j))),
        [(UNIT, apart), (norm(x), near), (norm(x), far)],
    )
    furthest = max_below(generalize(k, each))
    most = generalize(j, bound(hyps, "le", sub(inner(x, u(j)), lowest), width, [(UNIT, furthest)]))
    along = discharge(core, nonneg, most)
    limit = mul(tanh(SPREAD), diameter)
    gap = sub(softmax_mean(K, z, u), softmax_mean(K, ell, u))
    linear = bound(hyps, "le", inner(x, gap), mul(limit, norm(x)), [(UNIT, along)])
    at_gap = instantiate(linear, [(x, gap)])
    positive = _limit_nonneg(hyps, limit, diameter)
    length = norm(gap)
    squared = bound(hyps, "le", mul(length, length), mul(limit, length), [(UNIT, at_gap)])
    cut = instantiate(shortened(), [(Term("scalar", "n"), length), (Term("scalar", "tau"), limit)])
    return cite(NAME, discharge(cut, squared, positive))


def _limit_nonneg(hyps: Hypotheses, limit: Term, diameter: Term) -> Theorem:
    """0 ≤ tanh(osc/4)·diam: the maximum is at least the minimum, and a norm is ≥ 0."""
    j = fresh(K)
    top = max_above(hyps, maximum(K, _gap), j)
    bottom = max_above(hyps, maximum(K, lambda i: neg(_gap(i))), j)
    quarter = bound(hyps, "le", ZERO, SPREAD, [(div(1, 4), top), (div(1, 4), bottom)])
    tempered = monotone("tanh", quarter)
    factor = bound(hyps, "le", ZERO, tanh(SPREAD), [(UNIT, tempered)])
    return nonneg_product(hyps, factor, bound(hyps, "le", ZERO, diameter, []))


@cache
def shortened() -> Theorem:
    """n² ≤ τn, 0 ≤ τ  ⊢  n ≤ τ."""
    n, tau = Term("scalar", "n"), Term("scalar", "tau")
    squared, least = le(mul(n, n), mul(tau, n)), le(ZERO, tau)
    hyps = frozenset({squared, least})
    none, some = le(n, ZERO), lt(ZERO, n)
    first = bound(hyps | {none}, "le", n, tau, [(UNIT, given(none)), (UNIT, given(least))])
    second = bound(hyps | {some}, "le", n, tau, [(div(1, n), given(squared))])
    return cases_order(first, second, n, ZERO)


def instances(goal: Term) -> Iterator[Theorem]:
    """One for every norm of a difference of two means over the same set with the same values."""
    for means in differences_of_means(goal):
        yield from _instance(*means)


def _instance(left: Mean, right: Mean) -> Iterator[Theorem]:
    if left.domain != right.domain or left.value != right.value:
        return
    i = fresh(left.domain)
    values = left.values(i)
    theorem, family = (vectors(), u) if is_vector(values) else (numbers(), c)
    try:
        yield instantiate(
            theorem,
            [
                (K, left.domain),
                (z(i), left.logits(i)),
                (ell(i), right.logits(i)),
                (family(i), values),
            ],
        )
    except KernelError:
        return


LEMMA = LibraryLemma(
    NAME,
    "a softmax mean moves by at most tanh(osc/4)·diam when the logits change",
    Known.KERNEL,
    vectors,
    instances,
)
