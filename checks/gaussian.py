"""The mean log-sum-exp gap of n independent Normal(0, sigma^2) logits, without sampling.

Mathematics, section 5: E log sum e^s = int_0^inf (e^-lam - phi(lam)^n) / lam dlam with
phi(lam) = E exp(-lam e^s). In x = -log lam this compares two distribution functions,

    E log sum e^s = int (exp(-e^-x) - phi(e^-x)^n) dx,

that of a Gumbel variable G and that of (log-sum-exp) + G. Three facts make it cheap and safe.

* The trapezoidal rule with step h errs by the sum over k != 0 of the integrand's Fourier transform
  at t = 2 pi k / h, which is at most 2 |Gamma(1 - i t)| / t = 2 sqrt(pi t / sinh(pi t)) / t for
  every n and sigma: 2e-17 in all at h = 1/4.
* psi = 1 - phi = E(1 - exp(-e^(s - x))) is a sum of positive terms, so it keeps its relative
  accuracy and phi^n = exp(n log1p(-psi)) is right for n = 10^12 too. Its own trapezoidal rule,
  with k standard deviations as the step, has a relative error of at most
  4.63 exp(a^2 / 2) / (exp(2 pi a / k) - 1) for every a <= pi / (2 sigma), because |arg w| <= pi / 2
  implies |1 - exp(-w)| <= 2.313 (1 - exp(-|w|)): 2e-16 with the steps taken here.
* s - x lies on the grid of x when both have step h, so psi is a convolution of two vectors.

The ends are cut where what is left out is below e^-45. What remains is rounding: a few 1e-16 of
E log sum e^s and of E max s, whose difference the gap is.

The limit of large n is the random energy model with sigma_c = sqrt(2 log n): see
:func:`limit_gap`.
"""

from __future__ import annotations

import math
from typing import SupportsFloat

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, log_ndtr

from checks.tensors import Array
from derivations.errors import UnusableInput

GAP_ERROR = 1e-12
"""Absolute error of the means, for sigma up to 32 and n up to 10^12; tests compare with balls."""

LARGEST_SIGMA = 256.0
"""The cost grows with sigma^2; here it is about a second."""

LARGEST_SIZE = 1e15
"""Up to here every whole number is a float64."""

STEP = 0.25
NEGLIGIBLE = 45.0
NORMAL_END = 9.5
"""Standard deviations beyond which a normal variable lies with probability below e^-45."""

SMALL_SIGMA = 1.0
"""Below this the steps of the logits are finer than those of x, and few."""


def critical_sigma(size: ArrayLike) -> Array:
    """sigma_c = sqrt(2 log n), in units of the logits; zero for n = 1."""
    return np.sqrt(2.0 * np.log(_sizes(size)))


def mean_gap(size: ArrayLike, sigma: SupportsFloat) -> Array:
    """E(log sum e^s - max s) of n iid Normal(0, sigma^2) logits; shape that of ``size``.

    ``size`` is n, whole numbers from 1 to 10^15 in any shape; ``sigma`` one standard deviation,
    0 to 256. Many sizes at one sigma cost little more than one. Raises UnusableInput for others.
    """
    sizes, deviation = _sizes(size), _deviation(sigma)
    if deviation == 0.0:
        return np.log(sizes)
    gap = _mean_log_sum_exp(sizes, deviation) - deviation * _mean_maximum(sizes)
    return np.asarray(np.where(sizes == 1, 0.0, gap))


def mean_log_sum_exp(size: ArrayLike, sigma: SupportsFloat) -> Array:
    """E log sum e^s; arguments as in :func:`mean_gap`."""
    sizes, deviation = _sizes(size), _deviation(sigma)
    if deviation == 0.0:
        return np.log(sizes)
    return np.asarray(np.where(sizes == 1, 0.0, _mean_log_sum_exp(sizes, deviation)))


def mean_maximum(size: ArrayLike, sigma: SupportsFloat = 1.0) -> Array:
    """E max s; arguments as in :func:`mean_gap`."""
    return _deviation(sigma) * _mean_maximum(_sizes(size))


def limit_below(ratio: ArrayLike) -> Array:
    """(1 - r)^2, the limit of gap / log n for r = sigma / sigma_c < 1; zero from r = 1 on."""
    return np.asarray(np.square(np.maximum(1.0 - np.asarray(ratio, dtype=float), 0.0)))


def limit_above(ratio: ArrayLike) -> Array:
    """r log Gamma(1 - 1/r) - Euler's constant, the limit of the gap for r > 1; inf up to r = 1."""
    ratio = np.asarray(ratio, dtype=float)
    above = ratio > 1.0
    safe = np.where(above, ratio, 2.0)
    return np.asarray(np.where(above, safe * gammaln(1.0 - 1.0 / safe) - np.euler_gamma, np.inf))


