"""The mean log-sum-exp gap of n Gaussian logits: phase diagram, and its approach to the limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from checks.gaussian import critical_sigma, limit_above, limit_below, mean_gap
from checks.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    VERMILION,
    WIDTH,
    files_of,
    panel,
    styled,
)
from checks.tensors import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZES = np.unique(np.round(np.geomspace(2, 1e12, 73)))
SIGMAS = np.linspace(0.0, 12.0, 97)
CURVES = (
    (1e2, VERMILION, (0, (1, 1)), "o"),
    (1e4, ORANGE, (0, (4, 1.5)), "s"),
    (1e8, GREEN, (0, (3, 1, 1, 1)), "^"),
    (1e12, BLUE, "-", "D"),
)
SAMPLED = ((1e2, 4000), (1e4, 200))
"""Sizes at which the mean gap is sampled too, and the number of draws."""

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9)


def phase_figure() -> dict[str, str | bytes]:
    """``phase_diagram.pdf`` and ``.png``; all but the samples comes from exact integrals."""
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 5.6))
        grid = figure.add_gridspec(2, 2, height_ratios=(1.35, 1.0))
        _diagram(figure.add_subplot(grid[0, :]))
        _below(figure.add_subplot(grid[1, 0]))
        _above(figure.add_subplot(grid[1, 1]))
        return files_of(figure, "phase_diagram")


def gap_shares() -> Array:
    """Mean gap / log n at SIGMAS (rows) and SIZES (columns)."""
    return np.stack([mean_gap(SIZES, sigma) / np.log(SIZES) for sigma in SIGMAS])


def _diagram(axes: Axes) -> None:
    logs = np.log(SIZES)
    shares = gap_shares().T
    # Grey levels carry the numbers, so that nothing depends on telling colours apart.
    mesh = axes.pcolormesh(
        SIGMAS, logs, shares, cmap="cividis", vmin=0, vmax=1, shading="gouraud", rasterized=True
    )
    lines = axes.contour(SIGMAS, logs, shares, levels=LEVELS, colors="white", linewidths=0.7)
    axes.clabel(lines, fmt="%g", fontsize=6)
    fine = np.linspace(logs[0], logs[-1], 200)
    critical = np.sqrt(2.0 * fine)
    halo: dict[str, Any] = {"color": "white", "linewidth": 3.2}
    axes.plot(critical, fine, **halo)
    axes.plot(critical, fine, color=BLACK, linewidth=1.6, label="σ_c = √(2 log n)")
    axes.set_xlim(0, SIGMAS[-1])
    axes.set_ylim(logs[0], logs[-1])
    axes.set_xlabel("standard deviation σ of the logits (nats)")
    axes.set_ylabel("log n (nats)")
    axes.grid(visible=False)
    upper = axes.secondary_yaxis("right", functions=(_decades, _nats))
    upper.set_ylabel("n")
    upper.set_yticks([1, 3, 6, 9, 12], ["10", "10³", "10⁶", "10⁹", "10¹²"])
    axes.legend(loc="upper right", frameon=True, framealpha=0.9)
    box = {"facecolor": "black", "alpha": 0.55, "edgecolor": "none", "pad": 2.0}
    words: dict[str, Any] = {"color": "white", "ha": "center", "bbox": box}
    axes.text(3.4, 21.0, "gap ≈ log n (1 − σ/σ_c)²", **words)
    axes.text(8.6, 5.5, "gap finite: the largest logit rules", **words)
    axes.figure.colorbar(mesh, ax=axes, label="mean gap ε / log n", pad=0.02)
    panel(axes, "a", "mean log-sum-exp gap as a share of log n (lines: equal shares)")


def _decades(nats: ArrayLike) -> Array:
    return np.asarray(nats) / math.log(10.0)


def _nats(decades: ArrayLike) -> Array:
    return np.asarray(decades) * math.log(10.0)


def _below(axes: Axes) -> None:
    ratios = np.linspace(0.0, 1.5, 31)
    for size, color, line, marker in CURVES:
        sigma = ratios * float(critical_sigma(size))
        shares = [float(mean_gap(size, s)) / math.log(size) for s in sigma]
        axes.plot(
            ratios,
            shares,
            color=color,
            linestyle=line,
            marker=marker,
            markevery=5,
            markerfacecolor="white",
            label=f"n = {_power(size)}",
        )
    label = "samples, ± 4 s.e."
    for size, draws in SAMPLED:
        spots = np.linspace(0.15, 1.45, 6)
        samples = [_sampled(size, r * float(critical_sigma(size)), draws) for r in spots]
        means, errors = (np.array(part) / math.log(size) for part in zip(*samples, strict=True))
        axes.errorbar(
            spots,
            means,
            4 * errors,
            color=BLACK,
            linestyle="none",
            marker="x",
            markersize=4,
            capsize=2,
            label=label,
        )
        label = "_"
    axes.plot(ratios, limit_below(ratios), color=BLACK, linewidth=2.0, label="limit (1 − σ/σ_c)²")
    axes.set_xlabel("σ / σ_c")
    axes.set_ylabel("mean gap ε / log n")
    axes.set_xlim(0, 1.5)
    axes.set_ylim(0, 1)
    axes.legend()
    panel(axes, "b", "below the transition the gap grows like log n")


def _sampled(size: float, sigma: float, draws: int) -> tuple[float, float]:
    """Mean gap of seeded draws, and its standard error."""
    logits = np.random.default_rng(0).normal(scale=sigma, size=(draws, int(size)))
    below = logits - logits.max(axis=1, keepdims=True)
    gaps = np.log(np.exp(below).sum(axis=1))
    return float(gaps.mean()), float(gaps.std(ddof=1) / math.sqrt(draws))


def _above(axes: Axes) -> None:
    ratios = np.linspace(0.8, 3.0, 45)
    for size, color, line, marker in CURVES:
        sigma = ratios * float(critical_sigma(size))
        gaps = [float(mean_gap(size, s)) for s in sigma]
        axes.plot(
            ratios,
            gaps,
            color=color,
            linestyle=line,
            marker=marker,
            markevery=6,
            markerfacecolor="white",
            label=f"n = {_power(size)}",
        )
    above = np.linspace(1.001, 3.0, 400)
    label = "limit r log Γ(1 − 1/r) − γ"
    axes.plot(above, limit_above(above), color=BLACK, linewidth=2.0, label=label)
    axes.axvline(1.0, color=BLACK, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.set_xlabel("r = σ / σ_c")
    axes.set_ylabel("mean gap ε (nats)")
    axes.set_xlim(0.8, 3.0)
    axes.set_ylim(0, 4)
    axes.legend()
    panel(axes, "c", "above it the gap stays finite")


def _power(size: float) -> str:
    raised = str(round(math.log10(size))).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}"
