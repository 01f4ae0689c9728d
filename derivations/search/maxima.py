"""Maxima with a common summand or factor: max_A (c + b·f) = c + b·max_A f for b ≥ 0.

The kernel keeps a maximum as it is written.  These equations are assumed while a goal is proved,
so that the kernel rewrites with them, and discharged afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from derivations.kernel.polynomial import content, invert, multiply, reify, reify_monomial
from derivations.kernel.rules import (
    Theorem,
    antisymmetric,
    assume,
    exists_elim,
    generalize,
    max_above,
    max_attained,
)
from derivations.kernel.terms import (
    BINDERS,
    KernelError,
    Term,
    add,
    close,
    mul,
    open_body,
    relation,
)
from derivations.search.build import fresh
from derivations.search.derived_rules import max_below
from derivations.search.signs import bound
from derivations.search.view import Hypotheses, Polynomial, View
from derivations.terms import child, number

UNIT = number(1)


def simpler_maxima(hyps: Hypotheses, goal: Term) -> list[Theorem]:
    """Theorems hyps ⊢ ∀…: max_A f = c + b·max_A g, for the maxima in a goal that hide one."""
    found: dict[Term, Theorem] = {}
    for largest, chosen in _maxima(goal, []):
        try:
            theorem = _simpler(hyps, largest)
            for one in reversed(chosen if theorem is not None else []):
                if theorem is not None and one in theorem.conclusion.free:
                    theorem = generalize(one, theorem)
        except KernelError:
            continue
        if theorem is not None:
            found.setdefault(theorem.conclusion, theorem)
    return list(found.values())


def _maxima(term: Term, chosen: list[Term]) -> Iterator[tuple[Term, list[Term]]]:
    """The maxima in a term, the innermost first, with the indices put for bound ones."""
    if BINDERS.get(term.op) == 1:
        element = fresh(child(term, 0))
        yield from _maxima(open_body(child(term, 1), element), [*chosen, element])
    elif term.op not in ("map", "index"):
        for part in term.children:
            yield from _maxima(part, chosen)
    if term.op == "max":
        yield term, chosen


def _simpler(hyps: Hypotheses, largest: Term) -> Theorem | None:
    """max_A f = c + b·max_A g, or None where there is neither a c nor a b."""
    target, body = largest.children
    element = fresh(target)
    view = View(hyps, largest, element)
    member = view.normal(open_body(body, element))
    shift = {m: c for m, c in member.items() if not any(element in a.free for a, _ in m)}
    varying = {m: c for m, c in member.items() if m not in shift}
    rational, common, _ = content(varying)
    pulled = frozenset(factor for factor in common if element not in factor[0].free)
    if not view.nonneg({pulled: rational}):
        pulled = frozenset()
    if not shift and not pulled and rational == 1:
        return None
    factor = reify_monomial(pulled, rational)
    rest = multiply(varying, {invert(pulled): 1 / rational})
    return _taken_out(hyps, largest, shift, factor, rest, element)


def _taken_out(
    hyps: Hypotheses,
    largest: Term,
    shift: Polynomial,
    factor: Term,
    rest: Polynomial,
    element: Term,
) -> Theorem:
    target, body = largest.children
    simpler = Term("max", target, close(reify(rest), element)) if rest else largest
    value = add(reify(shift), mul(factor, simpler)) if rest else reify(shift)
    above_member = [(factor, max_above(hyps, simpler, element))] if rest else []
    each = bound(hyps, "le", open_body(body, element), value, above_member)
    below = max_below(generalize(element, each))
    chosen = assume(relation("eq", simpler, open_body(child(simpler, 1), element)))
    at_chosen = [(UNIT, max_above(hyps, largest, element)), (factor, chosen)]
    reached = bound(hyps, "le", value, largest, at_chosen if rest else at_chosen[:1])
    above = exists_elim(max_attained(hyps, simpler), reached, element)
    return antisymmetric(below, above)