def limit_gap(size: ArrayLike, sigma: SupportsFloat) -> Array:
    """The random energy model's gap: log n (1 - r)^2 for r < 1, :func:`limit_above` for r > 1.

    It is infinite at r = 1, where neither limit describes a finite n; convergence is as slow as
    log log n.
    """
    sizes, deviation = _sizes(size), _deviation(sigma)
    with np.errstate(divide="ignore"):
        ratio = np.where(sizes > 1, deviation / critical_sigma(sizes), np.inf)
    below = np.log(sizes) * limit_below(ratio)
    above = limit_above(np.where(np.isfinite(ratio), ratio, 2.0))
    return np.asarray(np.where(sizes == 1, 0.0, np.where(ratio < 1.0, below, above)))


def _mean_log_sum_exp(sizes: Array, sigma: float) -> Array:
    log_size = float(np.log(sizes.max()))
    low, high = _ends(float(sizes.min()), log_size, sigma)
    x = _grid(STEP, low, high)
    psi = np.minimum(_unfinished_mass(x, sigma, high), 1.0)
    with np.errstate(over="ignore", divide="ignore"):
        gumbel = np.exp(-np.exp(-x))
        power = np.exp(sizes[..., None] * np.log1p(-psi))
    return np.asarray(STEP * (gumbel - power).sum(axis=-1))


def _ends(least: float, log_size: float, sigma: float) -> tuple[float, float]:
    """Between which x the integrand is more than e^-45.

    Below, phi(e^-x) <= P(s < x + 4) + exp(-e^4), and its n-th power is below e^-45. Above,
    n psi <= n min over 0 <= b <= 1 of exp(b^2 sigma^2 / 2 - b x), by Markov's inequality.
    """
    low = -4.0 - sigma * math.sqrt(2.0 * NEGLIGIBLE / least)
    needed = log_size + NEGLIGIBLE
    high = sigma * math.sqrt(2.0 * needed)
    if high > sigma * sigma:
        high = needed + 0.5 * sigma * sigma
    return low, high + 1.0


def _unfinished_mass(x: Array, sigma: float, high: float) -> Array:
    """psi(x) = E(1 - exp(-e^(s - x))), s ~ Normal(0, sigma^2), to relative accuracy.

    A larger s than sigma (sigma + 9.5) adds nothing to psi, relatively; one above ``high``
    nothing to n psi.
    """
    top = min(sigma * (sigma + NORMAL_END), high)
    if sigma < SMALL_SIGMA:
        step = min(0.5 * sigma, 0.2)
        s = _grid(step, -NORMAL_END * sigma, top)
        return np.matmul(_upper_gumbel(x[:, None] - s), _normal_weights(s, sigma, step))
    s = _grid(STEP, -NORMAL_END * sigma, top)
    # Every difference x - s, from the first x minus the last s upwards.
    table = _upper_gumbel(x[0] - s[-1] + STEP * np.arange(len(x) + len(s) - 1))
    weights = _normal_weights(s, sigma, STEP)
    return np.asarray(np.convolve(table, weights, mode="valid"), dtype=np.float64)


def _grid(step: float, low: float, high: float) -> Array:
    """The multiples of ``step`` from at most ``low`` to at least ``high``."""
    return np.asarray(
        step * np.arange(math.floor(low / step), math.ceil(high / step) + 1), dtype=np.float64
    )


def _normal_weights(s: Array, sigma: float, step: float) -> Array:
    return np.exp(-0.5 * np.square(s / sigma)) * (step / (sigma * math.sqrt(2.0 * math.pi)))


def _upper_gumbel(x: Array) -> Array:
    """1 - exp(-e^-x), the probability that a Gumbel variable exceeds x."""
    with np.errstate(over="ignore"):
        return -np.expm1(-np.exp(-x))


def _mean_maximum(sizes: Array) -> Array:
    """E max of n standard normals: int (P(s <= z) - P(s <= z)^n) dz.

    The maximum is nearly a Gumbel variable divided by sigma_c, so the step is divided alike.
    """
    scale = max(1.0, math.sqrt(2.0 * math.log(float(sizes.max()))))
    step = STEP / scale
    end = math.sqrt(2.0 * (math.log(float(sizes.max())) + NEGLIGIBLE))
    z = _grid(step, -NORMAL_END, end)
    log_probability = log_ndtr(z)
    difference = np.exp(log_probability) - np.exp(sizes[..., None] * log_probability)
    return np.asarray(step * difference.sum(axis=-1))


def _sizes(size: ArrayLike) -> Array:
    sizes = np.asarray(size, dtype=np.float64)
    if not (sizes.size and np.all(sizes >= 1) and np.all(sizes <= LARGEST_SIZE)) or np.any(
        sizes % 1
    ):
        raise UnusableInput(
            f"the number of logits is {size!r}; give whole numbers from 1 to {LARGEST_SIZE:.0e}"
        )
    return sizes


def _deviation(sigma: SupportsFloat) -> float:
    deviation = float(sigma)
    if not 0.0 <= deviation <= LARGEST_SIGMA:
        raise UnusableInput(
            f"the standard deviation of the logits is {sigma};"
            f" give a number from 0 to {LARGEST_SIGMA:g}"
        )
    return deviation
