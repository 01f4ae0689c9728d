"""float64 numbers that carry how far they may be from the exact real ones.

Rounding model as in :mod:`checks.rounding`: + - * / and sqrt round correctly, exp, log1p and tanh
of NumPy err by at most 8 units of roundoff relatively, underflow changes a result by less than
TINY. Every radius is computed in float64 itself and then widened by WIDEN, which covers that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from checks.rounding import TINY, UNIT_ROUNDOFF, gamma
from checks.tensors import Array

WIDEN = 1.0 + 2.0**-40
FUNCTION = 8.0 * UNIT_ROUNDOFF


@dataclass(frozen=True, eq=False)
class Rounded:
    """float64 numbers, each within its radius of the exact real one; a radius may be infinite."""

    middle: Array
    radius: Array

    __array_ufunc__ = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.middle.shape

    @property
    def is_zero(self) -> NDArray[np.bool_]:
        """Where the number is 0 exactly."""
        return (self.middle == 0) & (self.radius == 0)

    def __getitem__(self, where: Any) -> Rounded:
        return Rounded(np.asarray(self.middle[where]), np.asarray(self.radius[where]))

    def reshape(self, *shape: int) -> Rounded:
        return Rounded(self.middle.reshape(*shape), self.radius.reshape(*shape))

    @property
    def T(self) -> Rounded:
        return Rounded(self.middle.T, self.radius.T)

    def __neg__(self) -> Rounded:
        return Rounded(-self.middle, self.radius)

    def __add__(self, other: Any) -> Rounded:
        other = as_rounded(other)
        middle, spread = self.middle + other.middle, self.radius + other.radius
        return _result(middle, spread, (middle == 0) & (spread == 0))

    def __sub__(self, other: Any) -> Rounded:
        other = as_rounded(other)
        return self + -other

    def __mul__(self, other: Any) -> Rounded:
        other = as_rounded(other)
        spread = np.abs(self.middle) * other.radius
        spread = spread + self.radius * (np.abs(other.middle) + other.radius)
        return _result(self.middle * other.middle, spread, self.is_zero | other.is_zero)

    def __truediv__(self, other: Any) -> Rounded:
        other = as_rounded(other)
        quotient = self.middle / other.middle
        # Rounding down what is divided by; where it may be 0 nothing is known.
        least = (np.abs(other.middle) - other.radius) / WIDEN
        spread = (self.radius + np.abs(quotient) * other.radius) / np.where(least > 0, least, 1.0)
        return _result(quotient, np.where(least > 0, spread, np.inf), self.is_zero)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> Rounded:
        return as_rounded(other) - self

    def __rtruediv__(self, other: Any) -> Rounded:
        return as_rounded(other) / self


def as_rounded(x: Any) -> Rounded:
    """Floats as exact numbers."""
    if isinstance(x, Rounded):
        return x
    middle = np.asarray(x, dtype=np.float64)
    return Rounded(middle, np.zeros_like(middle))


def _result(
    middle: Array, spread: Array, exact: Any = False, units: float = UNIT_ROUNDOFF
) -> Rounded:
    """A computed value, what its operands may be off, and its own rounding.

    ``exact``: where the value is known to be 0 exactly, so that nothing has underflown.
    """
    radius = (units * np.abs(middle) + spread) * WIDEN + np.where(exact, 0.0, TINY)
    return Rounded(np.asarray(middle), np.where(np.isfinite(middle), radius, np.inf))


class RoundedArithmetic:
    """float64 with radii."""

    def numbers(self, exact: ArrayLike) -> Rounded:
        return as_rounded(exact)

    def exp(self, x: Rounded) -> Rounded:
        y = np.exp(x.middle)
        spread = (y * (1 + FUNCTION) + TINY) * np.expm1(x.radius) * WIDEN
        return _result(y, spread, units=FUNCTION)

    def expm1(self, x: Rounded) -> Rounded:
        y = np.exp(x.middle) * (1 + FUNCTION) + TINY
        spread = y * np.expm1(x.radius) * WIDEN
        return _result(np.expm1(x.middle), spread, x.is_zero, FUNCTION)

    def log(self, x: Rounded) -> Rounded:
        return self._logarithm(np.log, x, (x.middle - x.radius) / WIDEN, x.middle == 1)

    def log1p(self, x: Rounded) -> Rounded:
        return self._logarithm(np.log1p, x, 1.0 + (x.middle - x.radius * WIDEN), x.middle == 0)

    def _logarithm(
        self, function: Callable[..., Any], x: Rounded, least: Array, zero: NDArray[np.bool_]
    ) -> Rounded:
        """`least` is about the least argument of the logarithm, whose slope is 1 / least."""
        inside = least > 2.0**-50
        y = function(np.where(inside, x.middle, 1.0))
        spread = x.radius / np.where(inside, least * (1.0 - 2.0**-2), 1.0)
        spread = np.where(inside, spread, np.inf)
        return _result(y, spread, zero & (x.radius == 0), FUNCTION)

    def tanh(self, x: Rounded) -> Rounded:
        return _result(np.tanh(x.middle), x.radius, x.is_zero, FUNCTION)

    def sqrt(self, x: Rounded) -> Rounded:
        y = np.sqrt(np.maximum(x.middle, 0.0))
        low = np.sqrt(np.maximum(x.middle - x.radius * WIDEN, 0.0))
        high = np.sqrt(np.maximum(x.middle + x.radius * WIDEN, 0.0))
        spread = np.maximum(high - y, y - low) + FUNCTION * high
        return _result(y, np.where(x.radius == 0, 0.0, spread), x.is_zero)

    def absolute(self, x: Rounded) -> Rounded:
        return Rounded(np.abs(x.middle), x.radius)

    def maximum(self, x: Any, y: Any) -> Rounded:
        x, y = as_rounded(x), as_rounded(y)
        return self.largest(self.join([x, y]), axis=0)

    def minimum(self, x: Any, y: Any) -> Rounded:
        return -self.maximum(-as_rounded(x), -as_rounded(y))

    def total(self, x: Rounded) -> Rounded:
        size = np.abs(x.middle).sum(axis=-1)
        count = max(x.middle.shape[-1] - 1, 0)
        spread = x.radius.sum(axis=-1) + gamma(count) * size
        return _result(x.middle.sum(axis=-1), spread, (size == 0) & (spread == 0))

    def largest(self, x: Rounded, axis: int = -1) -> Rounded:
        middle = x.middle.max(axis=axis)
        high = (x.middle + x.radius).max(axis=axis) - middle
        low = middle - (x.middle - x.radius).max(axis=axis)
        size = (np.abs(x.middle) + x.radius).max(axis=axis)
        spread = (np.maximum(high, low) + FUNCTION * size) * WIDEN
        return Rounded(middle, np.where((x.radius == 0).all(axis=axis), 0.0, spread))

    def norm(self, x: Rounded) -> Rounded:
        return self.sqrt(self.total(x * x))

    def join(self, parts: Sequence[Rounded]) -> Rounded:
        parts = [as_rounded(part) for part in parts]
        middles = np.broadcast_arrays(*[part.middle for part in parts])
        radii = np.broadcast_arrays(*[part.radius for part in parts])
        return Rounded(np.stack(middles), np.stack(radii))

    def is_zero(self, x: Rounded) -> bool:
        return bool(x.is_zero)

    def is_positive(self, x: Rounded) -> bool:
        return bool(x.middle - x.radius > 0)

    def upper_end(self, x: Rounded) -> Rounded:
        return as_rounded(np.nextafter(x.middle + x.radius, np.inf))

    def from_zero_to(self, x: Rounded) -> Rounded:
        half = (np.abs(x.middle) + x.radius) * WIDEN / 2
        return Rounded(half, half)

    def nearest(self, x: Rounded) -> float:
        return float(x.middle)

    def at_most(self, x: Any, y: Any) -> bool | None:
        gap = as_rounded(y) - as_rounded(x)
        middle, radius = float(gap.middle), float(gap.radius)
        if not np.isfinite(radius):
            return None
        if middle >= radius:
            return True
        return False if middle < -radius else None
