"""The figures of a sweep: errors and bounds along each axis, and the mass on the context.

Errors and bounds are in diameters of the normal values. A bound holds draw by draw, so the median
error is at most the median bound and the worst error at most the worst bound: in every panel with
bounds, both are the same statistic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from checks.plots.style import BLACK, BLUE, BOUNDS, ERRORS, GREEN, WIDTH, files_of, panel, styled
from checks.plots.table import Cell, Line, lines, read_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["read_table", "sweep_figures"]

LABELS = {
    "d": "dimension d of queries and keys",
    "n": "group size n (tokens)",
    "m": "frozen tokens m",
    "p": "normal tokens p",
    "margin": "margin γ (nats)",
    "delta": "clustering residual δ / diam",
    "correlation": "correlation of the keys of a group",
    "scale": "factor on the logits",
}
NAMES = {"margin": "γ", "delta": "δ", "correlation": "correlation", "scale": "scale"}
DOUBLING = ("d", "n", "m", "p", "scale")
MODELS = {
    "gaussian": "gaussian: q·k/√d",
    "unscaled": "unscaled: q·k",
    "sphere": "sphere: unit q and k",
    "planted": "planted margin",
    "clustered": "clustered values",
    "correlated": "correlated keys",
}
BANDED = ("drop", "effective")
SMALLEST = 1e-17
"""An error below this many diameters is drawn as none."""


def sweep_figures(cells: Sequence[Cell]) -> dict[str, str | bytes]:
    """``error_AXIS`` for every axis that varies, ``context_mass`` if d does; PDF and PNG."""
    files: dict[str, str | bytes] = {}
    for axis, along in lines(cells).items():
        files |= _error_figure(axis, along)
        exchangeable = [line for line in along if line.has("theory", "alpha")]
        if axis == "d" and exchangeable:
            files |= _mass_figure(exchangeable)
    return files


def _error_figure(axis: str, along: Sequence[Line]) -> dict[str, str | bytes]:
    single = len(along) == 1
    shape = (1, 3) if single else (3, len(along))
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 3.4 if single else 7.8))
        grid = figure.subplots(*shape, squeeze=False, sharex=True)
        for number, line in enumerate(along):
            column = list(grid[0]) if single else [row[number] for row in grid]
            _errors(column[0], line)
            _bounds(column[1], line, "median")
            _bounds(column[2], line, "worst")
            name = MODELS.get(line.model, line.model)
            heads = ["errors", "median draw", "worst draw"]
            for letter, axes, head in zip("abc", column, heads, strict=True):
                _scale(axes, axis, along)
                panel(axes, letter, head)
            if not single:
                column[0].set_title(f"{name}\na  {heads[0]}", loc="left")
            for part in [column] if single else [column[:1], column[1:]]:
                _whole_decades(part)
        for row in grid:
            row[0].set_ylabel("error or bound / diam")
        for axes in grid[-1]:
            axes.set_xlabel(LABELS[axis])
        _legend(figure, [axes for row in grid for axes in row])
        whole = f"{name}; {_fixed(along)}" if single else _fixed(along)
        figure.suptitle(whole, fontsize=7, x=0.01, ha="left")
        return files_of(figure, f"error_{axis}")


def _errors(axes: Axes, line: Line) -> None:
    """Medians of all approximations; band and worst draw of the two that matter most."""
    for name, look in ERRORS.items():
        median = _positive(line.series("error", name, "median"))
        if not any(map(math.isfinite, median)):
            continue
        axes.plot(line.values, median, **look.line_options(), label=f"{look.label}, median")
        if name in BANDED:
            high = _positive(line.series("error", name, "q90"))
            worst = _positive(line.series("error", name, "worst"))
            axes.fill_between(line.values, median, high, color=look.color, alpha=0.2, linewidth=0)
            axes.plot(
                line.values,
                worst,
                color=look.color,
                linestyle="none",
                marker=look.marker,
                markersize=2.5,
                label=f"{look.label}, worst draw (band: up to 90 %)",
            )


def _bounds(axes: Axes, line: Line, statistic: str) -> None:
    """The error of effective keys beside its bounds, all of them by the same statistic."""
    look = ERRORS["effective"]
    error = _positive(line.series("error", "effective", statistic))
    axes.plot(line.values, error, **look.line_options(), linewidth=1.6)
    for name, look in BOUNDS.items():
        bound = _positive(line.series("bound", name, statistic))
        axes.plot(line.values, bound, **look.line_options(), label=look.label)


def _positive(numbers: Sequence[float]) -> list[float]:
    """Numbers for a logarithmic axis, nan where there is nothing to draw."""
    return [number if number > SMALLEST else math.nan for number in numbers]


def _scale(axes: Axes, axis: str, along: Sequence[Line]) -> None:
    """The scales of one panel; the range too, since nothing is drawn where errors are zero."""
    axes.set_yscale("log")
    values = [x for line in along for x in line.values]
    positive = [x for x in values if x > 0]
    if axis in DOUBLING and len(positive) == len(values):
        axes.set_xscale("log", base=2)
        axes.set_xlim(min(values) / 1.3, max(values) * 1.3)
    elif axis in DOUBLING or axis == "delta":
        axes.set_xscale("symlog", base=2 if axis in DOUBLING else 10, linthresh=min(positive))
        axes.set_xlim(0, max(values) * 1.3)


def _whole_decades(panels: Sequence[Axes]) -> None:
    """One range for some panels, from one power of ten to another."""
    curves = [np.asarray(one.get_ydata(), float) for axes in panels for one in axes.lines]
    drawn = np.concatenate([np.array([1.0]), *curves])
    # Something of the range is shown even where every error is zero.
    low, high = np.nanmin(drawn, initial=0.1), np.nanmax(drawn, initial=0.0)
    least, most = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for axes in panels:
        axes.set_ylim(10.0**least, 1.3 * 10.0**most)
        axes.minorticks_off()


def _legend(figure: Figure, panels: Sequence[Axes]) -> None:
    handles: dict[str, Any] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncol=2)


def _fixed(along: Sequence[Line]) -> str:
    """What all the cells of a figure share, and the number of draws."""
    shared = dict(along[0].fixed)
    for line in along[1:]:
        shared = {name: x for name, x in shared.items() if line.fixed.get(name) == x}
    shown = [
        f"{NAMES.get(name, name)} = {x:g}"
        for name, x in shared.items()
        if x or name not in ("delta", "correlation")
    ]
    draws = sorted({cell.draws for line in along for cell in line.cells})
    number = f"{draws[0]}" if len(draws) == 1 else f"{draws[0]} to {draws[-1]}"
    return ", ".join([*shown, f"{number} draws a point"])


def _mass_figure(along: Sequence[Line]) -> dict[str, str | bytes]:
    """Measured mean mass on the context beside m / (m + p), which is exact for every d."""
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 3.0))
        row = figure.subplots(1, len(along), squeeze=False, sharey=True)[0]
        for letter, axes, line in zip("abcdef", row, along, strict=False):
            means = line.series("mass", "alpha", "mean")
            errors = [4 * x for x in line.series("mass", "alpha", "standard_error")]
            theory = line.series("theory", "alpha", "mean")
            axes.plot(line.values, theory, color=BLACK, linewidth=1.0, label="m/(m+p), exact")
            for statistic, pattern in (("median", (0, (3, 1.2))), ("q90", (0, (1, 1)))):
                axes.plot(
                    line.values,
                    line.series("mass", "alpha", statistic),
                    color=GREEN,
                    linestyle=pattern,
                    label="median" if statistic == "median" else "90 % of draws are below",
                )
            axes.errorbar(
                line.values,
                means,
                errors,
                color=BLUE,
                linestyle="none",
                marker="o",
                markerfacecolor="white",
                capsize=2,
                label="measured mean ± 4 standard errors",
            )
            axes.set_xscale("log", base=2)
            axes.set_xlabel(LABELS["d"])
            panel(axes, letter, MODELS.get(line.model, line.model))
        least = min(x for line in along for x in line.series("mass", "alpha", "mean"))
        row[0].set_ylim(max(0.0, least - 0.2), 1.02)
        row[0].set_ylabel("mass α on the context")
        _legend(figure, row)
        figure.suptitle(_fixed(along), fontsize=7, x=0.01, ha="left")
        return files_of(figure, "context_mass")
