"""The error bounds of the theorems, as functions of arrays that broadcast.

Symbols as in the mathematics, section 0: alpha is the attention mass on the frozen tokens, delta
the largest clustering residual, n_j the size of group j, gamma_j its margin (infinite for a single
token), epsilon_j its log-sum-exp gap, diameter the largest distance between normal values and
nu = max_j (1 + (n_j - 1) exp(-gamma_j)) the effective group size. Logits, gaps and margins are in
nats; lengths and diameters in the unit of the values. A group that a query does not see has size 0
(so no excess) and is left out of gaps and distances, or has distance 0 to the others.

Every function is increasing in each of its arguments, unless its docstring says otherwise;
:mod:`checks.rounding` relies on that to round a bound upwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import zeta

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


def weighted_residual_bound(weights: ArrayLike, residuals: ArrayLike) -> Array:
    """Value clustering (step 4), before alpha delta: |Delta - Delta^G| <= sum_t p_t |r_t|.

    ``weights`` (..., m) are the attention weights p_t of the frozen tokens, ``residuals`` (..., m)
    the lengths |r_t|; the sum is over the last axis, 0 without frozen tokens. It is at most
    alpha delta. Equality when all the r_t with p_t > 0 point the same way.
    """
    return np.asarray(np.multiply(weights, residuals).sum(axis=-1), dtype=np.float64)


def stability_bound(oscillation: ArrayLike, diameter: ArrayLike) -> Array:
    """Softmax stability (pair theorem, first corollary): tanh(osc epsilon / 4) diameter.

    Bounds |Delta^G - Delta*|; ``oscillation`` is max_j epsilon_j - min_j epsilon_j.
    """
    return np.asarray(np.tanh(np.divide(oscillation, 4.0)) * diameter, dtype=np.float64)


def pair_bound(gaps: ArrayLike, distances: ArrayLike) -> Array:
    """Pair theorem (section 2): max over j, k of tanh(|epsilon_j - epsilon_k| / 4) |v_j - v_k|.

    ``gaps`` (..., p) and ``distances`` (..., p, p). Bounds |Delta^G - Delta*|, for any norm and any
    effective logits z - epsilon; for given gaps and values it is the supremum over the logits.
    Increasing in the distances and in every difference of gaps; a common gap cancels.
    """
    gaps = np.asarray(gaps, dtype=np.float64)
    apart = np.abs(gaps[..., :, None] - gaps[..., None, :])
    pairs = np.tanh(apart / 4.0) * np.asarray(distances, dtype=np.float64)
    return np.asarray(pairs.max(axis=(-2, -1)), dtype=np.float64)


def first_order_remainder(oscillation: ArrayLike, diameter: ArrayLike) -> Array:
    """First order (section 2): Delta* - Delta^G = -Cov_w(epsilon, v) + R with |R| <= this.

    osc(epsilon)^2 diameter / (12 sqrt 3); the constant is the best one as the oscillation tends
    to 0. w = softmax(z) and Cov_w(epsilon, v) = sum_j w_j (epsilon_j - E_w epsilon) v_j.
    """
    oscillation = np.asarray(oscillation, dtype=np.float64)
    constant = 12.0 * np.sqrt(3.0)
    return np.asarray(oscillation * (oscillation * diameter) / constant, dtype=np.float64)


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


def gap_limits(size: ArrayLike, margin: ArrayLike) -> tuple[Array, Array]:
    """Log-sum-exp against max (step 6): lower and upper limit of epsilon_j in nats.

    log(1 + exp(-gamma)) <= epsilon <= log(1 + (n - 1) exp(-gamma)) for n >= 2 tokens and margin
    gamma >= 0; both 0 for n <= 1. The lower one is attained for n = 2, the upper one when all but
    the winner tie. Increasing in the size, decreasing in the margin.
    """
    size, margin = np.broadcast_arrays(
        np.asarray(size, dtype=np.float64), np.asarray(margin, dtype=np.float64)
    )
    decay = np.exp(-margin)
    several = size >= 2
    upper = np.log1p(np.where(several, size - 1.0, 0.0) * np.where(several, decay, 0.0))
    return np.where(several, np.log1p(decay), 0.0), np.asarray(upper, dtype=np.float64)


def worst_share(excess: ArrayLike) -> Array:
    """(sqrt nu - 1) / (sqrt nu + 1) with excess = nu - 1 (section 2, end to end).

    The largest |Delta^G - Delta*| / diameter that margins alone allow for p >= 2. Written
    tanh(log1p(excess) / 4), in which nothing cancels.
    """
    return np.asarray(np.tanh(np.log1p(excess) / 4.0), dtype=np.float64)


def pair_margin_bound(excesses: ArrayLike, distances: ArrayLike) -> Array:
    """Pair theorem with margins (section 2), the exact supremum when only margins are known:

    max over j != k of tanh(max(log nu_j, log nu_k) / 4) |v_j - v_k|; 0 for p = 1. ``excesses``
    (..., p) are nu_j - 1 = (n_j - 1) exp(-gamma_j), ``distances`` (..., p, p); the diagonal is not
    looked at.
    """
    excesses = np.asarray(excesses, dtype=np.float64)
    larger = np.maximum(excesses[..., :, None], excesses[..., None, :])
    apart = np.where(np.eye(excesses.shape[-1], dtype=bool), 0.0, distances)
    pairs = worst_share(larger) * apart
    return np.asarray(pairs.max(axis=(-2, -1)), dtype=np.float64)


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
    # At the turning point 1 - mass is nu^(-1/2), which 1 - mass loses once nu exceeds 1e32.
    rest = np.maximum(1.0 - alpha, np.exp(-0.5 * np.log1p(safe)))
    share = mass * (1.0 - (mass / safe) / rest)
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


MEAN_KEY_TERMS = 20


def mean_key_gap(spread: ArrayLike) -> Array:
    """Mean key (section 3): Phi(x) = log((e^x - 1) / x) - 1 + x / (e^x - 1) in nats.

    0 <= z_j(q') - z_j(q) - mean_key . (q' - q) <= Phi(x) <= x^2 / 8 where ``spread`` x >= 0 is the
    largest (q' - q) . (k_t - k_t') within the group. Attained by two keys, the upper one with
    weight 1 / x - 1 / (e^x - 1). Up to x = 2 the series in y = (x / 2 pi)^2 is used,
    2 sum_k (-1)^(k+1) zeta(2 k) (1 + 1 / (2 k)) y^k, because the closed form cancels there.
    """
    spread = np.asarray(spread, dtype=np.float64)
    small = spread <= 2.0
    order = 2.0 * np.arange(1, MEAN_KEY_TERMS + 1)
    signs = np.where(order % 4 == 2, 1.0, -1.0)
    y = (np.where(small, spread, 0.0) / (2.0 * np.pi)) ** 2
    series = y * np.polynomial.polynomial.polyval(y, 2.0 * signs * zeta(order) * (1 + 1 / order))
    x = np.where(small | np.isinf(spread), 2.0, spread)
    decay = np.exp(-x)
    closed = (x - np.log(x) - 1.0) + (np.log1p(-decay) + x * decay / -np.expm1(-x))
    closed = np.where(np.isinf(spread), np.inf, closed)
    return np.asarray(np.where(small, series, closed), dtype=np.float64)


def mean_key_bound(spreads: ArrayLike, diameter: ArrayLike) -> Array:
    """Mean keys with their bias (section 3): tanh(max_j Phi(x_j) / 4) diameter.

    Bounds the distance from the grouped update at q' when every group has the mean key made at q.
    ``spreads`` (..., p) are the x_j of :func:`mean_key_gap`. With uniform-mean keys and bias
    log n_j the same holds with x_j the largest minus the smallest logit of the group.
    """
    return stability_bound(mean_key_gap(np.asarray(spreads).max(axis=-1)), diameter)


def irrelevant_context_mass(frozen: ArrayLike, lead: ArrayLike) -> Array:
    """Irrelevant context (step 3): alpha <= m e^eta / (m e^eta + e^mu), with lead = mu - eta.

    ``frozen`` m is the number of frozen tokens, eta at least every frozen logit and mu at most the
    largest normal one. Increasing in m, decreasing in the lead. At most rho exactly when
    lead >= log m + log((1 - rho) / rho). Equality when all frozen logits tie and p = 1.
    """
    frozen, lead = np.broadcast_arrays(
        np.asarray(frozen, dtype=np.float64), np.asarray(lead, dtype=np.float64)
    )
    of_context = frozen * np.exp(np.minimum(-lead, 0.0))
    of_question = np.exp(np.minimum(lead, 0.0))
    present = frozen > 0
    total = np.where(present, of_context + of_question, 1.0)
    return np.asarray(np.where(present, of_context / total, 0.0), dtype=np.float64)
