"""The choice of the map a: to which normal token a query sends each frozen one.

Every theorem holds for every map that respects visibility; the choice decides how large errors and
bounds are. By value (the default) and by key and value the map is known before any query is. An
optimised map suits the measured queries, so its errors are what no map chosen beforehand need
reach: they say how much of an error is the map's fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from checks.approximations import Clustering, Indices, cluster_by_value
from checks.tensors import Array, Tensors

MAPS = ("value", "key-value", "optimised", "given")
"""What the map is made from; "given" is the one that came with the tensors."""

MOST_SWEEPS = 8
"""Times that every frozen token is tried in every group; two or three usually leave no change."""

Report = Callable[[float], None]
"""Told the share of a block's work that has just been done."""


def clustered(
    tensors: Tensors,
    by: str,
    causal: bool,
    frozen_logits: Array,
    normal_logits: Array,
    update: Array,
    report: Report | None = None,
) -> Clustering:
    """The map of every query of these heads, with the distances of values that it leaves.

    ``frozen_logits`` (h, p, m) and ``normal_logits`` (h, p, p), -inf where hidden; ``update``
    (h, p, c) the exact one, which only an optimised map reads.
    """
    by_value = cluster_by_value(tensors.values, tensors.normal, causal=causal)
    if by == "value":
        return by_value
    if by == "key-value":
        both = np.concatenate([tensors.keys, tensors.values], axis=-1)
        nearest = cluster_by_value(both, tensors.normal, causal=causal).nearest
    elif by == "given":
        nearest = np.asarray(tensors.cluster_map)
    else:
        nearest = by_value.nearest.copy()
        own = tensors.values[..., tensors.frozen :, :]
        for head, labels in enumerate(nearest):
            nearest[head] = optimised_map(
                frozen_logits[head],
                normal_logits[head],
                own[head],
                update[head],
                labels,
                each=causal,
                report=None if report is None else lambda part: report(part / len(nearest)),
            )
    return replace(by_value, nearest=nearest, residual=_residual(tensors, nearest))


def _residual(tensors: Tensors, nearest: Indices) -> Array:
    """|v_t - v_a(t)| for every query, (h, p, m)."""
    found = np.empty(nearest.shape)
    for head, values in enumerate(tensors.values):
        frozen, normal = np.split(values, [tensors.frozen])
        for i, row in enumerate(nearest[head]):
            found[head, i] = np.linalg.norm(frozen - normal[row], axis=-1)
    return found


def optimised_map(
    frozen_logits: Array,
    normal_logits: Array,
    values: Array,
    update: Array,
    start: Indices,
    *,
    each: bool = False,
    report: Report | None = None,
) -> Indices:
    """A map (p, m) from which no move of a single token lowers the error of the effective keys.

    One head: ``frozen_logits`` (p, m), ``normal_logits`` (p, p) with -inf where hidden, ``values``
    (p, c) of the normal tokens, ``update`` (p, c) the exact one, ``start`` (p, m) where to begin.
    The queries share one map, for the least mean square of |Delta - Delta*|, unless ``each`` query
    gets its own, as under a causal mask, where they see different tokens. Up to rounding the
    error never grows on the way. At most :data:`MOST_SWEEPS` sweeps.
    """
    search = _Search(frozen_logits, normal_logits, values, update, start, each)
    tokens = np.argsort(-frozen_logits.max(axis=0), kind="stable")
    for _ in range(MOST_SWEEPS):
        moved = 0
        for t in tokens.tolist():
            moved += search.try_token(t)
            if report is not None:
                report(1.0 / (MOST_SWEEPS * len(tokens)))
        if not moved:
            break
    return search.labels


class _Search:
    """Coordinate descent over the tokens; ``largest`` are the groups' winning logits M (p, p)."""

    def __init__(
        self,
        frozen_logits: Array,
        normal_logits: Array,
        values: Array,
        update: Array,
        start: Indices,
        each: bool,
    ) -> None:
        self.logits, self.own, self.each = frozen_logits, normal_logits, each
        self.labels = start.copy()
        self.values, self.update = values, update
        self.rows = np.arange(len(normal_logits))
        self.top = np.maximum(
            normal_logits.max(axis=1), frozen_logits.max(axis=1, initial=-np.inf)
        )[:, None]
        self.largest = normal_logits.copy()
        for t in range(frozen_logits.shape[1]):
            self._put(t)
        # |v_j - Delta_i|^2, for the square of an error after a move.
        self.apart = np.square(values - update[:, None]).sum(axis=-1)

    def _put(self, t: int) -> None:
        """Let the token count in its group."""
        at = self.rows, self.labels[:, t]
        self.largest[at] = np.maximum(self.largest[at], self.logits[:, t])

    def _without(self, t: int) -> Array:
        """M (p, p) as if the token were in no group."""
        group = self.labels[:, t]
        left = self.largest.copy()
        for i in np.flatnonzero(self.logits[:, t] >= self.largest[self.rows, group]).tolist():
            others = self.labels[i] == group[i]
            others[t] = False
            rest = self.logits[i, others].max(initial=-np.inf)
            left[i, group[i]] = max(self.own[i, group[i]], rest)
        return left

    def _squares(self, left: Array, t: int) -> Array:
        """|Delta_i - Delta*_i|^2 (p, p) for query i if the token joins group j; inf if hidden.

        With the weights w of the groups without the token, and d_j what it adds to group j's,
        Delta* - Delta = (sum_k w_k (v_k - Delta) + d_j (v_j - Delta)) / (sum_k w_k + d_j).
        """
        weights = np.exp(left - self.top)
        added = np.maximum(np.exp(self.logits[:, t, None] - self.top) - weights, 0.0)
        total = weights.sum(axis=1, keepdims=True)
        off = weights @ self.values - total * self.update
        along = off @ self.values.T - (off * self.update).sum(axis=1, keepdims=True)
        square = np.square(off).sum(axis=1, keepdims=True)
        square = square + 2.0 * added * along + np.square(added) * self.apart
        total = total + added
        # Both vanish only where every weight underflows, which no token can then improve.
        with np.errstate(invalid="ignore"):
            found = np.where(total > 0.0, square / np.square(total), np.inf)
        return np.where(self.own > -np.inf, np.maximum(found, 0.0), np.inf)

    def try_token(self, t: int) -> int:
        """Move the token to its best group, if that is better; how many queries' maps changed."""
        left = self._without(t)
        squares = self._squares(left, t)
        if not self.each:
            squares = np.broadcast_to(squares.sum(axis=0), squares.shape)
        before = self.labels[:, t].copy()
        best = squares.argmin(axis=1)
        better = squares[self.rows, best] < squares[self.rows, before]
        self.labels[:, t] = np.where(better, best, before)
        self.largest = left
        self._put(t)
        return int(better.sum())
