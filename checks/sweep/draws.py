"""Random numbers of many draws at once: logits, values, residuals, in time that ignores d.

Given q the logits of independent Gaussian keys are independent Normal(0, |q|^2), so |q|^2 is drawn
as chi-square with d degrees of freedom and the logits directly. The cosine of a fixed direction
with a uniform one on the unit sphere of R^d is Z / sqrt(Z^2 + C) with Z normal and C chi-square
with d - 1 degrees of freedom. Keys of a group with correlation rho are sqrt(rho) g + sqrt(1 - rho)
h with g common to the group, and so are their logits.

Arrays end in the axis of the B draws. Values and residuals are rounded to multiples of GRID, so
that sums and differences of them are exact float64 numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from checks.sweep.distances import diameters
from checks.sweep.models import VALUE_WIDTH, Point, model_named
from checks.tensors import Array

GRID = 2.0**-36


@dataclass(frozen=True, eq=False)
class Draws:
    """B draws of one point.

    ``logits`` (m + p, B), block after block of ``point.blocks``: (size, count, B) with the normal
    tokens first. ``values`` (c, p, B) of the normal tokens in the order of the blocks.
    ``residuals`` (c, m, B) in the order of the frozen tokens, None for delta = 0.
    """

    point: Point
    logits: Array
    values: Array
    residuals: Array | None


def draw(point: Point, rng: np.random.Generator, count: int) -> Draws:
    """``count`` draws of this point."""
    tokens = point.m + point.p
    law = model_named(point.model).law
    logits = rng.standard_normal((tokens, count))
    if law == "sphere":
        rest = rng.standard_gamma((point.d - 1) / 2.0, size=(tokens, count))
        factor = np.full(count, point.scale)
        logits /= np.sqrt(logits**2 + 2.0 * rest)
    else:
        factor = point.scale * np.sqrt(2.0 * rng.standard_gamma(point.d / 2.0, size=count))
        if law == "gaussian":
            factor /= math.sqrt(point.d)
    if point.correlation:
        _correlate(point, logits, rng)
    logits *= factor
    if point.margin is not None:
        _plant(point, logits, point.margin)
    values = rng.standard_normal((VALUE_WIDTH, point.p, count))
    _round_to_grid(values)
    residuals = _residuals(point, values, rng) if point.delta and point.m else None
    return Draws(point, logits, values, residuals)


def _round_to_grid(numbers: Array, grid: float = GRID) -> None:
    """Round to multiples of the grid, in place: the sum has no bits to spare for finer ones."""
    rounder = 1.5 * 2.0**52 * grid
    numbers += rounder
    numbers -= rounder


def _correlate(point: Point, logits: Array, rng: np.random.Generator) -> None:
    common = rng.standard_normal((point.p, logits.shape[1]))
    common *= math.sqrt(point.correlation)
    logits *= math.sqrt(1.0 - point.correlation)
    row = group = 0
    for size, count in point.blocks:
        block = logits[row : row + size * count].reshape(size, count, -1)
        block += common[group : group + count]
        row, group = row + size * count, group + count


def _plant(point: Point, logits: Array, margin: float) -> None:
    """Move the largest logit of each group of several to lead the second by the margin."""
    if point.has_pairs_only:
        _plant_in_pairs(logits.reshape(2, point.p, -1), margin)
        return
    row = 0
    for size, count in point.blocks:
        block = logits[row : row + size * count].reshape(size, count, -1)
        row += size * count
        if size > 1:
            first, second = two_largest(block)
            np.copyto(block, second + margin, where=block == first)


def _plant_in_pairs(pairs: Array, margin: float) -> None:
    """The same where every group is a pair: then all have one gap, and it must be exactly one.

    In multiples of four times the last bit of the largest number all sums are exact.
    """
    grid = 4.0 * float(np.spacing(np.abs(pairs).max() + margin))
    lead = np.array(margin)
    _round_to_grid(lead, grid)
    _round_to_grid(pairs, grid)
    normal_wins = pairs[0] >= pairs[1]
    lesser = pairs.min(axis=0)
    larger = lesser + lead
    pairs[0] = np.where(normal_wins, larger, lesser)
    pairs[1] = np.where(normal_wins, lesser, larger)


def two_largest(block: Array) -> tuple[Array, Array]:
    """The largest and the second largest entry along the first axis (equal for a tie)."""
    first = np.maximum(block[0], block[1])
    second = np.minimum(block[0], block[1])
    lesser = np.empty_like(first)
    for row in block[2:]:
        np.minimum(first, row, out=lesser)
        np.maximum(first, row, out=first)
        np.maximum(second, lesser, out=second)
    return first, second


def _residuals(point: Point, values: Array, rng: np.random.Generator) -> Array:
    """Residuals of uniform direction, their length uniform up to delta diameters."""
    count = values.shape[-1]
    residuals = rng.standard_normal((VALUE_WIDTH, point.m, count))
    length = rng.random((point.m, count))
    length *= point.delta * (diameters(values) if point.p > 1 else 1.0)
    length /= np.sqrt(np.einsum("ctb,ctb->tb", residuals, residuals))
    residuals *= length
    _round_to_grid(residuals)
    return residuals
