"""How one head is streamed: its normal tokens, its blocks of keys, and who works on them."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from checks.inputs.rows import Array, to_numpy
from checks.inputs.selection import to_numpy_indices
from checks.reference import attention_scale
from checks.streaming.backend import Backend, NumpyBackend, backend_of
from checks.streaming.nearest import NearestValue
from checks.streaming.rounding import DOUBLE, Precision

Result = TypeVar("Result")

BLOCK_ENTRIES = 2**19
"""Scores in a block: 4 MiB for each array of them in float64."""

MOST_ENTRIES = 2**20
"""Scores in the blocks of all workers together."""

STATE_ENTRIES = 2**17
"""Entries of one array over groups and queries, which decides how many queries go together."""

LABEL_BYTES = 2**24
"""Bytes up to which the map a is kept for further passes; above, they find it again."""

MOST_WORKERS = 4
SECOND_PASS = 0.25
"""The share of the work that is the second pass, if there is one."""

PARALLEL_ABOVE = 2**13
"""Frozen tokens above which NumPy blocks are worked on side by side, if BLAS can be told to leave
the processors alone (threadpoolctl, of the extra `parallel`)."""


@dataclass(frozen=True, eq=False)
class Head:
    """One head: ``queries`` (p, d) in float64, ``keys`` (m + p, d) and ``values`` (m + p, c).

    The last p rows of keys and values are the normal tokens'. ``scale`` None is 1 / sqrt(d).
    ``report`` is called with the share of the work that each block was. ``keep_winners`` asks for
    p x p indices more. ``by_key`` lets keys and values choose the map a, ``merged`` asks for values
    merged once for all queries, which takes a second pass.
    """

    queries: Array
    keys: Any
    values: Any
    scale: float | None
    causal: bool
    precision: Precision = DOUBLE
    report: Callable[[float], None] | None = None
    keep_winners: bool = False
    by_key: bool = False
    merged: bool = False

    @property
    def normal(self) -> int:
        """p."""
        return int(self.queries.shape[0])

    @property
    def frozen(self) -> int:
        """m."""
        return int(self.keys.shape[0]) - self.normal

    @property
    def factor(self) -> float:
        """The factor on q.k."""
        return attention_scale(self.queries.shape[1], self.scale)

    def rows(self, start: int, stop: int) -> tuple[Any, Any]:
        """Keys and values of these tokens, in float64."""
        return self.keys.block((), start, stop), self.values.block((), start, stop)

    def done(self, tokens: int, queries: int, *, again: bool = False) -> None:
        """Let go of the rows that were read and report that a pass has worked on them."""
        self.keys.release()
        self.values.release()
        if self.report is not None:
            second = SECOND_PASS if self.merged else 0.0
            share = second if again else 1.0 - second
            self.report(share * tokens / self.frozen * queries / self.normal)


@dataclass(eq=False)
class Plan:
    """What all passes over one head share: its normal tokens and how the frozen ones are cut.

    ``labels`` keeps the map a of a first pass if there will be others (None under a causal mask,
    where it depends on the query); ``nearest`` is what that pass found.
    """

    backend: Backend
    keys: Any
    values: Any
    diameters: Array
    parts: list[range]
    queries: int
    block: int
    labels: NDArray[Any] | None = None
    nearest: NearestValue | None = None

    def chunks(self, normal: int) -> list[tuple[int, int]]:
        """Which queries go together: first and stop."""
        return [
            (first, min(first + self.queries, normal)) for first in range(0, normal, self.queries)
        ]

    def stored(self, start: int, stop: int) -> Any:
        """The labels that an earlier pass gave these tokens; None if they are not kept."""
        if self.labels is None or self.nearest is None:
            return None
        return self.backend.indices(self.labels[start:stop].astype(np.intp))


def plan(head: Head) -> Plan:
    """Blocks and queries such that a few arrays over them stay within the promised memory."""
    frozen, tokens, normal = head.frozen, head.frozen + head.normal, head.normal
    keys, values = head.keys.block((), frozen, tokens), head.values.block((), frozen, tokens)
    backend = backend_of(values)
    parts = _parts(backend, frozen)
    queries = max(1, min(normal, STATE_ENTRIES // normal))
    entries = min(BLOCK_ENTRIES, MOST_ENTRIES // len(parts))
    if head.causal:
        # A map for each query takes three times the arrays.
        entries = max(1, entries // 3)
    # Keys and values of a block are held in several orders and types.
    widest = max(queries, 2 * head.queries.shape[1], 2 * int(head.values.shape[1]))
    longest = max(1, max(len(part) for part in parts))
    kind = np.min_scalar_type(normal - 1)
    several = (queries < normal or head.merged) and not head.causal
    several = several and frozen * kind.itemsize <= LABEL_BYTES
    return Plan(
        backend=backend,
        keys=keys,
        values=values,
        diameters=_diameters(to_numpy(values), head.causal),
        parts=parts,
        queries=queries,
        block=max(1, min(entries // widest, longest)),
        labels=np.empty(frozen, dtype=kind) if several else None,
    )


def nearest_of(head: Head, shared: Plan, first: int, stop: int) -> NearestValue:
    """What assigns the frozen tokens for queries first..stop."""
    return NearestValue(
        shared.backend,
        shared.values,
        causal=head.causal,
        first=first,
        stop=stop,
        keys=shared.keys if head.by_key else None,
    )


def assigned(
    shared: Plan, nearest: NearestValue, keys: Any, values: Any, start: int, stop: int
) -> tuple[Any, Any]:
    """The map a of a block, from an earlier pass if there was one, and the residuals."""
    known = shared.stored(start, stop)
    if known is not None:
        return known, nearest.residuals(values, known)
    labels, residuals = nearest.assign(keys, values)
    if shared.labels is not None:
        shared.labels[start:stop] = to_numpy_indices(labels)
    return labels, residuals


def block_logits(backend: Backend, keys: Any, factors: Any, precision: Precision) -> Any:
    """Logits (b, queries) of a block in float64, from products in the precision."""
    product = backend.product(backend.cast(keys, precision.name), factors)
    return backend.cast(product, "float64")


def _parts(backend: Backend, frozen: int) -> list[range]:
    """The frozen tokens in one contiguous part for each worker."""
    workers = 1
    if isinstance(backend, NumpyBackend) and frozen >= PARALLEL_ABOVE:
        workers = min(MOST_WORKERS, len(os.sched_getaffinity(0))) if _can_limit_blas() else 1
    size = max(1, -(-frozen // workers))
    return [range(start, min(start + size, frozen)) for start in range(0, frozen, size)] or [
        range(0)
    ]


def _can_limit_blas() -> bool:
    return importlib.util.find_spec("threadpoolctl") is not None


def all_of(run: Callable[[range], Result], parts: list[range]) -> list[Result]:
    """Run the parts, side by side if there are several; the results keep their order."""
    if len(parts) == 1:
        return [run(parts[0])]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(run, parts))


@contextmanager
def products_alone(parts: list[range]) -> Iterator[None]:
    """While parts run side by side each has one processor: products run single-threaded.

    So do the small ones between passes, for BLAS threads that wait would take the time of others.
    """
    if len(parts) == 1:
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


def _diameters(values: Array, causal: bool) -> Array:
    """The largest distance between visible normal values, per query (p,), in blocks of rows."""
    backend = backend_of(values)
    count = len(values)
    farthest = np.zeros(count)
    step = max(1, STATE_ENTRIES // count)
    for start in range(0, count, step):
        rows = values[start : start + step]
        between = backend.distances(rows, values[: start + len(rows)])
        farthest[start : start + step] = np.tril(between, k=start).max(axis=1)
    return np.maximum.accumulate(farthest) if causal else np.full(count, farthest.max())
