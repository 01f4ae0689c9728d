"""The approximations of the exact update that the theorems speak of, for arrays with leading axes.

Dropping the context attends over the normal tokens alone (Delta^N). Clustering gives every frozen
token t the value of a normal token a(t); grouping then attends over the normal tokens with the
log-sum-exp logits z_j of the groups (Delta^G), and the effective keys replace z_j by the largest
logit M_j (Delta*). Mathematics, sections 0 and 1.

Shapes: p queries, p normal tokens, m frozen tokens, c the width of a value. A normal token that a
query does not see carries the logit -inf.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from checks.reference import attention_scale, visible_tokens
from checks.tensors import Array

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Clustering:
    """The cluster map of each query and the distances it is made from.

    ``nearest`` (..., p, m): a(t), the visible normal token with the nearest value (the first of
    several). ``residual`` (..., p, m): the distance |v_t - v_a(t)|. ``diameter`` (..., p): the
    largest distance between visible normal values. ``spread`` (..., p): the largest distance from
    a frozen to a visible normal value (0 without frozen tokens).
    """

    nearest: Indices
    residual: Array
    diameter: Array
    spread: Array


@dataclass(frozen=True, eq=False)
class Groups:
    """What is known of the group of each normal token j, per query; all (..., p, p).

    ``largest`` M_j (-inf where j is not seen), ``gap`` epsilon_j = z_j - M_j (0 for a single
    token), ``margin`` gamma_j (inf for a single token, 0 for a tie), ``size`` n_j (0 where j is not
    seen), ``winner`` the index in F | N of a token that attains M_j (the normal one if it ties).
    """

    largest: Array
    gap: Array
    margin: Array
    size: Indices
    winner: Indices

    @property
    def log_sum_exp(self) -> Array:
        """z_j = M_j + epsilon_j."""
        return self.largest + self.gap


def visible_logits(
    queries: Array, keys: Array, *, scale: float | None = None, causal: bool = False
) -> tuple[Array, Array]:
    """The logits of the frozen tokens (..., p, m) and of the normal ones (..., p, p)."""
    normal, width = queries.shape[-2:]
    frozen = keys.shape[-2] - normal
    logits = queries @ np.swapaxes(keys, -1, -2) * attention_scale(width, scale)
    seen = visible_tokens(normal, frozen, causal)[:, frozen:]
    return logits[..., :frozen], np.where(seen, logits[..., frozen:], -np.inf)


def softmax_mean(logits: Array, values: Array) -> Array:
    """The values (..., j, c) averaged with the softmax of the logits (..., i, j): (..., i, c)."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    mean: Array = (weights / weights.sum(axis=-1, keepdims=True)) @ values
    return mean


def frozen_mass(frozen_logits: Array, normal_logits: Array) -> Array:
    """alpha (..., p): the attention mass on the frozen tokens, 0 if there are none."""
    top = np.max(frozen_logits, axis=-1, initial=-np.inf)
    top = np.maximum(top, normal_logits.max(axis=-1))[..., None]
    frozen = np.exp(frozen_logits - top).sum(axis=-1)
    mass: Array = frozen / (frozen + np.exp(normal_logits - top).sum(axis=-1))
    return mass


def cluster_by_value(values: Array, normal: int, *, causal: bool = False) -> Clustering:
    """Send every frozen token to the visible normal token with the nearest value (Euclidean).

    ``values`` is (..., m + p, c). Under a causal mask query i chooses among normal tokens 0..i, so
    the map depends on the query.
    """
    *leading, tokens, _ = values.shape
    frozen = tokens - normal
    nearest = np.empty((*leading, normal, frozen), dtype=np.intp)
    residual = np.empty((*leading, normal, frozen))
    diameter, spread = np.empty((*leading, normal)), np.empty((*leading, normal))
    for head in np.ndindex(*leading):
        of_frozen, of_normal = values[head][:frozen], values[head][frozen:]
        between = np.tril(cdist(of_normal, of_normal)).max(axis=1)
        if frozen:
            across = cdist(of_frozen, of_normal)
            closest, distance = _nearest_so_far(across)
            farthest = across.max(axis=0)
        else:
            closest, distance = np.empty((0, normal), dtype=np.intp), np.empty((0, normal))
            farthest = np.zeros(normal)
        if causal:
            nearest[head], residual[head] = closest.T, distance.T
            diameter[head] = np.maximum.accumulate(between)
            spread[head] = np.maximum.accumulate(farthest)
        else:
            nearest[head], residual[head] = closest[:, -1], distance[:, -1]
            diameter[head], spread[head] = between.max(), farthest.max()
    return Clustering(nearest, residual, diameter, spread)


def _nearest_so_far(distances: Array) -> tuple[Indices, Array]:
    """For every column i, the place and size of the smallest entry of each row up to column i."""
    smallest = np.minimum.accumulate(distances, axis=1)
    improves = np.ones(distances.shape, dtype=bool)
    improves[:, 1:] = distances[:, 1:] < smallest[:, :-1]
    places = np.where(improves, np.arange(distances.shape[1]), 0)
    return np.maximum.accumulate(places, axis=1), smallest


def group_logits(frozen_logits: Array, normal_logits: Array, nearest: Indices) -> Groups:
    """Gather every frozen logit into the group of its normal token.

    One token attaining M_j is set aside as the winner; the rest gives the margin and the gap
    epsilon_j = log(1 + sum over the rest of exp(s - M_j)), so a tiny gap keeps its digits.
    """
    shape, frozen = normal_logits.shape, frozen_logits.shape[-1]
    own = normal_logits.reshape(-1)
    rows = np.arange(own.size // shape[-1])[:, None] * shape[-1]
    group = (rows + nearest.reshape(len(rows), frozen)).reshape(-1)
    logits = frozen_logits.reshape(-1)
    token = np.tile(np.arange(frozen), len(rows))

    largest = own.copy()
    np.maximum.at(largest, group, logits)
    seen = own > -np.inf
    own_wins = own == largest
    candidate = (logits == largest[group]) & ~own_wins[group]
    winner = np.where(own_wins, frozen + np.tile(np.arange(shape[-1]), len(rows)), frozen)
    np.minimum.at(winner, group[candidate], token[candidate])

    rest = np.where(candidate & (token == winner[group]), -np.inf, logits)
    second = np.where(own_wins, -np.inf, own)
    np.maximum.at(second, group, rest)
    base = np.where(seen, largest, 0.0)
    others = np.where(own_wins, 0.0, np.exp(own - base))
    others += np.bincount(group, np.exp(rest - base[group]), minlength=own.size).astype(float)
    size = np.bincount(group, minlength=own.size) + seen
    return Groups(
        largest=largest.reshape(shape),
        gap=np.log1p(others).reshape(shape),
        margin=(base - second).reshape(shape),
        size=size.astype(np.intp).reshape(shape),
        winner=winner.astype(np.intp).reshape(shape),
    )


def dropped_context(normal_logits: Array, values: Array) -> Array:
    """Delta^N (..., p, c): attention over the normal tokens with their own logits and values."""
    return softmax_mean(normal_logits, values)


def grouped_update(groups: Groups, values: Array) -> Array:
    """Delta^G (..., p, c): the grouped logits z_j with the normal values (..., p, c)."""
    return softmax_mean(groups.log_sum_exp, values)


def effective_key_update(groups: Groups, values: Array) -> Array:
    """Delta* (..., p, c): the winners' logits M_j = q . k_w(j) with the normal values."""
    return softmax_mean(groups.largest, values)
