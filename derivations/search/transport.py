"""Bounds on the norm of a difference of weighted sums, by pairing its positive and negative parts.

X = Σ_k c_k Σ_{x∈A_k} w_k(x) V_k(x).  Parts over the same set with the same weight are paired term
by term (clustering residuals); what remains is coupled, Σ_x Σ_y w(x) w'(y) (V(x) − V'(y)).  Then
the triangle inequality and a bound on each distance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from derivations.kernel.polynomial import plus
from derivations.kernel.rules import Theorem, max_above, triangle
from derivations.kernel.sets import member
from derivations.kernel.terms import KernelError, Sort, Term, add, bind, mul, open_body, substitute
from derivations.search.build import fresh
from derivations.search.facts import linear_facts
from derivations.search.signs import bound
from derivations.search.steps import norm_of_sum, termwise
from derivations.search.view import Monomial, View, atoms, monomial_term, visible_indices
from derivations.terms import child, neg, nodes, number, sort_of

MAX_CHOICES = 8


@dataclass(frozen=True)
class Part:
    """coefficient · scalars · Σ over `indices` of weight · vector."""

    coefficient: Fraction
    scalars: Monomial
    indices: tuple[Term, ...]
    weight: Term
    vector: Term


@dataclass(frozen=True)
class Piece:
    """scale · Σ over `indices` of weight · difference, with scale and weight ≥ 0."""

    scale: Term
    indices: tuple[Term, ...]
    weight: Term
    difference: Term

    def term(self, inside: Term) -> Term:
        """The piece with something else for the difference."""
        body = mul(self.weight, inside)
        for one in reversed(self.indices):
            body = bind("sum", one, body)
        return mul(self.scale, body)


def transport_bounds(view: View, inside: Term, goals: tuple[Term, ...]) -> Iterator[Theorem]:
    """Theorems ‖inside‖ ≤ …, with distances bounded by hypotheses and by maxima in the goals."""
    for carrier in _carriers(inside):
        try:
            parts = _parts(view, inside, carrier)
        except KernelError:
            continue
        yield from _bounded(view, inside, _pieces(view, parts), goals)


def _carriers(inside: Term) -> Sequence[str | None]:
    """None for vectors; for numbers each family that could play the part of the values."""
    if sort_of(inside) is Sort.VECTOR:
        return [None]
    return sorted({str(one.args[0]) for one in nodes(inside) if one.op == "entry"})


def _parts(view: View, inside: Term, carrier: str | None) -> list[Part]:
    return [
        part
        for monomial, coefficient in view.normal(inside).items()
        for part in _opened(view, monomial, coefficient, (), carrier)
    ]


def _opened(
    view: View,
    monomial: Monomial,
    coefficient: Fraction,
    indices: tuple[Term, ...],
    carrier: str | None,
    outer: Monomial = frozenset(),
) -> Iterator[Part]:
    atom = _carrying(monomial, carrier)
    scalars = frozenset(one for one in monomial if one[0] != atom)
    if atom.op != "sum":
        if not indices:
            yield Part(coefficient, scalars, (), number(1), atom)
        else:
            yield Part(coefficient, outer, indices, monomial_term(scalars), atom)
        return
    element = fresh(child(atom, 0))
    deeper = View(view.hyps, element, *indices, atom)
    summand = deeper.normal(open_body(child(atom, 1), element))
    for inner_monomial, inner_coefficient in summand.items():
        free, kept = outer, inner_monomial
        if indices:
            kept = inner_monomial | scalars
        else:
            free = scalars
        yield from _opened(
            deeper, kept, coefficient * inner_coefficient, (*indices, element), carrier, free
        )


def _carrying(monomial: Monomial, carrier: str | None) -> Term:
    """The one atom of degree 1 that is a vector, or that holds the carrying family."""
    found = []
    for atom, exponent in monomial:
        if carrier is None:
            carries = sort_of(atom) is Sort.VECTOR
        else:
            carries = any(n.op == "entry" and n.args[0] == carrier for n in nodes(atom))
        if carries:
            found.append((atom, exponent))
    if (
        len(found) != 1
        or found[0][1] != 1
        or found[0][0].op
        not in (
            "sum",
            "entry",
            "ventry",
            "vector",
            "apply",
        )
    ):
        raise KernelError("not linear in the carrying family")
    return found[0][0]


def _pieces(view: View, parts: list[Part]) -> list[Piece]:
    rest = list(parts)
    pieces: list[Piece] = []
    for one in parts:
        if one not in rest or one.coefficient < 0:
            continue
        for other in rest:
            paired = _paired(view, one, other)
            if paired is not None:
                pieces.append(paired)
                rest.remove(one)
                rest.remove(other)
                break
    positive = [one for one in rest if one.coefficient > 0]
    negative = [one for one in rest if one.coefficient < 0]
    if not positive and not negative:
        return pieces
    coupled = _coupled(view, positive, negative)
    return pieces + ([_alone(one) for one in rest] if coupled is None else coupled)


def _alone(part: Part) -> Piece:
    """A part that nothing balances, with its vector for the difference."""
    sign = 1 if part.coefficient > 0 else -1
    scale = mul(abs(part.coefficient), monomial_term(part.scalars))
    return Piece(scale, part.indices, part.weight, mul(sign, part.vector))


def _paired(view: View, one: Part, other: Part) -> Piece | None:
    """Same set, same weight, opposite sign."""
    same = one.coefficient == -other.coefficient and one.scalars == other.scalars
    if not same or len(one.indices) != len(other.indices):
        return None
    weight, vector = other.weight, other.vector
    for mine, theirs in zip(one.indices, other.indices, strict=True):
        if child(mine, 1) != child(theirs, 1):
            return None
        weight, vector = (substitute(part, theirs, mine) for part in (weight, vector))
    if weight != one.weight:
        return None
    scale = mul(one.coefficient, monomial_term(one.scalars))
    return Piece(scale, one.indices, one.weight, add(one.vector, neg(vector)))


def _coupled(view: View, positive: list[Part], negative: list[Part]) -> list[Piece] | None:
    """Product coupling; the masses of the two sides must agree."""
    if len(positive) == len(negative) == 1:
        direct = _direct(view, positive[0], negative[0])
        if direct is not None:
            return [direct]
    if not positive or not negative:
        return None
    masses = [add(number(0), *map(_mass, side)) for side in (positive, negative)]
    try:
        total = view.normal(masses[0])
        if plus(total, view.normal(masses[1])):
            return None
    except KernelError:
        return None
    if view.sign(total) < 2:
        return None
    share = Term("power", masses[0], Fraction(-1))
    pieces = []
    for one, other in product(positive, negative):
        scale = mul(
            one.coefficient * -other.coefficient,
            share,
            monomial_term(one.scalars),
            monomial_term(other.scalars),
        )
        pieces.append(_joint(scale, one, other))
    return pieces


def _direct(view: View, one: Part, other: Part) -> Piece | None:
    """Each side's factor is the mass of the other: no division is needed."""
    ones = Part(Fraction(1), frozenset(), one.indices, one.weight, one.vector)
    others = Part(Fraction(1), frozenset(), other.indices, other.weight, other.vector)
    try:
        left = view.normal(mul(one.coefficient, monomial_term(one.scalars)))
        right = view.normal(mul(-other.coefficient, monomial_term(other.scalars)))
        if left == view.normal(_mass(others)) and right == view.normal(_mass(ones)):
            return _joint(number(1), ones, others)
    except KernelError:
        return None
    return None


