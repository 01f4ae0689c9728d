"""Certificates: b − a as a non-negative combination of facts, found by linear programming.

The difference is cleared of its denominators; every negative monomial asks for facts that have a
negative monomial dividing it, times the quotient; the exact linear program decides how much of
each.  The kernel's rule `bound` then checks the certificate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction

from derivations.kernel.polynomial import COMPOUND, multiply
from derivations.kernel.rules import Theorem
from derivations.kernel.terms import KernelError, Term, mul
from derivations.search.build import sides
from derivations.search.facts import facts
from derivations.search.feasibility import multipliers
from derivations.search.signs import bound
from derivations.search.steps import nonneg_product
from derivations.search.view import (
    Monomial,
    Polynomial,
    Sign,
    View,
    expand,
    monomial_term,
    quotient,
)
from derivations.terms import number, sub

ROUNDS = 4
MAX_COLUMNS = 160

MAX_FACTORS, MAX_PAIRS = 14, 60
MAX_FACTOR_SIZE = 8
MAX_SUMMANDS = 60
QUICK, THOROUGH = 1, 3

Fact = tuple[Polynomial, Monomial, Theorem, int]  # D·(r − l), D, theorem, orientation
Column = Fact  # the same times a monomial, the multiplier in place of D


def certificate(
    view: View,
    a: Term,
    b: Term,
    extra: Iterable[Theorem] = (),
    *,
    strict: bool = False,
    thorough: bool = True,
) -> Theorem | None:
    """a ≤ b by a combination of facts, or None.

    A thorough search also looks at facts about the atoms of facts, and at products of two facts.
    """
    difference = view.difference(a, b)
    cleared = view.cleared(difference)
    if cleared is None:
        return None
    goal, divisor = cleared
    if len(goal) > MAX_SUMMANDS:
        return None
    given_ = list(extra)
    known = [*_polynomials(view, facts(view, goal, given_, THOROUGH if thorough else QUICK))]
    found = _combined(view, a, b, goal, divisor, known, strict)
    if thorough and found is None and len(known) <= MAX_FACTORS * 4:
        known += _polynomials(view, _products(view, known, given_))
        found = _combined(view, a, b, goal, divisor, known, strict)
    return found


def _products(view: View, known: list[Fact], given_: Collection[Theorem]) -> Iterable[Theorem]:
    """0 ≤ (r − l)·(r′ − l′) for pairs of facts: given ones and short ones first."""
    once = {one[2]: one for one in reversed(known) if one[3] > 0}
    usable = [one for one in once.values() if len(one[0]) <= MAX_FACTOR_SIZE]
    usable.sort(key=lambda one: (one[2] not in given_, len(one[0])))
    gaps: list[Theorem] = []
    for _, _, theorem, _ in usable[:MAX_FACTORS]:
        low, high = sides(theorem.conclusion)
        gaps.append(bound(view.hyps, "le", number(0), sub(high, low), [(number(1), theorem)]))
    pairs = [(i, j) for i in range(len(gaps)) for j in range(i, len(gaps))]
    pairs.sort(key=lambda pair: sum(len(usable[one][0]) for one in pair))
    for i, j in pairs[:MAX_PAIRS]:
        try:
            yield nonneg_product(view.hyps, gaps[i], gaps[j])
        except KernelError:
            continue


def _combined(
    view: View,
    a: Term,
    b: Term,
    goal: Polynomial,
    divisor: Monomial,
    known: list[Fact],
    strict: bool,
) -> Theorem | None:
    columns = _columns(view, goal, known)
    unsigned = _unsigned(view, [goal, *(column for column, *_ in columns)])
    weights = multipliers(goal, [column for column, *_ in columns], unsigned)
    if weights is None:
        return None
    uses = []
    for weight, (_, factor, theorem, orientation) in zip(weights, columns, strict=True):
        if weight:
            coefficient = quotient(factor, divisor)
            uses.append((mul(number(weight * orientation), monomial_term(coefficient)), theorem))
    try:
        return bound(view.hyps, "lt" if strict else "le", a, b, uses)
    except KernelError:
        return None


def _polynomials(view: View, known: Iterable[Theorem]) -> Iterable[Fact]:
    for theorem in known:
        try:
            raw = view.difference(*sides(theorem.conclusion))
            cleared = view.cleared(raw)
        except KernelError:
            continue
        if cleared is None or not cleared[0]:
            continue
        readings = [cleared]
        if cleared[1] and not any(atom.op in COMPOUND for atom, _ in cleared[1]):
            readings.append((raw, frozenset()))
        for polynomial, divisor in readings:
            yield polynomial, divisor, theorem, 1
            if theorem.conclusion.op == "eq":
                yield {m: -c for m, c in polynomial.items()}, divisor, theorem, -1


def _columns(view: View, goal: Polynomial, known: list[Fact]) -> list[Column]:
    """Facts times monomials, reached from the monomials of the goal in a few rounds."""
    columns: dict[tuple[int, Monomial], Column] = {}
    wanted = _wanted(view, goal, {})
    seen: set[tuple[Monomial, bool]] = set()
    for _ in range(ROUNDS):
        fresh = [one for one in wanted if one not in seen]
        wanted = []
        for monomial, negative in fresh:
            seen.add((monomial, negative))
            for number_, (polynomial, divisor, theorem, orientation) in enumerate(known):
                for part, coefficient in polynomial.items():
                    if (coefficient < 0) != negative:
                        continue
                    factor = quotient(monomial, part)
                    if (number_, factor) in columns or not _usable(view, factor):
                        continue
                    product = expand(multiply(polynomial, {factor: Fraction(1)}))
                    whole = quotient(factor, frozenset((a, -e) for a, e in divisor))
                    columns[number_, factor] = (product, whole, theorem, orientation)
                    wanted += _wanted(view, {m: -c for m, c in product.items()}, goal)
                    if len(columns) >= MAX_COLUMNS:
                        return list(columns.values())
    return list(columns.values())


def _wanted(view: View, polynomial: Polynomial, covered: Polynomial) -> list[tuple[Monomial, bool]]:
    """Monomials that need a fact: negative ones, and positive ones without a known sign."""
    found = []
    for monomial, coefficient in sorted(
        polynomial.items(), key=lambda item: repr(monomial_term(item[0]).key)
    ):
        if (coefficient < 0 and covered.get(monomial, Fraction(0)) <= 0) or coefficient < 0:
            found.append((monomial, True))
        elif not view.nonneg({monomial: Fraction(1)}):
            found.append((monomial, False))
    return found


def _usable(view: View, factor: Monomial) -> bool:
    """Whether the monomial may multiply a fact: known ≥ 0, without new denominators."""
    for atom, exponent in factor:
        if exponent < 0 and atom.op != "exp":
            return False
    return view.nonneg({factor: Fraction(1)})


def _unsigned(view: View, polynomials: Iterable[Polynomial]) -> frozenset[Monomial]:
    monomials = {m for polynomial in polynomials for m in polynomial}
    return frozenset(m for m in monomials if view.sign({m: Fraction(1)}) is Sign.UNKNOWN)
