"""Facts that could help with a goal: true inequalities about the atoms that occur in it.

Each fact is a kernel theorem `l ≤ r`, `l < r` or `l = r`, made by a rule, never assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cache

from derivations.kernel.polynomial import COMPOUND, parse
from derivations.kernel.rules import (
    Theorem,
    assume,
    exp_tangent,
    generalize,
    instantiate,
    max_above,
    triangle,
)
from derivations.kernel.sets import member, set_of, subset
from derivations.kernel.terms import KernelError, Term, add, mul, open_body
from derivations.search.build import fresh, sides
from derivations.search.derived_rules import cauchy_schwarz, max_below, monotone, sum_above
from derivations.search.shapes import is_vector
from derivations.search.signs import bound
from derivations.search.steps import by_cases, given, square, termwise
from derivations.search.view import (
    Monomial,
    Polynomial,
    View,
    atoms,
    monomial_term,
    reify,
    special_cases,
    visible_indices,
)
from derivations.terms import child, neg, nodes, number

ORDER = ("le", "lt", "eq")
CLOSURE_ROUNDS = 3
MAX_ATOMS = 24
MAX_DOMAINS = 8
Estimate = tuple[Monomial, Term, Theorem, int]  # atom, estimate, theorem, +1 upper / −1 lower


def facts(
    view: View, goal: Polynomial, extra: Iterable[Theorem] = (), rounds: int = CLOSURE_ROUNDS
) -> list[Theorem]:
    """Everything below about the atoms of the goal, and about those that the facts bring in."""
    found = {(t.conclusion, t.hypotheses): t for t in extra}
    done: set[Term] = set()
    present = _order_atoms(view, goal, found.values())
    for _ in range(rounds):
        indices = visible_indices(*present, *(h for h in view.hyps if not h.loose))
        linear = [*linear_facts(view, indices), *maxima_above(view, present, indices)]
        fresh_atoms = [one for one in present if one not in done][:MAX_ATOMS]
        made = list(linear)
        for atom in fresh_atoms:
            done.add(atom)
            made += _about(view, atom, indices, present, [*linear, *found.values()])
        found |= {(t.conclusion, t.hypotheses): t for t in made}
        present = _order_atoms(view, goal, found.values())
    for theorem in (*_tangents(view, goal), *_squares(view, goal)):
        found[theorem.conclusion, theorem.hypotheses] = theorem
    for theorem in _triangles(view, present):
        found[theorem.conclusion, theorem.hypotheses] = theorem
    return list(found.values())


def _tangents(view: View, goal: Polynomial) -> Iterator[Theorem]:
    """1 + u ≤ e^u for the whole exponent u of a summand, when u is nothing new to the goal."""
    present = set(atoms(goal))
    for monomial in list(goal)[:MAX_ATOMS]:
        exponents = [
            mul(power, child(atom, 0))
            for atom, power in sorted(monomial, key=lambda one: one[0].key)
            if atom.op == "exp" and set(atoms(view.normal(child(atom, 0)))) <= present
        ]
        if exponents:
            whole = add(number(0), *exponents)
            yield from _try(exp_tangent, view.hyps, whole)
            yield from _try(exp_tangent, view.hyps, neg(whole))


def _squares(view: View, goal: Polynomial) -> Iterator[Theorem]:
    """0 ≤ (x − y)² for the products x·y that stand with a minus sign."""
    for monomial, coefficient in list(goal.items())[:MAX_ATOMS]:
        factors = sorted((atom for atom, power in monomial if power == 1), key=lambda a: a.key)
        if coefficient < 0 and len(factors) == len(monomial) == 2:
            x, y = factors
            yield from _try(square, view.hyps, add(x, neg(y)))


def _order_atoms(view: View, goal: Polynomial, known: Iterable[Theorem]) -> list[Term]:
    """The atoms of the goal, then those of the facts."""
    result = dict.fromkeys(atoms(goal))
    for theorem in known:
        try:
            result |= dict.fromkeys(atoms(view.difference(*sides(theorem.conclusion))))
        except KernelError:
            continue
    return [part for one in result for part in (parts_of_denominator(one) or [one])]


def parts_of_denominator(atom: Term) -> list[Term]:
    """The atoms inside a compound denominator."""
    return atoms(parse(atom)) if atom.op in COMPOUND else []


def linear_facts(view: View, indices: list[Term]) -> list[Theorem]:
    """The order hypotheses, specialised at the visible indices."""
    found = []
    for hypothesis in sorted(view.hyps, key=lambda one: one.key):
        for instance, chosen in special_cases(hypothesis, indices):
            if instance.op in ORDER and not is_vector(child(instance, 0)):
                theorem = given(hypothesis, *chosen)
                found += [theorem, *_without_logarithms(theorem), *_without_modulus(view, theorem)]
    return found


def maxima_above(view: View, present: Iterable[Term], indices: list[Term]) -> list[Theorem]:
    """f(i) ≤ max f for the maxima anywhere inside the atoms, at the visible indices."""
    found: list[Theorem] = []
    largest = {part for one in present for part in nodes(one) if part.op == "max"}
    for part in sorted(largest, key=lambda one: one.key):
        for one in indices:
            if not part.loose and member(one, child(part, 0)):
                for theorem in _try(max_above, view.hyps, part, one):
                    found += [theorem, *_without_modulus(view, theorem)]
    return found


def _without_logarithms(theorem: Theorem) -> list[Theorem]:
    """l ≤ r between logarithms as e^l ≤ e^r."""
    if any(node.op == "log" for node in nodes(theorem.conclusion)):
        return _try(monotone, "exp", theorem)
    return []


def _without_modulus(view: View, theorem: Theorem) -> list[Theorem]:
    """|x| ≤ r as x ≤ r and −x ≤ r."""
    low, high = sides(theorem.conclusion)
    if low.op != "norm" or is_vector(child(low, 0)):
        return []
    inside = child(low, 0)
    found = []
    for one in (inside, neg(inside)):
        uses = [(number(1), modulus_above(one)), (number(1), theorem)]
        found += _try(bound, view.hyps, "le", one, high, uses)
    return found


def modulus_above(x: Term) -> Theorem:
    """x ≤ |x|."""
    scalar = Term("scalar", "x")
    return instantiate(_modulus_above(), [(scalar, x)])


@cache
def _modulus_above() -> Theorem:
    x = Term("scalar", "x")
    length = Term("norm", x)
    return by_cases(
        frozenset(),
        number(0),
        x,
        lambda under: bound(
            under,
            "le",
            x,
            length,
            [(number(2), assume(one)) for one in under if one.op == "lt"],
        ),
    )


def _about(
    view: View, atom: Term, indices: list[Term], present: list[Term], pointwise: list[Theorem]
) -> Iterator[Theorem]:
    if atom.op == "max":
        for one in indices:
            if member(one, child(atom, 0)):
                yield from _try(max_above, view.hyps, atom, one)
        if child(atom, 1).op == "exp":
            yield from _maximum_of_exponentials(view, atom)
    if atom.op == "sum" and not is_vector(atom):
        yield from _members(view, atom, indices, present)
        for domain in _domains(view, atom, indices):
            yield from sum_estimates(view, atom, domain, present)
        if child(atom, 1) == number(1):
            yield from _try(bound, view.hyps, "le", number(1), atom, [])
    if atom.op == "inner":
        u, v = atom.children
        yield from _try(cauchy_schwarz, view.hyps, u, v)
        yield from _try(cauchy_schwarz, view.hyps, neg(u), v)
    if atom.op == "exp":
        exponent = child(atom, 0)
        if set(atoms(view.normal(exponent))) & set(present):
            yield from _try(exp_tangent, view.hyps, exponent)
            yield from _try(exp_tangent, view.hyps, neg(exponent))
        if exponent.op == "max":
            yield from _exponential_of_maximum(view, exponent)
        for _, _, theorem, _ in _exponential_estimates(view, atom, pointwise):
            yield theorem


def _exponential_of_maximum(view: View, largest: Term) -> Iterator[Theorem]:
    """e^{max f} ≤ Σ e^f."""
    domain, body = largest.children
    element = fresh(domain)
    total = Term("sum", domain, Term("exp", body))
    try:
        one = sum_above(view.hyps, total, Term("single", element))
        value = open_body(body, element)
        low = monotone("log", one)
        below = bound(view.hyps, "le", value, Term("log", total), [(number(1), low)])
        yield monotone("exp", max_below(generalize(element, below)))
    except KernelError:
        return


def _maximum_of_exponentials(view: View, largest: Term) -> Iterator[Theorem]:
    """max e^f ≤ e^{max f} and e^{max f} ≤ max e^f."""
    domain, body = sides(largest)
    exponent = Term("max", domain, child(body, 0))
    element = fresh(domain)
    try:
        below = max_above(view.hyps, exponent, element)
        yield max_below(generalize(element, monotone("exp", below)))
        above = monotone("log", max_above(view.hyps, largest, element))
        value = open_body(child(body, 0), element)
        each = bound(view.hyps, "le", value, Term("log", largest), [(number(1), above)])
        yield monotone("exp", max_below(generalize(element, each)))
    except KernelError:
        return


def _members(view: View, atom: Term, indices: list[Term], present: list[Term]) -> Iterator[Theorem]:
    """One member, or a smaller set, has at most the whole sum."""
    domain, body = atom.children
    for one in indices:
        if member(one, domain):
            yield from _try(sum_above, view.hyps, atom, Term("single", one))
        home = set_of(one)
        if home is not None and home.op == "range":
            home = child(child(home, 0), 2)
        if home is not None and home != domain and home.op in ("union", "difference"):
            yield from _try(sum_above, view.hyps, Term("sum", home, body), Term("single", one))
    for other in present:
        for part in nodes(other):
            if part.op in ("sum", "max") and not part.loose:
                smaller = child(part, 0)
                if smaller != domain and subset(smaller, domain):
                    yield from _try(sum_above, view.hyps, atom, smaller)


def _domains(view: View, atom: Term, indices: list[Term]) -> list[Term]:
    """The sum's own set, and sets over which a hypothesis speaks."""
    found = {child(atom, 0): None}
    for hypothesis in sorted(view.hyps, key=lambda one: one.key):
        queue = [hypothesis]
        while queue:
            one = queue.pop()
            if one.op != "all":
                continue
            if child(one, 0).op in ("difference", "union", "fibre", "subset"):
                found[child(one, 0)] = None
            if child(one, 1).op == "all":
                queue += [open_body(child(one, 1), i) for i in indices if member(i, child(one, 0))]
    return list(found)[:MAX_DOMAINS]


