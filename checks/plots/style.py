"""One look for all figures: colours, lines and markers by role, and deterministic files.

Colours are those of Okabe and Ito, which people with any common colour blindness tell apart. Every
role has its own line style and marker as well, so that a black-and-white print loses nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY = "#7F7F7F"

WIDTH = 7.0
"""Width of a figure in inches: both columns of a page."""

DOTS = 200
"""Dots per inch of the PNG."""

SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.0,
    "axes.titlesize": 8.0,
    "axes.labelsize": 8.0,
    "legend.fontsize": 7.0,
    "legend.frameon": False,
    "legend.handlelength": 2.8,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.5,
    "axes.axisbelow": True,
    "pdf.fonttype": 42,
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "keystar",
}


@dataclass(frozen=True)
class Look:
    """How one role is drawn."""

    color: str
    line: Any
    marker: str
    label: str

    def line_options(self) -> dict[str, Any]:
        """Keyword arguments for Axes.plot."""
        return {
            "color": self.color,
            "linestyle": self.line,
            "marker": self.marker,
            "markerfacecolor": "white",
            "markeredgewidth": 0.9,
        }


ERRORS = {
    "drop": Look(VERMILION, (0, (5, 1.5)), "s", "context dropped"),
    "effective": Look(BLUE, "-", "o", "effective keys"),
    "log_count": Look(ORANGE, (0, (3, 1.2, 1, 1.2)), "^", "effective keys + log n"),
    "mean_key": Look(GREEN, (0, (1, 1)), "v", "mean keys"),
    "uniform_key": Look(GREEN, (0, (1, 1)), "v", "uniform mean keys + log n"),
    "grouped": Look(PURPLE, (0, (6, 1, 1, 1)), "D", "grouped (log-sum-exp)"),
}

BOUNDS = {
    "pair": Look(BLACK, (0, (1, 1)), "1", "bound: pairs of gaps"),
    "effective": Look(GREY, (0, (4, 1.5)), "2", "bound: αδ + tanh(osc ε/4) diam"),
    "joint": Look(GREEN, (0, (3, 1, 1, 1)), "3", "bound: margin and α jointly"),
    "margin": Look(ORANGE, (0, (6, 2)), "4", "bound: margin alone"),
}
"""The bounds of the effective keys' error, from the sharpest to the coarsest."""


@contextmanager
def styled() -> Iterator[Any]:
    """matplotlib.figure.Figure under these settings; no window system is asked for."""
    with matplotlib.rc_context(SETTINGS):
        from matplotlib.figure import Figure

        yield Figure


def files_of(figure: Figure, stem: str) -> dict[str, str | bytes]:
    """The figure as ``stem.pdf`` and ``stem.png``, without dates or names of programs."""
    # Once is enough: laying out costs more than drawing.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    pdf, png = io.BytesIO(), io.BytesIO()
    nothing = {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None}
    figure.savefig(pdf, format="pdf", metadata=nothing)
    figure.savefig(png, format="png", dpi=DOTS, metadata={"Software": None})
    return {f"{stem}.pdf": pdf.getvalue(), f"{stem}.png": png.getvalue()}


def panel(axes: Axes, letter: str, title: str, pad: float | None = None) -> None:
    """Letter and title of one panel, at its upper left, ``pad`` points above it."""
    axes.set_title(f"{letter}  {title}", loc="left", pad=pad)
