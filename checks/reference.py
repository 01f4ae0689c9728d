"""Exact attention in float64, written from the definition alone.

Nothing here knows of groups, clusters or bounds, and nothing else in this package computes the
exact update: it is what the approximations are measured against. Mathematics, section 0:
the update of query i is the sum over visible tokens j of softmax_j(scale * q_i . k_j) v_j.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from checks.tensors import Array


def attention_scale(width: int, scale: float | None = None) -> float:
    """The factor on q . k: 1 / sqrt(width) unless a scale is given."""
    return 1.0 / math.sqrt(width) if scale is None else float(scale)


def visible_tokens(normal: int, frozen: int, causal: bool) -> NDArray[np.bool_]:
    """Which of the frozen + normal tokens each of the normal queries sees: (normal, tokens).

    Every query sees every frozen token; under a causal mask query i sees normal tokens 0..i.
    """
    seen = np.ones((normal, frozen + normal), dtype=bool)
    if causal:
        seen[:, frozen:] = np.tril(seen[:, frozen:])
    return seen


def exact_update(
    queries: Array,
    keys: Array,
    values: Array,
    *,
    scale: float | None = None,
    causal: bool = False,
) -> Array:
    """The exact update (..., p, c) of queries (..., p, d), keys (..., n, d), values (..., n, c).

    The last p tokens are the normal ones. The largest visible logit is subtracted before exp, so
    large logits do not overflow.
    """
    normal, width = queries.shape[-2:]
    seen = visible_tokens(normal, keys.shape[-2] - normal, causal)
    logits = np.einsum("...id,...jd->...ij", queries, keys, optimize=True)
    logits = np.where(seen, logits * attention_scale(width, scale), -np.inf)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    mixed = np.einsum("...ij,...jc->...ic", weights, values, optimize=True)
    total: Array = weights.sum(axis=-1)[..., None]
    return np.asarray(mixed / total, dtype=np.float64)