def sum_estimates(
    view: View, atom: Term, domain: Term, present: Iterable[Term]
) -> Iterator[Theorem]:
    """Σ f ≤ Σ g and Σ g ≤ Σ f over a set, with g from f by one estimate of one factor."""
    element = fresh(domain)
    inside = View(view.hyps, element, atom)
    try:
        summand = inside.normal(open_body(child(atom, 1), element))
    except KernelError:
        return
    indices = visible_indices(*atoms(summand), element)
    known = linear_facts(inside, indices)
    known += maxima_above(inside, present, [element])
    for other in present:
        if other.op == "log":
            known += _below_log_sum(view, child(other, 0), element)
    for monomial in summand:
        for factor, estimate, theorem, side in _estimates(inside, monomial, known):
            rest = monomial_term(monomial - factor)
            old = mul(rest, monomial_term(factor))
            new = mul(rest, estimate)
            low, high = (old, new) if side > 0 else (new, old)
            for pointwise in _try(bound, view.hyps, "le", low, high, [(rest, theorem)]):
                yield from _try(termwise, element, pointwise)


def _below_log_sum(view: View, total: Term, element: Term) -> list[Theorem]:
    """f(x) ≤ log Σ e^f."""
    if total.op != "sum" or child(total, 1).op != "exp" or not member(element, child(total, 0)):
        return []
    value = open_body(child(child(total, 1), 0), element)
    try:
        low = monotone("log", sum_above(view.hyps, total, Term("single", element)))
        return [bound(view.hyps, "le", value, Term("log", total), [(number(1), low)])]
    except KernelError:
        return []