def _joint(scale: Term, one: Part, other: Part) -> Piece:
    difference = add(one.vector, neg(other.vector))
    indices = one.indices + other.indices
    piece = Piece(scale, indices, mul(one.weight, other.weight), difference)
    return _without_itself(piece) if len(indices) == 1 else piece


def _without_itself(piece: Piece) -> Piece:
    """Leave out of the sum the index at which the difference vanishes."""
    (element,) = piece.indices
    domain = child(element, 1)
    for one in visible_indices(piece.difference):
        here = substitute(piece.difference, element, one)
        left, right = here.children
        if one != element and member(one, domain) and neg(left) == right:
            inside = fresh(Term("difference", domain, Term("single", one)))
            weight, difference = (
                substitute(part, element, inside) for part in (piece.weight, piece.difference)
            )
            return Piece(piece.scale, (inside,), weight, difference)
    return piece


def _mass(part: Part) -> Term:
    body = part.weight
    for one in reversed(part.indices):
        body = bind("sum", one, body)
    return mul(part.coefficient, monomial_term(part.scalars), body)


def _bounded(
    view: View, inside: Term, pieces: list[Piece], goals: tuple[Term, ...]
) -> Iterator[Theorem]:
    """‖inside‖ ≤ Σ scale·Σ weight·β for the choices of a bound β on each distance."""
    options = []
    for piece in pieces:
        found = list(_distances(view, piece, goals))
        options.append(found)
    for made, chosen in enumerate(product(*options)):
        if made >= MAX_CHOICES:
            return
        try:
            yield _assembled(view, inside, pieces, list(chosen))
        except KernelError:
            continue


def _assembled(view: View, inside: Term, pieces: list[Piece], chosen: list[Theorem]) -> Theorem:
    hyps = view.hyps
    forms = [piece.term(piece.difference) for piece in pieces]
    limits, uses = [], []
    for piece, distance in zip(pieces, chosen, strict=True):
        step = _piece_bound(hyps, piece, distance)
        limits.append(mul(piece.scale, child(step.conclusion, 1)))
        uses.append((piece.scale, step))
    whole, joined = forms[0], []
    for form in forms[1:]:
        joined.append((number(1), triangle(hyps, add(whole, form))))
        whole = add(whole, form)
    limit = add(number(0), *limits)
    split = bound(hyps, "le", Term("norm", whole), limit, joined + uses)
    return bound(hyps, "le", Term("norm", inside), limit, [(number(1), split)])


