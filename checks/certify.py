"""Decide one query in ball arithmetic where float64 with its rounding radius cannot.

The printed bound is the upper end of its ball, rounded up past it; the precision then doubles until
the error is certainly at most the printed bound, or certainly above the bound's ball. Equality of
error and bound is no obstacle: rounding up leaves room, and where a bound is exactly zero the error
is enclosed by an exact zero too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from flint import arb

from checks.balls import ExactQuery, query_balls, round_up
from checks.bounds import ERROR_OF_BOUND

FIRST_BITS = 128
MOST_BITS = 8192


class Certificate(Enum):
    """Why the printed numbers of one query can be believed, or that they cannot."""

    ROUNDING = "certified by rounding analysis"
    BALLS = "certified in ball arithmetic"
    VIOLATED = "violated"
    UNDECIDED = "undecided"

    @property
    def holds(self) -> bool:
        """Whether every bound of the query is certain."""
        return self in (Certificate.ROUNDING, Certificate.BALLS)


@dataclass(frozen=True, eq=False)
class CertifiedQuery:
    """The verdict on one query: errors, how far each may be off, and bounds rounded up."""

    certificate: Certificate
    errors: dict[str, float]
    radii: dict[str, float]
    bounds: dict[str, float]


def certify_query(exact: ExactQuery) -> CertifiedQuery:
    """Decide whether every error of this query is at most every bound printed for it."""
    printed: dict[str, float] | None = None
    errors = dict.fromkeys(ERROR_OF_BOUND.values(), float("nan"))
    radii = dict.fromkeys(ERROR_OF_BOUND.values(), float("inf"))
    verdict = Certificate.UNDECIDED
    bits = FIRST_BITS
    while verdict is Certificate.UNDECIDED and bits <= MOST_BITS:
        balls = query_balls(exact, bits)
        bits *= 2
        accurate = balls.alpha.rad() < arb(2) ** -64
        if printed is None and not (accurate and _all_finite(balls.bounds)):
            continue
        if printed is None:
            printed = {name: _above(bound) for name, bound in balls.bounds.items()}
        errors = {name: float(error.mid()) for name, error in balls.errors.items()}
        radii = {
            name: round_up(error.rad() + abs(error.mid() - arb(errors[name])))
            for name, error in balls.errors.items()
        }
        pairs = [(name, balls.errors[ERROR_OF_BOUND[name]]) for name in printed]
        if any(error > balls.bounds[name] for name, error in pairs):
            verdict = Certificate.VIOLATED
        elif all(error <= arb(printed[name]) for name, error in pairs):
            verdict = Certificate.BALLS
    if printed is None:
        printed = dict.fromkeys(ERROR_OF_BOUND, float("inf"))
    return CertifiedQuery(verdict, errors, radii, printed)


def _all_finite(balls: dict[str, arb]) -> bool:
    return all(ball.is_finite() for ball in balls.values())


def _above(bound: arb) -> float:
    """A float64 number above the bound, or zero if the bound is exactly zero."""
    end = round_up(bound)
    return end if bound.is_zero() else float(np.nextafter(end, np.inf))
