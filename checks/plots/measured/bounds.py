"""Every error against its bound, query by query, with the diagonal that none may cross."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from checks.bounds import ERROR_OF_BOUND
from checks.certify import Certificate
from checks.lengths import unit_of
from checks.plots.measured.points import (
    distribution,
    in_text,
    log_limits,
    share_axis,
    thinned,
    thinning,
)
from checks.plots.picture import Picture, picture_of
from checks.plots.style import (
    BLACK,
    BLUE,
    ERRORS,
    GREEN,
    ORANGE,
    VERMILION,
    WIDTH,
    Look,
    panel,
    styled,
)
from checks.tables import BOUND_LABELS, ERROR_LABELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from checks.measure import Measurement
    from checks.tensors import Array

LOOKS = {
    Certificate.ROUNDING: (BLUE, "o", 2.4),
    Certificate.BALLS: (ORANGE, "s", 3.2),
    Certificate.UNDECIDED: (BLACK, "D", 5.0),
    Certificate.VIOLATED: (VERMILION, "X", 6.0),
}
HATCH = "#C8C8C8"

USED = {
    "drop": Look(ERRORS["drop"].color, (0, (5, 1.5)), "s", ""),
    "grouped": Look(ERRORS["grouped"].color, (0, (6, 1, 1, 1)), "D", ""),
    "effective": Look(BLUE, "-", "o", ""),
    "margin": Look(ORANGE, (0, (1, 1)), "^", ""),
    "joint": Look(GREEN, (0, (3, 1, 1, 1)), "v", ""),
}

TIGHTEST = 20
"""Queries with the largest error / bound that are drawn whatever is left out."""


def bounds_picture(result: Measurement) -> Picture | None:
    """One panel for each bound; None without frozen tokens."""
    if not result.frozen:
        return None
    unit = unit_of(result)
    bounds = {name: unit.of(bound) for name, bound in result.bounds.items()}
    errors = {name: unit.of(result.errors[ERROR_OF_BOUND[name]]) for name in bounds}
    certificates = result.certificates[unit.kept]
    low, high = log_limits(*bounds.values(), *errors.values())
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 5.8))
        grid = figure.subplots(2, 3).reshape(-1)
        for letter, axes, name in zip("abcde", grid, bounds, strict=False):
            _cloud(axes, errors[name], bounds[name], certificates, (low, high))
            label = ERROR_LABELS[ERROR_OF_BOUND[name]].split(",")[0]
            panel(axes, letter, f"{label}\n{in_text(BOUND_LABELS[name])}")
            axes.set_xlabel("bound")
        for axes in grid[::3]:
            axes.set_ylabel(f"error, {unit.label}")
        _tightness(grid[-1], errors, bounds)
        panel(grid[-1], "f", "share of the bound used")
        _legend(figure, result)
        caption = (
            "(a–e) Each query's error against its bound, both logarithmic. On the diagonal the"
            " bound is attained; nothing may lie in the hatched half above it. What is smaller than"
            " the axis, or zero, stands at its edge. (f) The share of the queries in which the"
            " error is at most that part of its bound." + thinning(certificates.size)
        )
        if thinning(certificates.size):
            caption += (
                f" The {TIGHTEST} queries nearest to each bound, and all that are not certain to"
                " hold, are drawn besides."
            )
        left_out = int((~unit.kept).sum())
        if left_out:
            caption += f" {left_out} queries whose diameter is 0 are left out here."
        return picture_of(figure, "bounds", "Every error against its bound", caption)


def _cloud(
    axes: Axes,
    error: Array,
    bound: Array,
    certificates: NDArray[np.object_],
    limits: tuple[float, float],
) -> None:
    low, high = limits
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(bound > 0, error / bound, 0.0)
    always = np.array([not each.holds for each in certificates], dtype=bool)
    always[np.argsort(ratio)[-TIGHTEST:]] = True
    shown = np.zeros(error.size, dtype=bool)
    shown[thinned(error.size, always)] = True
    axes.fill_between(
        [low, high], [low, high], high, facecolor="none", edgecolor=HATCH, hatch="////", lw=0
    )
    axes.plot([low, high], [low, high], color=BLACK, linewidth=0.9)
    for certificate, (color, marker, size) in LOOKS.items():
        these = shown & (certificates == certificate)
        axes.plot(
            np.clip(bound[these], low, high),
            np.clip(error[these], low, high),
            color=color,
            linestyle="none",
            marker=marker,
            markersize=size,
            markerfacecolor=color if not certificate.holds else "none",
            markeredgewidth=0.6,
            clip_on=False,
            in_layout=False,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_box_aspect(1)


def _tightness(axes: Axes, errors: dict[str, Array], bounds: dict[str, Array]) -> None:
    """Distributions of error / bound, which is never more than 1; 0 / 0 counts as 1."""
    for name, look in USED.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(errors[name] == bounds[name], 1.0, errors[name] / bounds[name])
        distribution(axes, ratio, look, in_text(BOUND_LABELS[name]).removeprefix("≤ "))
    axes.axvline(1.0, color=BLACK, linewidth=0.9)
    axes.set_xlim(0, 1.04)
    axes.set_xlabel("error / bound")
    share_axis(axes)
    axes.set_box_aspect(1)
    axes.legend(loc="lower right", fontsize=5.5, handlelength=2.2)


def _legend(figure: Figure, result: Measurement) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    for certificate, (color, marker, size) in LOOKS.items():
        count = int((result.certificates == certificate).sum())
        if count or certificate.holds:
            label = certificate.value if certificate.holds else certificate.value.upper()
            look: dict[str, Any] = {
                "color": color,
                "marker": marker,
                "markersize": size + 1,
                "linestyle": "none",
            }
            face = "none" if certificate.holds else color
            handles.append(
                Line2D([], [], markerfacecolor=face, label=f"{count} queries {label}", **look)
            )
    handles.append(Line2D([], [], color=BLACK, linewidth=0.9, label="error = bound"))
    handles.append(Patch(facecolor="none", edgecolor=HATCH, hatch="////", label="violated"))
    figure.legend(handles=handles, loc="outside lower center", ncol=2)
