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
    wholes = [0, 1, -1]
    halves = [Fraction(1, 2), Fraction(-1, 2)]
    found = [*map(Fraction, wholes), *halves]
    for quarters in range(1, 13):
        for sign in (1, -1):
            value = Fraction(sign * quarters, 4)
            if value not in found:
                found.append(value)
    return (*found, *map(Fraction, (4, -4, 6, -6, 8, -8, 16, -16, 30, -30)))


VALUES = _simplest_first()
PALETTES = (2, 3, 5, 9, 13, 25, len(VALUES))
"""How many of the values a family may use: few values make ties likely."""
SMALL_PALETTES = (2, 3, 5)
