"""The map a for a stream of frozen tokens: which normal value is nearest, and how far it is.

Every query sees all normal tokens: one map. Squared distances come from one matrix product of
points moved so that the normal ones have mean zero, |x|^2 - 2 x.y + |y|^2, which errs by at most
gamma(2 c + 40) (|x| + |y|)^2. Where the nearest two are closer than four times that, the distances
are computed again from differences, so the map is the one of
:func:`checks.approximations.cluster_by_value`. The residuals |v_t - v_a(t)| always are.

The points are the values, or keys and values side by side; residuals and spread are those of the
values either way. Under a causal mask query i chooses among normal tokens 0..i: all distances come
from differences.
"""

from __future__ import annotations

from typing import Any

from checks.rounding import gamma
from checks.streaming_backend import Backend

DISTANCES_AT_ONCE = 2**19


class NearestValue:
    """Assigns blocks of frozen tokens for queries first..stop and keeps delta and the spread.

    ``normal`` (p, c) are values, ``keys`` (p, d) those of the same tokens if both choose the map.
    After all blocks ``delta`` and ``spread`` are (queries,) arrays or, when not causal, arrays of
    one entry: the largest residual, and an upper bound of the largest distance from a frozen to a
    visible normal value.
    """

    def __init__(
        self,
        backend: Backend,
        normal: Any,
        *,
        causal: bool,
        first: int,
        stop: int,
        keys: Any = None,
    ):
        self.backend, self.causal = backend, causal
        self.first, self.stop = first, stop
        self.normal, self.by_key = normal, keys is not None
        self._points = self._beside(keys, normal)
        self.delta = backend.full((stop - first if causal else 1,), 0.0)
        self._farthest = backend.full((stop if causal else 1,), 0.0)
        if causal:
            return
        self._values = _Products(backend, normal)
        self._both = _Products(backend, self._points) if self.by_key else self._values
        # A repeated point never wins over its first occurrence.
        self._repeated = _repeated_rows(backend, self._points)

    @property
    def spread(self) -> Any:
        """The largest distance from a frozen to a visible normal value, rounded up."""
        if not self.causal:
            return self._farthest**0.5 * (1.0 + self._values.relative)
        running = self.backend.running_maximum(self._farthest[None, :])[0]
        return running[self.first : self.stop]

    def merge(self, part: NearestValue) -> None:
        """Take in what another one has seen, made with the same arguments."""
        xp = self.backend.xp
        self.delta = xp.maximum(self.delta, part.delta)
        self._farthest = xp.maximum(self._farthest, part._farthest)

    def assign(self, keys: Any, values: Any) -> tuple[Any, Any]:
        """Labels and residuals of a block: (b,), or (b, queries) under a causal mask."""
        step = max(1, DISTANCES_AT_ONCE // self.stop)
        assign = self._assign_visible if self.causal else self._assign_all
        parts = [
            assign(values[start : start + step], self._beside(keys, values, start, start + step))
            for start in range(0, len(values), step)
        ]
        if len(parts) == 1:
            return parts[0]
        labels, residuals = zip(*parts, strict=True)
        return self.backend.joined(list(labels)), self.backend.joined(list(residuals))

    def residuals(self, values: Any, labels: Any) -> Any:
        """|v_t - v_a(t)| (b,) of a block for labels (b,)."""
        return self.backend.row_squares(values - self.normal[labels]) ** 0.5

    def _beside(self, keys: Any, values: Any, start: int = 0, stop: int | None = None) -> Any:
        """The points of some rows."""
        if not self.by_key:
            return values[start:stop]
        return self.backend.joined([keys[start:stop], values[start:stop]], 1)

    def _assign_all(self, values: Any, points: Any) -> tuple[Any, Any]:
        xp, rows = self.backend.xp, self.backend.counting(len(values))
        squares, lengths, slack = self._values.squares(values)
        farthest = (xp.amax(squares, 1) + lengths + slack).max()
        self._farthest = xp.maximum(self._farthest, farthest)
        if self.by_key:
            squares, _, slack = self._both.squares(points)
        if len(self._repeated):
            squares[:, self._repeated] = float("inf")
        labels = xp.argmin(squares, 1)
        nearest = squares[rows, labels]
        squares[rows, labels] = float("inf")
        doubtful = self.backend.places(xp.amin(squares, 1) - nearest <= 4.0 * slack)
        if len(doubtful):
            labels[doubtful] = xp.argmin(self.backend.distances(points[doubtful], self._points), 1)
        residuals = self.residuals(values, labels)
        self.delta = xp.maximum(self.delta, residuals.max())
        return labels, residuals

    def _assign_visible(self, values: Any, points: Any) -> tuple[Any, Any]:
        backend, xp = self.backend, self.backend.xp
        of_values = backend.distances(values, self.normal[: self.stop])
        self._farthest = xp.maximum(self._farthest, xp.amax(of_values, 0))
        distances = of_values
        if self.by_key:
            distances = backend.distances(points, self._points[: self.stop])
        smallest = backend.running_minimum(distances)
        improves = distances[:, 1:] < smallest[:, :-1]
        labels = backend.counting(self.stop) * xp.ones_like(distances, dtype=xp.int64)
        labels[:, 1:] *= improves
        chosen = backend.running_maximum(labels)[:, self.first :]
        residuals = smallest[:, self.first :]
        if self.by_key:
            residuals = of_values[backend.counting(len(values))[:, None], chosen]
        self.delta = xp.maximum(self.delta, xp.amax(residuals, 0))
        return chosen, residuals


class _Products:
    """Squared distances of rows to the normal ones (p, width) by one matrix product."""

    def __init__(self, backend: Backend, normal: Any) -> None:
        self.backend = backend
        self._centre = normal.mean(axis=0)
        centred = normal - self._centre
        lengths = backend.row_squares(centred)
        self._reach = float(backend.xp.sqrt(lengths.max()))
        self._slope, self._lengths = -2.0 * centred.T, lengths
        self.relative = gamma(2 * normal.shape[1] + 40)

    def squares(self, rows: Any) -> tuple[Any, Any, Any]:
        """Without |x|^2 (b, p), that (b,), and by how much a square can be off (b,)."""
        centred = rows - self._centre
        lengths = self.backend.row_squares(centred)
        squares = self.backend.product(centred, self._slope)
        squares += self._lengths
        return squares, lengths, self.relative * (lengths**0.5 + self._reach) ** 2


def _repeated_rows(backend: Backend, rows: Any) -> Any:
    """The indices of rows that equal an earlier row."""
    import numpy as np

    from checks.inputs.rows import to_numpy

    first = np.unique(to_numpy(rows), axis=0, return_index=True)[1]
    return np.setdiff1d(np.arange(len(rows)), first)
