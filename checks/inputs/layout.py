"""The shapes of Q, K and V: moved to (..., tokens, width), checked, and a hint if they are swapped.

A layout names the axes in the order in which they are stored, such as "tokens heads width" or
"batch tokens heads width". Every name but ``tokens`` and ``width`` is a leading axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from checks.inputs.rows import Rows, is_torch
from derivations.errors import UnusableInput

Shapes = Mapping[str, tuple[int, ...]]

COMMON = (
    "tokens heads width",
    "heads width tokens",
    "width tokens",
    "batch tokens heads width",
    "batch heads width tokens",
)
"""Layouts that are tried, for a hint, when the shapes do not fit as they are."""


def arrange(arrays: Mapping[str, Rows], layout: str | None) -> dict[str, Rows]:
    """The arrays with tokens and width as their last axes. Raises UnusableInput."""
    if layout is None:
        return dict(arrays)
    axes = _axes(layout)
    for kind, rows in arrays.items():
        if rows.ndim != len(axes):
            raise UnusableInput(
                f"{kind} {rows.shape} has {rows.ndim} axes, but the layout"
                f" {' '.join(layout.split())!r} has {len(axes)}; name every axis once."
            )
    return {
        kind: Rows(
            rows.stored.permute(*axes)
            if is_torch(rows.stored)
            else np.transpose(rows.stored, axes),
            rows.bfloat16,
        )
        for kind, rows in arrays.items()
    }


def _axes(layout: str) -> list[int]:
    names = layout.replace(",", " ").split()
    if len(set(names)) < len(names) or not {"tokens", "width"} <= set(names):
        raise UnusableInput(
            f"the layout {layout!r} must name the axes tokens and width once each, and the leading"
            " ones; write for example 'tokens heads width'."
        )
    leading = [place for place, name in enumerate(names) if name not in ("tokens", "width")]
    return [*leading, names.index("tokens"), names.index("width")]


def check_shapes(shape: Shapes, names: Mapping[str, str]) -> None:
    """Raise UnusableInput, with a hint where swapped axes would fit, unless the shapes agree.

    ``shape`` has Q, K, V and perhaps Delta, in the layout (..., tokens, width).
    """
    problem = _problem(shape, names)
    if problem is not None:
        raise UnusableInput(problem + _hint(shape) + ".")


def _problem(shape: Shapes, names: Mapping[str, str]) -> str | None:
    told = {kind: f"{names[kind]} {shape[kind]}" for kind in shape}
    for kind in shape:
        if len(shape[kind]) < 2:
            return f"{told[kind]} needs at least two axes: (tokens, width), heads first if any"
    if shape["Q"][-2] == 0:
        return (
            f"{told['Q']} has no rows: there is no normal token, so nothing to update;"
            " give Q one row per normal token"
        )
    for kind in shape:
        if 0 in shape[kind]:
            return f"{told[kind]} is empty; every axis needs at least one entry"
        if shape[kind][:-2] != shape["Q"][:-2]:
            return (
                f"{told['Q']} and {told[kind]} differ in their leading axes;"
                " repeat shared keys and values once per query head"
            )
    if shape["Q"][-1] != shape["K"][-1]:
        return (
            f"{told['Q']} and {told['K']} differ in width (the last axis);"
            " queries and keys need the same"
        )
    if shape["K"][-2] != shape["V"][-2]:
        return (
            f"{told['K']} and {told['V']} differ in length;"
            " give one key row and one value row per token"
        )
    if shape["K"][-2] < shape["Q"][-2]:
        return (
            f"{told['K']} has fewer rows than {told['Q']};"
            " the last rows of K and V must be those of the tokens in Q"
        )
    expected = shape["Q"][:-1] + shape["V"][-1:]
    if "Delta" in shape and shape["Delta"] != expected:
        return f"{told['Delta']} should have shape {expected}: one row per query, as wide as V"
    return None


def _hint(shape: Shapes) -> str:
    """What would make the shapes fit: swapping the last axes of some, or another layout of all."""
    kinds: Sequence[str] = [kind for kind in ("Q", "K", "V") if len(shape[kind]) >= 2]
    if len(kinds) < 3:
        return ""
    plain = {kind: kind for kind in shape}
    for count in (1, 2):
        for swapped in combinations(kinds, count):
            moved = {
                kind: (*s[:-2], s[-1], s[-2]) if kind in swapped else s for kind, s in shape.items()
            }
            if _problem(moved, plain) is None:
                listed = " and ".join(swapped)
                return (
                    f"; the shapes would fit with the last two axes of {listed} swapped, so"
                    f" {listed} may be transposed: save (tokens, width)"
                )
    for layout in COMMON:
        axes = _axes(layout)
        if all(len(each) == len(axes) for each in shape.values()):
            moved = {kind: tuple(s[axis] for axis in axes) for kind, s in shape.items()}
            if _problem(moved, plain) is None:
                return f"; the shapes would fit the layout {layout!r}, so say --layout {layout!r}"
    return ""
