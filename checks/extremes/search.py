"""Climb error / bound from random starts, and certify the best instance found in balls."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import numpy as np
from flint import arb, ctx
from scipy.optimize import minimize

from checks.balls import round_up
from checks.extremes import averages, context, gaps
from checks.extremes.problem import Batch, Problem
from checks.tensors import Array

BITS = (320, 1280, 5120)
"""Working precisions, in turn until it is certain whether the error is at most the bound."""

DIFFERENCE = 1e-6
"""Step of the central differences; the parameters are of order one."""

ITERATIONS = 200
ENOUGH = 1.0 - 1e-5
"""A ratio in float64 from which on further starts have nothing to gain."""

SPREADS = (1.0, 0.3, 2.0)
"""Standard deviations of the random starts, in turn: far out the parametrisations are flat."""


@dataclass(frozen=True, eq=False)
class Extreme:
    """The worst instance found for one problem, and what is certain about it.

    ``error``, ``limit`` and ``ratio`` enclose error, bound and error / bound of ``instance``, whose
    floats are taken as exact. ``starts`` lists the float64 ratio each start ended at.
    """

    problem: Problem
    instance: Batch
    error: arb
    limit: arb
    ratio: arb
    starts: tuple[float, ...]

    @property
    def reached(self) -> float:
        """The lower end of the ratio's ball, rounded down: at least this was reached.

        Zero where the bound is zero, so that there is no ratio.
        """
        return -round_up(-self.ratio) if self.ratio.is_finite() else 0.0

    @property
    def violated(self) -> bool:
        """Whether the error is certainly larger than the bound."""
        return bool(self.ratio > 1)

    @property
    def certified(self) -> bool:
        """Whether the error is certainly at most the bound."""
        return bool(self.ratio <= 1)


def problems(bounds: Sequence[str] = ()) -> list[Problem]:
    """All problems, or those of the bounds named."""
    found = [*gaps.problems(), *averages.problems(), *context.problems()]
    return [one for one in found if not bounds or one.bound in bounds]


def search_extremes(
    chosen: Sequence[Problem],
    *,
    starts: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Extreme]:
    """The extreme of each problem, in order; what is found for one depends on no other.

    ``progress(done, total)`` is called with counts of starts.
    """
    total = starts * len(chosen)
    for number, problem in enumerate(chosen):
        yield _extreme(problem, starts, seed)
        if progress is not None:
            progress(starts * (number + 1), total)


def _extreme(problem: Problem, starts: int, seed: int) -> Extreme:
    random = np.random.default_rng([seed, zlib.crc32(problem.name.encode())])
    ends: list[Array] = []
    ratios: list[float] = []
    for spread in islice(cycle(SPREADS), starts):
        ends.append(climb(problem, spread * random.normal(size=problem.size)))
        ratios.append(float(ratio_of(problem, ends[-1])))
        if ratios[-1] >= ENOUGH:
            break
    best = ends[int(np.argmax(ratios))]
    return certify(problem, problem.instances(best), tuple(ratios))


def certify(problem: Problem, instance: Batch, starts: tuple[float, ...] = ()) -> Extreme:
    """Error, bound and ratio of one instance in balls.

    More precision is of no use where error and bound are equal: then the ratio's ball holds 1.
    """
    for bits in BITS:
        with ctx.workprec(bits):
            error, limit = problem.enclose(instance)
            found = Extreme(problem, instance, error, limit, error / limit, starts)
        if found.violated or found.certified:
            break
    return found


def climb(problem: Problem, start: Array) -> Array:
    """The parameters where L-BFGS ends that starts from ``start``."""
    steps = DIFFERENCE * np.eye(problem.size)

    def loss(x: Array) -> tuple[float, Array]:
        values = -ratio_of(problem, np.concatenate([x[None], x + steps, x - steps]))
        forward, backward = values[1 : 1 + len(x)], values[1 + len(x) :]
        return float(values[0]), (forward - backward) / (2.0 * DIFFERENCE)

    result = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS, "maxcor": 20}
    )
    return np.asarray(result.x, dtype=np.float64)


def ratio_of(problem: Problem, x: Array) -> Array:
    """error / bound in float64 for parameters (..., size); 0 where that is no number."""
    with np.errstate(all="ignore"):
        error, limit = problem.compare(problem.instances(x))
        ratio = error / limit
    return np.where(np.isfinite(ratio) & (limit > 1e-200), ratio, 0.0)
