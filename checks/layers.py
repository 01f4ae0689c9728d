"""Whole models: the trajectory without the context beside the one with it, and its bound.

With x^l the normal tokens' states with the context and y^l those without, layer by layer
(mathematics, section 6): if the layer without the context, y -> T_l(y), is Lipschitz with constant
K_l near x^l, and eps_l = max_i |x_i^(l+1) - T_l(x^l)_i| is its one-layer error on the trajectory
with the context, then |x^(l+1) - y^(l+1)| <= K_l |x^l - y^l| + eps_l in the norm max_i |.|_2. For a
residual layer y + B(y), K_l = 1 + Lip(B), which gives Grönwall's bound.

Spectral norms are rounded up; the one-layer errors are float64 numbers, so the bound is certain up
to their last digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from checks.rounding import OWN_ROUNDING, gamma
from checks.tensors import Array, UnusableInput

GELU_SLOPE = 0.5 * (1.0 + math.erf(1.0)) + math.exp(-1.0) / math.sqrt(math.pi)
"""The largest slope of gelu, Phi(z) + z phi(z) at z = sqrt 2, about 1.129."""


@dataclass(frozen=True, eq=False)
class LayerComparison:
    """Layer by layer, in units of the states.

    ``one_layer`` (L,): eps_l. ``lipschitz`` (L,): K_l on what the bound so far allows.
    ``distance`` (L + 1,): measured max_i |x_i^l - y_i^l|. ``bound`` (L + 1,): what it may be at
    most. ``relative`` (L + 1,): |x^l - y^l| / |x^l| in the Frobenius norm.
    """

    one_layer: Array
    lipschitz: Array
    distance: Array
    bound: Array
    relative: Array


def compare_layers(
    with_context: Sequence[Array],
    step: Callable[[int, Array], Array],
    lipschitz: Callable[[int, float], float],
    start: Array,
) -> LayerComparison:
    """Follow ``step`` from ``start`` and compare with the states x^0 .. x^L, each (p, D).

    ``step(l, y)`` is T_l(y); ``lipschitz(l, r)`` bounds the Lipschitz constant of T_l between x^l
    and any y within r of it. Raises UnusableInput if ``start`` has another shape than x^0.
    """
    first = with_context[0]
    if start.shape != first.shape:
        raise UnusableInput(f"start {start.shape} should have the shape of x^0, {first.shape}.")
    state, one_layer, constants, ends = start, [], [], [start]
    bounds = [largest_row(first - start)]
    for layer, (now, then) in enumerate(pairwise(with_context)):
        one_layer.append(largest_row(then - step(layer, now)))
        constants.append(lipschitz(layer, bounds[-1]))
        bounds.append(gronwall_step(bounds[-1], constants[-1], one_layer[-1]))
        state = step(layer, state)
        ends.append(state)
    distances = [largest_row(x - y) for x, y in zip(with_context, ends, strict=True)]
    relative = [
        float(np.linalg.norm(x - y) / np.linalg.norm(x))
        for x, y in zip(with_context, ends, strict=True)
    ]
    found = (one_layer, constants, distances, bounds, relative)
    return LayerComparison(*(np.array(each, dtype=np.float64) for each in found))


def gronwall_step(distance: float, lipschitz: float, one_layer: float) -> float:
    """K_l |x^l - y^l| + eps_l; nothing times an infinite constant is nothing."""
    return (lipschitz * distance if distance > 0 else 0.0) + one_layer


def gronwall(one_layer: Sequence[float], lipschitz: Sequence[float], start: float = 0.0) -> Array:
    """The bounds (L + 1,) for residual layers with Lip(B_l) given:

    prod (1 + L_l) start + sum_l eps_l prod_(k > l) (1 + L_k).
    """
    bounds = [float(start)]
    for error, constant in zip(one_layer, lipschitz, strict=True):
        bounds.append(gronwall_step(bounds[-1], 1.0 + constant, error))
    return np.array(bounds)


def largest_row(rows: Array) -> float:
    """max_i |row_i|_2."""
    return float(np.linalg.norm(rows, axis=-1).max())


def spectral_norm(matrix: Array) -> float:
    """The largest singular value, rounded up by far more than its computation errs."""
    largest = float(np.linalg.svd(matrix, compute_uv=False)[0])
    return largest * (1.0 + OWN_ROUNDING * gamma(10.0 * sum(matrix.shape) ** 1.5))


def product_norm(left: Array, right: Array) -> float:
    """The largest singular value of ``left`` (n, d) times ``right`` (d, m), rounded up.

    Only the triangular factors of thin matrices are multiplied, so a head's d may be far below n.
    """
    first, second = (np.asarray(np.linalg.qr(each, mode="r")) for each in (left, right.T))
    inner = first @ second.T
    sizes = float(np.linalg.norm(left) * np.linalg.norm(right))
    slack = OWN_ROUNDING * gamma(10.0 * (sum(left.shape) + sum(right.shape)) ** 1.5) * sizes
    return spectral_norm(inner) + slack


def attention_lipschitz(
    query: Array,
    query_bias: Array,
    key: Array,
    value: Array,
    *,
    radius: float,
    scale: float | None = None,
    output: Array | None = None,
) -> float:
    """Lip of one head on tokens with |e_i| <= radius: |W_V| (kappa + sqrt(1 + kappa^2)).

    ``query`` (d, D) with its bias (d,), ``key`` (d, D) with W_K', ``value`` (c, D), ``output``
    (D, c), the head's part of the output matrix, if the update is to include it.
    kappa = |A| (radius^2 + 1) with the bilinear form A = [W_Q b_Q]^T W_K' scale on tokens with a 1
    appended (without b_Q, A = W_Q^T W_K' scale and kappa = |A| radius^2); biases of keys and values
    change no difference. A mask only removes tokens from a query's own sum, which keeps the bound.
    """
    factor = 1.0 / math.sqrt(len(query)) if scale is None else scale
    length = radius**2
    if query_bias.any():
        query, length = np.hstack([query, query_bias[:, None]]), length + 1.0
    kappa = product_norm(query.T, key * factor) * length
    size = spectral_norm(value) if output is None else product_norm(output, value)
    return size * (kappa + math.hypot(1.0, kappa))


def norm_radius(weight: Array, bias: Array) -> float:
    """No output of LayerNorm is longer: max |weight| sqrt(D) + |bias|."""
    return float(np.abs(weight).max() * math.sqrt(len(weight)) + np.linalg.norm(bias))


def norm_lipschitz(weight: Array, epsilon: float, states: Array, away: float) -> float:
    """Lip of LayerNorm between the rows of ``states`` (p, D) and rows at most ``away`` from them.

    The slope at u is at most max |weight| / sqrt(variance(u) + epsilon), and the standard deviation
    changes by at most away / sqrt(D).
    """
    centred = states - states.mean(axis=-1, keepdims=True)
    nearest = np.maximum(np.linalg.norm(centred, axis=-1) - away, 0.0).min()
    return float(np.abs(weight).max() / math.sqrt(nearest**2 / states.shape[-1] + epsilon))
