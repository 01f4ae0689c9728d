"""The approximations of the exact update that the theorems speak of, for arrays with leading axes.

    approximate(instance, Approximation.EFFECTIVE)      # (..., c)

Dropping the context attends over the normal tokens alone (Delta^N). Clustering gives every frozen
token t the value of a normal token a(t); grouping then attends over the normal tokens with the
log-sum-exp logits z_j of the groups (Delta^G), and the effective keys replace z_j by the largest
logit M_j (Delta*). Mathematics, sections 0, 1 and 3.

Shapes of the functions for whole layers, which :mod:`checks.measure` uses: p queries, p normal
tokens, m frozen tokens, c the width of a value. A token that a query does not see carries the
logit -inf.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from scipy.spatial.distance import cdist

from checks.instances import Indices, Instance
from checks.reference import attention_scale, visible_tokens
from checks.tensors import Array


class Approximation(Enum):
    """What replaces the exact update of a query; each attends over the normal tokens alone."""

    DROP = "drop"
    """Dropped context, Delta^N: the logits of the normal tokens themselves."""
    GROUPED = "grouped"
    """Delta^G: the log-sum-exp z_j of each group. Exact when values are clustered exactly."""
    EFFECTIVE = "effective"
    """Effective keys, Delta*: the logit of the winner of each group, M_j at its own query."""
    LOG_COUNT = "log_count"
    """Effective keys with the bias log n_j. Grouped when all keys of a group coincide."""
    MEAN_KEY = "mean_key"
    """Mean keys with their bias, z_j(q) + mean_key . (q' - q). Grouped at their own query."""
    UNIFORM_KEY = "uniform_key"
    """The plain mean of the keys of a group, with the bias log n_j."""
    MERGED_VALUES = "merged_values"
    """Mean keys with their bias, and values averaged with the weights of their group. Exact at
    their own query, whether values are clustered or not."""


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

    ``largest`` M_j (-inf where no token of the group is seen), ``gap`` epsilon_j = z_j - M_j (0 for
    a single token), ``margin`` gamma_j (inf for a single token, 0 for a tie), ``size`` n_j, which
    counts the seen tokens, ``winner`` the index in F | N of a token that attains M_j (the normal
    one if it ties).
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
    epsilon_j = log(1 + sum over the rest of exp(s - M_j)), so a tiny gap keeps its digits. A masked
    token has the logit -inf and counts in no group.
    """
    shape, frozen = normal_logits.shape, frozen_logits.shape[-1]
    own = normal_logits.reshape(-1)
    rows = np.arange(own.size // shape[-1])[:, None] * shape[-1]
    group = (rows + nearest.reshape(len(rows), frozen)).reshape(-1)
    logits = frozen_logits.reshape(-1)
    token = np.tile(np.arange(frozen), len(rows))

    largest = own.copy()
    np.maximum.at(largest, group, logits)
    seen = largest > -np.inf
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
    size = np.bincount(group[logits > -np.inf], minlength=own.size) + (own > -np.inf)
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


def grouped(instance: Instance, logits: Array | None = None) -> Groups:
    """The groups of an instance (..., p), at its own logits or at these (..., n)."""
    logits = instance.logits if logits is None else logits
    frozen = instance.frozen
    return group_logits(logits[..., :frozen], logits[..., frozen:], instance.owners)


def approximate(instance: Instance, which: Approximation) -> Array:
    """The update (..., c) that takes the place of the exact one."""
    return softmax_mean(
        effective_logits(instance, which)[..., None, :], effective_values(instance, which)
    )[..., 0, :]


def effective_logits(instance: Instance, which: Approximation) -> Array:
    """The logits (..., p) with which the normal tokens are attended over; -inf where not seen.

    Winners, counts and means are those of the query at which the keys were made.
    """
    logits = instance.logits
    if which is Approximation.DROP:
        return logits[..., instance.frozen :]
    if which is Approximation.GROUPED:
        return grouped(instance).log_sum_exp
    made = grouped(instance, instance.logits_made_at)
    present = made.size > 0
    count = np.log(np.where(present, made.size, 1))
    if which in (Approximation.EFFECTIVE, Approximation.LOG_COUNT):
        winning = np.take_along_axis(logits, made.winner, axis=-1)
        winning = np.where(present, winning, -np.inf)
        return winning if which is Approximation.EFFECTIVE else winning + count
    if which is Approximation.UNIFORM_KEY:
        total = _group_sums(instance, np.where(instance.seen, logits, 0.0)[..., None])[..., 0]
        mean = np.where(present, total / np.where(present, made.size, 1), -np.inf)
        return np.asarray(mean + count, dtype=np.float64)
    if instance.made_at is None:
        return made.log_sum_exp
    moved = np.zeros_like(logits)
    np.subtract(logits, instance.logits_made_at, out=moved, where=instance.seen)
    shares = group_shares(instance)
    return made.log_sum_exp + _group_sums(instance, (shares * moved)[..., None])[..., 0]


def effective_values(instance: Instance, which: Approximation) -> Array:
    """The values (..., p, c) that go with :func:`effective_logits`."""
    if which is not Approximation.MERGED_VALUES:
        return instance.normal_values
    return _group_sums(instance, group_shares(instance)[..., None] * instance.seen_values)


def group_shares(instance: Instance) -> Array:
    """p(t | G_j) (..., n): the weight of every token within its group, 0 where masked.

    At the query where the keys were made.
    """
    logits = instance.logits_made_at
    total = grouped(instance, logits).log_sum_exp
    home = np.concatenate([np.take_along_axis(total, instance.owners, axis=-1), total], axis=-1)
    home = np.where(instance.seen, home, 0.0)
    return np.asarray(np.exp(logits - home), dtype=np.float64)


def _group_sums(instance: Instance, rows: Array) -> Array:
    """The rows (..., n, c) of the tokens summed over each group: (..., p, c)."""
    frozen, normal, width = instance.frozen, instance.normal, rows.shape[-1]
    sums = np.array(rows[..., frozen:, :]).reshape(-1, width)
    queries = np.arange(len(sums) // normal)[:, None]
    home = queries * normal + instance.owners.reshape(len(queries), frozen)
    np.add.at(sums, home.reshape(-1), rows[..., :frozen, :].reshape(-1, width))
    return sums.reshape(*rows.shape[:-2], normal, width)
