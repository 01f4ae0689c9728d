"""Exact attention, written from the definition alone: in float64, and once more in balls.

Nothing here knows of groups, clusters or bounds: it is what the approximations are measured
against. Mathematics, section 0: the update of query i is the sum over visible tokens j of
softmax_j(scale * q_i . k_j) v_j.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from checks.tensors import Array, UnusableInput

if TYPE_CHECKING:
    from flint import arb

Reals = NDArray[np.floating[Any]]


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


def scaled_logits(query: Reals, keys: Reals, scale: float | None, seen: NDArray[np.bool_]) -> Array:
    """scale * q . k in float64, for one query (..., d) and its keys (..., n, d): (..., n).

    -inf where ``seen`` (..., n) is False; what stands in a masked key does not matter.
    """
    wide = np.where(seen[..., None], keys, 0.0).astype(np.float64, copy=False)
    products = np.matmul(wide, query.astype(np.float64)[..., None])[..., 0]
    return np.where(seen, products * attention_scale(query.shape[-1], scale), -np.inf)


def exact_attention(
    queries: Reals,
    keys: Reals,
    values: Reals,
    *,
    scale: float | None = None,
    mask: NDArray[np.bool_] | None = None,
) -> Array:
    """Attention (..., p, c) of queries (..., p, d) over keys (..., n, d) and values (..., n, c).

    ``mask`` (..., p, n) or (p, n) is True where a query sees a token; None: everywhere. ``scale``
    None is 1 / sqrt(d). The largest visible logit is subtracted before exp, so large logits do not
    overflow. Raises UnusableInput if a query sees no token.
    """
    wide = (queries.astype(np.float64), keys.astype(np.float64), values.astype(np.float64))
    logits = np.einsum("...id,...jd->...ij", wide[0], wide[1], optimize=True)
    logits = logits * attention_scale(queries.shape[-1], scale)
    if mask is not None:
        logits = np.where(mask, logits, -np.inf)
    largest = logits.max(axis=-1, keepdims=True)
    if not (largest > -np.inf).all():
        raise UnusableInput("a query sees no token at all; leave at least one unmasked.")
    weights = np.exp(logits - largest)
    mixed = np.einsum("...ij,...jc->...ic", weights, wide[2], optimize=True)
    return np.asarray(mixed / weights.sum(axis=-1)[..., None], dtype=np.float64)


def exact_update(
    queries: Array,
    keys: Array,
    values: Array,
    *,
    scale: float | None = None,
    causal: bool = False,
) -> Array:
    """The exact update (..., p, c) of queries (..., p, d), keys (..., n, d), values (..., n, c).

    The last p tokens are the normal ones; under a causal mask query i sees normal tokens 0..i.
    """
    normal = queries.shape[-2]
    seen = visible_tokens(normal, keys.shape[-2] - normal, causal)
    return exact_attention(queries, keys, values, scale=scale, mask=seen)


def attention_in_balls(
    query: Sequence[float],
    keys: Sequence[Sequence[float]],
    values: Sequence[Sequence[float]],
    *,
    scale: float | None = None,
    mask: Sequence[bool] | None = None,
    bits: int = 256,
) -> list[arb]:
    """The same for one query, in ball arithmetic: enclosures of the c components of its update.

    Floats are taken as exact, ``scale`` None as the real number 1 / sqrt(d). Straight from the
    definition, without a shift: balls neither overflow nor underflow. Raises UnusableInput if
    the query sees no token.
    """
    from flint import arb, ctx

    with ctx.workprec(bits):
        factor = 1 / arb(len(query)).sqrt() if scale is None else arb(float(scale))
        numerator, denominator = [arb(0)] * len(values[0]), arb(0)
        for number, (key, value) in enumerate(zip(keys, values, strict=True)):
            if mask is not None and not mask[number]:
                continue
            product = arb(0)
            for x, y in zip(query, key, strict=True):
                product += arb(float(x)) * arb(float(y))
            weight = (factor * product).exp()
            denominator += weight
            numerator = [
                total + weight * arb(float(x)) for total, x in zip(numerator, value, strict=True)
            ]
        if denominator.is_zero():
            raise UnusableInput("the query sees no token at all; leave at least one unmasked.")
        return [total / denominator for total in numerator]
