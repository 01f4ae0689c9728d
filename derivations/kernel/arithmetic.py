"""Arithmetic of polynomials in one scope: products, powers, roots, denominators, inner products.

Every step is an equality of total functions, and every cancellation is paid for: 1/P asks for
P ≠ 0, a fractional power for a base ≥ 0.  ‖v‖² is ⟨v,v⟩, and an inner product is bilinear.
"""

from fractions import Fraction
from functools import reduce
from itertools import product
from math import ceil, floor

from . import polynomial as poly
from .polynomial import COMPOUND, NOTHING, ONE, Monomial, Polynomial
from .signs import Sign, Signs
from .terms import Sort, Term, Unproved, lift, require

MAX_EXPONENT = 64
MAX_BITS = 20_000


def scalar_and_vector(monomial: Monomial) -> tuple[Monomial, Term]:
    """The scalar factors of a vector monomial, and its vector."""
    for atom, exponent in monomial:
        if atom.sort is Sort.VECTOR:
            return monomial - {(atom, exponent)}, atom
    raise Unproved("a sum of vectors contains a number")


class Arithmetic(Signs):
    """Polynomials over atoms, in a scope; its subclass says what a normal form is."""

    # ------------------------------------------------------------ atoms and products

    def atom(self, atom: Term, exponent: Fraction = Fraction(1)) -> Polynomial:
        """An atom to an exponent, rewritten if a hypothesis says what it is equal to."""
        value = self.fact("eq", poly.variable(atom))
        if value is None:
            return poly.variable(atom, exponent)
        return self.to_power(value, exponent)

    def product(self, left: Polynomial, right: Polynomial) -> Polynomial:
        """The product, with whole powers of roots, norms and compound atoms multiplied out."""
        raw = poly.multiply(left, right)
        if not any(_is_whole(*factor) for monomial in raw for factor in monomial):
            return raw
        parts = []
        for monomial, coefficient in raw.items():
            whole = frozenset(factor for factor in monomial if _is_whole(*factor))
            rest: Polynomial = {monomial - whole: coefficient}
            folded = [self._folded(*factor) for factor in poly.in_order(whole)]
            parts.append(reduce(self.product, folded, rest))
        return poly.total(parts)

    def _folded(self, atom: Term, exponent: Fraction) -> Polynomial:
        """P^(n + r) = P·…·P·P^r; ‖v‖^(2n + r) = ⟨v,v⟩^n ‖v‖^r."""
        step, base = 1, poly.parse(atom)
        if atom.op == "norm":
            step, base = 2, poly.parse(atom.children[0])
            vector = atom.children[0].sort is Sort.VECTOR
            base = self.inner(base, base) if vector else self.product(base, base)
        whole = floor(exponent / step)
        rest = poly.variable(atom, exponent - step * whole)
        return self.product(self.to_power(base, Fraction(whole)), rest)

    def inner(self, left: Polynomial, right: Polynomial) -> Polynomial:
        """The bilinear, symmetric inner product; it goes inside sums."""
        parts = []
        for (one, first), (other, second) in product(left.items(), right.items()):
            (scalars, u), (more, v) = scalar_and_vector(one), scalar_and_vector(other)
            factor = self.product({scalars: first}, {more: second})
            parts.append(self.product(factor, self._inner_atoms(u, v)))
        return poly.total(parts)

    def _inner_atoms(self, left: Term, right: Term) -> Polynomial:
        """⟨Wu, v⟩ = ⟨u, Wᵀv⟩: of the two readings with all maps on one side, the smaller."""
        readings = []
        for one, other in ((left, right), (right, left)):
            if one.op == "sum":
                target, body = one.children
                return self.normal_form(Term("sum", target, Term("inner", body, other)))
            while one.op == "apply":
                other = Term("apply", one.args[0], not one.args[1], other)
                one = one.children[0]
            image = self.normal_form(other)
            if image != poly.variable(other):
                return self.inner(poly.variable(one), image)
            readings.append(Term("inner", one, other))
        return self.atom(min(readings, key=lambda reading: reading.key))

    # ------------------------------------------------------------ powers

    def to_power(self, base: Polynomial, exponent: Fraction) -> Polynomial:
        """A rational power; asks ≠ 0 for negative exponents and a sign for fractional ones."""
        if exponent.denominator != 1:
            return self._root(base, exponent)
        count = abs(exponent.numerator)
        bits = sum((c.numerator * c.denominator).bit_length() - 1 for c in base.values())
        small = count * bits <= MAX_BITS and (len(base) <= 1 or count <= MAX_EXPONENT)
        require(small, "term budget exceeded: a power has too large an exponent")
        base = self.inverse(base) if exponent < 0 else base
        if len(base) == 1 and count:
            ((monomial, coefficient),) = base.items()
            base, count = {frozenset((a, e * count) for a, e in monomial): coefficient**count}, 1
        return reduce(self.product, [base] * count, poly.constant(1))

    def inverse(self, polynomial: Polynomial) -> Polynomial:
        """1/P; asks for P ≠ 0.  A compound denominator is written with its positive sign."""
        missing = Term("nonzero", poly.reify(polynomial))
        rational, monomial, primitive = poly.content(polynomial)
        factors = [primitive, *(poly.variable(atom) for atom, _ in monomial)]
        known = self.is_nonzero(polynomial) or all(map(self.is_nonzero, factors))
        require(known, "a denominator is not known to be non-zero", missing)
        result: Polynomial = {poly.invert(monomial): 1 / rational}
        if primitive.keys() == {ONE}:
            return poly.scale(result, primitive[ONE])
        sign = self.orientation(primitive)
        below = poly.variable(poly.reify(poly.scale(primitive, sign)), Fraction(-1))
        return self.product(result, poly.scale(below, sign))

    def orientation(self, polynomial: Polynomial) -> int:
        """±1 so that ±P is the one known ≥ 0, or else the one with a positive first coefficient."""
        for sign in (1, -1) if poly.reify(polynomial).sort is Sort.REAL else ():
            if self.sign(poly.scale(polynomial, sign)):
                return sign
        first = min(polynomial, key=lambda m: poly.reify_monomial(m).key, default=ONE)
        return 1 if polynomial.get(first, 0) >= 0 else -1

    def is_nonzero(self, polynomial: Polynomial) -> bool:
        """Whether the polynomial is known not to vanish: by sign, or by a hypothesis P ≠ 0."""
        signs = self.sign(polynomial), self.sign(poly.scale(polynomial, -1))
        return Sign.POSITIVE in signs or self.fact("nonzero", polynomial) is not None

    def factors(self, polynomial: Polynomial, apart: bool = False) -> list[tuple[Term, Fraction]]:
        """Factors > 0, or all, with exponents, and what is left of the polynomial as the last."""
        rational, monomial, rest = poly.content(polynomial)
        found = []
        number = frozenset({(lift(rational), Fraction(1))} if rational != 1 else ())
        for atom, exponent in poly.in_order(monomial | number):
            if apart or self.sign(poly.variable(atom)) is Sign.POSITIVE:
                found.append((atom, exponent))
            else:
                rest = poly.multiply(rest, poly.variable(atom, exponent))
        return [*found, (poly.reify(rest), Fraction(1))] if rest != poly.constant(1) else found

    def _root(self, base: Polynomial, exponent: Fraction) -> Polynomial:
        """(P·Π a)^q = P^q·Π a^q for the factors a > 0, and for all if P and they are ≥ 0."""
        self.require_sign(base, exponent < 0, "the base of a fractional power")
        _, monomial, rest = poly.content(base)
        apart = all(self.sign(part) for part in (rest, *(poly.variable(a) for a, _ in monomial)))
        factors = self.factors(base, apart) if base else []
        roots = [self._root_of_atom(atom, e * exponent) for atom, e in factors]
        return reduce(self.product, roots, poly.constant(1) if base else NOTHING)

    def _root_of_atom(self, atom: Term, exponent: Fraction) -> Polynomial:
        """An atom of known sign under a root; ⟨v,v⟩^(1/2) is ‖v‖."""
        if atom.op == "inner" and atom.args[0] == atom.args[1]:
            return self.atom(Term("norm", atom.children[0]), 2 * exponent)
        return poly.variable(atom, exponent)

    # ------------------------------------------------------------ denominators and norms

    def clear(self, polynomial: Polynomial) -> tuple[Polynomial, Monomial]:
        """(P·D, D) with D the product of the denominators, none of which vanishes."""
        cleared = ONE
        while below := {a for m in polynomial for a, e in m if e < 0 and a.op in ("add", "norm")}:
            atom = min(below, key=lambda a: a.key)
            powers = [-e for m in polynomial for a, e in m if a == atom]
            factor = poly.variable(atom, Fraction(ceil(max(powers))))
            polynomial = self.product(polynomial, factor)
            cleared = poly.join(cleared, *factor)
        return polynomial, cleared

    def norm(self, argument: Polynomial) -> Polynomial:
        """‖c·m·p‖ = |c|·|m|·‖p‖ with denominators cleared and a canonical sign inside."""
        cleared, denominators = self.clear(argument)
        rational, monomial, primitive = poly.content(cleared)
        result = poly.scale(self._size(primitive), rational)
        for atom, exponent in poly.in_order(poly.join(monomial, poly.invert(denominators))):
            size = self._size(poly.variable(atom)) if exponent % 2 else poly.variable(atom)
            result = self.product(result, self.to_power(size, exponent))
        return result

    def _size(self, primitive: Polynomial) -> Polynomial:
        """The norm of one atom or of a primitive polynomial."""
        oriented = poly.scale(primitive, self.orientation(primitive))
        inside = poly.reify(oriented)
        known = inside.sort is Sort.REAL and self.sign(oriented)
        return oriented if known else self.atom(Term("norm", inside))


def _is_whole(atom: Term, exponent: Fraction) -> bool:
    if atom.op == "norm":
        return exponent >= 2
    return atom.op in COMPOUND and (exponent >= 1 or (atom.op == "number" and exponent < 0))
