"""Random directions and random contexts: what high dimension does, and what it does not.

For q and k uniform on the unit sphere of R^d the cosine q . k has density
Gamma(d/2) / (sqrt(pi) Gamma((d-1)/2)) (1 - x^2)^((d-3)/2), second moment 1/d, and exceeds eps in
modulus with probability at most e^(-d eps^2 / 2) for d >= 2, 2 e^(-d eps^2 / 2) for d = 1. It is
zero with probability 0 for every d >= 2, and never for d = 1.

That does not make a context irrelevant. For q, k ~ Normal(0, I_d) the logit q . k / sqrt(d) has
variance 1 for every d, and the mass alpha on m of m + p exchangeable tokens has the mean
m / (m + p), for every d and every scale: dimension alone changes nothing. Mathematics, section 5.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, gammaln

from checks.tensors import Array
from derivations.errors import UnusableInput


def cosine_density(x: ArrayLike, dimension: int) -> Array:
    """Density of q . k at x (in any shape), for d >= 2; zero outside [-1, 1].

    For d = 2 it is infinite at -1 and 1. Raises UnusableInput for d = 1, where q . k is -1 or 1.
    """
    d = _dimension(dimension)
    if d == 1:
        raise UnusableInput("the cosine has no density for d = 1, where it is -1 or 1; give d >= 2")
    x = np.asarray(x, dtype=np.float64)
    inside = np.abs(x) <= 1.0
    square = np.where(inside, np.square(x), 0.0)
    constant = gammaln(d / 2.0) - gammaln((d - 1) / 2.0) - 0.5 * math.log(math.pi)
    with np.errstate(divide="ignore"):
        # At d = 3 the power is zero, and 0 log 0 would be no number.
        log_density = constant + (0.5 * (d - 3) * np.log1p(-square) if d != 3 else 0.0)
    return np.asarray(np.where(inside, np.exp(log_density), 0.0))


def cosine_moment(order: int, dimension: int) -> float:
    """E (q . k)^order: 1 * 3 * ... * (order - 1) / (d (d + 2) ... (d + order - 2)), odd ones zero.

    The second is 1/d. ``order`` is a whole number from 0.
    """
    d = _dimension(dimension)
    if order < 0 or order != int(order):
        raise UnusableInput(f"the order of the moment is {order}; give a whole number from 0")
    if order % 2:
        return 0.0
    return math.prod((2 * k + 1) / (d + 2 * k) for k in range(int(order) // 2))


def cosine_tail(threshold: ArrayLike, dimension: int) -> Array:
    """P(|q . k| >= eps) exactly, for eps in any shape: 1 below zero, 0 above one."""
    d = _dimension(dimension)
    eps = np.asarray(threshold, dtype=np.float64)
    if d == 1:
        return np.where(eps <= 1.0, 1.0, 0.0)
    inside = np.clip(eps, 0.0, 1.0)
    # |x| >= eps means x^2 >= eps^2, and 1 - x^2 ~ Beta((d - 1) / 2, 1 / 2).
    return np.asarray(betainc((d - 1) / 2.0, 0.5, (1.0 - inside) * (1.0 + inside)))


def cosine_tail_bound(threshold: ArrayLike, dimension: int) -> Array:
    """e^(-d eps^2 / 2) for d >= 2 and 2 e^(-d eps^2 / 2) for d = 1, for eps >= 0 in any shape."""
    d = _dimension(dimension)
    eps = np.asarray(threshold, dtype=np.float64)
    factor = 2.0 if d == 1 else 1.0
    return np.asarray(factor * np.exp(-0.5 * d * np.square(np.maximum(eps, 0.0))))


def expected_context_mass(frozen: ArrayLike, normal: ArrayLike) -> Array:
    """E[alpha] = m / (m + p) when the m frozen and p normal logits are exchangeable, m + p > 0.

    Exchangeable they are for q and independent, equally distributed keys, whatever the dimension
    and the scale. Raises UnusableInput for negative numbers, or none of both.
    """
    m, p = np.broadcast_arrays(np.asarray(frozen, dtype=float), np.asarray(normal, dtype=float))
    if not (np.all(m >= 0) and np.all(p >= 0) and np.all(m + p > 0)):
        raise UnusableInput(
            f"there are {frozen!r} frozen and {normal!r} normal tokens;"
            " give numbers from 0, not both 0"
        )
    return np.asarray(m / (m + p))


def context_mass_bound(
    frozen: ArrayLike, query_square: ArrayLike, dimension: int, normal_log_sum_exp: ArrayLike
) -> Array:
    """E[alpha | q, normal logits] <= m e^(s/2) / (m e^(s/2) + Z_N), s = |q|^2 / d.

    ``frozen`` is m, ``query_square`` |q|^2, ``normal_log_sum_exp`` log Z_N; they broadcast. The
    frozen keys are Normal(0, I_d) and the logits q . k / sqrt(d), so that E Z_F = m e^(s/2), and
    alpha is concave in Z_F (Jensen). Equality for m = 0 only, unless q = 0.
    """
    d = _dimension(dimension)
    m = np.asarray(frozen, dtype=np.float64)
    with np.errstate(divide="ignore"):
        lead = np.log(m) + np.asarray(query_square) / (2.0 * d) - np.asarray(normal_log_sum_exp)
    # 1 / (1 + e^-lead), which neither end lets overflow.
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * lead)))


def sample_context_mass(
    draws: int, frozen: int, normal: int, dimension: int, *, scale: float | None = None, seed: int
) -> Array:
    """alpha of seeded draws (draws,) with q, k ~ Normal(0, I_d); scale None means 1 / sqrt(d).

    Given q the logits are independent Normal(0, scale^2 |q|^2), and |q|^2 is chi-square: the time
    does not depend on d.
    """
    d = _dimension(dimension)
    random = np.random.default_rng(seed)
    factor = 1.0 / math.sqrt(d) if scale is None else scale
    deviation = factor * np.sqrt(random.chisquare(d, size=(draws, 1)))
    logits = deviation * random.normal(size=(draws, frozen + normal))
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weights[:, :frozen].sum(axis=1) / weights.sum(axis=1))


def _dimension(dimension: int) -> int:
    if not (dimension >= 1 and dimension == int(dimension)):
        raise UnusableInput(f"the dimension is {dimension}; give a whole number from 1")
    return int(dimension)
