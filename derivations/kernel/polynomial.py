"""Laurent polynomials with rational coefficients over atoms, which are canonical terms.

A monomial is a frozenset of (atom, exponent), a polynomial a mapping from monomials to non-zero
fractions; neither is changed once made, and equality needs no ordering.  Negative and fractional
exponents are allowed; whoever introduces one has shown that it makes sense (``normal_form``).
A denominator or a radicand with several summands is an atom too: the term it is written as.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm

from derivations.kernel.terms import Key, Term, Unproved, child, close, number

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


def variable(atom: Term, exponent: Fraction | int = 1) -> Polynomial:
    """One atom to an exponent."""
    return {frozenset({(atom, Fraction(exponent))}): Fraction(1)} if exponent else constant(1)


def plus(left: Polynomial, right: Polynomial, factor: Fraction | int = 1) -> Polynomial:
    """left + factor · right."""
    result = dict(left)
    for monomial, coefficient in right.items():
        value = result.get(monomial, 0) + factor * coefficient
        if value:
            result[monomial] = Fraction(value)
        else:
            result.pop(monomial, None)
    return result


def scale(polynomial: Polynomial, factor: Fraction | int) -> Polynomial:
    """factor · polynomial."""
    return plus(NOTHING, polynomial, factor)


def join(left: Monomial, right: Monomial) -> Monomial:
    """The product of two monomials: exponents of the same atom are added."""
    if not left or not right:
        return left or right
    exponents = dict(left)
    for atom, exponent in right:
        value = exponents.get(atom, 0) + exponent
        if value:
            exponents[atom] = Fraction(value)
        else:
            del exponents[atom]
    return frozenset(exponents.items())


def multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    """The product; Unproved when it would pass the term budget."""
    if len(left) * len(right) > MAX_PRODUCTS:
        raise Unproved("term budget exceeded: a product has too many summands; split the step")
    result: dict[Monomial, Fraction] = {}
    for one, first in left.items():
        for other, second in right.items():
            monomial = join(one, other)
            value = result.get(monomial, 0) + first * second
            if value:
                result[monomial] = Fraction(value)
            else:
                del result[monomial]
    if len(result) > MAX_TERMS:
        raise Unproved("term budget exceeded: a polynomial has too many summands; split the step")
    return result


def invert(monomial: Monomial) -> Monomial:
    """Every exponent negated."""
    return frozenset((atom, -exponent) for atom, exponent in monomial)


def content(polynomial: Polynomial) -> tuple[Fraction, Monomial, Polynomial]:
    """(c, m, primitive) with polynomial = c·m·primitive, c > 0 and the primitive part free of both.

    The exponent of an atom in m is its least exponent in the polynomial (0 where it is absent).
    """
    exponents = [dict(monomial) for monomial in polynomial]
    common = []
    for atom in {a for e in exponents for a in e}:
        least = min(e.get(atom, Fraction(0)) for e in exponents)
        if least:
            common.append((atom, least))
    monomial = frozenset(common)
    top, bottom = 0, 1
    for coefficient in polynomial.values():
        top, bottom = gcd(top, coefficient.numerator), lcm(bottom, coefficient.denominator)
    rational = Fraction(top, bottom)
    away = invert(monomial)
    return rational, monomial, {join(m, away): c / rational for m, c in polynomial.items()}


@lru_cache(maxsize=65536)
def monomial_key(monomial: Monomial) -> tuple[tuple[Key, Fraction], ...]:
    """A total order on monomials that is the same in every process."""
    return tuple(sorted((atom.key, exponent) for atom, exponent in monomial))


def in_order(monomial: Iterable[tuple[Term, Fraction]]) -> list[tuple[Term, Fraction]]:
    """The factors of a monomial in the order of their keys."""
    return sorted(monomial, key=lambda factor: (factor[0].key, factor[1]))


def reify_monomial(monomial: Monomial, coefficient: Fraction | int = 1) -> Term:
    """The monomial as a term; ``parse`` is the inverse."""
    factors = [a if e == 1 else Term("power", a, e) for a, e in in_order(monomial)]
    if coefficient != 1 or not factors:
        factors.insert(0, number(coefficient))
    return factors[0] if len(factors) == 1 else Term("mul", *factors)


def reify(polynomial: Polynomial) -> Term:
    """The polynomial as a term with its summands in a canonical order; 0 for the empty one."""
    ordered = sorted(polynomial.items(), key=lambda item: monomial_key(item[0]))
    summands = [reify_monomial(monomial, c) for monomial, c in ordered]
    if not summands:
        return number(0)
    return summands[0] if len(summands) == 1 else Term("add", *summands)


@lru_cache(maxsize=65536)
def parse(term: Term) -> Polynomial:
    """The polynomial that ``reify`` wrote as this term."""
    if term.op == "add":
        return {m: c for summand in term.children for m, c in parse(summand).items()}
    factors = term.children if term.op == "mul" else (term,)
    coefficient = Fraction(1)
    powers = []
    for factor in factors:
        value = factor.args[-1]
        if factor.op == "number" and type(value) is Fraction:
            coefficient = value
        elif factor.op == "power" and type(value) is Fraction:
            powers.append((child(factor, 0), value))
        else:
            powers.append((factor, Fraction(1)))
    return {frozenset(powers): coefficient} if coefficient else NOTHING


@lru_cache(maxsize=65536)
def sort_operands(term: Term) -> Term:
    """The term with the operands of every sum and product in the order of their keys."""
    if not term.children:
        return term
    parts = [sort_operands(a) if type(a) is Term else a for a in term.args]
    if term.op in ("add", "mul"):
        parts.sort(key=lambda part: part.key if type(part) is Term else ())
    return Term(term.op, *parts)


def close_body(term: Term, index: Term) -> Term:
    """Close over an index so that the result does not depend on the name the index had."""
    return sort_operands(close(term, index))


def divide(dividend: Polynomial, divisor: Polynomial, index: Term | None) -> list[Polynomial]:
    """[quotient, remainder] by the leading term of the divisor (one polynomial is its own basis).

    The order of the atoms does not depend on the name of ``index``.
    """
    names = {a: (a if index is None else close(a, index)).key for m in divisor for a, _ in m}
    atoms = sorted(names, key=lambda a: names[a])

    def exponents(monomial: Monomial) -> tuple[Fraction, ...]:
        found = dict(monomial)
        return tuple(found.get(atom, Fraction(0)) for atom in atoms)

    lead = max(divisor, key=exponents)
    vectors = [exponents(m) for m in dividend]
    low = [min(Fraction(0), *(v[i] for v in vectors)) for i in range(len(atoms))]
    down = frozenset((a, e) for a, e in zip(atoms, low, strict=True) if e)
    rest = multiply(dividend, {invert(down): Fraction(1)})
    quotient, remainder = dict(NOTHING), dict(NOTHING)
    for _ in range(MAX_TERMS):
        if not rest:
            shift: Polynomial = {down: Fraction(1)}
            return [multiply(quotient, shift), multiply(remainder, shift)]
        top = max(rest, key=lambda m: (exponents(m), monomial_key(m)))
        if all(a >= b for a, b in zip(exponents(top), exponents(lead), strict=True)):
            step: Polynomial = {join(top, invert(lead)): rest[top] / divisor[lead]}
            quotient.update(step)
            rest = plus(rest, multiply(step, divisor), -1)
        else:
            remainder[top] = rest[top]
            rest = plus(rest, {top: rest[top]}, -1)
    raise Unproved("term budget exceeded: a division has too many steps; split the step")
