"""Values merged once for all queries, streamed, in a second pass over the keys.

The weights p_it of :mod:`checks.shared_merge` need the normaliser of every query, which the first
pass finds: p_it = exp(s_it - L_i) with L_i the log-sum-exp of all logits of query i. A block adds
the sum of its weights over the queries, and the values with these weights, to each group.

The difference is one product, of (k_t, 1) and (q_i, -L_i). The logarithm of a weight errs by those
of s and L_i, each phi, and by what the product errs more, gamma(d + 17) (reach + log n). A sum
passes through p + terms + 8 additions. A token whose weights vanish has less than p n^2 of what
vanishes in any update.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from checks.alternatives import mean_spread
from checks.inputs.rows import Array, to_numpy
from checks.rounding import OWN_ROUNDING, TINY, gamma
from checks.streaming.nearest import NearestValue
from checks.streaming.plan import Head, Plan, all_of, nearest_of
from checks.streaming.rounding import SINGLE, Precision, single_gamma

SHARES_AT_ONCE = 2**18
WEIGHTS_AT_ONCE = 2**17
"""Weights that are made and summed before they leave the nearest cache."""


class _Chunk:
    """Some queries in the second pass: their factors (d + 1, queries) and what they see."""

    def __init__(self, head: Head, shared: Plan, first: int, stop: int, normalisers: Array) -> None:
        backend = shared.backend
        self.queries = stop - first
        scaled = np.column_stack([head.queries[first:stop] * head.factor, -normalisers[first:stop]])
        self.factors = backend.cast(backend.array(scaled).T, head.precision.name)
        reached = np.arange(first, stop) if head.causal else np.full(stop - first, head.normal)
        self.hidden = backend.array(np.arange(head.normal)[:, None] > reached, "bool")


class _Merge:
    """Weights (p,) of the groups over all queries, and values (p, c) with these weights."""

    def __init__(self, head: Head, shared: Plan, chunks: list[_Chunk]) -> None:
        self.head, self.shared, self.chunks = head, shared, chunks
        widest = max(chunk.queries for chunk in chunks)
        self._rows = max(1, WEIGHTS_AT_ONCE // widest)
        self._room = shared.backend.cast(
            shared.backend.full((self._rows * widest,), 0.0), head.precision.name
        )
        width = int(head.values.shape[1])
        self.total = shared.backend.full((head.normal,), 0.0)
        self.mixed = shared.backend.full((head.normal, width), 0.0)

    def add_normal(self) -> None:
        """The normal tokens, each in its own group."""
        for rows, keys in self._slices(self.shared.keys):
            for chunk in self.chunks:
                self.total[rows] += self._weights(keys, chunk, chunk.hidden[rows]).sum(axis=1)
        self.mixed += self.total[:, None] * self.shared.values

    def add(self, part: range) -> _Merge:
        """A part of the frozen tokens in blocks, which every query sees."""
        head, shared, backend = self.head, self.shared, self.shared.backend
        whole = nearest_of(head, shared, 0, head.normal)
        for start in range(part.start, part.stop, shared.block):
            stop = min(start + shared.block, part.stop)
            keys, values = head.rows(start, stop)
            if head.causal:
                self._add_scattered(whole, keys, values)
            else:
                weights = backend.full((stop - start,), 0.0)
                for rows, of_rows in self._slices(keys):
                    for chunk in self.chunks:
                        weights[rows] += self._weights(of_rows, chunk).sum(axis=1)
                labels = shared.stored(start, stop)
                if labels is None:
                    labels, _ = whole.assign(keys, values)
                self.total += backend.sums(labels, weights, head.normal)
                self.mixed += backend.row_sums(labels, weights[:, None] * values, head.normal)
            head.done(stop - start, head.normal, again=True)
        return self

    def _add_scattered(self, nearest: NearestValue, keys: Any, values: Any) -> None:
        """A block whose labels depend on the query, in slices with few shares (p, b) of tokens."""
        backend, normal = self.shared.backend, self.head.normal
        for rows, of_rows in self._slices(keys, SHARES_AT_ONCE // normal):
            labels, _ = nearest.assign(keys[rows], values[rows])
            count, first = len(labels), 0
            shares = backend.full((normal * count,), 0.0)
            for chunk in self.chunks:
                weights = self._weights(of_rows, chunk)
                chosen = labels[:, first : first + chunk.queries]
                flat = chosen * count + backend.counting(count)[:, None]
                shares += backend.sums(flat.reshape(-1), weights.reshape(-1), normal * count)
                first += chunk.queries
            shares = shares.reshape(normal, count)
            self.total += shares.sum(axis=1)
            self.mixed += backend.product(shares, values[rows])

    def _slices(self, keys: Any, most: int | None = None) -> Iterator[tuple[slice, Any]]:
        """Some rows at a time, with a column of ones, in the precision of the products."""
        backend = self.shared.backend
        step = self._rows if most is None else max(1, min(most, self._rows))
        for start in range(0, len(keys), step):
            rows = keys[start : start + step]
            beside = backend.joined([rows, backend.full((len(rows), 1), 1.0)], 1)
            yield slice(start, start + len(rows)), backend.cast(beside, self.head.precision.name)

    def _weights(self, keys: Any, chunk: _Chunk, hidden: Any = None) -> Any:
        """The weights p_it (b, queries) of such rows in float64; the next ones take their place."""
        backend, xp = self.shared.backend, self.shared.backend.xp
        weights = backend.product_into(self._room, keys, chunk.factors)
        if hidden is not None:
            weights[hidden] = -float("inf")
        # Rounding must not make a weight larger than 1: far too large, it would overflow.
        xp.clip(weights, None, 0.0, out=weights)
        xp.exp(weights, out=weights)
        return backend.cast(weights, "float64")

    def merge(self, part: _Merge) -> None:
        """Add what another one has seen."""
        self.total += part.total
        self.mixed += part.mixed


def merged_values(head: Head, shared: Plan, normalisers: Array) -> Array:
    """The values (p, c) that serve all queries, from the normalisers L_i (p,) of a first pass.

    A normal token to whose group no query gives weight keeps its own value.
    """
    chunks = [
        _Chunk(head, shared, first, stop, normalisers) for first, stop in shared.chunks(head.normal)
    ]
    whole = _Merge(head, shared, chunks)
    whole.add_normal()
    for part in all_of(lambda part: _Merge(head, shared, chunks).add(part), shared.parts):
        whole.merge(part)
    total, mixed = to_numpy(whole.total)[:, None], to_numpy(whole.mixed)
    kept = to_numpy(shared.values)
    return np.where(total > 0, mixed / np.where(total > 0, total, 1.0), kept)


def merged_radius(
    precision: Precision,
    log_weight: float,
    reach: float,
    longest: float,
    *,
    tokens: int,
    width: int,
    normal: int,
    terms: int,
) -> float:
    """How far a merged value can be off in any update, from the largest radii of all queries."""
    relative = single_gamma(width + 17) if precision is SINGLE else gamma(width + 17)
    with np.errstate(over="ignore", invalid="ignore"):
        off = OWN_ROUNDING * (2.0 * log_weight + relative * (reach + np.log(tokens)))
        rounded = mean_spread(np.asarray(off), 2 * (normal + terms + 8))
        lost = 4.0 * normal * tokens**2 * precision.vanishing
        return float(OWN_ROUNDING * (rounded + lost) * longest + 8.0 * TINY * (1.0 + longest))
