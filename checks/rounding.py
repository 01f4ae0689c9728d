"""How far the float64 numbers of one query can be from the exact real ones.

Model: +, -, *, / and sqrt round correctly (relative error at most u = 2^-53); exp, log1p, expm1 and
tanh of NumPy err by at most 8 u relatively (a test compares them with ball arithmetic); a sum or
inner product of k terms, in any order and with or without fused operations, errs by at most
gamma(k) = k u / (1 - k u) times the sum of absolute values; whatever underflows changes a result
by less than TINY. Inputs, and a scale that is given, are exact; the default scale is the real
number 1 / sqrt(d). Let n be the number of tokens.

1. Logits: |computed s - s| <= tau with tau = gamma(d + 16) |scale| max_j sum_l |q_l k_jl|. The
   spare terms also cover the rounding of |M_j + epsilon_j|, which is at most this size.
2. Unnormalised weights exp(s - top): exponents below -745 vanish, so the subtraction costs at most
   745 u, exp 8 u, a sum over tokens gamma(n). The maximum and the log-sum-exp of a group move by at
   most tau when the logits do, and the log-sum-exp costs one more such sum and log1p. Hence the
   logarithm of every weight and of every sum, for s, z and M alike, errs by at most
   phi = tau + gamma(12 n + 2000).
3. A normalised weight errs by a factor within exp(+-2 phi), so each component of a softmax mean by
   (exp(2 phi) - 1 + gamma(n + 2)) sum_j w_j |v_jc|, and the mean by that factor times max_j |v_j|.
4. An error |Delta - Delta'| errs by those of its two means, and by gamma(c + 4) relatively for the
   difference and the norm.
5. alpha errs by a factor within exp(+-2 phi); a margin and a gap epsilon_j by 2 tau +
   gamma(12 n + 2000) where they matter, both exactly known for a single token; distances by
   gamma(c + 4) relatively. Every bound increases in each of these, so its value at their upper
   ends, times 1 + 256 u for its own evaluation (checked against balls), is at least the exact one.

All terms of the radii are non-negative and take fewer than 10^4 roundings, so evaluating them in
float64 and multiplying by 1.01 covers their own rounding. Without frozen tokens Delta, Delta^N,
Delta^G and Delta* are the same expression: errors and bounds are exactly zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from checks.approximations import Clustering, Groups
from checks.bounds import (
    clustering_bound,
    drop_bound,
    effective_key_bound,
    joint_bound,
    margin_bound,
)
from checks.reference import attention_scale, visible_tokens
from checks.tensors import Array, Tensors

UNIT_ROUNDOFF = 2.0**-53
TINY = 2.0**-500
"""More than any sum of underflown squares or weights can hide."""

OWN_ROUNDING = 1.01
EVALUATION = 1.0 + 256 * UNIT_ROUNDOFF


def gamma(terms: float) -> float:
    """Relative error bound of a sum or product of this many rounded operations."""
    return terms * UNIT_ROUNDOFF / (1.0 - terms * UNIT_ROUNDOFF)


@dataclass(frozen=True, eq=False)
class Radii:
    """Rounding radii per query, (..., p): of a logit, of a log-weight, of an update."""

    logit: Array
    log_weight: Array
    update: Array
    distance: float


def rounding_radii(tensors: Tensors, *, scale: float | None, causal: bool) -> Radii:
    """The radii tau, phi and that of a softmax mean, as derived above."""
    width, tokens = tensors.queries.shape[-1], tensors.keys.shape[-2]
    seen = visible_tokens(tensors.normal, tensors.frozen, causal)
    reach = np.abs(tensors.queries) @ np.swapaxes(np.abs(tensors.keys), -1, -2)
    reach = np.where(seen, reach, 0.0).max(axis=-1) * abs(attention_scale(width, scale))
    logit = OWN_ROUNDING * gamma(width + 16) * reach + TINY
    log_weight = OWN_ROUNDING * (logit + gamma(12 * tokens + 2000))
    lengths = np.linalg.norm(tensors.values, axis=-1)[..., None, :]
    longest = np.where(seen, lengths, 0.0).max(axis=-1)
    with np.errstate(over="ignore", invalid="ignore"):
        factor = np.expm1(2.0 * log_weight) + gamma(tokens + 2) * np.exp(2.0 * log_weight)
        update = OWN_ROUNDING * factor * longest + TINY
    return Radii(logit, log_weight, update, gamma(tensors.values.shape[-1] + 4))


def error_radius(radii: Radii, error: Array) -> Array:
    """How far a computed error |Delta - Delta'| can be from the exact one."""
    radius: Array = OWN_ROUNDING * (2.0 * radii.update + radii.distance * error) + TINY
    return radius


def upper_bounds(
    radii: Radii, alpha: Array, clustering: Clustering, groups: Groups, tokens: int
) -> dict[str, Array]:
    """The five bounds per query (..., p), each rounded up to at least its exact value."""
    several = groups.size > 1
    loosened = OWN_ROUNDING * (2.0 * radii.logit + gamma(12 * tokens + 2000))[..., None]
    slack = np.where(several, loosened, 0.0)
    seen = groups.size > 0
    highest = np.where(seen, groups.gap + slack, 0.0).max(axis=-1)
    lowest = np.where(seen, groups.gap - slack, np.inf).min(axis=-1)
    oscillation = np.maximum(highest - lowest, 0.0) * EVALUATION
    with np.errstate(over="ignore", invalid="ignore"):
        mass = np.minimum(alpha * np.exp(2.0 * radii.log_weight) * EVALUATION + TINY, 1.0)
        # A margin above 745 contributes less than TINY; below, subtracting costs 745 u at most.
        shares = np.where(several, (groups.size - 1.0) * np.exp(-groups.margin), 0.0)
        shares = shares * np.exp(2.0 * loosened) * EVALUATION + np.where(several, TINY, 0.0)
    excess = np.minimum(shares, np.maximum(groups.size - 1.0, 0.0)).max(axis=-1)
    widen = 1.0 + OWN_ROUNDING * radii.distance
    delta = np.max(clustering.residual, axis=-1, initial=0.0) * widen + TINY
    diameter = np.where(clustering.diameter > 0, clustering.diameter * widen + TINY, TINY)
    spread = clustering.spread * widen + TINY
    exact = {
        "drop": drop_bound(mass, spread),
        "grouped": clustering_bound(mass, delta),
        "effective": effective_key_bound(mass, delta, oscillation, diameter),
        "margin": margin_bound(mass, delta, excess, diameter),
        "joint": joint_bound(mass, delta, excess, diameter),
    }
    return {name: bound * EVALUATION + TINY for name, bound in exact.items()}
