"""Rules that follow from those of the kernel, each drawn with premises over its conclusion.

Each is an instance of a theorem about variables, proved once, so that its cost does not depend on
how large the sides are.  Nothing here is trusted: what is not a proof is refused by the kernel.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache

from derivations.kernel import rules as kernel
from derivations.kernel.rules import (
    Theorem,
    assume,
    cases,
    discharge,
    exists_elim,
    exp_tangent,
    generalize,
    instantiate,
    max_attained,
    specialize,
    sum_monotone,
    triangle,
)
from derivations.kernel.sets import subset
from derivations.kernel.terms import (
    RELATIONS,
    Sort,
    Term,
    Unproved,
    add,
    lift,
    mul,
    open_body,
    relation,
)
from derivations.search.build import fresh, sides
from derivations.search.signs import bound, exact
from derivations.terms import number, power, sub

UNIT, ZERO = number(1), number(0)
X, Y, Z = (Term("scalar", name) for name in "xyz")
POSITIVE = relation("lt", 0, X)


def weaken(th: Theorem, hypotheses: Iterable[Term]) -> Theorem:
    """
    G ⊢ p
    ────────
    G, H ⊢ p
    """
    return discharge(th, *(assume(h) for h in sorted(hypotheses, key=lambda h: h.key)))


def cases_order(first: Theorem, second: Theorem, left: object, right: object) -> Theorem:
    """
    G, a ≤ b ⊢ p    H, b < a ⊢ p
    ────────────────────────────
    G, H ⊢ p
    """
    return cases(first, second, relation("le", lift(left), lift(right)))  # type: ignore[arg-type]


def cases_empty(first: Theorem, second: Theorem, target: Term) -> Theorem:
    """
    G, A = ∅ ⊢ p    H, A ≠ ∅ ⊢ p
    ────────────────────────────
    G, H ⊢ p
    """
    return cases(first, second, Term("empty", target))


def absurd(th: Theorem, claim: Term) -> Theorem:
    """
    G ⊢ a ≤ b with a − b > 0,  or  G ⊢ a < b with a − b ≥ 0
    ───────────────────────────────────────────────────────
    G ⊢ p
    """
    if th.conclusion.op not in ("le", "lt"):
        raise Unproved("only an inequality can contradict itself", th.conclusion)
    return kernel.absurd(bound(th.hypotheses, "lt", ZERO, ZERO, [(UNIT, th)]), claim)


# ---- monotone functions


def monotone(function: str, th: Theorem) -> Theorem:
    """
    G ⊢ a ≤ b             (≤ or < or =; f is exp, log, tanh or sqrt)
    ────────────────
    G ⊢ f(a) ≤ f(b)       fails for log unless a > 0, for sqrt unless a ≥ 0, for = too.
    """
    return _applied(_monotone(function, th.conclusion.op), th)


def reciprocal(th: Theorem) -> Theorem:
    """
    G ⊢ a ≤ b               (≤ or < or =)
    ────────────────
    G ⊢ 1/b ≤ 1/a           fails unless a > 0.
    """
    return _applied(_reciprocal(th.conclusion.op), th)


def _applied(general: Theorem, th: Theorem) -> Theorem:
    """The theorem about x R y at the sides of a premise, what it asks of x proved by sign."""
    low, high = th.conclusion.children
    instance = instantiate(general, [(X, low), (Y, high)])
    asked = sorted(instance.hypotheses - {th.conclusion}, key=lambda h: h.key)
    signs = [bound(th.hypotheses, one.op, *sides(one)) for one in asked]
    return discharge(instance, th, *signs)


def _between(op: str, *more: Term) -> tuple[frozenset[Term], Theorem]:
    """The hypotheses of a theorem about x R y, and x R y as a theorem."""
    if op not in RELATIONS:
        raise Unproved(f"a monotone function needs two sides to compare, not {op}")
    claim = relation(op, X, Y)
    return frozenset({claim, *more}), assume(claim)


@cache
def _monotone(function: str, op: str) -> Theorem:
    if function not in ("exp", "log", "tanh", "sqrt"):
        raise Unproved(f"{function} is not one of the monotone functions exp, log, tanh, sqrt")
    if function == "sqrt":
        return _root(op)
    hyps, th = _between(op, *([POSITIVE] if function == "log" else []))
    low, high = (Term(function, one) for one in (X, Y))
    if op == "eq":
        return exact(hyps, low, high)
    if function == "exp":
        return bound(hyps, op, low, high, [(low, exp_tangent([], sub(Y, X))), (low, th)])
    if function == "log":
        tangent = exp_tangent(hyps, sub(low, high))
        return bound(hyps, op, low, high, [(UNIT, tangent), (power(Y, -1), th)])
    grown = monotone("exp", bound(hyps, op, mul(2, X), mul(2, Y), [(number(2), th)]))
    below = [power(add(1, side), -1) for side in grown.conclusion.children]
    return bound(hyps, op, low, high, [(mul(2, *below), grown)])


@cache
def _reciprocal(op: str) -> Theorem:
    hyps, th = _between(op, POSITIVE)
    low, high = power(Y, -1), power(X, -1)
    if op == "eq":
        return exact(hyps, low, high)
    return bound(hyps, op, low, high, [(mul(low, high), th)])


@cache
def _root(op: str) -> Theorem:
    """√y < √x would give y < x."""
    hyps, th = _between(op, relation("le", 0, X))
    low, high = (power(one, Fraction(1, 2)) for one in (X, Y))
    if op == "eq":
        return exact(hyps, low, high)
    claim = relation(op, low, high)
    other = relation("lt" if op == "le" else "le", high, low)
    turned = _applied(_squares(other.op), weaken(assume(other), hyps))
    impossible = bound(hyps, "lt", ZERO, ZERO, [(UNIT, turned), (UNIT, th)])
    against = kernel.absurd(impossible, claim)
    if op == "le":
        return cases(assume(claim), against, claim)
    return cases(against, assume(claim), other)


@cache
def _squares(op: str) -> Theorem:
    """0 ≤ x and x R y give x·x R y·y."""
    hyps, th = _between(op, relation("le", 0, X))
    return bound(hyps, op, mul(X, X), mul(Y, Y), [(add(X, Y), th)])


# ---- norms, sums and maxima


def cauchy_schwarz(hypotheses: Iterable[Term], left: Term, right: Term) -> Theorem:
    """
    ─────────────────────
    G ⊢ ⟨u, v⟩ ≤ ‖u‖·‖v‖
    """
    pairs = [(Term("vector", "u"), left), (Term("vector", "v"), right)]
    return weaken(instantiate(_cauchy_schwarz(), pairs), hypotheses)


@cache
def _cauchy_schwarz() -> Theorem:
    """‖u + v‖ ≤ ‖u‖ + ‖v‖, squared."""
    u, v = Term("vector", "u"), Term("vector", "v")
    sizes = Term("norm", u), Term("norm", v)
    half = mul(Fraction(1, 2), add(Term("norm", add(u, v)), *sizes))
    return bound([], "le", Term("inner", u, v), mul(*sizes), [(half, triangle([], add(u, v)))])


def sum_above(hypotheses: Iterable[Term], total: Term, part: Term) -> Theorem:
    """
    ─────────────────────
    G ⊢ Σ_A f ≤ Σ_B f        fails unless A ⊆ B is known and f ≥ 0 on B∖A by sign.
    """
    hyps = frozenset(hypotheses)
    if total.op != "sum" or part.sort is not Sort.SET or not subset(part, total.children[0]):
        raise Unproved("the smaller set is not known to be a part of the larger", part)
    whole, body = total.children
    element = fresh(Term("difference", whole, part))
    each = bound(hyps, "le", ZERO, open_body(body, element))
    rest = sum_monotone(generalize(element, each))
    return bound(hyps, "le", Term("sum", part, body), total, [(UNIT, rest)])


def max_below(th: Theorem) -> Theorem:
    """
    G ⊢ ∀j∈A: f_j ≤ b          (≤ or <)
    ─────────────────
    G ⊢ max_A f ≤ b            fails if b depends on j, or A is not known to be non-empty.
    """
    if th.conclusion.op != "all" or th.conclusion.children[1].op not in ("le", "lt"):
        raise Unproved("the maximum is bounded where every member is", th.conclusion)
    target, claim = th.conclusion.children
    body, limit = claim.children
    if limit.loose:
        raise Unproved("the bound depends on the index of the max")
    element, largest = fresh(target), Term("max", target, body)
    chosen = open_body(body, element)
    attained = assume(relation("eq", largest, chosen))
    pairs = [(X, largest), (Y, chosen), (Z, limit)]
    instance = instantiate(_at_most(claim.op), pairs)
    below = discharge(instance, attained, specialize(th, element))
    return exists_elim(max_attained(th.hypotheses, largest), below, element)


@cache
def _at_most(op: str) -> Theorem:
    """x = y and y R z give x R z."""
    lines = assume(relation("eq", X, Y)), assume(relation(op, Y, Z))
    return bound([], op, X, Z, [(UNIT, line) for line in lines])
