"""What is known of every group after the frozen tokens seen so far, per query.

The weights of a query are exp(s - r) with its running reference r, the largest logit so far (the
online softmax); when r rises, what was summed is scaled down. For every query i and normal token j
the state holds the largest and second largest logit of the group and the sum of the weights of all
members but a winner, so that a tiny gap keeps its digits. States of disjoint parts of the frozen
tokens merge exactly (:meth:`GroupState.merge`).

Arrays are (groups, queries), which makes blocks of logits (tokens, queries) contiguous. They are
float64 whatever type the products of a block were computed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from checks.inputs.rows import to_numpy
from checks.streaming.backend import Backend

INFINITY = float("inf")
LOWEST = -1e300
"""Below every logit that entries and scale allow: the reference of a state without tokens."""

FEWEST_ROUNDS = 16


class GroupState:
    """What some tokens bring: largest logits and weights of each group, sums of each query.

    It starts without tokens. ``mass`` (queries,) is the sum of the weights, ``weighted`` (queries,
    c) that of the weighted values, ``residual`` (queries,) that of the weighted residuals |r_t|.
    ``winner`` (groups, queries), kept if asked for, is the first token that attains the largest
    logit.
    """

    def __init__(
        self, backend: Backend, shape: tuple[int, int], width: int, precision: str, winners: bool
    ) -> None:
        groups, queries = shape
        self.backend, self.precision = backend, precision
        self.largest = backend.full(shape, -INFINITY)
        self.second = backend.full(shape, -INFINITY)
        self.others = backend.full(shape, 0.0)
        self.size = backend.full(shape, 0.0)
        self.reference = backend.full((queries,), LOWEST)
        self.mass = backend.full((queries,), 0.0)
        self.residual = backend.full((queries,), 0.0)
        self.weighted = backend.full((queries, width), 0.0)
        self.winner: Any = None
        if winners:
            self.winner = backend.counting(groups)[:, None] + backend.counting(queries) * 0

    def take_normal(self, own: Any, values: Any, first: int) -> None:
        """Take in the normal tokens, before any other: logits (groups, queries), their values.

        The logit is -inf where a query does not see a token; token j is number ``first`` + j.
        """
        backend, xp = self.backend, self.backend.xp
        self.largest = own + 0.0
        self.size = backend.cast(own > -INFINITY, "float64")
        self.reference = xp.amax(own, 0)
        weights = xp.exp(own - self.reference)
        self.mass = weights.sum(axis=0)
        self.weighted = backend.product(weights.T, values)
        if self.winner is not None:
            self.winner += first

    def merge(self, part: GroupState) -> None:
        """Add what another state has seen, which is scaled to this one's new reference."""
        xp = self.backend.xp
        risen = xp.maximum(self.reference, part.reference)
        for state in (self, part):
            state._scale_to(risen)
        self.size = self.size + part.size
        self.mass = self.mass + part.mass
        self.residual = self.residual + part.residual
        self.weighted = self.weighted + part.weighted
        self._merge_rows(slice(None), part.largest, part.second, part.others, part.winner)

    def absorb(self, logits: Any, values: Any, residuals: Any, layout: Layout, start: int) -> None:
        """Add a block with the same labels for every query: logits (b, queries), values (b, c).

        The rows, and the residuals (b,), come in the order of the layout and are overwritten;
        ``start`` is the first token.
        """
        backend, xp = self.backend, self.backend.xp
        groups = self.size.shape[0]
        top = logits[: layout.counts[0]] + 0.0
        second = backend.full(top.shape, -INFINITY)
        tokens = (layout.order + start)[:, None]
        winner = None if self.winner is None else tokens[: len(top)] + self.winner[:1] * 0
        for rows, count in layout.rounds():
            entry, first = logits[rows], top[:count]
            if winner is not None:
                winner[:count] = xp.where(entry > first, tokens[rows], winner[:count])
            xp.maximum(second[:count], xp.minimum(first, entry), out=second[:count])
            xp.maximum(first, entry, out=first)
        self._scale_to(xp.maximum(self.reference, xp.amax(top, 0)))
        weights = self._weigh(logits, values, residuals)
        heaviest = weights[: layout.counts[0]] + 0.0
        others = backend.full(top.shape, 0.0)
        for rows, count in layout.rounds():
            entry, first = weights[rows], heaviest[:count]
            others[:count] += xp.minimum(first, entry)
            xp.maximum(first, entry, out=first)
        self.size = self.size + backend.counts(layout.labels, groups)[:, None]
        for chosen, into in layout.pieces:
            won = None if winner is None else winner[chosen]
            self._merge_rows(into, top[chosen], second[chosen], others[chosen], won)

    def absorb_scattered(
        self, logits: Any, values: Any, residuals: Any, labels: Any, start: int
    ) -> None:
        """Add a block with labels and residuals (b, queries) of each query's own.

        The logits are overwritten.
        """
        backend, xp = self.backend, self.backend.xp
        shape = self.size.shape
        total, queries = shape[0] * shape[1], shape[1]
        flat = (labels * queries + backend.counting(queries)).reshape(-1)
        entries = logits.reshape(-1)
        self.size = self.size + backend.counts(flat, total).reshape(shape)
        top = backend.full((total,), -INFINITY)
        backend.raise_to(top, flat, entries)
        winners = backend.places(entries == top[flat])
        winning = backend.counts(flat[winners], total)
        self._scale_to(xp.maximum(self.reference, xp.amax(logits, 0)))
        rest = entries + 0.0
        rest[winners] = -INFINITY
        weights = self._weigh(logits, values, residuals).reshape(-1)
        weights[winners] = 0.0
        second = backend.full((total,), -INFINITY)
        backend.raise_to(second, flat, rest)
        second = xp.where(winning > 1, top, second).reshape(shape)
        top = top.reshape(shape)
        tied = xp.where(winning > 1, winning - 1, 0.0).reshape(shape)
        others = backend.sums(flat, weights, total).reshape(shape)
        others += tied * xp.exp(top - self.reference)
        won = None
        if self.winner is not None:
            earliest = backend.full((total,), -INFINITY)
            tokens = backend.cast(start + winners // queries, "float64")
            backend.raise_to(earliest, flat[winners], -tokens)
            present = xp.where(earliest > -INFINITY, -earliest, 0.0)
            won = backend.cast(present, "int64").reshape(shape)
        self._merge_rows(slice(None), top, second, others, won)

    def _weigh(self, logits: Any, values: Any, residuals: Any) -> Any:
        """The weights (b, queries) in place of the logits; adds them to the sums of each query."""
        backend, xp = self.backend, self.backend.xp
        logits -= self.reference
        weights = backend.cast(logits, self.precision)
        xp.exp(weights, out=weights)
        mixed = backend.product(weights.T, backend.cast(values, self.precision))
        self.weighted += backend.cast(mixed, "float64")
        weights = backend.cast(weights, "float64")
        self.mass += weights.sum(axis=0)
        if residuals.ndim == 1:
            self.residual += backend.product(residuals, weights)
        else:
            self.residual += (weights * residuals).sum(axis=0)
        return weights

    def _scale_to(self, reference: Any) -> None:
        """Move the reference up and scale the sums down to it."""
        shrink = self.backend.xp.exp(self.reference - reference)
        self.others *= shrink
        self.weighted *= shrink[:, None]
        self.mass *= shrink
        self.residual *= shrink
        self.reference = reference

    def _merge_rows(self, rows: Any, top: Any, second: Any, others: Any, winner: Any) -> None:
        """Merge groups given by largest, second and other weights into these rows of the state."""
        xp = self.backend.xp
        present = self.largest[rows]
        if self.winner is not None:
            self.winner[rows] = xp.where(top > present, winner, self.winner[rows])
        lesser = xp.minimum(present, top)
        self.second[rows] = xp.maximum(xp.maximum(self.second[rows], second), lesser)
        self.largest[rows] = xp.maximum(present, top)
        self.others[rows] += others + xp.exp(lesser - self.reference)

    def mean_residual(self) -> Any:
        """The mean of |r_t| (queries,) under the weights of these tokens; 0 if there are none."""
        xp = self.backend.xp
        some = self.mass > 0
        return xp.where(some, self.residual, 0.0) / xp.where(some, self.mass, 1.0)

    def depth(self) -> Any:
        """How far below the reference each group's largest logit is; 0 for single tokens."""
        xp = self.backend.xp
        return self.reference - xp.where(self.size > 1, self.largest, self.reference)

    def gaps(self) -> Any:
        """epsilon_j (groups, queries) where the depth is moderate: log1p of the others' share."""
        xp = self.backend.xp
        lift = self.depth()
        return xp.log1p(self.others * xp.exp(xp.where(lift < 700.0, lift, 0.0)))

    def margins(self) -> Any:
        """gamma_j (groups, queries): the lead of the largest, inf for single and unseen ones."""
        xp = self.backend.xp
        several = self.size > 1
        largest = xp.where(several, self.largest, 0.0)
        return xp.where(several, largest - xp.where(several, self.second, 0.0), INFINITY)


class Layout:
    """An order of a block's tokens in which groups are reduced by operations on whole slabs.

    Groups are cut into pieces of a bounded number of tokens; the pieces are sorted by length, the
    longest first. Slab r holds the r-th token of every piece that has one: ``counts[r]`` rows that
    belong to the first ``counts[r]`` pieces. ``labels`` (b,) are in the new order.
    """

    def __init__(self, backend: Backend, labels: Any) -> None:
        given = np.asarray(to_numpy(labels), dtype=np.intp)
        by_label = np.argsort(given, kind="stable")
        sizes = np.bincount(given)
        starts = np.cumsum(sizes) - sizes
        ordered = given[by_label]
        place = np.arange(len(given)) - starts[ordered]
        longest = max(FEWEST_ROUNDS, int(np.ceil(np.sqrt(sizes.max()))))
        piece, rank = np.divmod(place, longest)
        first_of_piece = rank == 0
        number = np.cumsum(first_of_piece) - 1
        lengths = np.bincount(number)
        by_length = np.argsort(-lengths, kind="stable")
        position = np.empty_like(by_length)
        position[by_length] = np.arange(len(by_length))
        order = np.lexsort((position[number], rank))
        self.counts = np.bincount(rank)
        self.order = backend.indices(by_label[order])
        self.labels = backend.indices(ordered[order])
        owner, serial = ordered[first_of_piece][by_length], piece[first_of_piece][by_length]
        self.pieces = [
            (backend.indices(chosen), backend.indices(owner[chosen]))
            for each in range(int(serial.max()) + 1)
            for chosen in [np.flatnonzero(serial == each)]
        ]

    def rounds(self) -> Iterator[tuple[slice, int]]:
        """The slabs after the first: their rows, and how many."""
        start = int(self.counts[0])
        for count in self.counts[1:].tolist():
            yield slice(start, start + count), count
            start += count
