"""The two arithmetics in which a statement is evaluated: float64 and balls.

Floats are fast and decide nothing.  Balls are exact where they can be: a number stays a fraction
through rational operations, and e^0, log 1, tanh 0 and square roots of squares are fractions
too, so that ties and divisions by zero are seen exactly.  Everything else is an interval that
certainly holds the value; what two overlapping intervals leave open stays open (None).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from sympy import Basic

Number = Any
"""A float, an fmpq or an arb, as the arithmetic has it."""
CLOSE = 1e-9


class Undefined(Exception):
    """A sub-expression without a value: `where` it is and `why`."""

    def __init__(self, where: Basic, why: str, at: tuple[str, ...] = ()) -> None:
        super().__init__(where, why, at)
        self.where = where
        self.why = why
        self.at = at

    def __str__(self) -> str:
        place = f" at {', '.join(self.at)}" if self.at else ""
        return f"{self.where} is undefined{place}: {self.why}"

    def inside(self, index: str, token: tuple[str, int]) -> Undefined:
        """The same, inside a sum (or the like) whose index was at that token."""
        return Undefined(self.where, self.why, (f"{index} = {token[0]}{token[1]}", *self.at))


class NeedsPrecision(Exception):
    """Whether the value exists is not decided at the present precision."""


class Floats:
    """float64.  Comparisons of numbers that nearly agree answer None."""

    exact = False

    def number(self, value: Fraction) -> float:
        return value.numerator / value.denominator

    def constant(self, name: str) -> float:
        return {"pi": math.pi, "e": math.e, "euler": 0.5772156649015329}[name]

    def exp(self, x: float) -> float:
        try:
            return math.exp(x)
        except OverflowError:
            return math.inf

    def log(self, x: float, where: Basic) -> float:
        if x <= 0:
            raise Undefined(where, f"the argument of the logarithm is {x:g}")
        return math.log(x)

    def tanh(self, x: float) -> float:
        return math.tanh(x)

    def power(self, x: float, exponent: Fraction, where: Basic) -> float:
        if x == 0 and exponent < 0:
            raise Undefined(where, "division by 0")
        if x < 0 and exponent.denominator != 1:
            raise Undefined(where, "a fractional power of a negative number")
        try:
            return x ** (exponent.numerator if exponent.denominator == 1 else float(exponent))
        except OverflowError:
            return math.inf

    def general_power(self, x: float, y: float, where: Basic) -> float:
        return self.power(x, Fraction(y), where) if math.isfinite(y) else math.nan

    def maximum(self, values: Sequence[float]) -> float:
        return max(values)

    def minimum(self, values: Sequence[float]) -> float:
        return min(values)

    def length(self, vector: Sequence[float]) -> float:
        return math.hypot(*vector)

    def at_most(self, left: float, right: float) -> bool | None:
        return None if self._close(left, right) else left <= right

    def less(self, left: float, right: float) -> bool | None:
        return None if self._close(left, right) else left < right

    def equal(self, left: float, right: float) -> bool | None:
        return None if self._close(left, right) else False

    def _close(self, left: float, right: float) -> bool:
        return not abs(left - right) > CLOSE * (1 + abs(left) + abs(right))


class Balls:
    """Fractions and balls at the precision that `precision` has set."""

    exact = True

    def __init__(self) -> None:
        from flint import arb, fmpq

        self.arb = arb
        self.fmpq = fmpq
        self.zero = fmpq(0)
        self.one = fmpq(1)

    def number(self, value: Fraction) -> Number:
        return self.fmpq(value.numerator, value.denominator)

    def constant(self, name: str) -> Number:
        arb = self.arb
        return {"pi": arb.pi, "e": arb.const_e, "euler": arb.const_euler}[name]()

    def exp(self, x: Number) -> Number:
        if type(x) is self.fmpq:
            if x == 0:
                return self.one
            x = self.arb(x)
        return x.exp()

    def log(self, x: Number, where: Basic) -> Number:
        if type(x) is self.fmpq:
            if x == 1:
                return self.zero
            if x > 0:
                return self.arb(x).log()
        elif x > 0:
            return x.log()
        if x <= 0:
            raise Undefined(where, f"the argument of the logarithm is {number_text(x)}")
        raise NeedsPrecision

    def tanh(self, x: Number) -> Number:
        if type(x) is self.fmpq:
            if x == 0:
                return self.zero
            x = self.arb(x)
        return x.tanh()

    def power(self, x: Number, exponent: Fraction, where: Basic) -> Number:
        if exponent < 0:
            if x == 0:
                raise Undefined(where, "division by 0")
            if not x != 0:
                raise NeedsPrecision
        root = x if exponent.denominator == 1 else self._root(x, exponent.denominator, where)
        return self._whole_power(root, exponent.numerator)

    def _whole_power(self, x: Number, exponent: int) -> Number:
        """Some versions of flint make no number of a ball around 0 that is raised to a power."""
        if exponent <= 0 or type(x) is self.fmpq or x != 0:
            return x**exponent
        half = self._whole_power(x, exponent // 2)
        return half * half * x if exponent % 2 else half * half

    def _root(self, x: Number, degree: int, where: Basic) -> Number:
        if x < 0:
            raise Undefined(where, "a fractional power of a negative number")
        if type(x) is self.fmpq:
            return self._square_root(x) if degree == 2 else self.arb(x).root(degree)
        if not x >= 0:
            raise NeedsPrecision
        return x.root(degree)

    def _square_root(self, x: Number) -> Number:
        above, below = int(x.p), int(x.q)
        one, other = math.isqrt(above), math.isqrt(below)
        if one * one == above and other * other == below:
            return self.fmpq(one, other)
        return self.arb(x).sqrt()

    def general_power(self, x: Number, y: Number, where: Basic) -> Number:
        if type(y) is self.fmpq:
            return self.power(x, Fraction(int(y.p), int(y.q)), where)
        if x > 0:
            return self.exp(y * self.log(x, where))
        if x < 0:
            raise Undefined(where, "a fractional power of a negative number")
        if x == 0 and y > 0:
            return self.zero
        if x == 0 and y < 0:
            raise Undefined(where, "division by 0")
        raise NeedsPrecision

    def maximum(self, values: Sequence[Number]) -> Number:
        best = values[0]
        for value in values[1:]:
            best = self._larger(best, value)
        return best

    def minimum(self, values: Sequence[Number]) -> Number:
        return -self.maximum([-value for value in values])

    def _larger(self, one: Number, other: Number) -> Number:
        if one >= other:
            return one
        if other >= one:
            return other
        return self.arb(one).max(self.arb(other))

    def length(self, vector: Sequence[Number]) -> Number:
        if len(vector) == 1:
            return abs(vector[0])
        square: Number = sum((part * part for part in vector), self.zero)
        if type(square) is self.fmpq:
            return self._square_root(square)
        return square.nonnegative_part().sqrt()

    def at_most(self, left: Number, right: Number) -> bool | None:
        if left <= right:
            return True
        return False if left > right else None

    def less(self, left: Number, right: Number) -> bool | None:
        if left < right:
            return True
        return False if left >= right else None

    def equal(self, left: Number, right: Number) -> bool | None:
        if left == right:
            return True
        return False if left != right else None


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Balls of that many bits inside; the setting is restored afterwards."""
    from flint import ctx

    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def to_fraction(value: Number) -> Fraction | None:
    """The fraction that an exact number is; None for a ball."""
    return Fraction(int(value.p), int(value.q)) if hasattr(value, "q") else None


def number_text(value: Number) -> str:
    """An exact number as a short fraction, anything else to six digits."""
    if hasattr(value, "q"):
        text = str(value)
        if len(text) <= 9:
            return text
        from flint import arb

        value = arb(value)
    text = value.str(6, radius=False)
    mantissa, mark, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + mark + exponent
