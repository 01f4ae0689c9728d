"""Two arithmetics for one formula: float64 with a rounding radius, and balls at any precision.

A formula written with the functions of an :class:`Arithmetic` and with + - * / is evaluated in
either: first in rounded numbers (:mod:`checks.exact.rounded`), vectorised and fast; where those
leave a comparison open, in arb balls (arrays of dtype object). Both enclose the exact real number,
so that "certainly at most" and "certainly more" are never wrong in either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from flint import arb
from numpy.typing import ArrayLike, NDArray

Numbers = Any
"""An array of either arithmetic: a Rounded, or an object array of balls."""


class Arithmetic(Protocol):
    """What a formula may use, beside + - * / and indexing of the arrays themselves."""

    def numbers(self, exact: ArrayLike) -> Numbers:
        """Floats, taken as exact."""

    def exp(self, x: Numbers) -> Numbers: ...
    def expm1(self, x: Numbers) -> Numbers: ...
    def log(self, x: Numbers) -> Numbers: ...
    def log1p(self, x: Numbers) -> Numbers: ...
    def tanh(self, x: Numbers) -> Numbers: ...
    def sqrt(self, x: Numbers) -> Numbers: ...
    def absolute(self, x: Numbers) -> Numbers: ...
    def maximum(self, x: Numbers, y: Numbers) -> Numbers: ...
    def minimum(self, x: Numbers, y: Numbers) -> Numbers: ...

    def total(self, x: Numbers) -> Numbers:
        """The sum over the last axis."""

    def largest(self, x: Numbers) -> Numbers:
        """The maximum over the last axis, which is not empty."""

    def norm(self, x: Numbers) -> Numbers:
        """The Euclidean norm over the last axis."""

    def join(self, parts: Sequence[Numbers]) -> Numbers:
        """Numbers or arrays stacked along a new first axis."""

    def is_zero(self, x: Numbers) -> bool:
        """Whether one number is known to be 0 exactly."""

    def is_positive(self, x: Numbers) -> bool:
        """Whether one number is certainly more than 0."""

    def upper_end(self, x: Numbers) -> Numbers:
        """An exact number that one number is certainly at most."""

    def from_zero_to(self, x: Numbers) -> Numbers:
        """Encloses everything between 0 and one number, which is not negative."""

    def nearest(self, x: Numbers) -> float:
        """One number in float64, for display."""

    def at_most(self, x: Numbers, y: Numbers) -> bool | None:
        """Whether one number is at most another: True, False or, too close to call, None."""


class BallArithmetic:
    """arb balls at the precision of the surrounding `flint.ctx`."""

    def numbers(self, exact: ArrayLike) -> NDArray[np.object_]:
        return np.asarray(_ball(np.asarray(exact, dtype=object)), dtype=object)

    def exp(self, x: Numbers) -> Numbers:
        return _each(arb.exp, x)

    def expm1(self, x: Numbers) -> Numbers:
        return _each(arb.expm1, x)

    def log(self, x: Numbers) -> Numbers:
        return _each(arb.log, x)

    def log1p(self, x: Numbers) -> Numbers:
        return _each(arb.log1p, x)

    def tanh(self, x: Numbers) -> Numbers:
        return _each(arb.tanh, x)

    def sqrt(self, x: Numbers) -> Numbers:
        return _each(_square_root, x)

    def absolute(self, x: Numbers) -> Numbers:
        return _each(abs, x)

    def maximum(self, x: Numbers, y: Numbers) -> Numbers:
        return np.asarray(_maximum(_ball(x), _ball(y)), dtype=object)

    def minimum(self, x: Numbers, y: Numbers) -> Numbers:
        return -self.maximum(-np.asarray(x, dtype=object), -np.asarray(y, dtype=object))

    def total(self, x: Numbers) -> Numbers:
        return np.asarray(np.add.reduce(x, axis=-1, initial=arb(0)), dtype=object)

    def largest(self, x: Numbers) -> Numbers:
        return np.asarray(_maximum.reduce(x, axis=-1), dtype=object)

    def norm(self, x: Numbers) -> Numbers:
        return self.sqrt(self.total(x * x))

    def join(self, parts: Sequence[Numbers]) -> Numbers:
        return np.stack(np.broadcast_arrays(*[np.asarray(_ball(part)) for part in parts]))

    def is_zero(self, x: Numbers) -> bool:
        return bool(np.asarray(x).item().is_zero())

    def is_positive(self, x: Numbers) -> bool:
        return bool(np.asarray(x).item() > 0)

    def upper_end(self, x: Numbers) -> Numbers:
        return np.asarray(np.asarray(x).item().upper(), dtype=object)

    def from_zero_to(self, x: Numbers) -> Numbers:
        return np.asarray(arb(0).union(np.asarray(x).item()), dtype=object)

    def nearest(self, x: Numbers) -> float:
        return float(np.asarray(x).item().mid())

    def at_most(self, x: Numbers, y: Numbers) -> bool | None:
        left, right = _ball(np.asarray(x).item()), _ball(np.asarray(y).item())
        if left <= right:
            return True
        return False if left > right else None


_ball = np.frompyfunc(lambda x: x if isinstance(x, arb) else arb(float(x)), 1, 1)
_maximum = np.frompyfunc(lambda x, y: x.max(y), 2, 1)


def _square_root(x: arb) -> arb:
    """Of the part of the ball that is not negative, from its ends."""
    low, high = x.lower().max(arb(0)), x.upper().max(arb(0))
    return low.sqrt().lower().max(arb(0)).union(high.sqrt().upper())


def _each(function: Callable[[arb], arb], x: Numbers) -> Numbers:
    return np.asarray(np.frompyfunc(function, 1, 1)(x), dtype=object)
