"""Whether measured <= bound in every single draw: by rounding analysis, else in ball arithmetic.

The exact instance is the one whose logits, values and residuals are the float64 numbers that were
drawn; sums of values and residuals are exact (checks.sweep.draws). With N tokens and the rounding
model of checks.rounding, let phi = gamma(12 N + 2000) and rho = 16 phi.

1. Every a_j, x_j, f_j, o_j and every sum of products of them is a sum of exponentials of exact
   numbers, with no subtraction that cancels, so it errs by at most phi relatively. Hence so do
   alpha, the moved mass sum_j a_j x_j / T and every p_t, up to a factor 2.
2. Distances of values err by at most gamma(c + 4) relatively, |v_j - Delta'| by a few roundings of
   the diameter. So sum_j e_j (v_j - Delta') / T errs by at most rho times (sum_j e_j / T) diam, and
   R = sum_t p_t r_t by at most rho sum_t p_t |r_t|.
3. epsilon_j = log1p(x_j) errs by phi relatively, tanh(epsilon_j / 4) too; differences of them by
   at most 2 phi times the largest. The other bounds are products and sums of non-negative numbers
   or increase in alpha and nu with elasticity at most 1 (checks.bounds): they err by rho / 2
   relatively. Underflow hides less than TINY.

So error + rho * scale <= bound * (1 - rho) - rho * steepest certifies a draw. What is left is
decided by checks.theorems, claim by claim.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checks.decisions import ErrorBound, Sides, Verdict, decide
from checks.exact import bounds as exact_bounds
from checks.exact.arithmetic import Arithmetic
from checks.exact.instances import ExactInstance
from checks.instances import Instance, instance_of_logits
from checks.rounding import TINY, gamma
from checks.sweep.draws import Draws
from checks.sweep.formulas import Measured, frozen_logits
from checks.sweep.models import Point
from checks.tensors import Array
from checks.theorems import theorem

ERROR_OF_BOUND = {
    "drop": "drop",
    "grouped": "grouped",
    "weighted_residual": "grouped",
    "effective": "effective",
    "pair": "effective",
    "margin": "effective",
    "joint": "effective",
}
"""Which error each bound of a sweep limits."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Doubt:
    """A claim that ball arithmetic had to decide: which draw of its chunk, which bound, how."""

    draw: int
    bound: str
    verdict: Verdict


def rounding_radii(measured: Measured, tokens: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """How far the errors drop, grouped and effective, and the bounds, can be from the exact ones.

    As derived at the top of this file; every radius is (B,). What is zero by its structure, such
    as the residual part for delta = 0, has no radius.
    """
    rho = 16.0 * gamma(12 * tokens + 2000)
    limits = measured.bounds
    of_residuals = rho * limits["weighted_residual"] + TINY * (limits["grouped"] > 0)
    errors = {
        "drop": rho * (measured.alpha + limits["drop"]) + TINY,
        "grouped": of_residuals,
        "effective": rho * measured.moved + of_residuals + TINY,
    }
    steep = rho * measured.steepest + TINY
    bounds = {name: rho * bound + TINY for name, bound in limits.items()}
    bounds |= {name: rho * limits[name] + steep for name in ("effective", "pair")}
    return errors, bounds


def doubtful(measured: Measured, point: Point) -> dict[str, Mask]:
    """For each bound the draws (B,) that the rounding analysis leaves open."""
    settled = settled_by_structure(point)
    if len(settled) == len(ERROR_OF_BOUND):
        return {}
    errors, bounds = rounding_radii(measured, point.m + point.p)
    highest = {name: measured.errors[name] + radius for name, radius in errors.items()}
    claims = {}
    for name, error in ERROR_OF_BOUND.items():
        if name in settled:
            continue
        is_open = highest[error] > measured.bounds[name] - bounds[name]
        if is_open.any():
            claims[name] = is_open
    return claims


def settled_by_structure(point: Point) -> set[str]:
    """The bounds that hold in every draw of this point whatever the numbers are.

    Without frozen tokens all updates are one expression. Without residuals Delta = Delta^G; with a
    single frozen token p_t |r_t| is both the error of the clustering and its bound. With a single
    normal token Delta* = Delta^G, and dropping without residuals changes nothing. In pairs that all
    have one margin, exactly (checks.sweep.draws), every gap is log(1 + e^-margin) and cancels.
    """
    if point.m == 0:
        return set(ERROR_OF_BOUND)
    settled = set()
    if point.m == 1 or not point.delta:
        settled |= {"grouped", "weighted_residual"}
    if point.p == 1:
        settled |= {"effective", "pair", "margin", "joint"}
        settled |= set() if point.delta else {"drop"}
    if point.margin is not None and point.has_pairs_only:
        settled |= {"effective", "pair"}
    return settled


def decided(draws: Draws, claims: dict[str, Mask]) -> list[Doubt]:
    """The verdict on every open claim, in the order of the draws."""
    found = []
    for place in np.flatnonzero(np.logical_or.reduce(list(claims.values()))).tolist():
        exact = instance_of_draw(draws, place)
        for bound, mask in claims.items():
            if mask[place]:
                found.append(Doubt(place, bound, decide(_claim(bound), exact).verdict))
    return found


def instance_of_draw(draws: Draws, place: int) -> Instance:
    """One draw as an instance for :mod:`checks.theorems`; frozen tokens in the residuals' order."""
    logits, values = draws.logits[:, place], draws.values[:, :, place].T
    owners, own, row, group = [], [], 0, 0
    for size, count in draws.point.blocks:
        owners.append(np.tile(np.arange(group, group + count), size - 1))
        own.append(logits[row : row + count])
        row, group = row + size * count, group + count
    home = np.concatenate(owners)
    of_frozen = values[home]
    if draws.residuals is not None:
        of_frozen = of_frozen + draws.residuals[:, :, place].T
    return instance_of_logits(
        np.concatenate([frozen_logits(draws)[:, place], *own]),
        np.concatenate([of_frozen, values]),
        home,
    )


def _claim(bound: str) -> ErrorBound:
    if bound != "pair":
        return theorem(bound)
    return ErrorBound(
        name="pair",
        claim="|Delta - Delta*| <= sum_t p_t |r_t| + max_jk tanh(|eps_j - eps_k| / 4) |v_j - v_k|",
        source="mathematics, sections 1 and 2",
        of_shifts=False,
        sides_of=_pair_sides,
    )


def _pair_sides(ops: Arithmetic, x: ExactInstance) -> Sides:
    shift = exact_bounds.weighted_residual_bound(ops, x.shares, x.residuals)
    pair = exact_bounds.pair_bound(ops, x.gaps, x.distances)
    return x.error(x.effective), shift + pair
