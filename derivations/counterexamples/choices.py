"""Where the free choices in an instance come from: a random generator, Hypothesis, or nowhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random
from typing import Protocol, TypeVar

T = TypeVar("T")


class Choices(Protocol):
    """A source of small numbers; 0 always stands for the simplest choice."""

    def below(self, count: int) -> int:
        """One of 0, …, count − 1."""


class RandomChoices:
    """Uniform choices from a seeded generator."""

    def __init__(self, seed: int | str) -> None:
        self._random = Random(seed)

    def below(self, count: int) -> int:
        return self._random.randrange(count)


class DrawnChoices:
    """Choices that Hypothesis draws, and therefore mutates and shrinks."""

    def __init__(self, draw: Callable[..., int]) -> None:
        from hypothesis import strategies

        self._draw = draw
        self._integers = strategies.integers

    def below(self, count: int) -> int:
        return self._draw(self._integers(0, count - 1)) if count > 1 else 0


class FixedChoices:
    """Always the same choice, clipped to what there is."""

    def __init__(self, index: int = 0) -> None:
        self._index = index

    def below(self, count: int) -> int:
        return min(self._index, count - 1)


def pick(choices: Choices, options: Sequence[T]) -> T:
    """One of the options, of which the first is the simplest."""
    return options[choices.below(len(options))]


def _simplest_first() -> tuple[Fraction, ...]:
    """0, ±1, ±1/2, ±2, ±1/4, …, every quarter up to 3, then some large numbers."""
    first = ("1", "1/2", "2", "1/4", "3", "3/2", "3/4", "4")
    quarters = (Fraction(quarter, 4) for quarter in range(1, 13))
    sizes = dict.fromkeys([*map(Fraction, first), *quarters, *map(Fraction, (6, 8, 16, 30))])
    return (Fraction(0), *(sign * size for size in sizes for sign in (1, -1)))


VALUES = _simplest_first()
PALETTES = (2, 3, 5, 9, 13, 25, len(VALUES))
"""How many of the values a family may use: few values make ties likely."""
SMALL_PALETTES = (2, 3, 5)
