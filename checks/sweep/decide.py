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

from checks.exact import bounds as exact_bounds
from checks.exact.arithmetic import Arithmetic
from checks.exact.instances import ExactInstance
from checks.instances import Instance, instance_of_logits
from checks.rounding import TINY, gamma
from checks.sweep.draws import Draws
from checks.sweep.formulas import Measured, frozen_logits
from checks.tensors import Array
from checks.theorems import Sides, Theorem, Verdict, decide, theorem

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


def doubtful(measured: Measured, tokens: int, residual_is_one: bool) -> dict[str, Mask]:
    """For each bound the draws (B,) that the rounding analysis leaves open.

    With a single frozen token ``residual_is_one``: |Delta - Delta^G| = p_t |r_t| is both error and
    bound of the clustering, which needs no numbers.
    """
    rho = 16.0 * gamma(12 * tokens + 2000)
    bounds, errors = measured.bounds, measured.errors
    weighted = bounds["weighted_residual"]
    moved = rho * (measured.moved + weighted) + TINY
    steep = rho * measured.steepest
    far = rho * (bounds["drop"] + measured.alpha) + TINY
    clustering = rho * weighted + np.where(bounds["grouped"] > 0, TINY, 0.0)
    radius: dict[str, Array] = {"drop": far, "grouped": clustering, "weighted_residual": clustering}
    radius |= {"effective": moved + steep, "pair": moved + steep, "margin": moved, "joint": moved}
    open_claims = {}
    for bound, error in ERROR_OF_BOUND.items():
        if residual_is_one and error == "grouped":
            continue
        kept = bounds[bound] * (1.0 - rho)
        # A bound that is zero by its structure limits an error that is.
        exact = (bounds[bound] == 0) & (errors[error] == 0) & (measured.steepest == 0)
        open_claims[bound] = ~(errors[error] + radius[bound] <= kept) & ~exact
    return {name: mask for name, mask in open_claims.items() if mask.any()}


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


def _claim(bound: str) -> Theorem:
    if bound != "pair":
        return theorem(bound)
    return Theorem(
        name="pair",
        claim="|Delta - Delta*| <= sum_t p_t |r_t| + max_jk tanh(|eps_j - eps_k| / 4) |v_j - v_k|",
        source="mathematics, sections 1 and 2",
        of_shifts=False,
        evaluate=_pair_sides,
    )


def _pair_sides(ops: Arithmetic, x: ExactInstance) -> Sides:
    shift = exact_bounds.weighted_residual_bound(ops, x.shares, x.residuals)
    pair = exact_bounds.pair_bound(ops, x.gaps, x.distances)
    return x.error(x.effective), shift + pair
