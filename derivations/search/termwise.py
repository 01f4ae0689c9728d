"""Equations between sums whose summands are simpler than they look."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.kernel.polynomial import reify
from derivations.kernel.rules import Theorem, generalize, sum_monotone
from derivations.kernel.terms import Sort, Term, mul, open_body
from derivations.search.build import fresh, sides
from derivations.search.division import reduced
from derivations.search.signs import exact
from derivations.search.steps import Hypotheses
from derivations.search.view import View
from derivations.terms import child, neg, number

UNIT = number(1)


def equal_termwise(hyps: Hypotheses, goal: Term) -> Theorem:
    """l = r, with every sum in it replaced by one of simpler summands.

    It helps where a denominator depends on the index of the sum: those of one summand can be
    cleared, those inside a sum cannot.  Raises Unproved.
    """
    left, right = sides(goal)
    found = [*_sums(left, UNIT), *((neg(factor), total) for factor, total in _sums(right, UNIT))]
    uses = [(factor, _simpler(hyps, total)) for factor, total in found]
    return exact(hyps, left, right, uses)


def _sums(term: Term, factor: Term) -> Iterator[tuple[Term, Term]]:
    """The sums that are summands of a term, each with what it is multiplied by."""
    if term.op == "sum":
        yield factor, term
    elif term.op == "add":
        for part in term.children:
            yield from _sums(part, factor)
    elif term.op == "mul":
        for part in term.children:
            others = [one for one in term.children if one is not part]
            if part.op == "sum" and all(one.sort is Sort.REAL for one in others):
                yield mul(factor, *others), part
                return


def _simpler(hyps: Hypotheses, total: Term) -> Theorem:
    """Σ f = Σ g with the normal form g of f, reduced modulo its denominators."""
    target, body = total.children
    element = fresh(target)
    summand = open_body(body, element)
    simpler = reify(reduced(View(hyps, summand).normal(summand), element))
    if simpler == number(0) and child(total, 1).sort is Sort.VECTOR:
        simpler = Term("zero")
    return sum_monotone(generalize(element, exact(hyps, summand, simpler)))
