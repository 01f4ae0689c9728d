"""Tactics for maxima over a set, on the smaller and on the larger side."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from derivations.kernel.rules import Theorem, generalize, max_above
from derivations.kernel.sets import member
from derivations.kernel.terms import KernelError, Term, add, mul, open_body
from derivations.search.build import fresh, sides
from derivations.search.derived_rules import max_below
from derivations.search.signs import bound
from derivations.search.steps import Hypotheses
from derivations.search.view import (
    Monomial,
    Polynomial,
    View,
    atoms,
    quotient,
    reify,
    visible_indices,
)
from derivations.terms import child, neg, nodes, number

if TYPE_CHECKING:
    from derivations.search.prover import Prover

ONE = Fraction(1)


def by_members(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """A maximum on the smaller side: it is enough to show the bound for each member."""
    if goal.op != "le":
        return None
    view = View(hyps, goal)
    cleared = view.cleared(view.difference(*sides(goal)))
    if cleared is None:
        return None
    difference, divisor = cleared
    for atom in atoms(difference):
        if atom.op != "max":
            continue
        factor: dict[Monomial, Fraction] = {}
        rest: dict[Monomial, Fraction] = {}
        linear = True
        for monomial, coefficient in difference.items():
            exponent = dict(monomial).get(atom, Fraction(0))
            inside = any(atom in set(nodes(other)) for other, _ in monomial if other != atom)
            linear = linear and exponent in (0, 1) and not inside
            if exponent == 1:
                factor[monomial - {(atom, ONE)}] = -coefficient
            else:
                rest[monomial] = coefficient
        if not linear or view.sign(factor) < 2:
            continue
        try:
            return _members(prover, hyps, goal, depth, atom, factor, rest, divisor)
        except KernelError:
            continue
    return None


def by_choice(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """A maximum on the larger side: it is enough to show the bound for one member."""
    if goal.op != "le":
        return None
    a, b = goal.children
    view = View(hyps, goal)
    difference = view.difference(a, b)
    indices = visible_indices(a, b)
    for atom in atoms(difference):
        coefficient = difference.get(frozenset({(atom, ONE)}))
        if atom.op != "max" or coefficient is None or coefficient < 0:
            continue
        members = [one for one in indices if member(one, child(atom, 0))]
        if not members and depth < 2 and view.context.inhabited(child(atom, 0)):
            members = [fresh(child(atom, 0))]
        for one in members:
            chosen = open_body(child(atom, 1), one)
            less = add(b, mul(coefficient, add(chosen, neg(atom))))
            try:
                rest = prover.at_most(hyps, a, less, depth)
            except KernelError:
                continue
            above = max_above(hyps, atom, one)
            return bound(hyps, "le", a, b, [(number(1), rest), (number(coefficient), above)])
    return None


def by_dropping(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """A maximum on the smaller side that is at most 0 is left out."""
    if goal.op != "le" or depth > 3:
        return None
    a, b = goal.children
    view = View(hyps, goal)
    difference = view.difference(a, b)
    largest = [
        (atom, -difference.get(frozenset({(atom, ONE)}), Fraction(0)))
        for atom in atoms(difference)
        if atom.op == "max"
    ]
    if len(largest) < 2:
        return None
    for atom, coefficient in largest:
        if coefficient <= 0:
            continue
        try:
            small = prover.at_most(hyps, atom, number(0), depth)
            rest = prover.at_most(hyps, add(a, mul(-coefficient, atom)), b, depth)
        except KernelError:
            continue
        return bound(hyps, "le", a, b, [(number(coefficient), small), (number(1), rest)])
    return None


def _members(
    prover: Prover,
    hyps: Hypotheses,
    goal: Term,
    depth: int,
    atom: Term,
    factor: Polynomial,
    rest: Polynomial,
    divisor: frozenset[tuple[Term, Fraction]],
) -> Theorem:
    domain, body = atom.children
    weight = reify(factor)
    limit = mul(reify(rest), Term("power", weight, Fraction(-1)))
    element = fresh(domain)
    each = prover.at_most(hyps, open_body(body, element), limit, depth)
    largest = max_below(generalize(element, each))
    scale = mul(weight, reify({quotient(frozenset(), divisor): ONE}))
    return bound(hyps, "le", *sides(goal), [(scale, largest)])
