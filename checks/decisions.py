"""Deciding error <= bound exactly, on any instance.

    decision = decide(theorem("joint"), instance)
    decision.verdict, decision.ratio

Both sides are enclosed, first in float64 with rounding radii, and only where these leave the claim
open in ball arithmetic of growing precision. No tolerance takes part: HOLDS and VIOLATED are
certain, and sides that agree to AGREEMENT binary digits and cannot be told apart are reported as
ATTAINED, neither as the one nor as the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from flint import arb, ctx

from checks.exact.arithmetic import Arithmetic, BallArithmetic, Numbers
from checks.exact.instances import ExactInstance
from checks.exact.rounded import RoundedArithmetic
from checks.exact.shifts import ExactShift, LogitShift
from checks.instances import Instance
from checks.tensors import UnusableInput

AGREEMENT = 256
FIRST_BITS = 128
MOST_BITS = 2**15

Sides = tuple[Numbers, Numbers]
Case = Instance | LogitShift


class Verdict(Enum):
    """What is known of one claim on one instance."""

    HOLDS = "holds"
    ATTAINED = "attained: error and bound agree as far as they were computed"
    UNDECIDED = "undecided"
    VIOLATED = "violated"

    @property
    def stands(self) -> bool:
        """Whether the theorem stands after this instance."""
        return self in (Verdict.HOLDS, Verdict.ATTAINED)


@dataclass(frozen=True)
class Decision:
    """The verdict, the largest error / bound (-inf if all are 0 / 0), and the bits it took.

    A claim about every group is decided for each of them; the verdict is the worst.
    """

    verdict: Verdict
    ratio: float
    bits: int


@dataclass(frozen=True, eq=False)
class ErrorBound:
    """One bound: its name in :mod:`checks.bounds`, the claim in words, and both sides.

    ``sides(ops, case)`` encloses error and bound, or one of each for every group; ``case`` is what
    the theorem speaks of, an instance or, where ``of_shifts``, logits with gaps.
    """

    name: str
    claim: str
    source: str
    of_shifts: bool
    sides_of: Callable[[Arithmetic, Any], Sides]

    def sides(self, ops: Arithmetic, case: Case) -> Sides:
        """Error and bound of one case. Raises UnusableInput for a case of the other kind."""
        if isinstance(case, LogitShift) is not self.of_shifts:
            kind = "a LogitShift" if self.of_shifts else "an Instance"
            raise UnusableInput(f"{self.name} is about {kind}, not {type(case).__name__}.")
        exact = ExactShift(ops, case) if isinstance(case, LogitShift) else ExactInstance(ops, case)
        return self.sides_of(ops, exact)


def decide(theorem: ErrorBound, case: Case, factor: float = 1.0) -> Decision:
    """Whether error <= factor * bound on this case, decided exactly. Raises UnusableInput."""
    with np.errstate(all="ignore"):
        decision = _decide_with(theorem, RoundedArithmetic(), case, factor, 53)
    bits = FIRST_BITS
    while decision.verdict is Verdict.UNDECIDED and bits <= MOST_BITS:
        with ctx.workprec(bits):
            decision = _decide_with(theorem, BallArithmetic(), case, factor, bits)
        bits *= 2
    return decision


def _decide_with(
    theorem: ErrorBound, ops: Arithmetic, case: Case, factor: float, bits: int
) -> Decision:
    errors, limits = (ops.join([side]).reshape(-1) for side in theorem.sides(ops, case))
    verdicts, ratios = [], [-math.inf]
    for number in range(errors.shape[0]):
        error, bound = errors[number], limits[number]
        verdict = _compare(ops, error, bound * factor, bits)
        verdicts.append(verdict)
        size = ops.nearest(bound)
        if size > 0:
            ratios.append(ops.nearest(error) / size)
        elif verdict is Verdict.VIOLATED:
            ratios.append(math.inf)
    return Decision(max(verdicts, key=list(Verdict).index), max(ratios), bits)


def _compare(ops: Arithmetic, error: Numbers, bound: Numbers, bits: int) -> Verdict:
    known = ops.at_most(error, bound)
    if known is not None:
        return Verdict.HOLDS if known else Verdict.VIOLATED
    if bits == 53:
        return Verdict.UNDECIDED
    apart = abs(error - bound).upper()
    if apart <= abs(bound).lower() * arb(2) ** -AGREEMENT:
        return Verdict.ATTAINED
    # Both sides may be 0, which no precision tells from a number that is very small.
    vanishing = bound.is_zero() or bits == MOST_BITS
    small = arb(2) ** (-AGREEMENT if bound.is_zero() else -MOST_BITS // 2)
    return Verdict.ATTAINED if vanishing and apart <= small else Verdict.UNDECIDED
