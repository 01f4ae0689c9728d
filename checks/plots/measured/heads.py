"""One cell for each head: what it takes from the context, and which replacement serves it."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from checks.lengths import unit_of
from checks.plots.measured.points import whole_numbers
from checks.plots.picture import Picture, picture_of
from checks.plots.style import WIDTH, panel, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from checks.measure import Measurement
    from checks.tensors import Array

MOST_HEADS = 8192
MOST_FIGURES = 16
"""Columns up to which the numbers stand in the cells."""


def heads_picture(result: Measurement) -> Picture | None:
    """Medians by head; None for a single head or without frozen tokens."""
    heads = math.prod(result.leading)
    if heads < 2 or not result.frozen:
        return None
    unit = unit_of(result)
    columns = result.leading[-1]
    errors = {
        name: _medians(unit.shaped(result.errors[name]), columns) for name in ("drop", "effective")
    }
    alpha = _medians(result.quantities["alpha"], columns)
    gain = errors["drop"] - errors["effective"]
    lines = max(1, min(alpha.shape[0], MOST_HEADS // columns))
    shown = [each[:lines] for each in (alpha, errors["drop"], errors["effective"], gain)]
    top = _largest(shown[1], shown[2]) or 1.0
    furthest = _largest(np.abs(shown[3])) or 1.0
    numbered = columns <= MOST_FIGURES and lines <= 2 * MOST_FIGURES
    height = min(8.6, 2 * (0.85 + max(0.21 * lines, 0.25)))
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, height))
        grid = figure.subplots(2, 2).reshape(-1)
        looks: list[dict[str, Any]] = [
            {"cmap": "cividis", "vmin": 0.0, "vmax": 1.0},
            {"cmap": "cividis", "vmin": 0.0, "vmax": top},
            {"cmap": "cividis", "vmin": 0.0, "vmax": top},
            {"cmap": "PuOr", "vmin": -furthest, "vmax": furthest},
        ]
        titles = (
            "mass α on the context",
            "error, context dropped",
            "error, effective keys",
            "gain of effective keys",
        )
        for letter, axes, cells, look, title in zip(
            "abcd", grid, shown, looks, titles, strict=True
        ):
            _map(figure, axes, cells, look, numbered, signed=letter == "d")
            panel(axes, letter, title)
        grid[2].set_xlabel("head")
        grid[3].set_xlabel("head")
        caption = (
            f"Medians over the queries of each head; errors: {unit.label}. Columns are the last"
            " leading axis (heads), rows the ones before it (layers). (d) The error of dropping"
            " less that of effective keys: positive where effective keys are nearer, marked − where"
            " they are farther."
        )
        if lines < alpha.shape[0]:
            caption += f" Only the first {lines} of {alpha.shape[0]} rows are drawn."
        return picture_of(figure, "heads", "Head by head", caption)


def _medians(values: Array, columns: int) -> Array:
    """Medians over the queries, as (rows, columns); NaN for a head without numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmedian(values, axis=-1).reshape(-1, columns))


def _largest(*arrays: Array) -> float:
    finite = np.concatenate([each[np.isfinite(each)] for each in arrays])
    return float(finite.max(initial=0.0))


def _map(
    figure: Figure,
    axes: Axes,
    cells: Array,
    look: dict[str, Any],
    numbered: bool,
    signed: bool,
) -> None:
    from matplotlib.ticker import MaxNLocator

    lines, columns = cells.shape
    mesh = axes.pcolormesh(
        np.arange(columns + 1) - 0.5,
        np.arange(lines + 1) - 0.5,
        cells,
        edgecolors="face",
        lw=0.2,
        **look,
    )
    axes.set_ylim(lines - 0.5, -0.5)
    axes.grid(visible=False)
    whole_numbers(axes.xaxis)
    whole_numbers(axes.yaxis)
    if lines == 1:
        axes.set_yticks([])
    else:
        axes.set_ylabel("layer")
    scale = figure.colorbar(mesh, ax=axes, pad=0.02, ticks=MaxNLocator(4))
    # A raster image in an inline SVG would be something to load.
    if scale.solids is not None:
        scale.solids.set_rasterized(False)
        scale.solids.set_edgecolor("face")
    if not numbered:
        return
    size = 6.0 if columns <= 12 else 4.5
    for (row, column), cell in np.ndenumerate(cells):
        if np.isfinite(cell):
            red, green, blue, _ = mesh.to_rgba(np.array([cell]))[0]
            bright = 0.3 * red + 0.59 * green + 0.11 * blue > 0.5
            axes.text(
                column,
                row,
                _short(float(cell), signed),
                ha="center",
                va="center",
                fontsize=size,
                color="black" if bright else "white",
            )


def _short(number: float, signed: bool) -> str:
    """Two digits without the leading zero."""
    text = f"{abs(number):.2f}" if abs(number) < 10 else f"{abs(number):.0f}"
    return ("−" if signed and number < 0 else "") + text.removeprefix("0")
