"""Tactics that distinguish cases, or write a side differently."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from derivations.kernel.rules import Theorem
from derivations.kernel.terms import Term, add, mul
from derivations.search.build import sides
from derivations.search.derived_rules import cases_order
from derivations.search.shapes import flat_product, is_vector
from derivations.search.signs import bound
from derivations.search.steps import Hypotheses, by_cases
from derivations.search.view import (
    View,
    atoms,
)
from derivations.terms import child, neg, nodes, number

if TYPE_CHECKING:
    from derivations.search.prover import Prover


def by_choices(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """The maximum or minimum of two numbers is the one or the other."""
    found = next((one for one in nodes(goal) if not one.loose and _two(one) is not None), None)
    two = None if found is None else _two(found)
    if found is None or two is None or depth > 4:
        return None
    first, second, largest = two

    def prove(under: Hypotheses) -> Theorem:
        ordered = Term("le", first, second) in under
        chosen = second if ordered == largest else first
        simpler = _replaced(goal, found, chosen)
        step = prover.solve(under, simpler, depth + 1)
        return bound(under, goal.op, *sides(goal), [(number(1), step)])

    return by_cases(hyps, first, second, prove)


def _two(term: Term) -> tuple[Term, Term, bool] | None:
    """(x, y, is maximum) if the term is (x + y ± |x − y|)/2, as the reading writes it."""
    if term.op != "mul" or len(term.children) != 2 or term.children[0] != number(Fraction(1, 2)):
        return None
    inside = term.children[1]
    if inside.op != "add" or len(inside.children) != 3:
        return None
    x, y, gap = inside.children
    length = Term("norm", add(x, neg(y)))
    return (x, y, gap == length) if gap in (length, neg(length)) else None


def _replaced(term: Term, old: Term, new: Term) -> Term:
    if term == old:
        return new
    parts = (_replaced(a, old, new) if isinstance(a, Term) else a for a in term.args)
    return Term(term.op, *parts)


def by_tanh(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """(√x − 1)/(√x + 1) on the larger side is tanh(log(x)/4)."""
    a, b = goal.children
    if goal.op != "le" or depth > 2:
        return None
    better = _with_tanh(b)
    if better == b:
        return None
    rest = prover.at_most(hyps, a, better, depth)
    return bound(hyps, "le", a, b, [(number(1), rest)])


def _with_tanh(term: Term) -> Term:
    if term.op == "add":
        return add(*map(_with_tanh, term.children))
    factors = flat_product(term)
    for one in factors:
        root = _root_plus(one, 1)
        below = None if root is None else next((f for f in factors if _minus_one(f) == root), None)
        if root is not None and below is not None:
            rest = [factor for factor in factors if factor not in (one, below)]
            quarter = mul(Fraction(1, 4), Term("log", child(root, 0)))
            return mul(*rest, Term("tanh", quarter)) if rest else Term("tanh", quarter)
    return term


def _root_plus(factor: Term, constant: int) -> Term | None:
    """√x if the factor is 1/(√x + constant)."""
    if factor.op != "power" or factor.args[1] != Fraction(-1):
        return None
    return _root_in(child(factor, 0), constant)


def _minus_one(factor: Term) -> Term | None:
    """√x if the factor is √x − 1."""
    return _root_in(factor, -1)


def _root_in(term: Term, constant: int) -> Term | None:
    if term.op != "add" or len(term.children) != 2 or number(constant) not in term.children:
        return None
    other = next((one for one in term.children if one != number(constant)), None)
    is_root = other is not None and other.op == "power" and other.args[1] == Fraction(1, 2)
    return other if is_root else None


def by_cases_of_sign(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """|x| of a number: 0 ≤ x or x < 0."""
    if depth > 3:
        return None
    view = View(hyps, goal)
    for atom in atoms(view.difference(*sides(goal))):
        if atom.op != "norm" or is_vector(child(atom, 0)):
            continue
        inside = child(atom, 0)
        if any(one.op == "norm" for one in nodes(inside)) and depth > 2:
            continue
        return by_cases(hyps, number(0), inside, lambda under: prover.solve(under, goal, depth + 1))
    return None


def by_squares(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """x ≤ y for y ≥ 0 through x² ≤ y²."""
    a, b = goal.children
    if goal.op != "le" or not any(one.op == "norm" for one in nodes(a)):
        return None
    view = View(hyps, goal)
    if not (view.nonneg(view.normal(a)) and view.nonneg(view.normal(b))) or depth > 2:
        return None
    squared = prover.at_most(hyps, mul(a, a), mul(b, b), depth)
    up, down = Term("le", a, b), Term("lt", b, a)
    from derivations.kernel.rules import assume
    from derivations.search.derived_rules import absurd

    first = bound(hyps | {up}, "le", a, b, [(number(1), assume(up))])
    squares = mul(b, b), mul(a, a)
    strict = bound(hyps | {down}, "lt", *squares, [(a, assume(down)), (b, assume(down))])
    impossible = bound(
        hyps | {down},
        "lt",
        number(0),
        number(0),
        [
            (number(1), strict),
            (number(1), squared),
        ],
    )
    return cases_order(first, absurd(impossible, up), a, b)
