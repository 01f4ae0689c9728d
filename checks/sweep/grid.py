"""Which cells a sweep has: axes one at a time around a centre, or all combinations of them.

An axis is given as a list "16,64,256", as a range "4..1024" or as a range of so many values
"0..6:13". A range doubles from its start for d, n, m, p, delta and scale and goes up in steps of
one for margin; with ":K" it has K values, in equal ratios or equal steps. A value that ranges have
in common is taken once; a number that is written twice is refused, as it is likely a slip.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from checks.sweep.models import MODELS, Point, fill, model_named
from derivations.errors import UnusableInput

Number = int | float

AXES: Mapping[str, str] = MappingProxyType(
    {
        "d": "1..1024",
        "n": "2,3,5,9,17,33,65,129,257,513",
        "m": "1..4096",
        "p": "1..64",
        "margin": "0..12",
        "delta": "0,0.01,0.02,0.05,0.1,0.2,0.5,1",
        "correlation": "0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95,0.99",
        "scale": "0.125..16",
    }
)
"""The axes in the order of the table, each with the values it takes when it is varied."""

WHOLE = ("d", "n", "m", "p")
STEPS = ("margin", "correlation")
USUAL = ("d", "n", "margin")
"""What is varied when nothing is asked for."""

MODELS_OF_AXIS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "d": ("gaussian", "unscaled", "sphere"),
        "margin": ("planted",),
        "delta": ("clustered",),
        "correlation": ("correlated",),
    }
)
"""The models an axis is varied in when none is named; gaussian for the others."""

CENTRE: Mapping[str, Number] = MappingProxyType({"d": 64, "p": 16, "scale": 1.0})
MOST_VALUES = 10_000


def axis_values(axis: str, text: str) -> list[Number]:
    """The values of an axis as a user writes them; raises UnusableInput."""
    if axis not in AXES:
        raise UnusableInput(f"there is no axis {axis!r}; choose among {', '.join(AXES)}")
    values: list[Number] = []
    alone: list[Number] = []
    for piece in text.split(","):
        if ".." in piece:
            found = _range(axis, piece)
        else:
            found = [_number(axis, piece)]
            if found[0] in alone:
                raise UnusableInput(
                    f"{axis} is given as {text.strip()!r}, which has {piece.strip()} twice; name"
                    " every value once"
                )
            alone += found
        values.extend(one for one in found if one not in values)
    return values


def cells(
    models: Sequence[str], vary: Sequence[str], given: Mapping[str, Sequence[Number]], full: bool
) -> list[Point]:
    """The points of a sweep, each once. Raises UnusableInput.

    ``given`` has the values of axes: one value is fixed, several are varied. ``vary`` names axes
    to vary over the values given or else their own. Without either the usual ones are varied.
    ``full`` asks for all combinations of the varied axes.
    """
    for name in models:
        model_named(name)
    for axis in vary:
        axis_values(axis, "1")
    varied = [axis for axis in AXES if axis in vary or len(given.get(axis, ())) > 1]
    varied = varied or ([] if given else list(USUAL))
    grid = {axis: list(given.get(axis) or axis_values(axis, AXES[axis])) for axis in varied}
    fixed = {axis: given[axis][0] for axis in given if axis not in varied}
    points: list[Point] = []
    for axis in varied or ["d"]:
        chosen = models or (*MODELS_OF_AXIS.get(axis, ("gaussian",)),)
        used = [name for name in chosen if axis in MODELS[name].axes]
        if not used:
            raise UnusableInput(
                f"no chosen model has the axis {axis}; add --model {MODELS_OF_AXIS[axis][0]}"
            )
        if not full:
            for name, value in itertools.product(used, grid.get(axis, [None])):
                points.append(_point(name, fixed | ({} if value is None else {axis: value})))
    if full:
        points = _product(models, varied, grid, fixed)
    _need_use_of(fixed, points)
    return list(dict.fromkeys(points))


def _product(
    models: Sequence[str],
    varied: Sequence[str],
    grid: Mapping[str, Sequence[Number]],
    fixed: Mapping[str, Number],
) -> list[Point]:
    """All combinations; without named models those that have every varied axis, if there are."""
    chosen = list(models)
    if not chosen:
        usual = [name for axis in varied for name in MODELS_OF_AXIS.get(axis, ("gaussian",))]
        every = [name for name in usual if set(varied) <= set(MODELS[name].axes)]
        chosen = list(dict.fromkeys(every or usual or ["gaussian"]))
    points = []
    for name in chosen:
        axes = [axis for axis in varied if axis in MODELS[name].axes]
        for values in itertools.product(*(grid[axis] for axis in axes)):
            points.append(_point(name, {**fixed, **dict(zip(axes, values, strict=True))}))
    return points


def _point(name: str, chosen: Mapping[str, Number]) -> Point:
    """The centre of this model with the chosen values; axes it does not have are left alone."""
    model = MODELS[name]
    values = {axis: value for axis, value in chosen.items() if axis in model.axes}
    p = int(values.get("p", CENTRE["p"]))
    if p < 1:
        raise UnusableInput(f"p is {p}; it must be a whole number from 1")
    size, frozen = values.get("n"), values.get("m")
    n, m = fill(p, None if size is None else int(size), None if frozen is None else int(frozen))
    margin = None if model.margin is None else float(values.get("margin", model.margin))
    return Point(
        model=name,
        d=int(values.get("d", CENTRE["d"])),
        n=n,
        m=m,
        p=p,
        margin=margin,
        delta=float(values.get("delta", model.delta)),
        correlation=float(values.get("correlation", model.correlation)),
        scale=float(values.get("scale", CENTRE["scale"])),
    )


def _need_use_of(fixed: Mapping[str, Number], points: Sequence[Point]) -> None:
    for axis in fixed:
        if not any(axis in MODELS[point.model].axes for point in points):
            raise UnusableInput(
                f"{axis} is given, but no model of this sweep has it;"
                f" add --model {MODELS_OF_AXIS[axis][0]}"
            )


def _number(axis: str, text: str) -> Number:
    try:
        value = float(text)
        if axis in WHOLE and value != int(value):
            raise ValueError
    except (ValueError, OverflowError):
        kind = "whole number" if axis in WHOLE else "number"
        raise UnusableInput(f"{axis} is given as {text.strip()!r}, which is no {kind}") from None
    if not math.isfinite(value):
        raise UnusableInput(f"{axis} is {text.strip()}; it must be finite")
    return int(value) if axis in WHOLE else value


def _range(axis: str, text: str) -> list[Number]:
    ends, _, how_many = text.partition(":")
    first, last = (_number(axis, end) for end in ends.split("..", 1))
    if not (first < last and (first > 0 or axis in STEPS)):
        wanted = "from a smaller to a larger number"
        wanted += "" if axis in STEPS else " above zero"
        raise UnusableInput(f"{axis} is given as {text.strip()!r}; a range goes {wanted}")
    if how_many:
        if not (how_many.strip().isdigit() and 2 <= int(how_many) <= MOST_VALUES):
            raise UnusableInput(
                f"{axis} is given as {text.strip()!r}; after the colon stands how many values,"
                f" from 2 to {MOST_VALUES}"
            )
        shares = [k / (int(how_many) - 1) for k in range(int(how_many))]
        if axis in STEPS:
            inner: list[float] = [first + (last - first) * share for share in shares]
        else:
            inner = [first * (last / first) ** share for share in shares]
        spaced: list[Number] = [first, *inner[1:-1], last]
        return list(dict.fromkeys(round(one) for one in spaced)) if axis in WHOLE else spaced
    values: list[Number] = []
    value = first
    while value <= last:
        values.append(value)
        value = value + 1 if axis in STEPS else value * 2
        if len(values) > MOST_VALUES:
            raise UnusableInput(f"{axis} is given as {text!r}, more than {MOST_VALUES} values")
    return values