def _estimates(view: View, monomial: Monomial, known: list[Theorem]) -> Iterator[Estimate]:
    for atom, exponent in sorted(monomial, key=lambda one: one[0].key):
        factor = frozenset({(atom, exponent)})
        if atom.op == "exp":
            yield from _exponential_estimates(view, atom, known, exponent)
        elif exponent == 1:
            for bound_, theorem, side in _solved(view, factor, known):
                yield factor, bound_, theorem, side


def _exponential_estimates(
    view: View, atom: Term, known: list[Theorem], exponent: Fraction = Fraction(1)
) -> Iterator[Estimate]:
    """e^{c·m} ≤ e^{c·U} from m ≤ U (c > 0), and the three other cases."""
    inside = view.normal(child(atom, 0))
    if len(inside) != 1:
        return
    ((monomial, coefficient),) = inside.items()
    factor = frozenset({(atom, exponent)})
    for estimate, theorem, side in _solved(view, monomial, known):
        scaled = exponent * coefficient
        old = mul(scaled, monomial_term(monomial))
        new = mul(scaled, estimate)
        upper = side * scaled > 0
        low, high = (old, new) if upper else (new, old)
        for linear in _try(bound, view.hyps, "le", low, high, [(number(abs(scaled)), theorem)]):
            yield factor, Term("exp", new), monotone("exp", linear), 1 if upper else -1


