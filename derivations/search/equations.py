"""Equations that follow from the hypotheses, in the form in which the kernel rewrites with them.

The kernel rewrites `atom = anything`.  A winner map gives max_{t∈G_j} s_t = s_{w(j)}; an equation
whose left side is not one atom is solved for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derivations.kernel.rules import (
    Theorem,
    antisymmetric,
    assume,
    generalize,
    max_above,
    specialize,
)
from derivations.kernel.sets import member
from derivations.kernel.terms import KernelError, Sort, Term, mul, open_body
from derivations.search import joining
from derivations.search.build import fresh, sides
from derivations.search.derived_rules import (
    absurd,
    cases_empty,
    max_below,
    monotone,
    sum_above,
    weaken,
)
from derivations.search.signs import bound, exact
from derivations.search.view import (
    Hypotheses,
    Monomial,
    Polynomial,
    View,
    atoms,
    monomial_term,
    reify,
)
from derivations.terms import child, nodes, number, sort_of


def derived_equations(hyps: Hypotheses) -> list[Theorem]:
    """Theorems hyps ⊢ ∀…: atom = …, for the hypotheses that hide one."""
    found: list[Theorem] = []
    for hypothesis in sorted(hyps, key=lambda one: one.key):
        try:
            found += _winner(hyps, hypothesis)
            found += _solved(hyps, hypothesis)
        except KernelError:
            continue
    return [one for one in found if one.conclusion not in hyps]


def _opened(hypothesis: Term, keep: int = 0) -> tuple[list[Term], Term]:
    """The quantifiers of a hypothesis replaced by fresh free indices, but the last `keep`."""
    depth, body = 0, hypothesis
    while body.op == "all":
        depth, body = depth + 1, child(body, 1)
    chosen: list[Term] = []
    for _ in range(depth - keep):
        chosen.append(fresh(child(hypothesis, 0)))
        hypothesis = open_body(child(hypothesis, 1), chosen[-1])
    return chosen, hypothesis


def _close(chosen: list[Term], theorem: Theorem) -> Theorem:
    for one in reversed(chosen):
        theorem = generalize(one, theorem)
    return theorem


def _winner(hyps: Hypotheses, hypothesis: Term) -> Iterator[Theorem]:
    """∀t∈A: f(t) ≤ f(i) with i ∈ A gives max_A f = f(i)."""
    chosen, last = _opened(hypothesis, keep=1)
    if last.op != "all":
        return
    domain, body = last.children
    if body.op != "le":
        return
    low, high = body.children
    if high.loose:
        return
    for one in {node for node in nodes(high) if node.op in ("index", "value")}:
        if not member(one, domain) or open_body(low, one) != high:
            continue
        largest = Term("max", domain, low)
        theorem = assume(hypothesis)
        for index in chosen:
            theorem = specialize(theorem, index)
        below = max_below(theorem)
        above = max_above(hyps, largest, one)
        yield _close(chosen, antisymmetric(below, above))


def _solved(hyps: Hypotheses, hypothesis: Term) -> Iterator[Theorem]:
    """∀…: l = r solved for an atom; equations between logarithms are exponentiated too."""
    chosen, body = _opened(hypothesis)
    if body.op != "eq" or sort_of(child(body, 0)) is not Sort.REAL:
        return
    left, right = body.children
    view = View(hyps - {hypothesis}, body)
    if len(view.normal(left)) == 1 and next(iter(view.normal(left).values())) == 1:
        ((monomial, _),) = view.normal(left).items()
        if len(monomial) == 1 and next(iter(monomial))[1] == 1:
            return
    theorem = assume(hypothesis)
    for index in chosen:
        theorem = specialize(theorem, index)
    if any(one.op == "log" for one in atoms(view.difference(left, right))):
        theorem = monotone("exp", theorem)
    yield from _solve(hyps, view, *sides(theorem.conclusion), theorem, chosen)


def _solve(
    hyps: Hypotheses, view: View, left: Term, right: Term, theorem: Theorem, chosen: list[Term]
) -> Iterator[Theorem]:
    gap = view.difference(left, right)
    for kind in ("sum", "entry", "max", "scalar"):
        for monomial, atom in _occurrences(gap, kind):
            coefficient, exponent = gap[monomial], 1
            rest = monomial - {(atom, Fraction(exponent))}
            if _mentions(gap, monomial, atom) or not all(one in atom.free for one in chosen):
                continue
            divisor = monomial_term(frozenset((a, -e) for a, e in rest))
            others: Polynomial = {m: c for m, c in gap.items() if m != monomial}
            solution = mul(Fraction(-1) / coefficient, divisor, reify(others))
            weight = mul(Fraction(-1) / coefficient, divisor)
            try:
                solved = exact(hyps, atom, solution, [(weight, theorem)])
                yield _close(chosen, solved)
                return
            except KernelError:
                continue


def _occurrences(gap: Polynomial, kind: str) -> list[tuple[Monomial, Term]]:
    """(monomial, atom) for the atoms of one kind that stand to the first power."""
    found = [(m, a) for m in gap for a, exponent in m if a.op == kind and exponent == 1]
    return sorted(found, key=lambda one: one[1].key)


def _mentions(gap: Polynomial, own: Monomial, atom: Term) -> bool:
    """Whether the atom is anywhere else in the equation."""
    return any(atom in set(nodes(other)) for m in gap if m != own for other, _ in m) or any(
        atom in set(nodes(other)) for other, _ in own if other != atom
    )


def empty_sets(hyps: Hypotheses) -> list[Term]:
    """The sets that a hypothesis |A| = 0 or |A| ≤ 0 makes empty, unless that is assumed too."""
    found = []
    for hypothesis in sorted(hyps, key=lambda one: one.key):
        if hypothesis.op in ("eq", "le") and child(hypothesis, 1) == number(0):
            total = child(hypothesis, 0)
            if total.op == "sum" and child(total, 1) == number(1):
                found.append(child(total, 0))
    return [one for one in found if Term("empty", one) not in hyps]


def without_members(hyps: Hypotheses, vanished: Term, theorem: Theorem) -> Theorem:
    """Drop the hypothesis that a set is empty where its cardinality is at most 0."""
    size = Term("sum", vanished, number(1))
    inhabited = hyps | {Term("nonempty", vanished)}
    at_most = next(h for h in hyps if h.op in ("eq", "le") and child(h, 0) == size)
    some = one_member(frozenset({Term("nonempty", vanished)}), vanished)
    none = joining.ordered_lines(some, assume(at_most))
    return cases_empty(theorem, absurd(weaken(none, inhabited), theorem.conclusion), vanished)


def facts_about_sets(hyps: Hypotheses, goal: Term) -> list[Theorem]:
    """What the kernel is told about sums: 1 ≤ |A| where A has a member, 0 < Σ_{A∖B} e^f."""
    unit = number(1)
    targets = {
        child(one, 0)
        for statement in (goal, *hyps)
        for one in nodes(statement)
        if one.op == "sum" and not one.loose and child(one, 1) == unit
    }
    found = positive_sums(hyps, goal)
    for target in sorted(targets, key=lambda one: one.key):
        if View(hyps, goal).context.inhabited(target):
            found.append(one_member(hyps, target))
    return [one for one in found if one.hypotheses <= hyps]


def one_member(hyps: Hypotheses, target: Term) -> Theorem:
    """1 ≤ |A| for a set A with a member."""
    size, element = Term("sum", target, number(1)), fresh(target)
    part = sum_above(frozenset(), size, Term("single", element))
    return bound(hyps, "le", number(1), size, [(number(1), part)])


def positive_sums(hyps: Hypotheses, goal: Term) -> list[Theorem]:
    """0 < Σ_{A∖B} e^f for the differences that are assumed to have a member."""
    found: list[Theorem] = []
    rests = sorted(
        (child(h, 0) for h in hyps if h.op == "nonempty" and child(h, 0).op == "difference"),
        key=lambda one: one.key,
    )
    bodies = {
        child(one, 1)
        for one in nodes(goal)
        if one.op == "sum" and not one.loose and child(one, 1).op == "exp"
    }
    for rest in rests:
        for body in sorted(bodies, key=lambda one: one.key):
            element = fresh(rest)
            try:
                total = Term("sum", rest, body)
                one_of = sum_above(hyps, total, Term("single", element))
                found.append(bound(hyps, "lt", number(0), total, [(number(1), one_of)]))
            except KernelError:
                continue
    return found
