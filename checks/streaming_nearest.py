"""The map a for a stream of frozen values: which normal value is nearest, and how far it is.

Every query sees all normal tokens: one map. Squared distances come from one matrix product of
values moved so that their normal ones have mean zero, |x|^2 - 2 x.y + |y|^2, which errs by at most
gamma(2 c + 40) (|x| + |y|)^2. Where the nearest two are closer than four times that, the distances
are computed again from differences, so the map is the one of
:func:`checks.approximations.cluster_by_value`. The residuals |v_t - v_a(t)| always are.

Under a causal mask query i chooses among normal tokens 0..i: all distances come from differences.
"""

from __future__ import annotations

from typing import Any

from checks.rounding import gamma
from checks.streaming_backend import Backend

DISTANCES_AT_ONCE = 2**19


class NearestValue:
    """Assigns blocks of frozen values for queries first..stop and keeps delta and the spread.

    ``normal`` (p, c). After all blocks ``delta`` and ``spread`` are (queries,) arrays or, when not
    causal, arrays of one entry: the largest residual, and an upper bound of the largest distance
    from a frozen to a visible normal value.
    """

    def __init__(self, backend: Backend, normal: Any, *, causal: bool, first: int, stop: int):
        self.backend, self.causal = backend, causal
        self.first, self.stop = first, stop
        xp = backend.xp
        self.normal = normal
        width = normal.shape[1]
        self.delta = backend.full((stop - first if causal else 1,), 0.0)
        self._farthest = backend.full((stop if causal else 1,), 0.0)
        if causal:
            return
        self._centre = normal.mean(axis=0)
        centred = normal - self._centre
        lengths = backend.row_squares(centred)
        self._reach = float(xp.sqrt(lengths.max()))
        self._slope, self._lengths = -2.0 * centred.T, lengths
        # A repeated value never wins over its first occurrence.
        self._repeated = _repeated_rows(backend, normal)
        self._relative = gamma(2 * width + 40)

    @property
    def spread(self) -> Any:
        """The largest distance from a frozen to a visible normal value, rounded up."""
        if not self.causal:
            return self._farthest**0.5 * (1.0 + self._relative)
        running = self.backend.running_maximum(self._farthest[None, :])[0]
        return running[self.first : self.stop]

    def merge(self, part: NearestValue) -> None:
        """Take in what another one has seen, made with the same arguments."""
        xp = self.backend.xp
        self.delta = xp.maximum(self.delta, part.delta)
        self._farthest = xp.maximum(self._farthest, part._farthest)

    def assign(self, values: Any) -> Any:
        """The labels of a block (b, c): (b,), or (b, queries) under a causal mask."""
        step = max(1, DISTANCES_AT_ONCE // self.stop)
        assign = self._assign_visible if self.causal else self._assign_all
        if len(values) <= step:
            return assign(values)
        starts = range(0, len(values), step)
        return self.backend.joined([assign(values[start : start + step]) for start in starts])

    def _assign_all(self, values: Any) -> Any:
        xp, rows = self.backend.xp, self.backend.counting(len(values))
        centred = values - self._centre
        lengths = self.backend.row_squares(centred)
        squares = self.backend.product(centred, self._slope)
        squares += self._lengths
        slack = self._relative * (lengths**0.5 + self._reach) ** 2
        farthest = (xp.amax(squares, 1) + lengths + slack).max()
        self._farthest = xp.maximum(self._farthest, farthest)
        if len(self._repeated):
            squares[:, self._repeated] = float("inf")
        labels = xp.argmin(squares, 1)
        nearest = squares[rows, labels]
        squares[rows, labels] = float("inf")
        doubtful = self.backend.places(xp.amin(squares, 1) - nearest <= 4.0 * slack)
        if len(doubtful):
            labels[doubtful] = xp.argmin(self.backend.distances(values[doubtful], self.normal), 1)
        residuals = values - self.normal[labels]
        longest = self.backend.row_squares(residuals).max() ** 0.5
        self.delta = xp.maximum(self.delta, longest)
        return labels

    def _assign_visible(self, values: Any) -> Any:
        xp = self.backend.xp
        distances = self.backend.distances(values, self.normal[: self.stop])
        self._farthest = xp.maximum(self._farthest, xp.amax(distances, 0))
        smallest = self.backend.running_minimum(distances)
        improves = distances[:, 1:] < smallest[:, :-1]
        labels = self.backend.counting(self.stop) * xp.ones_like(distances, dtype=xp.int64)
        labels[:, 1:] *= improves
        chosen = self.backend.running_maximum(labels)[:, self.first :]
        self.delta = xp.maximum(self.delta, xp.amax(smallest[:, self.first :], 0))
        return chosen


def _repeated_rows(backend: Backend, rows: Any) -> Any:
    """The indices of rows that equal an earlier row."""
    import numpy as np

    from checks.inputs.rows import to_numpy

    first = np.unique(to_numpy(rows), axis=0, return_index=True)[1]
    return np.setdiff1d(np.arange(len(rows)), first)
