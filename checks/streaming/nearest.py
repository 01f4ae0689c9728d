"""The map a for a stream of frozen tokens: which normal value is nearest, and how far it is.

Every query sees all normal tokens: one map. Squared distances come from one matrix product of
points moved so that the normal ones have mean zero, |x|^2 - 2 x.y + |y|^2, which errs by at most
gamma(2 c + 40) (|x| + |y|)^2 in the precision of the product. NumPy's is float32, on points scaled
by a power of two so that the longest |y| is about 1. Where the nearest two are closer than four
times that, float64 is asked, and where that cannot tell either, the distances are computed again
from differences, so the map is the one of :func:`checks.approximations.cluster_by_value`. The
residuals |v_t - v_a(t)| and the spread always come from differences.

The points are the values, or keys and values side by side; residuals and spread are those of the
values either way. Under a causal mask query i chooses among normal tokens 0..i: all distances come
from differences.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from checks.inputs.rows import to_numpy
from checks.rounding import gamma
from checks.streaming.backend import Backend
from checks.streaming.rounding import single_gamma

DISTANCES_AT_ONCE = 2**18
SHORTEST_SINGLE = 2.0**-100
"""Length of normal points below which float32 is not asked."""

FARTHEST_SINGLE = 2.0**30
"""How much longer than the longest normal point float32 takes a point to be."""


class NearestValue:
    """Assigns blocks of frozen tokens for queries first..stop and keeps delta and the spread.

    ``normal`` (p, c) are values, ``keys`` (p, d) those of the same tokens if both choose the map.
    After all blocks ``delta`` and ``spread`` are (queries,) arrays or, when not causal, arrays of
    one entry: the largest residual, and the largest distance from a frozen to a visible normal
    value.
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
        self._values = _Screen(backend, normal, backend.screen)
        finer = [] if backend.screen == "float64" else [_Screen(backend, self._points, "float64")]
        coarse = self._values
        if self.by_key:
            coarse = _Screen(backend, self._points, backend.screen)
        self._screens = [coarse, *finer]
        # A repeated point never wins over its first occurrence.
        self._repeated = _repeated_rows(self._points)

    @property
    def spread(self) -> Any:
        """The largest distance from a frozen to a visible normal value."""
        if not self.causal:
            return self._farthest
        running = self.backend.running_maximum(self._farthest[None, :])[0]
        return running[self.first : self.stop]

    def merge(self, part: NearestValue) -> None:
        """Take in what another one has seen, made with the same arguments."""
        xp = self.backend.xp
        self.delta = xp.maximum(self.delta, part.delta)
        self._farthest = xp.maximum(self._farthest, part._farthest)

    def assign(self, keys: Any, values: Any) -> tuple[Any, Any]:
        """Labels and residuals of a block: (b,), or (b, queries) under a causal mask."""
        step = max(1, DISTANCES_AT_ONCE // (self.stop if self.causal else len(self.normal)))
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
        squares, slack = self._values.squares(values)
        self._reach_out(values, squares, slack)
        if self.by_key:
            squares, slack = self._screens[0].squares(points)
        labels = self._nearest(points, squares, slack)
        residuals = self.residuals(values, labels)
        self.delta = self.backend.xp.maximum(self.delta, residuals.max())
        return labels, residuals

    def _reach_out(self, values: Any, squares: Any, slack: Any) -> None:
        """Raise the spread to the farthest of these values; few need their exact distances."""
        backend, xp = self.backend, self.backend.xp
        farthest = squares[backend.counting(len(values)), xp.argmax(squares, 1)]
        farthest, lengths = backend.cast(farthest, "float64"), self._values.lengths(values)
        farthest = farthest + lengths + slack
        candidates = backend.indices(np.array([int(xp.argmax(farthest))]))
        for _ in range(2):
            if len(candidates):
                exact = backend.distances(values[candidates], self.normal).max()
                self._farthest = xp.maximum(self._farthest, exact)
            candidates = backend.places(farthest > (self._farthest * self._values.factor) ** 2)

    def _nearest(self, points: Any, squares: Any, slack: Any) -> Any:
        """The labels (b,) of points from their squares, those in doubt from finer ones."""
        backend, xp = self.backend, self.backend.xp
        labels, doubtful = self._least(squares, slack)
        for finer in self._screens[1:]:
            if len(doubtful):
                labels[doubtful], still = self._least(*finer.squares(points[doubtful]))
                doubtful = doubtful[still]
        if len(doubtful):
            labels[doubtful] = xp.argmin(backend.distances(points[doubtful], self._points), 1)
        return labels

    def _least(self, squares: Any, slack: Any) -> tuple[Any, Any]:
        """Where each row (b, p) is least, and the rows in which another entry is nearly so."""
        backend, xp = self.backend, self.backend.xp
        rows = backend.counting(len(squares))
        if len(self._repeated):
            squares[:, self._repeated] = float("inf")
        labels = xp.argmin(squares, 1)
        least = backend.cast(squares[rows, labels], "float64")
        squares[rows, labels] = float("inf")
        second = backend.cast(squares[rows, xp.argmin(squares, 1)], "float64")
        return labels, backend.places(second - least <= 4.0 * slack)

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
        # Copies, for views would keep the columns of earlier queries.
        chosen = backend.running_maximum(labels)[:, self.first :] + 0
        residuals = smallest[:, self.first :] + 0.0
        if self.by_key:
            residuals = of_values[backend.counting(len(values))[:, None], chosen]
        self.delta = xp.maximum(self.delta, xp.amax(residuals, 0))
        return chosen, residuals


class _Screen:
    """Squared distances of rows to the normal points (p, width) by one matrix product.

    All lengths are multiplied by ``factor``.
    """

    def __init__(self, backend: Backend, normal: Any, precision: str) -> None:
        self.backend = backend
        width = normal.shape[1]
        self._centre = normal.mean(axis=0)
        centred = normal - self._centre
        longest = float(backend.row_squares(centred).max()) ** 0.5
        self.factor, self._precision = 1.0, "float64"
        if precision == "float32" and longest > SHORTEST_SINGLE:
            self.factor, self._precision = 2.0 ** -math.ceil(math.log2(longest)), precision
        centred = centred * self.factor
        lengths = backend.row_squares(centred)
        self._reach = longest * self.factor
        self._slope = backend.joined([-2.0 * centred, lengths[:, None]], 1).T
        self._cast_slope = backend.cast(self._slope, self._precision)
        self._double = gamma(2 * width + 40)
        single = self._precision == "float32"
        self._relative = single_gamma(2 * width + 40) if single else self._double

    def lengths(self, rows: Any) -> Any:
        """|x|^2 (b,), with the normal points' mean as the origin."""
        return self.backend.row_squares((rows - self._centre) * self.factor)

    def squares(self, rows: Any) -> tuple[Any, Any]:
        """The squares without |x|^2 (b, p), and by how much each can be off (b,)."""
        backend = self.backend
        centred = (rows - self._centre) * self.factor
        length = backend.row_squares(centred) ** 0.5
        centred = backend.joined([centred, backend.full((len(rows), 1), 1.0)], 1)
        reach = (length + self._reach) ** 2
        if self._precision == "float32" and not float(length.max()) < FARTHEST_SINGLE:
            return backend.product(centred, self._slope), self._double * reach
        centred = backend.cast(centred, self._precision)
        return backend.product(centred, self._cast_slope), self._relative * reach


def _repeated_rows(rows: Any) -> Any:
    """The indices of rows that equal an earlier row."""
    first = np.unique(to_numpy(rows), axis=0, return_index=True)[1]
    return np.setdiff1d(np.arange(len(rows)), first)
