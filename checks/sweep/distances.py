"""Distances between the values of many draws at once: points (c, k, B), the B draws last.

Only the largest distance of a draw is wanted, of nearly two thousand between 64 points. Two points
that are no further than r from a centre are at most 2 r apart. So points are taken from the outside
in, each with its distances to all, until 2 r is at most the largest found: after a few points.
"""

from __future__ import annotations

import numpy as np

from checks.tensors import Array

FEW = 24
"""Up to so many points all pairs cost less than finding out which matter."""

ROUNDING = 1.0 + 2.0**-40
"""A computed squared distance errs by far less, relatively: no pair that matters is left out."""


def squared_distances(points: Array, point: Array) -> Array:
    """Squared distances from points (c, k, B) to a point (c, B): (k, B)."""
    total = np.zeros(points.shape[1:])
    for along, there in zip(points, point, strict=True):
        difference = along - there
        difference *= difference
        total += difference
    return total


def diameters(points: Array) -> Array:
    """The largest distance between two of the points (c, k, B) of each draw: (B,)."""
    largest = np.zeros(points.shape[-1])
    raise_to_largest(largest, points)
    return np.sqrt(largest)


def raise_to_largest(largest: Array, points: Array) -> None:
    """Raise ``largest`` (B,) to the largest squared distance between two points (c, k, B)."""
    if points.shape[1] > FEW:
        _from_outside(largest, points)
        return
    for j in range(points.shape[1] - 1):
        apart = squared_distances(points[:, j + 1 :], points[:, j])
        np.maximum(largest, apart.max(axis=0), out=largest)


def _from_outside(largest: Array, points: Array) -> None:
    """The same, where most pairs are too close together to matter."""
    reach = squared_distances(points, points.mean(axis=1))
    reach *= 4.0 * ROUNDING
    draws, found = np.arange(len(largest)), largest.copy()
    while len(draws):
        outermost = reach.argmax(axis=0)
        here = np.arange(len(draws))
        matters = np.flatnonzero(reach[outermost, here] > found)
        if 2 * len(matters) < len(draws):
            largest[draws] = found
            points, reach = points.take(matters, axis=-1), reach.take(matters, axis=-1)
            draws, found, outermost = draws[matters], found[matters], outermost[matters]
            here = here[: len(matters)]
        apart = squared_distances(points, points[:, outermost, here])
        np.maximum(found, apart.max(axis=0, initial=0.0), out=found)
        reach[outermost, here] = 0.0
