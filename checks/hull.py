"""Distance of the exact update to the convex hull of the normal values, between certain ends.

Whatever keys (or logits) the normal tokens get, attention over them returns a convex combination
of their values. So no replacement of the keys alone can come nearer to Delta than its distance to
the hull of the visible normal values: the limit that mathematics, section 3, speaks of.

The nearest point is found by non-negative least squares: the w >= 0 that minimises
|sum_j w_j (v_j - Delta)|^2 + (1 - sum_j w_j)^2 is a multiple of the weights of the nearest point.
The ends do not trust the solver. Every convex combination y gives the upper end |Delta - y|, and
every direction u the lower end min_j u.(Delta - v_j) / |u|, whoever proposed them; rounding is
added and subtracted by the model of :mod:`checks.rounding`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import nnls

from checks.rounding import OWN_ROUNDING, TINY, gamma
from checks.tensors import Array, UnusableInput


@dataclass(frozen=True, eq=False)
class HullDistance:
    """The distance of each point to the hull lies in [``lower``, ``upper``], both (..., p).

    ``weights`` (..., p, n), non-negative with sum 1, and ``nearest`` (..., p, c), the combination
    of the values with these weights: the nearest point as far as float64 finds it.
    """

    lower: Array
    upper: Array
    weights: Array
    nearest: Array


def hull_distance(
    points: ArrayLike, values: ArrayLike, *, causal: bool = False, radius: ArrayLike = 0.0
) -> HullDistance:
    """The distance of points (..., p, c) to the convex hull of values (..., n, c).

    ``causal`` lets point i see values 0..i only (needs n = p). The true points may be ``radius``
    (a number, or (..., p)) away from the given ones, e.g. ``rounding_radii(...).update`` for
    computed updates; the ends hold for the true ones. Units are those of the values. Raises
    UnusableInput for shapes that do not fit and for entries that are not finite.
    """
    points, values = np.asarray(points, dtype=np.float64), np.asarray(values, dtype=np.float64)
    _check(points, values, causal)
    *leading, count, _ = points.shape
    away = np.broadcast_to(np.asarray(radius, dtype=np.float64), (*leading, count))
    lower, upper = np.empty((*leading, count)), np.empty((*leading, count))
    weights = np.zeros((*leading, count, values.shape[-2]))
    for place in np.ndindex(*leading, count):
        visible = place[-1] + 1 if causal else values.shape[-2]
        offsets = points[place] - values[place[:-1]][:visible]
        chosen, directions = _solve(offsets)
        weights[place][:visible] = chosen / chosen.sum()
        low = max(_lower_end(offsets, direction) for direction in directions)
        high = _upper_end(offsets, chosen)
        lower[place] = max(np.nextafter(low - away[place], -np.inf), 0.0)
        upper[place] = np.nextafter(high + away[place], np.inf)
    return HullDistance(lower, upper, weights, weights @ values)


def _solve(offsets: Array) -> tuple[Array, list[Array]]:
    """Weights of a near point of the hull of the rows (n, c) to the origin, and directions to it.

    Should the solver give up, the nearest vertex is used; the ends are then far apart, not wrong.
    """
    lengths = np.linalg.norm(offsets, axis=1)
    vertex = np.zeros(len(offsets))
    vertex[lengths.argmin()] = 1.0
    longest = lengths.max()
    if longest == 0.0:
        return vertex, [np.zeros(offsets.shape[1])]
    system = np.vstack([offsets.T / longest, np.ones(len(offsets))])
    target = np.zeros(len(system))
    target[-1] = 1.0
    try:
        weights, _ = nnls(system, target, maxiter=max(100, 10 * len(offsets)))
    except RuntimeError:
        weights = vertex
    if not weights.sum() > 0.0:
        weights = vertex
    # At the nearest vertex itself the solver's direction may be lost to rounding.
    return weights, [weights @ offsets, vertex @ offsets]


def _lower_end(offsets: Array, direction: Array) -> float:
    """min_j u.(Delta - v_j) / |u|, rounded down; -inf for the zero direction."""
    size = float(np.linalg.norm(direction))
    if size < TINY:
        return -np.inf
    direction = direction / size
    # The offsets are rounded differences, which one more operation in gamma covers.
    reach = np.abs(offsets) @ np.abs(direction)
    slack = OWN_ROUNDING * gamma(offsets.shape[1] + 4) * reach + TINY
    low = float((offsets @ direction - slack).min())
    widen = 1.0 + OWN_ROUNDING * gamma(offsets.shape[1] + 4)
    # The direction was normalised in float64: its true length is 1 within a factor of widen.
    return low / widen if low > 0.0 else low * widen


def _upper_end(offsets: Array, weights: Array) -> float:
    """|sum_j w_j (Delta - v_j)| / sum_j w_j, rounded up."""
    count, width = offsets.shape
    total = float(weights.sum())
    distance = float(np.linalg.norm(weights @ offsets)) / total
    reach = float(np.linalg.norm(weights @ np.abs(offsets))) / total
    slack = gamma(count + 4) * reach + gamma(count + width + 8) * distance
    return distance + OWN_ROUNDING * slack + TINY


def _check(points: Array, values: Array, causal: bool) -> None:
    told = f"points {points.shape} and values {values.shape}"
    if points.ndim < 2 or values.ndim < 2 or points.shape[:-2] != values.shape[:-2]:
        raise UnusableInput(f"{told} need the same leading axes before (tokens, width).")
    if points.shape[-1] != values.shape[-1]:
        raise UnusableInput(f"{told} differ in width, the last axis.")
    if 0 in points.shape or 0 in values.shape:
        raise UnusableInput(f"{told}: every axis needs at least one entry.")
    if causal and points.shape[-2] != values.shape[-2]:
        raise UnusableInput(f"{told}: under a causal mask each point needs one value of its own.")
    for name, array in (("points", points), ("values", values)):
        if not np.isfinite(array).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise UnusableInput(f"{name} {array.shape} has {array[place]} at index {place}.")
