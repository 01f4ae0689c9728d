"""What is kept of many draws: mean, spread, largest, and a histogram, all of them mergeable.

The histogram counts the leading bits of the float64 numbers, which are monotone for numbers >= 0:
a bin is at most 2^-8 of its numbers wide, so a quantile read off it is within 2^-9 relatively.
Counts are integers and means are merged in a fixed order: the result does not depend on how the
chunks were spread over workers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checks.tensors import Array

RESOLUTION_BITS = 8
_SHIFT = 52 - RESOLUTION_BITS
_BINS = 2**63 >> _SHIFT
_DENSE = 2**20
"""Up to this many bins they are counted in one array of counts."""
_WAITING = 2**17
"""Numbers that wait to be counted together, which costs less than chunk after chunk."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Summary:
    """Of Q quantities: number of draws, means, sums of squared deviations, maxima (all (Q,)).

    ``bins`` (K,), increasing, are quantity * 2^19 + bin, and ``counts`` (K,) how often they occur.
    """

    draws: int
    mean: Array
    squares: Array
    worst: Array
    bins: Counts
    counts: Counts

    def standard_error(self) -> Array:
        """Of the means; nan for a single draw."""
        if self.draws < 2:
            return np.full_like(self.mean, np.nan)
        return np.sqrt(self.squares / (self.draws * (self.draws - 1.0)))

    def quantile(self, quantity: int, share: float) -> float:
        """The middle of the bin with the draw of rank ceil(share * draws), at most the largest."""
        low, high = np.searchsorted(self.bins, [quantity * _BINS, (quantity + 1) * _BINS])
        ranks = np.cumsum(self.counts[low:high])
        place = low + int(np.searchsorted(ranks, math.ceil(share * self.draws)))
        leading = int(self.bins[place]) - quantity * _BINS
        if leading == 0:
            return 0.0
        bits = np.array([(leading << _SHIFT) + (1 << (_SHIFT - 1))])
        return min(float(bits.view(np.float64)[0]), float(self.worst[quantity]))


class Gathering:
    """Sums up rows (Q, B) of finite numbers >= 0, chunk after chunk."""

    def __init__(self) -> None:
        self.moments: list[tuple[int, Array, Array, Array]] = []
        self.waiting: list[Counts] = []
        self.counted: list[tuple[Counts, Counts]] = []

    def add(self, rows: Array) -> None:
        """Take one chunk into account."""
        rows = rows + 0.0  # -0.0 becomes 0.0
        self.waiting.append(rows.view(np.int64) >> _SHIFT)
        mean, worst = rows.mean(axis=1), rows.max(axis=1)
        rows -= mean[:, None]
        self.moments.append((rows.shape[1], mean, np.einsum("qb,qb->q", rows, rows), worst))
        if sum(bins.size for bins in self.waiting) > _WAITING:
            self._count()

    def summary(self) -> Summary:
        """Of all the chunks so far; there must be one."""
        if self.waiting:
            self._count()
        bins, counts = _add_counts(self.counted)
        draws, mean, squares, worst = self.moments[0]
        for more, its_mean, its_squares, its_worst in self.moments[1:]:
            total = draws + more
            apart = its_mean - mean
            mean = mean + apart * (more / total)
            squares = squares + its_squares + apart**2 * (draws / total * more)
            worst, draws = np.maximum(worst, its_worst), total
        return Summary(draws, mean, squares, worst, bins, counts)

    def take(self, other: Summary) -> None:
        """Take the draws of a summary into account, after those that are there."""
        self.moments.append((other.draws, other.mean, other.squares, other.worst))
        self.counted.append((other.bins, other.counts))

    def _count(self) -> None:
        bins = np.concatenate(self.waiting, axis=1)
        self.waiting = []
        low = bins.min(axis=1, keepdims=True)
        ends = (bins.max(axis=1, keepdims=True) - low + 1).cumsum()
        if ends[-1] <= _DENSE:
            start = np.concatenate([[0], ends[:-1]])[:, None]
            bins += start - low
            found = np.bincount(bins.reshape(-1), minlength=int(ends[-1]))
            keys = np.flatnonzero(found)
            counts = found[keys]
            quantity = np.searchsorted(ends, keys, side="right")
            keys += quantity * _BINS + (low - start)[quantity, 0]
        else:
            bins += np.arange(len(bins))[:, None] * _BINS
            keys, counts = np.unique(bins, return_counts=True)
        self.counted.append((keys, counts))


def merge(parts: Sequence[Summary]) -> Summary:
    """The summary of all draws; the order of the parts decides how means are rounded."""
    gathering = Gathering()
    for part in parts:
        gathering.take(part)
    return gathering.summary()


def _add_counts(counted: Sequence[tuple[Counts, Counts]]) -> tuple[Counts, Counts]:
    if len(counted) == 1:
        return counted[0]
    bins, places = np.unique(np.concatenate([keys for keys, _ in counted]), return_inverse=True)
    counts = np.zeros(len(bins), dtype=np.int64)
    np.add.at(counts, places, np.concatenate([numbers for _, numbers in counted]))
    return bins, counts
