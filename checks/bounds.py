"""The error bounds of the theorems, as functions of arrays that broadcast.

Symbols as in the mathematics, section 0: alpha is the attention mass on the frozen tokens, delta
the largest clustering residual, n_j the size of group j, gamma_j its margin (infinite for a single
token), epsilon_j its log-sum-exp gap, diameter the largest distance between normal values and
nu = max_j (1 + (n_j - 1) exp(-gamma_j)) the effective group size.

Every function is increasing in each of its arguments, which :mod:`checks.rounding` relies on to
round a bound upwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from checks.tensors import Array

ERROR_OF_BOUND: Mapping[str, str] = MappingProxyType(
    {
        "drop": "drop",
        "grouped": "grouped",
        "effective": "effective",
        "margin": "effective",
        "joint": "effective",
    }
)
"""Which error each bound limits: drop is |Delta - Delta^N|, grouped |Delta - Delta^G|, effective
|Delta - Delta*|."""


def drop_bound(alpha: ArrayLike, spread: ArrayLike) -> Array:
    """Dropped context (split, step 2): |Delta - Delta^N| = alpha |Delta^F - Delta^N| <= this.

    ``spread`` is the largest distance from a frozen to a normal value; Delta^F and Delta^N are
    convex combinations of these. Equality for one frozen and one normal token.
    """
    return np.asarray(np.multiply(alpha, spread), dtype=np.float64)


def clustering_bound(alpha: ArrayLike, delta: ArrayLike) -> Array:
    """Value clustering (step 4): |Delta - Delta^G| <= alpha delta; equality for equal residuals."""
    return np.asarray(np.multiply(alpha, delta), dtype=np.float64)


def stability_bound(oscillation: ArrayLike, diameter: ArrayLike) -> Array:
    """Softmax stability (pair theorem, first corollary): tanh(osc epsilon / 4) diameter.

    Bounds |Delta^G - Delta*|; ``oscillation`` is max_j epsilon_j - min_j epsilon_j.
    """
    return np.asarray(np.tanh(np.divide(oscillation, 4.0)) * diameter, dtype=np.float64)


def effective_key_bound(
    alpha: ArrayLike, delta: ArrayLike, oscillation: ArrayLike, diameter: ArrayLike
) -> Array:
    """The chain's bound: |Delta - Delta*| <= alpha delta + tanh(osc epsilon / 4) diameter."""
    return clustering_bound(alpha, delta) + stability_bound(oscillation, diameter)


def excess_group_size(sizes: ArrayLike, margins: ArrayLike) -> Array:
    """nu - 1 = max over the last axis of (n_j - 1) exp(-gamma_j).

    Kept apart from the 1, which would swallow it when the margins are large.
    """
    terms = np.maximum(np.subtract(sizes, 1.0), 0.0) * np.exp(-np.asarray(margins, dtype=float))
    return np.asarray(terms.max(axis=-1), dtype=np.float64)


def margin_bound(
    alpha: ArrayLike, delta: ArrayLike, excess: ArrayLike, diameter: ArrayLike
) -> Array:
    """Margin corollary: alpha delta + tanh(log nu / 4) diameter, with excess = nu - 1.

    From 0 <= epsilon_j <= log(1 + (n_j - 1) exp(-gamma_j)); tanh(log nu / 4) equals
    (sqrt nu - 1) / (sqrt nu + 1).
    """
    return effective_key_bound(alpha, delta, np.log1p(excess), diameter)


def joint_share(alpha: ArrayLike, excess: ArrayLike) -> Array:
    """g_nu(min(alpha, 1 - nu^(-1/2))), g_nu(b) = b (1 - b nu / (nu - 1)) / (1 - b), g_1 = 0.

    This is the largest value of g_nu on [0, alpha], so it is increasing in alpha and nu. With
    x = nu - 1 the factor is written 1 - b / (x (1 - b)); the quotient is at most 1/2 here, so
    nothing cancels however small x is.
    """
    alpha, excess = np.broadcast_arrays(
        np.asarray(alpha, dtype=np.float64), np.asarray(excess, dtype=np.float64)
    )
    positive = excess > 0
    safe = np.where(positive, excess, 1.0)
    turning_point = -np.expm1(-0.5 * np.log1p(safe))
    mass = np.minimum(alpha, turning_point)
    share = mass * (1.0 - (mass / safe) / (1.0 - mass))
    return np.asarray(np.where(positive, share, 0.0), dtype=np.float64)


def joint_bound(
    alpha: ArrayLike, delta: ArrayLike, excess: ArrayLike, diameter: ArrayLike
) -> Array:
    """End to end, joint: |Delta - Delta*| <= alpha delta + joint_share diameter, excess = nu - 1.

    The sharpest bound known before looking at epsilon; equality is attained for every
    alpha <= 1 - n^(-1/2) by groups of sizes n and 1, the first all tied.
    """
    share = joint_share(alpha, excess) * np.asarray(diameter, dtype=np.float64)
    return clustering_bound(alpha, delta) + share
