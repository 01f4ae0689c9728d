"""Variations of an instance that nearly breaks the claim: the next one may break it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from derivations.counterexamples.choices import VALUES, Choices, pick
from derivations.counterexamples.instance import Instance, Value

_STEPS = tuple(Fraction(step, 8) for step in (2, -2, 8, -8, 1, -1, 32, -32))


def mutate(instance: Instance, choices: Choices) -> Instance:
    """The instance with one to three of its numbers changed."""
    cells = list(instance.values)
    values = dict(instance.values)
    for _ in range(1 + choices.below(3) if cells else 0):
        cell = pick(choices, cells)
        twins = [one for one in cells if one[0] == cell[0]]
        if choices.below(4) == 0:
            values[cell] = values[pick(choices, twins)]
        else:
            values[cell] = _changed(values[cell], choices)
    return Instance(instance.dimension, instance.sets, instance.maps, instance.indices, values)


def _changed(value: Any, choices: Choices) -> Value:
    if isinstance(value, tuple):
        at = choices.below(len(value))
        return (*value[:at], _changed(value[at], choices), *value[at + 1 :])
    way = choices.below(4)
    if way == 0:
        return pick(choices, VALUES)
    if way == 1:
        return pick(choices, (-value, value * 2, value / 2))
    return value + pick(choices, _STEPS)