def _solved(
    view: View, monomial: Monomial, known: list[Theorem]
) -> Iterator[tuple[Term, Theorem, int]]:
    """(U, m ≤ U, 1) or (L, L ≤ m, −1) for a monomial that occurs alone in a linear fact."""
    target = monomial_term(monomial)
    for theorem in known:
        try:
            gap = view.difference(*sides(theorem.conclusion))
        except KernelError:
            continue
        coefficient = gap.get(monomial)
        if coefficient is None:
            continue
        rest = reify({m: -c / coefficient for m, c in gap.items() if m != monomial})
        ways = [-1] if coefficient > 0 else [1]
        if theorem.conclusion.op == "eq":
            ways = [1, -1]
        for side in ways:
            pair = (target, rest) if side > 0 else (rest, target)
            weight = number(-side / coefficient)
            for solved in _try(bound, view.hyps, "le", *pair, [(weight, theorem)]):
                yield rest, solved, side


def _triangles(view: View, present: list[Term]) -> Iterator[Theorem]:
    """‖x ± y‖ ≤ ‖x‖ + ‖y‖ for norms in sight whose combination is a third one in sight."""
    insides = {}
    for atom in present:
        if atom.op == "norm":
            insides[atom] = view.normal(child(atom, 0))
    for one in insides:
        for other in insides:
            for sign in (1, -1):
                x, y = child(one, 0), mul(sign, child(other, 0))
                if one == other:
                    continue
                try:
                    combined = atoms(view.normal(Term("norm", add(x, y))))
                except KernelError:
                    continue
                if any(atom in insides for atom in combined):
                    yield from _try(triangle, view.hyps, add(x, y))


def _try(rule, *arguments) -> list[Theorem]:
    try:
        return [rule(*arguments)]
    except KernelError:
        return []
