"""One cell: many draws of one point, in chunks of bounded memory with random numbers of their own.

The generator of a chunk is seeded by (seed, the cell's parameters, number of the chunk), and how a
cell falls into chunks depends on its parameters alone. So any chunk can be computed anywhere, in
any order, and any cell again by itself.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from checks.decisions import Verdict
from checks.sweep.decide import Doubt, decided, doubtful
from checks.sweep.draws import Draws, draw
from checks.sweep.formulas import BOUNDS, ERRORS, GAPS, Measured, measure
from checks.sweep.models import VALUE_WIDTH, Point
from checks.sweep.statistics import Gathering, Summary
from checks.tensors import Array

CHUNK_NUMBERS = 2**19
"""Random numbers of a chunk, which bounds its memory: about ten arrays of this many floats."""

MOST_DRAWS_IN_CHUNK = 4096
CHUNKS_IN_PART = 32
"""A part is what one task computes and one file holds."""

KEPT = 31 * 2**20
"""Bytes; glibc moves its threshold up to 32 MiB."""

WITNESSES = 20
"""How many violations a part remembers one by one."""


@dataclass(frozen=True)
class Part:
    """Some chunks of one cell: a task for one worker."""

    point: Point
    seed: int
    number: int
    first: int
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Decisions:
    """How measured <= bound was decided: numbers of draws, and the first violations.

    ``witnesses`` are (chunk, draw, bound); a draw counts once, by the worst of its verdicts.
    """

    draws: int
    by_balls: int
    violated: int
    undecided: int
    witnesses: tuple[tuple[int, int, str], ...]

    def __add__(self, other: Decisions) -> Decisions:
        return Decisions(
            self.draws + other.draws,
            self.by_balls + other.by_balls,
            self.violated + other.violated,
            self.undecided + other.undecided,
            (self.witnesses + other.witnesses)[:WITNESSES],
        )


NO_DECISIONS = Decisions(0, 0, 0, 0, ())


def quantities(point: Point) -> list[tuple[str, str]]:
    """(quantity, kind) of everything that is summed up, in the order of the rows."""
    gaps = [name for name in GAPS if name != "margin" or point.m]
    return [
        *((name, "error") for name in ERRORS),
        *((name, "bound") for name in BOUNDS),
        ("alpha", "mass"),
        *((name, "gap") for name in gaps),
    ]


def parts(point: Point, seed: int, draws: int) -> list[Part]:
    """The tasks that make up a cell of this many draws."""
    size = chunk_size(point)
    full, left = divmod(draws, size)
    sizes = [size] * full + ([left] if left else [])
    return [
        Part(point, seed, number, first, tuple(sizes[first : first + CHUNKS_IN_PART]))
        for number, first in enumerate(range(0, len(sizes), CHUNKS_IN_PART))
    ]


def chunk_size(point: Point) -> int:
    """How many draws a chunk has: as many as CHUNK_NUMBERS random numbers make, at least one."""
    numbers = point.m + (1 + VALUE_WIDTH) * point.p
    if point.delta:
        numbers += (VALUE_WIDTH + 1) * point.m
    return max(1, min(MOST_DRAWS_IN_CHUNK, CHUNK_NUMBERS // numbers))


def cell_id(point: Point) -> str:
    """A name for the cell, made from its parameters."""
    return f"{point.model}-{_digest(point)[:16]}"


def generator(point: Point, seed: int, chunk: int) -> np.random.Generator:
    """The random numbers of one chunk of one cell."""
    words = (seed, int(_digest(point), 16), chunk)
    return np.random.default_rng(np.random.SeedSequence(words))


def measure_part(part: Part) -> tuple[Summary, Decisions]:
    """Measure all chunks of a part."""
    keep_freed_memory()
    gathering, decisions = Gathering(), NO_DECISIONS
    for number, size in enumerate(part.sizes, start=part.first):
        measured, doubts = measure_chunk(part.point, part.seed, number, size)
        gathering.add(_rows(part.point, measured))
        decisions += _count(number, size, doubts)
    return gathering.summary(), decisions


def keep_freed_memory() -> None:
    """Let the arrays of one chunk have the memory of the last one's.

    The C library gives back large blocks as they are freed, and getting new ones costs as much as
    a third of the work. After it has freed one of this size (which is never written to) it keeps
    what is smaller, by its own rule for moving that threshold.
    """
    np.empty(KEPT, dtype=np.uint8)


def measure_chunk(point: Point, seed: int, chunk: int, size: int) -> tuple[Measured, list[Doubt]]:
    """Measure one chunk of this many draws, and decide what rounding leaves open."""
    measured = measure(_draws(point, seed, chunk, size))
    claims = doubtful(measured, point)
    # The formulas use the logits up, and doubts are rare: the same numbers are drawn again.
    doubts = decided(_draws(point, seed, chunk, size), claims) if claims else []
    return measured, doubts


def _draws(point: Point, seed: int, chunk: int, size: int) -> Draws:
    return draw(point, generator(point, seed, chunk), size)


def _digest(point: Point) -> str:
    named = {**point.key(), "value_width": VALUE_WIDTH}
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()


def _rows(point: Point, measured: Measured) -> Array:
    kinds: Mapping[str, Mapping[str, Array]] = {
        "error": measured.errors,
        "bound": measured.bounds,
        "mass": {"alpha": measured.alpha},
        "gap": measured.gaps,
    }
    return np.stack([kinds[kind][name] for name, kind in quantities(point)])


def _count(chunk: int, size: int, doubts: list[Doubt]) -> Decisions:
    worst: dict[int, Verdict] = {}
    for doubt in doubts:
        before = worst.get(doubt.draw)
        if before is None or _SEVERITY[doubt.verdict] > _SEVERITY[before]:
            worst[doubt.draw] = doubt.verdict
    count = Counter(_SEVERITY[verdict] for verdict in worst.values())
    violated = [
        (chunk, each.draw, each.bound) for each in doubts if each.verdict is Verdict.VIOLATED
    ]
    return Decisions(size, len(worst), count[2], count[1], tuple(violated[:WITNESSES]))


_SEVERITY = {Verdict.HOLDS: 0, Verdict.ATTAINED: 0, Verdict.UNDECIDED: 1, Verdict.VIOLATED: 2}
