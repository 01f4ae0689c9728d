"""Laurent polynomials with rational coefficients over atoms, which are canonical terms.

A monomial is a frozenset of (atom, exponent), a polynomial a mapping from monomials to non-zero
fractions; neither is changed once made, and equality needs no ordering.  Negative and fractional
exponents are allowed; whoever introduces one has shown that it makes sense (``arithmetic``).
A denominator or a radicand with several summands is an atom too: the term it is written as.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import Any

from .terms import Term, add, lift, mul, require

Monomial = frozenset[tuple[Term, Fraction]]
Polynomial = Mapping[Monomial, Fraction]

ONE: Monomial = frozenset()
NOTHING: Polynomial = {}
MAX_TERMS = 4_000
MAX_PRODUCTS = 60_000
# Operators of atoms that stand for a whole polynomial (in a denominator or under a root).
COMPOUND = frozenset({"add", "mul", "power", "number"})


def constant(value: Fraction | int) -> Polynomial:
    """A constant polynomial."""
    return {ONE: Fraction(value)} if value else NOTHING


def variable(atom: Term, exponent: Fraction = Fraction(1)) -> Polynomial:
    """One atom to an exponent."""
    return {frozenset({(atom, exponent)}): Fraction(1)} if exponent else constant(1)


def collect(items: Iterable[tuple[Any, Fraction]]) -> dict[Any, Fraction]:
    """The items with the values of equal keys added up, and no zeros."""
    result: dict[Any, Fraction] = {}
    for key, value in items:
        if key in result:
            value += result.pop(key)
        if value:
            result[key] = value
    return result


def total(parts: Iterable[Polynomial]) -> Polynomial:
    """The sum of the polynomials."""
    return collect(summand for part in parts for summand in part.items())


def plus(left: Polynomial, right: Polynomial, factor: Fraction | int = 1) -> Polynomial:
    """left + factor · right."""
    return total([left, right if factor == 1 else {m: factor * c for m, c in right.items()}])


def scale(polynomial: Polynomial, factor: Fraction | int) -> Polynomial:
    """factor · polynomial."""
    return plus(NOTHING, polynomial, factor)


def join(left: Monomial, right: Monomial) -> Monomial:
    """The product of two monomials: exponents of the same atom are added."""
    return frozenset(collect([*left, *right]).items()) if left and right else left or right


def multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    """The product; Unproved when it would pass the term budget."""
    small = len(left) * len(right) <= MAX_PRODUCTS
    require(small, "term budget exceeded: a product has too many summands; split the step")
    result = collect((join(m, n), c * d) for m, c in left.items() for n, d in right.items())
    require(len(result) <= MAX_TERMS, "term budget exceeded: too many summands; split the step")
    return result


def invert(monomial: Monomial) -> Monomial:
    """Every exponent negated."""
    return frozenset((atom, -exponent) for atom, exponent in monomial)


def common(polynomial: Polynomial) -> Fraction:
    """The positive number by which the coefficients become whole, with no common divisor."""
    top = gcd(*(c.numerator for c in polynomial.values()))
    return Fraction(top or 1, lcm(*(c.denominator for c in polynomial.values())))


def content(polynomial: Polynomial) -> tuple[Fraction, Monomial, Polynomial]:
    """(c, m, primitive) with polynomial = c·m·primitive, c > 0 and the primitive part free of both.

    The exponent of an atom in m is its least exponent in the polynomial.
    """
    exponents = [dict(monomial) for monomial in polynomial]
    least = {a: min(e.get(a, Fraction(0)) for e in exponents) for e in exponents for a in e}
    monomial = frozenset((atom, exponent) for atom, exponent in least.items() if exponent)
    rational = common(polynomial)
    return rational, monomial, multiply(polynomial, {invert(monomial): 1 / rational})


def in_order(monomial: Iterable[tuple[Term, Fraction]]) -> list[tuple[Term, Fraction]]:
    """The factors of a monomial in the order of their keys."""
    return sorted(monomial, key=lambda factor: (factor[0].key, factor[1]))


def reify_monomial(monomial: Monomial, coefficient: Fraction | int = 1) -> Term:
    """The monomial as a term; ``parse`` is the inverse."""
    factors = [a if e == 1 else Term("power", a, e) for a, e in monomial]
    if coefficient != 1 or not factors:
        factors.append(lift(coefficient))
    return mul(*sorted(factors, key=lambda factor: factor.key))


def reify(polynomial: Polynomial) -> Term:
    """The polynomial as a term with its summands in a canonical order; 0 for the empty one."""
    summands = [reify_monomial(m, c) for m, c in polynomial.items()] or [lift(0)]
    return add(*sorted(summands, key=lambda summand: summand.key))


@lru_cache(maxsize=65536)
def parse(term: Term) -> Polynomial:
    """The polynomial that ``reify`` wrote as this term."""
    if term.op == "add":
        return total(map(parse, term.children))
    coefficient, powers = Fraction(1), []
    for factor in term.children if term.op == "mul" else (term,):
        if factor.op == "number":
            coefficient *= factor.args[0]
        else:
            powers.append(factor.args if factor.op == "power" else (factor, Fraction(1)))
    return collect([(frozenset(collect(powers).items()), coefficient)])
