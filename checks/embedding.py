"""Queries and keys of any dimension and type whose products are given logits exactly.

Everything lies on a dyadic grid, coarse enough that every product and partial sum is exact in the
type asked for: logits are multiples of 2^-10 in float32 and of 2^-30 in float64, other numbers of
1/4. So a margin that was asked for is the margin of q . k, not nearly so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.instances import Indices, Instance, instance
from checks.tensors import Array, UnusableInput

STEP = {"float32": 2.0**-10, "float64": 2.0**-30}
"""The grid of the logits, by type of the arrays."""

LARGEST_LOGIT = 2.0**14 - 2.0**11
"""Beyond it a float32 holds no multiples of 2^-10 any more, with some room for the other terms."""


@dataclass(frozen=True, eq=False)
class Layout:
    """What is to be embedded: logits (n,), values (n, c), owners (m,); ``made`` like logits."""

    logits: Array
    values: Array
    owners: Indices
    made: Array | None = None

    def moved(self, by: Array) -> Layout:
        """The same with other logits, ``made`` along with them."""
        made = None if self.made is None else self.made + by
        return replace(self, logits=self.logits + by, made=made)


def layout_of(it: Instance) -> Layout:
    """The logits and values of an instance without masked tokens."""
    made = None if it.made_at is None else it.logits_made_at
    return Layout(it.logits, it.seen_values, it.owners, made)


def on_grid(numbers: Any, dtype: str) -> Array:
    """Rounded towards zero to a multiple of STEP."""
    step = STEP[dtype]
    return np.asarray(np.trunc(np.asarray(numbers, dtype=float) / step) * step)


def with_hidden(
    layout: Layout, counts: tuple[int, int], size: float, rng: np.random.Generator
) -> tuple[Layout, NDArray[np.bool_]]:
    """The frozen tokens in random order, and so many masked frozen and masked normal ones more.

    Masked tokens have random logits and values up to ``size``. The second result is the mask.
    """
    tokens, frozen = len(layout.logits), len(layout.owners)
    normal = tokens - frozen
    # Numbers from `tokens` on stand for the masked tokens.
    extra = np.arange(tokens, tokens + sum(counts))
    of_frozen = rng.permutation(np.append(np.arange(frozen), extra[: counts[0]]))
    own = np.arange(frozen, tokens)
    for each in extra[counts[0] :]:
        own = np.insert(own, rng.integers(len(own) + 1), each)
    place = np.zeros(tokens + len(extra), dtype=np.intp)
    place[own] = np.arange(len(own))
    random = rng.integers(-64, 65, size=len(extra)) / 4.0
    values = rng.integers(-4, 5, size=(len(extra), layout.values.shape[1])) * (size / 4.0)
    homes = np.append(layout.owners, np.zeros(normal, dtype=np.intp)).astype(np.intp) + frozen
    homes = np.append(homes, rng.integers(frozen, tokens, size=len(extra)))
    order = np.append(of_frozen, own)
    whole = Layout(
        logits=np.append(layout.logits, random)[order],
        values=np.concatenate([layout.values, values])[order],
        owners=place[homes[of_frozen]],
        made=None if layout.made is None else np.append(layout.made, random)[order],
    )
    return whole, order < tokens


def embed(
    layout: Layout,
    seen: NDArray[np.bool_],
    *,
    dimension: int,
    dtype: str,
    scale: float | None,
    rng: np.random.Generator,
) -> Instance:
    """An instance of this dimension whose seen logits are those of the layout, put on the grid.

    ``scale`` is a power of two, or None for 1 / sqrt(d); then d is a power of four. What is free in
    queries and keys is random. Raises UnusableInput.
    """
    if dtype not in STEP:
        raise UnusableInput(f"the type {dtype} is none of {', '.join(STEP)}.")
    if dimension < 1:
        raise UnusableInput(f"dimension {dimension} leaves queries empty; give 1 or more.")
    factor = 1.0 / math.sqrt(dimension) if scale is None else float(scale)
    if factor == 0 or math.frexp(abs(factor))[0] != 0.5:
        raise UnusableInput(
            f"the factor on q . k is {factor} for dimension {dimension}, and only with a power of"
            " two are products exact; take a dimension 1, 4, 16, 64 or 256, or such a scale."
        )
    if np.abs(np.append(layout.logits, 0.0)).max() > LARGEST_LOGIT:
        raise UnusableInput(f"logits beyond {LARGEST_LOGIT:.0f} do not fit on the grid.")
    columns = [layout.logits] if layout.made is None else [layout.logits, layout.made]
    if dimension < len(columns):
        raise UnusableInput("two queries with logits of their own need dimension 2 or more.")
    pivots = rng.permutation(dimension)[: len(columns)]
    count = len(layout.logits)
    keys = rng.integers(-8, 9, size=(count, dimension)) / 4.0
    keys[:, pivots] = 0.0
    queries = []
    for pivot, logits in zip(pivots, columns, strict=True):
        query = rng.integers(-1, 2, size=dimension).astype(float)
        query[pivots] = 0.0
        query[pivot] = rng.choice([-1.0, 1.0])
        keys[:, pivot] = query[pivot] * (on_grid(logits, dtype) / factor - keys @ query)
        queries.append(query)
    return instance(
        queries[0].astype(dtype),
        keys.astype(dtype),
        layout.values.astype(dtype),
        layout.owners,
        mask=seen,
        scale=scale,
        made_at=None if layout.made is None else queries[1].astype(dtype),
    )
