"""Fractions of polynomials over the rationals, in SymPy's sparse polynomial rings.

Denominators stay factored, so that adding two numbers over one partition sum costs nothing.
Every unknown (a logit, its exponential, an inner product, ...) is one generator, made on demand.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import QQ, Expr, Mul, Rational
from sympy.polys.orderings import lex
from sympy.polys.rings import PolyElement, PolyRing

LARGEST = 20_000
Powers = Mapping[PolyElement, int]
Key = tuple[Any, ...]


class OutOfBudget(Exception):
    """The expansion takes too long or grows too large."""


class TooFewGenerators(Exception):
    """The ring has no generator left; start again in a larger one."""


class Undefined(Exception):
    """A division by 0, a logarithm of 0, or a maximum over the empty set, at this instance."""


class Unsupported(Exception):
    """Something that an expansion in polynomials cannot express; the text says what."""


@dataclass(frozen=True)
class Unknown:
    """A generator: how it prints, whether it is > 0, and whether it is independent of the others.

    A maximum, a norm or a root is not independent: when the sides differ by such a thing only,
    nothing follows.
    """

    shown: Expr
    positive: bool = False
    independent: bool = True


@dataclass(frozen=True)
class Fraction:
    """numerator / Π P^e; every P is a generator or monic without monomial factors."""

    numerator: PolyElement
    denominator: Powers

    @property
    def is_zero(self) -> bool:
        return not self.numerator


@dataclass
class Numbers:
    """Arithmetic over generators that are found while expanding one instance."""

    deadline: float
    ring: PolyRing
    place: dict[Key, int] = field(init=False, default_factory=dict)
    keys: list[Key] = field(init=False, default_factory=list)
    unknowns: list[Unknown] = field(init=False, default_factory=list)

    @property
    def capacity(self) -> int:
        """How many generators there can be."""
        return self.ring.ngens

    def tick(self) -> None:
        """Raises OutOfBudget once the deadline has passed."""
        if time.perf_counter() > self.deadline:
            raise OutOfBudget("the time limit")

    def constant(self, value: object) -> Fraction:
        """A rational number."""
        number = value if isinstance(value, int) else Rational(value)
        if isinstance(number, int):
            return Fraction(self.ring.ground_new(QQ(number)), {})
        return Fraction(self.ring.ground_new(QQ(number.p, number.q)), {})

    def generator(self, key: Key, unknown: Callable[[], Unknown]) -> Fraction:
        """The generator with this key, made the first time it is asked for."""
        if key not in self.place:
            made = unknown()
            if len(self.keys) == self.capacity:
                raise TooFewGenerators
            self.place[key] = len(self.keys)
            self.keys.append(key)
            self.unknowns.append(made)
        return Fraction(self.ring.gens[self.place[key]], {})

    def add(self, one: Fraction, other: Fraction) -> Fraction:
        """one + other."""
        if one.denominator == other.denominator:
            return Fraction(one.numerator + other.numerator, one.denominator)
        common = dict(one.denominator)
        for factor, power in other.denominator.items():
            common[factor] = max(power, common.get(factor, 0))
        return Fraction(self.over(one, common) + self.over(other, common), common)

    def multiply(self, one: Fraction, other: Fraction) -> Fraction:
        """one · other; an equal factor above and below is cancelled when it is easy to see."""
        if one.is_zero or other.is_zero:
            return Fraction(self.ring.zero, {})
        above, below = [], dict(one.denominator)
        for factor, power in other.denominator.items():
            below[factor] = below.get(factor, 0) + power
        for numerator in (one.numerator, other.numerator):
            above.append(self._reduced(numerator, below))
        return Fraction(self.product(*above), {p: e for p, e in below.items() if e})

    def subtract(self, one: Fraction, other: Fraction) -> Fraction:
        """one − other."""
        return self.add(one, Fraction(-other.numerator, other.denominator))

    def invert(self, one: Fraction) -> Fraction:
        """1 / one.  Raises Undefined if it is 0 everywhere."""
        if one.is_zero:
            raise Undefined("a division by 0")
        numerator = self.ring.one
        for factor, power in one.denominator.items():
            numerator = self.product(numerator, factor**power)
        content, powers = self.parts(one.numerator)
        return Fraction(numerator / content, powers)

    def power(self, one: Fraction, exponent: int) -> Fraction:
        """one ** exponent for an integer."""
        base = one if exponent >= 0 else self.invert(one)
        result = self.constant(1)
        for _ in range(abs(exponent)):
            result = self.multiply(result, base)
        return result

    def product(self, one: PolyElement, other: PolyElement) -> PolyElement:
        """one · other.  Raises OutOfBudget when it gets too large."""
        if len(one) * len(other) > LARGEST:
            raise OutOfBudget(f"the limit of {LARGEST} terms")
        if len(one) * len(other) > 64:
            self.tick()
        return one * other

    def lowest(self, one: Fraction) -> tuple[PolyElement, PolyElement]:
        """(p, q) without a common factor, q monic: one form for each number."""
        below = self.ring.one
        for factor, power in one.denominator.items():
            below = self.product(below, factor**power)
        if len(one.numerator) * len(below) > LARGEST:
            raise OutOfBudget(f"the limit of {LARGEST} terms")
        if len(below) == 1 and below == 1:
            return one.numerator, below
        self.tick()
        above, below = one.numerator.cancel(below)
        return above / below.LC, below / below.LC

    def parts(self, poly: PolyElement) -> tuple[object, dict[PolyElement, int]]:
        """A polynomial as number · monomial · (monic rest), the last two as powers."""
        common = [min(powers) for powers in zip(*poly.monoms(), strict=True)]
        rest = poly
        if any(common):
            rest = self.ring.from_dict(
                {
                    tuple(e - c for e, c in zip(monom, common, strict=True)): value
                    for monom, value in poly.terms()
                }
            )
        powers = {gen: e for gen, e in zip(self.ring.gens, common, strict=True) if e}
        content = rest.LC
        if len(rest) > 1:
            powers[rest / content] = 1
        return content, powers

    def factored(self, poly: PolyElement) -> tuple[object, dict[PolyElement, int]]:
        """A polynomial as number · powers of monic irreducible polynomials."""
        content, powers = self.parts(poly)
        result: dict[PolyElement, int] = {}
        for part, power in powers.items():
            if len(part) == 1 or max(map(sum, part.monoms())) == 1:
                result[part] = result.get(part, 0) + power
                continue
            self.tick()
            if len(part) > LARGEST // 20:
                raise OutOfBudget("a polynomial that is too large to factor")
            number, found = part.factor_list()
            content *= number**power
            for factor, times in found:
                content *= factor.LC ** (times * power)
                monic = factor / factor.LC
                result[monic] = result.get(monic, 0) + times * power
        return content, result

    def is_positive(self, poly: PolyElement) -> bool:
        """Whether positive coefficients and positive generators show that `poly` > 0."""
        return bool(poly) and all(
            value > 0
            and all(
                not power or self.unknowns[k].positive or power % 2 == 0
                for k, power in enumerate(monom)
            )
            for monom, value in poly.terms()
        )

    def generators_of(self, *polys: PolyElement) -> set[int]:
        """The numbers of the generators that occur."""
        return {k for p in polys for monom in p.monoms() for k, power in enumerate(monom) if power}

    def show(self, one: Fraction) -> Expr:
        """The fraction as a SymPy expression in readable symbols."""
        names = [unknown.shown for unknown in self.unknowns]
        names += [Rational(0)] * (self.capacity - len(names))
        below = [factor.as_expr(*names) ** power for factor, power in one.denominator.items()]
        return one.numerator.as_expr(*names) / Mul(*below)

    def over(self, one: Fraction, common: Powers) -> PolyElement:
        """The numerator of `one` when it is written over a multiple of its denominator."""
        numerator = one.numerator
        for factor, power in common.items():
            missing = power - one.denominator.get(factor, 0)
            if missing:
                numerator = self.product(numerator, factor**missing)
        return numerator

    def _reduced(self, numerator: PolyElement, below: dict[PolyElement, int]) -> PolyElement:
        """`numerator` with the factors that it shares with `below` taken out of both."""
        if not below:
            return numerator
        content, powers = self.parts(numerator)
        if not any(below.get(factor) for factor in powers):
            return numerator
        result = self.ring.ground_new(content)
        for factor, power in powers.items():
            shared = min(power, below.get(factor, 0))
            if shared:
                below[factor] -= shared
            result *= factor ** (power - shared)
        return result


def ring_of(capacity: int) -> PolyRing:
    """Rational polynomials in `capacity` generators."""
    return PolyRing([f"x{k}" for k in range(capacity)], QQ, lex)
