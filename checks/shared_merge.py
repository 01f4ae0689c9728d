"""Values merged once for all queries, and the honest control: one constant for all queries.

Merged per query, v_j* = sum over the group of p(t | G_j) v_t with the logits z_j gives Delta
exactly, whatever the clustering (mathematics, section 3): an identity, not a finding. A weight
matrix W_V' however serves all queries at once, so its values are merged with the mean over the
queries of the attention weights:

    v_j = sum_i sum_{t in G_j(i)} p_it v_t / sum_i sum_{t in G_j(i)} p_it.

What these values lose against Delta, with the logits z_j or M_j of each query, is the finding. The
control replaces Delta by its mean over the queries: an update that reads no query at all.
"""

from __future__ import annotations

import numpy as np

from checks.approximations import (
    Groups,
    Indices,
    cluster_by_value,
    group_logits,
    softmax_mean,
    visible_logits,
)
from checks.tensors import Array


def shared_merged_values(
    frozen_logits: Array, normal_logits: Array, values: Array, nearest: Indices
) -> Array:
    """The merged values (..., p, c) that serve all queries, in units of the values.

    ``frozen_logits`` (..., p, m), ``normal_logits`` (..., p, p) with -inf where hidden, ``values``
    (..., m + p, c), ``nearest`` (..., p, m) the map of each query. A normal token to whose group no
    query gives weight keeps its own value.
    """
    *leading, queries, frozen = frozen_logits.shape
    merged = np.empty((*leading, normal_logits.shape[-1], values.shape[-1]))
    for head in np.ndindex(*leading):
        logits = np.hstack([frozen_logits[head], normal_logits[head]])
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        # shares[j, t]: the weight of token t within the group of j, summed over the queries.
        shares = np.zeros((normal_logits.shape[-1], logits.shape[1]))
        shares[:, frozen:] = np.diag(weights[:, frozen:].sum(axis=0))
        columns = np.broadcast_to(np.arange(frozen), (queries, frozen))
        np.add.at(shares, (nearest[head], columns), weights[:, :frozen])
        total = shares.sum(axis=1, keepdims=True)
        mixed = shares @ values[head] / np.where(total > 0, total, 1.0)
        merged[head] = np.where(total > 0, mixed, values[head][frozen:])
    return merged


def shared_map(values: Array, normal: int) -> Indices:
    """One map for all queries: the nearest of all normal values, seen or not: (..., p, m)."""
    return cluster_by_value(values, normal).nearest


def hide_unseen(frozen_logits: Array, normal_logits: Array, nearest: Indices) -> Array:
    """The frozen logits (..., p, m), with -inf where a(t) is a normal token the query cannot see.

    Under a causal mask a map fixed over all of N loses these tokens' mass.
    """
    seen = np.take_along_axis(normal_logits, nearest, axis=-1) > -np.inf
    return np.where(seen, frozen_logits, -np.inf)


def lost_mass(frozen_logits: Array, normal_logits: Array, nearest: Indices) -> Array:
    """The share (..., p) of each query's context mass that its map sends to tokens it cannot see.

    0 without frozen tokens.
    """
    top = np.max(frozen_logits, axis=-1, initial=-np.inf, keepdims=True)
    weights = np.exp(frozen_logits - top)
    kept = np.exp(hide_unseen(frozen_logits, normal_logits, nearest) - top)
    total = weights.sum(axis=-1)
    return np.asarray(1.0 - kept.sum(axis=-1) / np.where(total > 0, total, 1.0)) * (total > 0)


def shared_merge(
    queries: Array,
    keys: Array,
    values: Array,
    *,
    scale: float | None = None,
    causal: bool = False,
    fixed_map: bool = False,
    largest: bool = False,
) -> Array:
    """The update (..., p, c) with shared merged values, and the logits z_j (or M_j if ``largest``).

    Arguments as of :func:`checks.reference.exact_update`. ``fixed_map`` uses one map for all
    queries even under a causal mask, as one pair of weight matrices fitted to N would; without it
    every query groups by the nearest value it sees. Without a mask the two are the same.
    """
    frozen, normal = visible_logits(queries, keys, scale=scale, causal=causal)
    nearest = cluster_by_value(values, queries.shape[-2], causal=causal and not fixed_map).nearest
    merged = shared_merged_values(frozen, normal, values, nearest)
    groups: Groups = group_logits(hide_unseen(frozen, normal, nearest), normal, nearest)
    return softmax_mean(groups.largest if largest else groups.log_sum_exp, merged)


def constant_update(update: Array) -> Array:
    """The control: the mean of Delta (..., p, c) over the queries, repeated for each of them."""
    return np.broadcast_to(update.mean(axis=-2, keepdims=True), update.shape)
