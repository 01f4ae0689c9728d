"""What the figures of a measurement share: how many points are drawn, curves, bars, log axes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from checks.tables import number_text, summarise

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from checks.plots.style import Look
    from checks.tensors import Array

MOST_POINTS = 1000
"""Points drawn in one panel; the report says so where there are more."""

MOST_STEPS = 300
"""Steps drawn of one distribution."""

SMALLEST = 1e-290
"""Smaller numbers, and larger ones than its inverse, have no place on a logarithmic axis."""

MOST_DECADES = 8
"""Decades shown on a logarithmic axis; what is smaller stands at its edge."""


def thinned(count: int, always: NDArray[np.bool_] | None = None) -> NDArray[np.int_]:
    """Sorted indices of at most MOST_POINTS of ``count`` points, evenly spaced in their order.

    Those marked in ``always`` are drawn besides, whatever their number.
    """
    if count <= MOST_POINTS:
        return np.arange(count)
    step = -(-count // MOST_POINTS)
    chosen = np.zeros(count, dtype=bool)
    chosen[::step] = True
    if always is not None:
        chosen |= always
    return np.flatnonzero(chosen)


def thinning(count: int) -> str:
    """A sentence on what :func:`thinned` leaves out; empty if nothing."""
    if count <= MOST_POINTS:
        return ""
    return f" Of {count} queries one in {-(-count // MOST_POINTS)} is drawn, in stored order."


def distribution(axes: Axes, values: Array, look: Look, label: str | None = None) -> None:
    """The share of ``values`` that are at most x, as steps; infinite ones are never reached."""
    ordered = np.sort(values[~np.isnan(values)])
    count = len(ordered)
    if not count:
        return
    finite = int(np.isfinite(ordered).sum())
    ranks = np.unique(np.linspace(0, finite - 1, min(finite, MOST_STEPS)).round().astype(int))
    x = ordered[ranks]
    y = (ranks + 1) / count
    if finite:
        axes.step(
            np.concatenate([x[:1], x]),
            np.concatenate([[0.0], y]),
            where="post",
            color=look.color,
            linestyle=look.line,
            label=label or look.label,
        )


def share_axis(axes: Axes, label: str = "share of the queries") -> None:
    """A vertical axis for :func:`distribution`."""
    axes.set_ylim(0, 1.02)
    axes.set_ylabel(label)


@dataclass(frozen=True, eq=False)
class Bar:
    """One row of :func:`bars`."""

    label: str
    values: Array
    look: Look
    note: str = ""


def bars(axes: Axes, rows: Sequence[Bar], headings: tuple[str, str]) -> None:
    """From the 10 % to the 90 % quantile, with median and worst; the median in figures beside it.

    The axis is logarmithic where the medians span more than two decades. A worst value far outside
    is drawn as an arrow at the edge.
    """
    summaries = [summarise(row.values) for row in rows]
    medians = [each.median or 0.0 for each in summaries]
    highest = max((each.high or 0.0 for each in summaries), default=0.0)
    worst = max((each.worst or 0.0 for each in summaries), default=0.0)
    limit = min(worst, 3.0 * highest) or worst or 1.0
    positive = [each for each in medians if each > 0]
    logarithmic = bool(positive) and max(positive) > 100.0 * min(positive)
    least = 0.0
    if logarithmic:
        axes.set_xscale("log")
        lows = [x for each in summaries for x in (each.low, each.median) if x]
        least = max(min(lows, default=limit), limit / 10.0**MOST_DECADES)
        axes.set_xlim(least / 1.5, limit * 1.3)
    else:
        axes.set_xlim(0.0, limit * 1.04)
    for height, (row, it) in enumerate(zip(rows, summaries, strict=True)):
        if it.median is None or it.low is None or it.high is None or it.worst is None:
            continue
        low, high = max(it.low, least), max(it.high, least)
        axes.plot([low, high], [height] * 2, color=row.look.color, linewidth=3.2, alpha=0.45)
        marks: dict[str, Any] = {"color": row.look.color, "linestyle": "none"}
        axes.plot(
            [max(it.median, least)], [height], marker=row.look.marker, markersize=5.5, **marks
        )
        beyond = it.worst > limit
        axes.plot(
            [min(max(it.worst, least), limit)],
            [height],
            marker=">" if beyond else "|",
            markersize=4 if beyond else 7,
            clip_on=not beyond,
            in_layout=False,
            **marks,
        )
    axes.set_yticks(range(len(rows)), [in_text(row.label) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -1.1)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    columns = ([number_text(it.median) for it in summaries], [row.note for row in rows])
    for pad, heading, cells in zip((2, 38), headings, columns, strict=True):
        beside = axes.secondary_yaxis("right")
        beside.set_yticks([-0.75, *range(len(rows))], [heading, *cells])
        beside.tick_params(length=0, pad=pad)
        beside.spines["right"].set_visible(False)


def whole_numbers(axis: Axis) -> None:
    """Numbers at whole places only."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))


def in_text(label: str) -> str:
    """A label with its indices set as such: v_t, W_K."""
    return re.sub(r"_(\w)", r"$_{\1}$", label.strip())


def log_limits(*arrays: Array) -> tuple[float, float]:
    """Limits of a logarithmic axis for the positive, finite numbers, at most MOST_DECADES apart."""
    every = np.concatenate([np.ravel(each) for each in arrays] or [np.zeros(0)])
    positive = every[(every > SMALLEST) & (every < 1.0 / SMALLEST)]
    if not positive.size:
        return 1e-1, 1e1
    high = float(positive.max()) * 1.5
    low = max(float(positive.min()) / 1.5, high / 10.0**MOST_DECADES)
    if high < 20.0 * low:  # an axis needs some decades to have numbers at it
        last = math.ceil(math.log10(high))
        return 10.0 ** min(math.floor(math.log10(low)), last - 2), 10.0**last
    return low, high
