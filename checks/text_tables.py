"""A table of labels and cells that are text already, for a terminal, a page or LaTeX."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LONG = 1e4
"""Numbers from here on are shown by their power of ten."""


@dataclass(frozen=True)
class TextRow:
    """A label, and a cell for each heading."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class TextTable:
    """``title`` heads the labels, ``headings`` the cells; ``caption`` is a sentence below.

    A label that begins with a blank belongs to the row above it.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[TextRow, ...]
    caption: str = ""
    further: tuple[str, ...] = ()


def short_number(value: float) -> str:
    """Three digits, or the power of ten: at most six characters."""
    if np.isinf(value):
        return "∞"
    return f"{value:.3g}" if value < LONG else f"{value:.0e}".replace("e+", "e")


def short_share(value: float | None) -> str:
    """A share to two places; a dash where there is none."""
    return "–" if value is None else f"{value:.2f}"
