"""The arithmetics of the evaluator: plain floats, balls that are fractions where they can be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb, ctx, fmpq

PRECISIONS = (64, 192, 640)


class Undefined(Exception):
    """There is no value."""


class Undecided(Exception):
    """Whether there is a value is open at this precision."""


class Floats:
    """float64; what is nearly equal compares as None."""

    name = "floats"

    def number(self, value: Fraction) -> Any:
        return float(value)

    def exp(self, x: Any) -> Any:
        try:
            return math.exp(x)
        except OverflowError:
            return math.inf

    def log(self, x: Any) -> Any:
        return math.log(x) if x > 0 else self.missing("log", x)

    def tanh(self, x: Any) -> Any:
        return math.tanh(x)

    def power(self, x: Any, exponent: Fraction) -> Any:
        if x == 0 and exponent < 0:
            return self.missing("power", x, exponent)
        if x < 0 and exponent.denominator > 1:
            return self.missing("power", x, exponent)
        try:
            return x ** (int(exponent) if exponent.denominator == 1 else float(exponent))
        except OverflowError:
            return math.inf

    def largest(self, values: Sequence[Any]) -> Any:
        return max(values) if values else self.missing("max")

    def length(self, vector: Sequence[Any]) -> Any:
        return math.hypot(*vector)

    def missing(self, what: str, *arguments: Any) -> Any:
        raise Undefined(what, *arguments)

    def less(self, x: Any, y: Any, strictly: bool) -> bool | None:
        near = not abs(x - y) > 1e-9 * (1 + abs(x) + abs(y))
        return None if near else x < y

    def equal(self, x: Any, y: Any) -> bool | None:
        return None if self.less(x, y, True) is None else False


class Balls:
    """Fractions while that is exact, balls of the precision set by `precision` beyond."""

    name = "balls"

    def number(self, value: Fraction) -> Any:
        return _exact(value)

    def exp(self, x: Any) -> Any:
        return fmpq(1) if type(x) is fmpq and x == 0 else arb(x).exp()

    def tanh(self, x: Any) -> Any:
        return fmpq(0) if type(x) is fmpq and x == 0 else arb(x).tanh()

    def log(self, x: Any) -> Any:
        if type(x) is fmpq and x == 1:
            return fmpq(0)
        if x > 0:
            return arb(x).log()
        if x <= 0:
            return self.missing("log", x)
        raise Undecided

    def power(self, x: Any, exponent: Fraction) -> Any:
        if exponent < 0 and x == 0:
            return self.missing("power", x, exponent)
        if exponent < 0 and not x != 0:
            raise Undecided
        if exponent.denominator == 1:
            return x ** int(exponent)
        if x < 0:
            return self.missing("power", x, exponent)
        if not x >= 0:
            raise Undecided
        return self._root(x, exponent.denominator) ** exponent.numerator

    def _root(self, x: Any, degree: int) -> Any:
        if type(x) is fmpq and degree == 2:
            above, below = math.isqrt(int(x.p)), math.isqrt(int(x.q))
            if above * above == x.p and below * below == x.q:
                return fmpq(above, below)
        return arb(x).root(degree)

    def largest(self, values: Sequence[Any]) -> Any:
        if not values:
            return self.missing("max")
        best = values[0]
        for value in values[1:]:
            if not best >= value:
                best = value if value >= best else arb(best).max(arb(value))
        return best

    def length(self, vector: Sequence[Any]) -> Any:
        square = sum((x * x for x in vector), fmpq(0))
        if len(vector) == 1:
            return abs(vector[0])
        return self._root(square if type(square) is fmpq else square.nonnegative_part(), 2)

    def missing(self, what: str, *arguments: Any) -> Any:
        raise Undefined(what, *arguments)

    def less(self, x: Any, y: Any, strictly: bool) -> bool | None:
        if x < y or (not strictly and x <= y):
            return True
        return False if x > y or (strictly and x >= y) else None

    def equal(self, x: Any, y: Any) -> bool | None:
        if x == y:
            return True
        return False if x != y else None


class Total(Balls):
    """Balls for total functions: what has no value gets an arbitrary one, chosen by the seed."""

    name = "total"

    def __init__(self, seed: int) -> None:
        self._parts = [fmpq((seed * (k + 3) + 5 * k) % 19 - 9, 4) for k in range(4)]

    def missing(self, what: str, *arguments: Any) -> Any:
        """A function of what is missing and the arguments, and of nothing else."""
        result = self._parts[len(what) % 4]
        for place, one in enumerate(arguments, start=1):
            value = _exact(one) if type(one) is Fraction else one
            result = result + self._parts[(len(what) + place) % 4] * value
        return result


@lru_cache(maxsize=4096)
def _exact(value: Fraction) -> Any:
    return fmpq(value.numerator, value.denominator)


Arithmetic = Floats | Balls
BALLS = Balls()


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Balls of that many bits inside."""
    before, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = before


def decide(question: Callable[[], bool | None]) -> bool | None:
    """The first answer other than None at growing precision."""
    for bits in PRECISIONS:
        with precision(bits):
            try:
                answer = question()
            except Undecided:
                continue
        if answer is not None:
            return answer
    return None


def apart(left: Any, right: Any) -> bool:
    """Whether two values certainly differ."""
    if isinstance(left, tuple) != isinstance(right, tuple):
        return True
    if isinstance(left, tuple):
        return len(left) != len(right) or any(map(apart, left, right))
    return bool(left != right)
