"""How much attention goes to the context, and what its loss moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from checks.lengths import unit_of
from checks.plots.measured.points import distribution, share_axis, thinned, thinning
from checks.plots.picture import Picture, picture_of
from checks.plots.style import BLACK, ERRORS, GREEN, WIDTH, Look, panel, styled

if TYPE_CHECKING:
    from checks.measure import Measurement

MASS = Look(GREEN, "-", "o", "mass α on the context")


def context_picture(result: Measurement) -> Picture | None:
    """The distribution of alpha, and the error of dropping against it; None without context."""
    if not result.frozen:
        return None
    unit = unit_of(result)
    alpha = result.quantities["alpha"]
    drop = unit.of(result.errors["drop"])
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 2.5))
        left, right = figure.subplots(1, 2)
        distribution(left, np.ravel(alpha), MASS)
        median = float(np.median(alpha))
        left.axvline(median, color=BLACK, linewidth=0.8, linestyle=(0, (4, 2)))
        left.text(0.03, 0.92, f"median {median:.3g}", transform=left.transAxes)
        left.set_xlim(-0.02, 1.02)
        left.set_xlabel("attention mass α on the context")
        share_axis(left, "share of the queries with at most α")
        panel(left, "a", "how much comes from the context")
        shown = thinned(drop.size)
        look = ERRORS["drop"]
        right.plot(
            alpha[unit.kept][shown],
            drop[shown],
            color=look.color,
            linestyle="none",
            marker=look.marker,
            markersize=2.8,
            markerfacecolor="none",
            markeredgewidth=0.6,
        )
        right.set_xlim(-0.02, 1.02)
        right.set_ylim(bottom=0)
        right.set_xlabel("attention mass α on the context")
        right.set_ylabel(f"error of dropping it,\n{unit.label}")
        panel(right, "b", "what dropping it moves, by query")
        caption = (
            "(a) The share of the queries whose attention mass on the context is at most α."
            " (b) The error of attention without the context against α: it is α times the distance"
            " between the context's own mean of values and the normal tokens'."
            + thinning(drop.size)
        )
        return picture_of(figure, "context", "How much comes from the context", caption)
