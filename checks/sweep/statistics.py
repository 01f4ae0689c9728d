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


def summarise(rows: Array) -> Summary:
    """The summary of finite numbers >= 0, one row (B,) for each of the Q quantities."""
    rows = rows + 0.0  # -0.0 becomes 0.0
    draws = rows.shape[1]
    mean = rows.mean(axis=1)
    bins = rows.view(np.int64) >> _SHIFT
    low = bins.min(axis=1, keepdims=True)
    wide = (bins.max(axis=1, keepdims=True) - low + 1).cumsum()
    if wide[-1] <= _DENSE:
        start = np.concatenate([[0], wide[:-1]])[:, None]
        bins += start - low
        found = np.bincount(bins.reshape(-1), minlength=int(wide[-1]))
        keys = np.flatnonzero(found)
        counts = found[keys]
        quantity = np.searchsorted(wide, keys, side="right")
        keys += quantity * _BINS + (low - start)[quantity, 0]
    else:
        bins += np.arange(len(rows))[:, None] * _BINS
        keys, counts = np.unique(bins, return_counts=True)
    worst = rows.max(axis=1)
    rows -= mean[:, None]
    return Summary(draws, mean, np.einsum("qb,qb->q", rows, rows), worst, keys, counts)


def merge(parts: Sequence[Summary]) -> Summary:
    """The summary of all draws; the order of the parts decides how means are rounded."""
    draws, mean, squares = parts[0].draws, parts[0].mean, parts[0].squares
    for part in parts[1:]:
        apart = part.mean - mean
        total = draws + part.draws
        mean = mean + apart * (part.draws / total)
        squares = squares + part.squares + apart**2 * (draws / total * part.draws)
        draws = total
    bins, places = np.unique(np.concatenate([part.bins for part in parts]), return_inverse=True)
    counts = np.zeros(len(bins), dtype=np.int64)
    np.add.at(counts, places, np.concatenate([part.counts for part in parts]))
    worst = np.max([part.worst for part in parts], axis=0)
    return Summary(draws, mean, squares, worst, bins, counts)
