"""Tactics that compare two sides summand by summand and factor by factor."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from derivations.kernel.rules import Theorem
from derivations.kernel.terms import KernelError, Term, Unproved, mul, open_body
from derivations.search.build import fresh, sides
from derivations.search.derived_rules import monotone, reciprocal
from derivations.search.shapes import flat_product, flat_sum
from derivations.search.signs import bound
from derivations.search.steps import Hypotheses, termwise
from derivations.search.view import (
    View,
)
from derivations.terms import child, nodes, number

if TYPE_CHECKING:
    from derivations.search.prover import Prover


def by_shape(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """Summand by summand and factor by factor, through monotone functions."""
    if goal.op != "le":
        return None
    a, b = goal.children
    low, high = flat_sum(a), flat_sum(b)
    view = View(hyps, goal)
    for one in list(low):
        same = next((other for other in high if _same_summand(view, one, other)), None)
        if same is not None:
            low.remove(one)
            high.remove(same)
    if len(low) != 1 or not high or len(high) > 3:
        return _summands(prover, hyps, goal, depth, low, high)
    for choice in high:
        others = [one for one in high if one is not choice]
        try:
            extra = [_nonneg(prover, hyps, mul(k, x), depth) for k, x in others]
            step = _monotone(prover, hyps, low[0], choice, depth)
        except KernelError:
            continue
        return bound(hyps, "le", a, b, [(number(1), step), *((number(1), t) for t in extra)])
    return None


def _same_summand(view: View, one: tuple[Fraction, Term], other: tuple[Fraction, Term]) -> bool:
    """Whether two summands are equal; those with a tanh only if they are written alike."""
    if one == other or any(node.op == "tanh" for _, term in (one, other) for node in nodes(term)):
        return one == other
    try:
        return view.normal(mul(*one)) == view.normal(mul(*other))
    except KernelError:
        return False


def _summands(
    prover: Prover,
    hyps: Hypotheses,
    goal: Term,
    depth: int,
    low: list[tuple[Fraction, Term]],
    high: list[tuple[Fraction, Term]],
) -> Theorem | None:
    if not low or len(low) != len(high) or len(low) > 3:
        return None
    steps, rest = [], list(high)
    for one in low:
        for other in rest:
            try:
                steps.append(_monotone(prover, hyps, one, other, depth))
                rest.remove(other)
                break
            except KernelError:
                continue
    if rest:
        return None
    return bound(hyps, "le", *sides(goal), [(number(1), step) for step in steps])


def _nonneg(prover: Prover, hyps: Hypotheses, term: Term, depth: int) -> Theorem:
    return bound(hyps, "le", number(0), term, [])


def _monotone(
    prover: Prover,
    hyps: Hypotheses,
    low: tuple[Fraction, Term],
    high: tuple[Fraction, Term],
    depth: int,
) -> Theorem:
    """c·x ≤ c·y factor by factor."""
    (k, x), (c, y) = low, high
    if k == c < 0:
        step = _monotone(prover, hyps, (-c, y), (-k, x), depth)
        return bound(hyps, "le", mul(k, x), mul(c, y), [(number(1), step)])
    if not 0 < k <= c:
        raise Unproved("the coefficients are not in order")
    first, second = flat_product(x), flat_product(y)
    for one in list(first):
        if one in second and (len(first) > 1 or len(second) > 1):
            first.remove(one)
            second.remove(one)
    if not first or len(first) != len(second):
        raise Unproved("the products do not match factor by factor")
    steps = []
    for one in first:
        for other in second:
            try:
                steps.append(_function(prover, hyps, one, other, depth))
                second.remove(other)
                break
            except KernelError:
                continue
        else:
            raise Unproved("no factor is an upper bound for this one")
    same = (
        [one for one in flat_product(x) if one in flat_product(y)]
        if len(flat_product(x)) > 1
        else []
    )
    current, result = x, None
    for step in steps:
        old, new = step.conclusion.children
        rest = [one for one in flat_product(current)]
        rest.remove(old)
        weight = mul(*rest) if rest else number(1)
        following = mul(weight, new)
        result_uses = [(weight, step)] + ([(number(1), result)] if result else [])
        result = bound(hyps, "le", x, following, result_uses)
        current = mul(*rest, new) if rest else new
    if result is None:
        raise Unproved(f"nothing to compare in {len(same)} common factors")
    return bound(hyps, "le", mul(k, x), mul(c, y), [(number(k), result)])


def _function(prover: Prover, hyps: Hypotheses, x: Term, y: Term, depth: int) -> Theorem:
    """f(x) ≤ f(y) for a monotone f, a sum or a maximum over the same set, else the goal itself."""
    if x == y:
        return bound(hyps, "le", x, y, [])
    if x.op == y.op and x.op in ("exp", "log", "tanh"):
        return monotone(x.op, prover.at_most(hyps, child(x, 0), child(y, 0), depth))
    if x.op == y.op == "power" and x.args[1] == y.args[1]:
        if x.args[1] == Fraction(-1):
            return reciprocal(prover.at_most(hyps, child(y, 0), child(x, 0), depth))
        if x.args[1] == Fraction(1, 2):
            return monotone("sqrt", prover.at_most(hyps, child(x, 0), child(y, 0), depth))
    if x.op == y.op == "sum" and x.args[0] == y.args[0]:
        element = fresh(child(x, 0))
        low, high = (open_body(child(one, 1), element) for one in (x, y))
        return termwise(element, prover.at_most(hyps, low, high, depth))
    return prover.at_most(hyps, x, y, depth)
