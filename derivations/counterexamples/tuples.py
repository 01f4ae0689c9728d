"""Vectors as tuples of numbers."""

from __future__ import annotations

from collections.abc import Iterable

from derivations.counterexamples.arithmetic import Number
from derivations.counterexamples.world import World

Vector = tuple[Number, ...]


def add_vectors(w: World, vectors: list[Vector]) -> Vector:
    """The sum; the zero vector if there are none."""
    if len(vectors) == 1:
        return vectors[0]
    if not vectors:
        return (w.zero,) * w.dimension
    return tuple(sum(parts[1:], parts[0]) for parts in zip(*vectors, strict=True))


def scale(factor: Number, vector: Vector) -> Vector:
    """factor · vector."""
    return tuple(factor * part for part in vector)


def dot(w: World, one: Iterable[Number], other: Iterable[Number]) -> Number:
    """The inner product."""
    return sum((x * y for x, y in zip(one, other, strict=True)), w.zero)