def _piece_bound(hyps: frozenset[Term], piece: Piece, distance: Theorem) -> Theorem:
    """‖Σ w d‖ ≤ Σ w β, one sum at a time from the inside."""
    beta = child(distance.conclusion, 1)
    inner = mul(piece.weight, piece.difference)
    high = mul(piece.weight, beta)
    step = bound(hyps, "le", Term("norm", inner), high, [(piece.weight, distance)])
    for one in reversed(piece.indices):
        inner, high = bind("sum", one, inner), bind("sum", one, high)
        step = bound(
            hyps,
            "le",
            Term("norm", inner),
            high,
            [(number(1), norm_of_sum(hyps, inner)), (number(1), termwise(one, step))],
        )
    return step


def _distances(view: View, piece: Piece, goals: tuple[Term, ...]) -> Iterator[Theorem]:
    """Bounds on ‖difference‖: from hypotheses, from maxima in the goals, or the norm itself."""
    distance = Term("norm", piece.difference)
    inside = View(view.hyps, distance)
    target = inside.normal(distance)
    if not target:
        yield bound(view.hyps, "le", distance, number(0), [])
        return
    indices = visible_indices(distance, *(h for h in view.hyps if not h.loose))
    indices += _images(view, indices)
    known = linear_facts(inside, indices)
    for goal in (*goals, *view.hyps):
        for node in nodes(goal):
            if node.op == "max" and not node.loose:
                known += _maxima(inside, node, indices)
    yield from _from_facts(inside, distance, known)
    yield from _by_detour(inside, piece.difference, indices, known)
    yield bound(view.hyps, "le", distance, distance, [])


def _images(view: View, indices: list[Term]) -> list[Term]:
    """a(t) for the maps of the hypotheses and the indices in sight."""
    maps = {one for h in view.hyps for one in nodes(h) if one.op == "map" and not one.loose}
    made = [
        Term("value", one, i)
        for one in sorted(maps, key=lambda m: m.key)
        for i in indices
        if i.op == "index" and member(i, child(one, 1))
    ]
    return [one for one in made if one not in indices]


def _maxima(view: View, largest: Term, indices: list[Term]) -> list[Theorem]:
    """f(i) ≤ max f, also through nested maxima."""
    found: list[Theorem] = []
    for one in indices:
        if not member(one, child(largest, 0)):
            continue
        try:
            first = max_above(view.hyps, largest, one)
        except KernelError:
            continue
        value = open_body(child(largest, 1), one)
        if value.op == "max":
            for deeper in _maxima(view, value, indices):
                low = child(deeper.conclusion, 0)
                uses = [(number(1), deeper), (number(1), first)]
                try:
                    found.append(bound(view.hyps, "le", low, largest, uses))
                except KernelError:
                    continue
        else:
            found.append(first)
    return found


def _from_facts(view: View, distance: Term, known: list[Theorem]) -> Iterator[Theorem]:
    seen = set()
    for theorem in known:
        try:
            low, high = theorem.conclusion.children
            if high not in seen and not plus(view.normal(low), view.normal(distance), -1):
                seen.add(high)
                yield bound(view.hyps, "le", distance, high, [(number(1), theorem)])
        except KernelError:
            continue


def _by_detour(
    view: View, difference: Term, indices: list[Term], known: list[Theorem]
) -> Iterator[Theorem]:
    """‖v_x − v_y‖ ≤ ‖v_x − v_i‖ + ‖v_i − v_y‖ through the value i of a map."""
    if difference.op != "add":
        return
    left, right = difference.children
    right = child(right, 1)
    if left.op not in ("ventry", "entry"):
        return
    for middle in indices:
        if middle.op != "value":
            continue
        via = Term(left.op, left.args[0], middle)
        if via in (left, right):
            continue
        first, second = add(left, neg(via)), add(via, neg(right))
        ways = [list(_from_facts(view, Term("norm", leg), known))[:1] for leg in (first, second)]
        if all(ways):
            near, far = ways[0][0], ways[1][0]
            high = add(child(near.conclusion, 1), child(far.conclusion, 1))
            uses = [
                (number(1), triangle(view.hyps, add(first, second))),
                (number(1), near),
                (number(1), far),
            ]
            try:
                yield bound(view.hyps, "le", Term("norm", difference), high, uses)
            except KernelError:
                continue


def norm_atoms(view: View, a: Term, b: Term) -> list[Term]:
    """The norms that stand on the smaller side of a ≤ b."""
    difference = view.difference(a, b)
    return [
        atom
        for atom in atoms(difference)
        if atom.op == "norm"
        and any(c < 0 and any(x == atom for x, _ in m) for m, c in difference.items())
    ]
