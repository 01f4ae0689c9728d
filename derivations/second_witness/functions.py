"""Exponentials, logarithms, roots, absolute values and maxima of fractions.

e^{s+r} is the product of the generators e^s and e^r; log of a product is a sum of generators, one
for each irreducible factor, and e^{log P} is P again.  Generators made this way from independent
unknowns are independent functions; absolute values, roots and maxima are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy import QQ, Abs, Symbol, exp, log
from sympy.polys.rings import PolyElement

from derivations.second_witness.fractions import (
    Fraction,
    Key,
    Numbers,
    Undefined,
    Unknown,
    Unsupported,
)


@dataclass
class Functions:
    """Functions of numbers; equations say what some unknowns are.

    `root` is a q such that every exponential is a power of some e^{x/q}; with `sample` a maximum
    is the number that is largest there.
    """

    numbers: Numbers
    root: int = 1
    sample: Callable[[Fraction], Any] | None = None
    number_rules: dict[Key, Fraction] = field(default_factory=dict)

    def atom(self, key: Key, unknown: Callable[[], Unknown]) -> Fraction:
        """The generator with this key, or what an equation says it is."""
        known = self.number_rules.get(key)
        return self.numbers.generator(key, unknown) if known is None else known

    def product(self, factors: Iterable[Fraction]) -> Fraction:
        """The product of several numbers."""
        result = self.numbers.constant(1)
        for factor in factors:
            result = self.numbers.multiply(result, factor)
        return result

    def exponential(self, argument: Fraction) -> Fraction:
        """e^argument, a product of one generator for each monomial of the argument."""
        above, below = self.numbers.lowest(argument)
        return self.product(
            self._exponential_of(self.numbers.ring.term_new(monom, QQ.one), below, rational(times))
            for monom, times in above.terms()
        )

    def _exponential_of(
        self, monomial: PolyElement, below: PolyElement, times: sympy.Rational
    ) -> Fraction:
        key = self.key_of(monomial) if below == 1 else None
        if key is not None and key[0] == "log":
            return self._factor_raised(key[1], times)
        power = times * self.root
        if not power.is_Integer:
            raise Unsupported("an exponential of a fraction that is not in the statement")

        def unknown() -> Unknown:
            shown = self._shown(monomial, below) / self.root
            independent = below == 1 and self._independent(monomial)
            return Unknown(exp(shown), positive=True, independent=independent)

        base = self.atom(("exp", monomial, below), unknown)
        return self.numbers.power(base, int(power))

    def hyperbolic_tangent(self, argument: Fraction) -> Fraction:
        """tanh x = (e^{2x} − 1) / (e^{2x} + 1)."""
        twice = self.exponential(self.numbers.multiply(self.numbers.constant(2), argument))
        one = self.numbers.constant(1)
        below = self.numbers.invert(self.numbers.add(twice, one))
        return self.numbers.multiply(self.numbers.subtract(twice, one), below)

    def logarithm(self, argument: Fraction) -> Fraction:
        """log of the argument, one generator for each irreducible factor (in absolute value)."""
        result = self.numbers.constant(0)
        for factor, power in self._powers(argument, "a logarithm of 0").items():
            times = self.numbers.constant(power)
            result = self.numbers.add(result, self.numbers.multiply(times, self._log_of(factor)))
        return result

    def _log_of(self, factor: PolyElement) -> Fraction:
        key = self.key_of(factor)
        if key is not None and key[0] == "exp":
            _, monomial, below = key
            inside = Fraction(monomial, {} if below == 1 else {below: 1})
            return self.numbers.multiply(
                self.numbers.constant(sympy.Rational(1, self.root)), inside
            )
        return self.atom(
            ("log", factor),
            lambda: Unknown(log(self._shown(factor)), independent=self._independent(factor)),
        )

    def raised(self, base: Fraction, exponent: Fraction) -> Fraction:
        """base ** exponent, by way of the logarithm when the exponent is no rational number."""
        above, below = self.numbers.lowest(exponent)
        if not above.is_ground or below != 1:
            return self.exponential(self.numbers.multiply(exponent, self.logarithm(base)))
        power = rational(above.LC)
        if power.is_Integer:
            return self.numbers.power(base, int(power))
        if base.is_zero and power > 0:
            return base
        powers = self._powers(base, "a division by 0")
        return self.product(self._factor_raised(one, e * power) for one, e in powers.items())

    def _powers(self, number: Fraction, when_zero: str) -> dict[PolyElement, int]:
        """A number > 0 as powers of primes and of irreducible polynomials (absolute values)."""
        if number.is_zero:
            raise Undefined(when_zero)
        forms = self.numbers.lowest(number)
        if forms[0].is_ground and forms[1].is_ground and forms[0].LC < 0:
            raise Undefined("a logarithm or root of a negative number")
        result: dict[PolyElement, int] = {}
        for poly, sign in zip(forms, (1, -1), strict=True):
            content, powers = self.numbers.factored(poly)
            primes = sympy.factorrat(abs(rational(content)))
            powers |= {self.numbers.ring.ground_new(QQ(int(p))): e for p, e in primes.items()}
            for factor, power in powers.items():
                if factor != 1:
                    result[factor] = result.get(factor, 0) + sign * int(power)
        return result

    def _factor_raised(self, factor: PolyElement, power: sympy.Rational) -> Fraction:
        """|P|^power for an irreducible P."""
        power = sympy.Rational(power)
        base = self._absolute_factor(factor)
        if power.is_Integer:
            return self.numbers.power(base, int(power))
        root = self.atom(
            ("root", factor, power.q),
            lambda: Unknown(
                self.numbers.show(base) ** sympy.Rational(1, power.q),
                positive=True,
                independent=False,
            ),
        )
        whole, rest = divmod(power.p, power.q)
        return self.product(
            (self.numbers.power(base, int(whole)), self.numbers.power(root, int(rest)))
        )

    def absolute(self, number: Fraction) -> Fraction:
        """|number|."""
        if number.is_zero:
            return number
        above, below = (self._absolute_polynomial(poly) for poly in self.numbers.lowest(number))
        return self.numbers.multiply(above, self.numbers.invert(below))

    def _absolute_polynomial(self, poly: PolyElement) -> Fraction:
        for signed in (poly, -poly):
            if self.numbers.is_positive(signed):
                return Fraction(signed, {})
        content, powers = self.numbers.factored(poly)
        parts = [self.numbers.power(self._absolute_factor(one), e) for one, e in powers.items()]
        return self.product([self.numbers.constant(abs(rational(content))), *parts])

    def _absolute_factor(self, factor: PolyElement) -> Fraction:
        if self.numbers.is_positive(factor):
            return Fraction(factor, {})
        return self.atom(
            ("abs", factor),
            lambda: Unknown(Abs(self._shown(factor)), positive=True, independent=False),
        )

    def extremum(self, kind: str, values: list[Fraction]) -> Fraction:
        """The largest or smallest of several numbers, a generator unless they are all equal."""
        forms = dict.fromkeys(self.numbers.lowest(value) for value in values)
        if len(forms) == 1:
            return values[0]
        if self.sample is not None:
            return (min if kind == "min" else max)(values, key=self.sample)

        def unknown() -> Unknown:
            inside = ", ".join(str(self.numbers.show(one)) for one in values)
            return Unknown(Symbol(f"{kind}({inside})"), independent=False)

        return self.atom((kind, frozenset(forms)), unknown)

    def key_of(self, factor: PolyElement) -> Key | None:
        """The key of a polynomial that is one generator."""
        if len(factor) == 1 and sum(factor.LM) == 1 and factor.LC == 1:
            return self.numbers.keys[factor.LM.index(1)]
        return None

    def _independent(self, poly: PolyElement) -> bool:
        return all(self.numbers.unknowns[k].independent for k in self.numbers.generators_of(poly))

    def _shown(self, poly: PolyElement, below: PolyElement | int = 1) -> sympy.Expr:
        return self.numbers.show(Fraction(poly, {} if below == 1 else {below: 1}))


def rational(value: object) -> sympy.Rational:
    """A coefficient of a polynomial as SymPy's rational number."""
    return sympy.Rational(int(QQ.numer(value)), int(QQ.denom(value)))
