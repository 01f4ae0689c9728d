"""How well the two approximations hold: shared values, and the max for the log-sum-exp."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from checks.lengths import unit_of
from checks.plots.measured.points import distribution, log_limits, share_axis
from checks.plots.picture import Picture, picture_of
from checks.plots.style import BLUE, ORANGE, PURPLE, SKY, WIDTH, Look, panel, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from checks.measure import Measurement
    from checks.tensors import Array

LARGEST = Look(PURPLE, "-", "D", "largest residual δ")
MEAN = Look(SKY, (0, (4, 1.5)), "v", "mean residual")
MARGIN = Look(ORANGE, "-", "^", "smallest margin γ")
OSCILLATION = Look(BLUE, "-", "o", "osc ε")

ABOVE = 27.0
"""Points between a panel and its title, so that all titles stand in a line."""


def conditions_picture(result: Measurement) -> Picture | None:
    """Residuals, margins and the spread of the gaps; None without frozen tokens."""
    if not result.frozen:
        return None
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 2.7))
        residuals, margins, gaps = figure.subplots(1, 3, sharey=True)
        _residuals(residuals, result)
        infinite = _margins(margins, np.ravel(result.quantities["margin"]))
        _gaps(gaps, np.ravel(result.quantities["oscillation"]))
        share_axis(residuals, "share of the queries with at most that")
        panel(residuals, "a", "values cluster?", ABOVE)
        panel(margins, "b", "a clear winner?", ABOVE)
        panel(gaps, "c", "gaps alike? (they cancel)")
        caption = (
            "(a) How far values of the context are from the value of their normal token: the"
            " largest residual δ, and where it is known its mean under attention. Left is good. (b)"
            " The smallest lead γ of a group's largest logit over its second. Right is good."
            + (f" In {infinite} queries every group is one token, γ = ∞." if infinite else "")
            + " (c) The spread of the gaps between log-sum-exp and max over the groups; above, what"
            " it can cost at most, as a share of the diameter. Left is good."
        )
        return picture_of(figure, "conditions", "How well the approximations hold", caption)


def _residuals(axes: Axes, result: Measurement) -> None:
    unit = unit_of(result)
    distribution(axes, unit.of(result.quantities["delta"]), LARGEST)
    if "weighted_residual" in result.quantities:
        distribution(axes, unit.of(result.quantities["weighted_residual"]), MEAN)
    axes.set_xlim(left=0)
    axes.set_xlabel(f"distance, {unit.label}")
    axes.legend(loc="best")


def _margins(axes: Axes, margin: Array) -> int:
    """Returns how many are infinite."""
    low, high = log_limits(margin)
    distribution(axes, np.maximum(margin, low), MARGIN)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_xlabel("γ (nats)")
    return int(np.isinf(margin).sum())


def _gaps(axes: Axes, oscillation: Array) -> None:
    distribution(axes, oscillation, OSCILLATION)
    axes.set_xlim(0, max(float(oscillation.max()) * 1.05, 0.1))
    axes.set_xlabel("osc ε (nats)")
    upper = axes.secondary_xaxis("top", functions=(_cost, _spread))
    upper.tick_params(labelsize=6, pad=1)
    upper.set_xlabel("largest cost tanh(osc ε/4)", fontsize=7)


def _cost(oscillation: ArrayLike) -> Array:
    return np.tanh(np.asarray(oscillation, dtype=float) / 4.0)


def _spread(cost: ArrayLike) -> Array:
    return 4.0 * np.arctanh(np.clip(np.asarray(cost, dtype=float), -1 + 1e-15, 1 - 1e-15))
