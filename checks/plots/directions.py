"""Random directions become orthogonal; a random context does not become irrelevant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from checks.directions import (
    cosine_tail,
    cosine_tail_bound,
    expected_context_mass,
    sample_context_mass,
)
from checks.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    VERMILION,
    WIDTH,
    files_of,
    panel,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DIMENSIONS = 2 ** np.arange(1, 13)
FROZEN, NORMAL = 48, 16
DRAWS = 4000
THRESHOLDS = ((0.1, BLUE, "-", "o"), (0.3, VERMILION, (0, (5, 1.5)), "s"))


def directions_figure(seed: int = 0) -> dict[str, str | bytes]:
    """``dimension.pdf`` and ``.png``."""
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 2.9))
        tail, scaled, unscaled = figure.subplots(1, 3)
        _tail(tail)
        _mass(scaled, None, seed)
        _mass(unscaled, 1.0, seed)
        scaled.set_ylabel(f"mass α on the context (m = {FROZEN}, p = {NORMAL})")
        scaled.legend(loc="lower left")
        panel(tail, "a", "directions: nearly orthogonal")
        panel(scaled, "b", "logits q·k/√d: d changes nothing")
        panel(unscaled, "c", "logits q·k: spread, same mean")
        return files_of(figure, "dimension")


def _tail(axes: Axes) -> None:
    for eps, color, line, marker in THRESHOLDS:
        exact = [float(cosine_tail(eps, int(d))) for d in DIMENSIONS]
        bound = [float(cosine_tail_bound(eps, int(d))) for d in DIMENSIONS]
        axes.plot(
            DIMENSIONS,
            exact,
            color=color,
            linestyle=line,
            marker=marker,
            markerfacecolor="white",
            label=f"P(|cos| ≥ {eps:g})",
        )
        axes.plot(
            DIMENSIONS,
            bound,
            color=BLACK,
            linestyle=line,
            linewidth=0.8,
            label=f"e^(−d·{eps:g}²/2)",
        )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_ylim(1e-12, 3)
    axes.set_xlabel("dimension d")
    axes.set_ylabel("probability")
    axes.legend(loc="lower left")


def _mass(axes: Axes, scale: float | None, seed: int) -> None:
    """Quantiles of alpha; the same seeds for every d show what d itself does."""
    drawn = [
        sample_context_mass(DRAWS, FROZEN, NORMAL, int(d), scale=scale, seed=seed)
        for d in DIMENSIONS
    ]
    low, median, high = np.quantile(drawn, [0.1, 0.5, 0.9], axis=1)
    label = "10 % to 90 % of draws"
    axes.fill_between(DIMENSIONS, low, high, color=GREEN, alpha=0.25, linewidth=0, label=label)
    axes.plot(DIMENSIONS, median, color=GREEN, linestyle=(0, (3, 1.2)), label="median")
    means, errors = np.mean(drawn, axis=1), np.std(drawn, axis=1, ddof=1) / np.sqrt(DRAWS)
    axes.errorbar(
        DIMENSIONS,
        means,
        4 * errors,
        color=BLUE,
        linestyle="none",
        marker="o",
        markerfacecolor="white",
        capsize=2,
        label="mean ± 4 standard errors",
    )
    share = float(expected_context_mass(FROZEN, NORMAL))
    axes.axhline(share, color=BLACK, linewidth=1.0, label=f"m/(m+p) = {share:g}")
    axes.set_xscale("log", base=2)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("dimension d")
