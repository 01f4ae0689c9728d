"""Arithmetic of polynomials in one context: products, powers, roots, denominators, inner products.

Every step is an equality of total functions, and every cancellation is paid for: 1/P asks for
P ≠ 0, a fractional power for a base ≥ 0.  ‖v‖² is ⟨v,v⟩, and an inner product is bilinear.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import IntEnum
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from derivations.kernel import polynomial as poly
from derivations.kernel.polynomial import COMPOUND, NOTHING, ONE, Monomial, Polynomial
from derivations.kernel.terms import (
    Sort,
    Term,
    Unproved,
    child,
    number,
    relation,
    sort_of,
)

MAX_EXPONENT = 64
MAX_BITS = 20_000
MAX_PRIME = 1_000


class Sign(IntEnum):
    """What is known of a real number; UNKNOWN is no statement."""

    UNKNOWN = 0
    NONNEGATIVE = 1
    POSITIVE = 2


@lru_cache(maxsize=4096)
def prime_powers(value: Fraction) -> tuple[tuple[int, int], ...]:
    """The factorisation of a positive fraction; what has no small factor is left whole."""
    powers = []
    for rest, sign in ((value.numerator, 1), (value.denominator, -1)):
        for prime in range(2, MAX_PRIME):
            count = 0
            while rest % prime == 0:
                rest, count = rest // prime, count + 1
            if count:
                powers.append((prime, sign * count))
        if rest > 1:
            powers.append((rest, sign))
    return tuple(powers)


def scalar_and_vector(monomial: Monomial) -> tuple[Monomial, Term]:
    """The scalar factors of a vector monomial, and its vector."""
    for atom, exponent in monomial:
        if sort_of(atom) is Sort.VECTOR:
            return monomial - {(atom, exponent)}, atom
    raise Unproved("a sum of vectors contains a number")


class Arithmetic(ABC):
    """Polynomials over atoms; the abstract methods say what is known in the context."""

    @abstractmethod
    def normal_form(self, term: Term) -> Polynomial:
        """The normal form of a real or vector term."""

    @abstractmethod
    def rewritten(self, atom: Term) -> Polynomial | None:
        """What an equation among the hypotheses says the atom is."""

    @abstractmethod
    def sign(self, polynomial: Polynomial) -> Sign:
        """What is known of the sign."""

    @abstractmethod
    def is_nonzero(self, polynomial: Polynomial) -> bool:
        """Whether the polynomial is known not to vanish."""

    def atom(self, atom: Term, exponent: Fraction | int = 1) -> Polynomial:
        """An atom to an exponent, rewritten by the equations among the hypotheses."""
        found = self.rewritten(atom)
        return (
            poly.variable(atom, exponent)
            if found is None
            else self.to_power(found, Fraction(exponent))
        )

    def product(self, left: Polynomial, right: Polynomial) -> Polynomial:
        """The product, with whole powers of roots, norms and compound atoms multiplied out."""
        raw = poly.multiply(left, right)
        if not any(_whole_power(a, e) for monomial in raw for a, e in monomial):
            return raw
        result: Polynomial = NOTHING
        for monomial, coefficient in raw.items():
            folded: Polynomial = {
                frozenset(f for f in monomial if not _whole_power(*f)): coefficient
            }
            for atom, exponent in poly.in_order(f for f in monomial if _whole_power(*f)):
                folded = self.product(folded, self._folded(atom, exponent))
            result = poly.plus(result, folded)
        return result

    def _folded(self, atom: Term, exponent: Fraction) -> Polynomial:
        """P^(n + r) = P·…·P·P^r; ‖v‖^(2n + r) = ⟨v,v⟩^n ‖v‖^r."""
        step = 2 if atom.op == "norm" else 1
        whole = floor(exponent / step)
        if atom.op == "norm":
            inside = self.normal_form(child(atom, 0))
            vector = sort_of(child(atom, 0)) is Sort.VECTOR
            base = self.inner(inside, inside) if vector else self.product(inside, inside)
        else:
            base = poly.parse(atom)
        return self.product(
            self.to_power(base, Fraction(whole)), poly.variable(atom, exponent - step * whole)
        )

    def to_power(self, base: Polynomial, exponent: Fraction) -> Polynomial:
        """A rational power; asks ≠ 0 for negative exponents and a sign for fractional ones."""
        if exponent.denominator != 1:
            return self._root(base, exponent)
        count = abs(int(exponent))
        bits = max(
            (c.numerator.bit_length() + c.denominator.bit_length() for c in base.values()),
            default=0,
        )
        if count * bits > MAX_BITS or (len(base) > 1 and count > MAX_EXPONENT):
            raise Unproved("term budget exceeded: a power has too large an exponent")
        if exponent < 0:
            base = self.inverse(base)
        if len(base) == 1:
            ((monomial, coefficient),) = base.items()
            powered = frozenset((a, e * count) for a, e in monomial) if count else ONE
            return self.product({powered: coefficient**count}, poly.constant(1))
        result = poly.constant(1)
        for _ in range(count):
            result = self.product(result, base)
        return result

    def inverse(self, polynomial: Polynomial) -> Polynomial:
        """1/P; asks for P ≠ 0.  A compound denominator is written with its positive sign."""
        if not polynomial or not self.is_nonzero(polynomial):
            raise Unproved(
                "a denominator is not known to be non-zero", Term("nonzero", poly.reify(polynomial))
            )
        rational, monomial, primitive = poly.content(polynomial)
        result: Polynomial = {frozenset((a, -e) for a, e in monomial): 1 / rational}
        if primitive.keys() == {ONE}:
            return poly.scale(result, primitive[ONE])
        sign = self._orientation(primitive)
        return self.product(
            result, poly.scale(poly.variable(poly.reify(poly.scale(primitive, sign)), -1), sign)
        )

    def _orientation(self, polynomial: Polynomial) -> int:
        """±1 so that ±P is the positive one, or else the one with a positive first coefficient."""
        if self.sign(polynomial) or self.sign(poly.scale(polynomial, -1)):
            return 1 if self.sign(polynomial) else -1
        return 1 if polynomial[min(polynomial, key=poly.monomial_key)] > 0 else -1

    def _root(self, base: Polynomial, exponent: Fraction) -> Polynomial:
        needed = Sign.NONNEGATIVE if exponent > 0 else Sign.POSITIVE
        if self.sign(base) < needed:
            asked = "le" if exponent > 0 else "lt"
            raise Unproved(
                "the base of a fractional power has no known sign",
                relation(asked, 0, poly.reify(base)),
            )
        if not base:
            return NOTHING
        rational, monomial, primitive = poly.content(base)
        for least in (Sign.NONNEGATIVE, Sign.POSITIVE):
            rest, result = primitive, self._rational_power(rational, exponent)
            for atom, e in poly.in_order(monomial):
                if self.sign(poly.variable(atom)) >= least:
                    result = self.product(result, self._atom_power(atom, e * exponent))
                elif e.denominator == 1 and e % 2 == 0:
                    size = self._norm(poly.variable(atom))
                    result = self.product(result, self.to_power(size, e * exponent))
                else:
                    rest = poly.multiply(rest, poly.variable(atom, e))
            if rest == poly.constant(1):
                return result
            if self.sign(rest) >= needed or least is Sign.POSITIVE:
                return self.product(result, self._atom_power(poly.reify(rest), exponent))
        raise Unproved("a fractional power could not be split into factors of known sign")

    def _atom_power(self, atom: Term, exponent: Fraction) -> Polynomial:
        """An atom of known sign under a root; ⟨v,v⟩^(1/2) is ‖v‖."""
        if atom.op == "inner" and atom.args[0] == atom.args[1]:
            root = self.atom(Term("norm", child(atom, 0)), 2 * exponent)
        else:
            root = poly.variable(atom, exponent)
        return self.product(root, poly.constant(1))

    def _rational_power(self, value: Fraction, exponent: Fraction) -> Polynomial:
        result = poly.constant(1)
        for prime, count in prime_powers(value):
            whole = floor(count * exponent)
            if abs(whole) * prime.bit_length() > MAX_BITS:
                raise Unproved("term budget exceeded: a power has too large an exponent")
            rest = poly.variable(number(prime), count * exponent - whole)
            result = self.product(poly.scale(result, Fraction(prime) ** whole), rest)
        return result

    def reduce(self, polynomial: Polynomial, index: Term | None = None) -> Polynomial:
        """q/P = h + r/P with r reduced modulo P, for the denominators that mention ``index``."""
        atoms = {
            a
            for monomial in polynomial
            for a, e in monomial
            if e < 0 and a.op == "add" and (index is None or index in a.free)
        }
        for atom in sorted(atoms, key=lambda a: a.key):
            exponents = {e for m in polynomial for a, e in m if a == atom and e < 0}
            for part in sorted({e % 1 for e in exponents}):
                start = min(e for e in exponents if e % 1 == part)
                for step in range(ceil(-start)):
                    polynomial = self._reduce_power(polynomial, atom, start + step, index)
        return polynomial

    def _reduce_power(
        self, polynomial: Polynomial, atom: Term, exponent: Fraction, index: Term | None
    ) -> Polynomial:
        factor = (atom, exponent)
        over = {m - {factor}: c for m, c in polynomial.items() if factor in m}
        if not over:
            return polynomial
        quotient, remainder = poly.divide(over, poly.parse(atom), index)
        rest: Polynomial = {m: c for m, c in polynomial.items() if factor not in m}
        rest = poly.plus(rest, self.product(quotient, poly.variable(atom, exponent + 1)))
        return poly.plus(rest, self.product(remainder, poly.variable(atom, exponent)))

    def clear(
        self, polynomial: Polynomial, wanted: Callable[[Term], bool] = lambda atom: True
    ) -> tuple[Polynomial, Monomial]:
        """(P·D, D) with D the product of the wanted denominators, none of which vanishes."""
        cleared: Monomial = ONE
        while True:
            atoms = {a for m in polynomial for a, e in m if e < 0 and a.op in ("add", "norm")}
            atoms = {a for a in atoms if wanted(a)}
            if not atoms:
                return polynomial, cleared
            atom = min(atoms, key=lambda a: a.key)
            least = min(e for m in polynomial for a, e in m if a == atom)
            count = ceil(-least)
            polynomial = (
                self.product(polynomial, poly.variable(atom, count)) if count else polynomial
            )
            cleared = poly.join(cleared, frozenset({(atom, Fraction(count))}))

    def factors(
        self, polynomial: Polynomial, wanted: Callable[[Term], bool]
    ) -> tuple[Fraction, list[tuple[Term, Fraction]], Polynomial]:
        """(c, atoms with exponents, primitive part) after clearing the wanted denominators."""
        cleared, denominators = self.clear(polynomial, wanted)
        rational, monomial, primitive = poly.content(cleared)
        return rational, poly.in_order(poly.join(monomial, poly.invert(denominators))), primitive

    def is_positive(self, atom: Term) -> bool:
        return self.sign(poly.variable(atom)) is Sign.POSITIVE

    def _norm(self, argument: Polynomial) -> Polynomial:
        """‖c·m·p‖ = |c|·|m|·‖p‖ with denominators cleared and a canonical sign inside."""
        if not argument:
            return NOTHING
        rational, factors, primitive = self.factors(argument, lambda atom: True)
        result = poly.constant(rational)
        for atom, exponent in factors:
            if exponent.denominator != 1 or (exponent % 2 == 0 and sort_of(atom) is Sort.REAL):
                result = self.product(result, poly.variable(atom, exponent))
            else:
                result = self.product(
                    result, self.to_power(self._size(poly.variable(atom)), exponent)
                )
        return self.product(result, self._size(primitive))

    def _size(self, primitive: Polynomial) -> Polynomial:
        """The norm of one atom or of a primitive polynomial."""
        if all(sort_of(a) is Sort.REAL for monomial in primitive for a, _ in monomial):
            for sign in (1, -1):
                if self.sign(poly.scale(primitive, sign)):
                    return poly.scale(primitive, sign)
        lead = primitive[min(primitive, key=poly.monomial_key)]
        return self.atom(Term("norm", poly.reify(poly.scale(primitive, 1 if lead > 0 else -1))))

    def inner(self, left: Polynomial, right: Polynomial) -> Polynomial:
        """The bilinear, symmetric inner product; it goes inside sums."""
        result: Polynomial = NOTHING
        for one, first in left.items():
            for other, second in right.items():
                (scalars, u), (more, v) = scalar_and_vector(one), scalar_and_vector(other)
                factor: Polynomial = {scalars: first * second}
                factor = self.product(factor, {more: Fraction(1)})
                result = poly.plus(result, self.product(factor, self._inner_atoms(u, v)))
        return result

    def _inner_atoms(self, left: Term, right: Term) -> Polynomial:
        for one, other in ((left, right), (right, left)):
            if one.op == "sum":
                body = Term("inner", child(one, 1), other)
                return self.normal_form(Term("sum", child(one, 0), body))
        readings = []
        for one, other in ((left, right), (right, left)):
            while one.op == "apply":
                other = Term("apply", one.args[0], one.args[1] is False, other)
                one = child(one, 2)
            image = self.normal_form(other)
            if image != poly.variable(other):
                return self.inner(poly.variable(one), image)
            readings.append(Term("inner", one, other))
        return self.atom(min(readings, key=lambda reading: reading.key))


def _whole_power(atom: Term, exponent: Fraction) -> bool:
    if atom.op == "norm":
        return exponent >= 2
    return atom.op in COMPOUND and (exponent >= 1 or (atom.op == "number" and exponent < 0))
