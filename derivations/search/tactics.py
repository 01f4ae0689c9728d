"""Tactics for a ≤ b, from the cheapest to the dearest.  Each returns a theorem, None, or raises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from derivations.kernel.rules import Theorem, triangle
from derivations.kernel.terms import KernelError, Term, add, mul
from derivations.search.build import sides
from derivations.search.case_tactics import by_cases_of_sign, by_choices, by_squares, by_tanh
from derivations.search.certificate import certificate
from derivations.search.derived_rules import monotone
from derivations.search.grouping import grouped_middles
from derivations.search.maximum_tactics import by_choice, by_dropping, by_members
from derivations.search.shape_tactics import by_shape
from derivations.search.shapes import difference_of_means
from derivations.search.signs import bound
from derivations.search.steps import Hypotheses
from derivations.search.transport import norm_atoms, transport_bounds
from derivations.search.view import (
    Polynomial,
    View,
    atoms,
    reify,
)
from derivations.terms import child, neg, nodes, number

if TYPE_CHECKING:
    from derivations.search.prover import Prover

Tactic = Callable[["Prover", Hypotheses, Term, int], Theorem | None]
ONE = Fraction(1)


def by_certificate(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """A non-negative combination of facts."""
    if not prover.thorough and any(one.op == "tanh" for one in nodes(goal)):
        return None  # monotonicity is far cheaper than the rational function behind tanh
    strict = goal.op == "lt"
    view = View(hyps, goal)
    return certificate(view, *sides(goal), strict=strict, thorough=prover.thorough)


def by_lemma_facts(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """A non-negative combination of facts, instances of library lemmas among them."""
    view = View(hyps, goal)
    extra = [
        instance
        for _, instance in prover.lemma_instances(goal)
        if instance.hypotheses <= hyps and instance.conclusion.op in ("le", "lt", "eq")
    ]
    if not extra:
        return None
    strict = goal.op == "lt"
    found = certificate(view, *sides(goal), extra, strict=strict, thorough=prover.thorough)
    if found is not None:
        prover.ground = "library lemmas"
    return found


def by_exponentials(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """Σ ± log P_i + … ≥ 0 through e^{smaller side} ≤ e^{larger side}."""
    view = View(hyps, goal)
    difference = view.difference(*sides(goal))
    logs = [m for m in difference if len(m) == 1 and next(iter(m))[0].op == "log"]
    if not logs:
        return None
    common = 1
    for monomial in logs:
        common = common * difference[monomial].denominator
    low = {m: -c * common for m, c in difference.items() if c < 0}
    high = {m: c * common for m, c in difference.items() if c > 0}
    powers = Term("exp", reify(low)), Term("exp", reify(high))
    inner = prover.solve(hyps, Term(goal.op, *powers), depth + 1)
    logarithms = monotone("log", inner)
    return bound(hyps, goal.op, *sides(goal), [(number(Fraction(1, common)), logarithms)])


def by_transport(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """Norms of differences of weighted sums on the smaller side."""
    view = View(hyps, goal)
    a, b = goal.children
    for atom in norm_atoms(view, a, b):
        for theorem in transport_bounds(view, child(atom, 0), (b, a)):
            found = certificate(view, a, b, [theorem], thorough=prover.thorough)
            if found is not None:
                return found
    return None


def by_instance(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """The goal is a special case of a library lemma."""
    a, b = goal.children
    for lemma, instance in prover.lemma_instances(goal):
        if instance.conclusion.op == goal.op and _alike(instance.conclusion, goal):
            try:
                found = bound(hyps, goal.op, a, b, [(number(1), instance)])
            except KernelError:
                continue
            prover.ground = lemma.name
            return found
    return None


def _alike(one: Term, other: Term) -> bool:
    """Whether two statements hold the same numbers of maxima, norms, logarithms and tanhs."""
    counts = [
        Counter(node.op for node in nodes(term) if node.op in ("max", "norm", "tanh"))
        for term in (one, other)
    ]
    return counts[0] == counts[1]


def by_lemma(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """a ≤ B by a library lemma and B ≤ b."""
    a, b = goal.children
    view = View(hyps, goal)
    for lemma, instance in prover.lemma_instances(goal):
        if instance.conclusion.op != "le":
            continue
        low, high = instance.conclusion.children
        try:
            share = _ratio(view.normal(a), view.normal(low))
            if share is None:
                continue
            theorem = prover.discharged(hyps, instance, depth)
            rest = prover.at_most(hyps, mul(share, high), b, depth)
        except KernelError:
            continue
        prover.ground = lemma.name
        return bound(hyps, "le", a, b, [(number(share), theorem), (number(1), rest)])
    return None


def _ratio(whole: Polynomial, part: Polynomial) -> Fraction | None:
    """c > 0 with whole = c·part, if there is one."""
    if not part or whole.keys() != part.keys():
        return None
    ratios = {whole[monomial] / part[monomial] for monomial in part}
    ratio = ratios.pop()
    return ratio if not ratios and ratio > 0 else None


def by_grouping(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """‖L − R‖ through the grouped mean: clustering first, then log-sum-exp against R's logits."""
    a, b = goal.children
    if a.op != "norm" or depth > 1:
        return None
    means = difference_of_means(child(a, 0))
    if means is None:
        return None
    left, right = means
    view = View(hyps, goal)
    for middle in grouped_middles(hyps, goal, left, right):
        first, second = add(left.term, neg(middle)), add(middle, neg(right.term))
        for near in _distances(view, first, goal):
            for _, far in prover.lemma_instances(Term("le", Term("norm", second), b)):
                if far.conclusion.op != "le":
                    continue
                total = add(child(near.conclusion, 1), child(far.conclusion, 1))
                try:
                    rest = prover.at_most(hyps, total, b, depth)
                    both = triangle(hyps, add(first, second))
                    uses = [(number(1), one) for one in (both, near, far, rest)]
                    found = bound(hyps, "le", a, b, uses)
                except KernelError:
                    continue
                prover.ground = "grouping and softmax stability"
                return found
    return None


def _distances(view: View, difference: Term, goal: Term) -> Iterator[Theorem]:
    distance = Term("norm", difference)
    try:
        yield bound(view.hyps, "le", distance, number(0), [])
        return
    except KernelError:
        pass
    found = view.normal(distance)
    for atom in atoms(found):
        if atom.op == "norm":
            for theorem in transport_bounds(view, child(atom, 0), goal.children):
                factor = {m - {(atom, ONE)}: c for m, c in found.items()}
                weight = reify(factor)
                high = mul(weight, child(theorem.conclusion, 1))
                yield bound(view.hyps, "le", distance, high, [(weight, theorem)])


TACTICS: tuple[Tactic, ...] = (
    by_choices,
    by_instance,
    by_certificate,
    by_transport,
    by_lemma,
    by_shape,
    by_dropping,
    by_members,
    by_choice,
    by_exponentials,
    by_lemma_facts,
    by_grouping,
    by_tanh,
    by_cases_of_sign,
    by_squares,
)


def ordered(lemma_first: bool) -> tuple[Tactic, ...]:
    """The tactics; a lemma that the user named comes first."""
    return (by_instance, by_lemma, *TACTICS) if lemma_first else TACTICS
