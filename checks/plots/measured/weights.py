"""The effective weights of all heads: rank, singular values, residuals, and what they bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from checks.plots.measured.points import Bar, bars, in_text, whole_numbers
from checks.plots.picture import Picture, picture_of
from checks.plots.style import BLACK, BLUE, ERRORS, SKY, VERMILION, WIDTH, Look, panel, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from checks.tensors import Array
    from checks.weights.effective import HeadWeights

ONE = Look(BLUE, "-", "o", "one query")
ALL = Look(VERMILION, (0, (4, 1.5)), "s", "all queries")
ROUNDING = 1e-10
"""Singular values below this share of the largest are rounding."""

FITTED = {
    "dropped": ("weights unchanged", ERRORS["drop"]),
    "winners": ("W_K′: winners", ERRORS["effective"]),
    "log_sum_exp": ("W_K′: log-sum-exp", ERRORS["grouped"]),
    "merged": ("W_K′ and W_V′", Look(SKY, "-", "P", "")),
}

SECOND = {
    "dropped": "second question: unchanged",
    "winners": "W_K′ of the first",
    "merged": "W_K′ and W_V′ of the first",
}


def weights_picture(heads: Sequence[HeadWeights]) -> Picture | None:
    """Four panels over the heads; None without effective weights."""
    if not heads:
        return None
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 4.6))
        (ranks, values), (residuals, errors) = figure.subplots(2, 2)
        _ranks(ranks, heads)
        _singular_values(values, heads)
        _residuals(residuals, heads)
        rows = [
            Bar(label, np.array([each.errors[name] for each in heads]), look)
            for name, (label, look) in FITTED.items()
        ]
        second = [each.second for each in heads if each.second is not None]
        if second:
            rows += [
                Bar(label, np.array([each[name] for each in second]), FITTED[name][1])
                for name, label in SECOND.items()
            ]
        bars(errors, rows, ("median", ""))
        errors.set_xlabel("error, share of the diameter")
        panel(ranks, "a", in_text("one query: a low-rank change of W_K"))
        panel(values, "b", in_text("how large ΔW_K is"))
        panel(residuals, "c", in_text("what no single W_K′ gives"))
        panel(errors, "d", "the normal tokens alone")
        caption = (
            "Each head's smallest change ΔW_K. (a) For the last query, its rank against the number"
            " of normal tokens whose winner is a frozen token, which bounds it (line); larger where"
            " heads coincide. (b) Singular values over ‖W_K‖: median of the heads, band from 10 %"
            " to 90 %; less than 10⁻¹⁰ of the largest is rounding and not drawn. (c) What is"
            " left of the wanted keys (one query) or logits (all queries at once), heads in order"
            " of size: 0 means that one W_K′ does it. (d) Median error of each head: bars from 10 %"
            " to 90 % of the heads."
        )
        if second:
            caption += " Below, the weights of the first question on a second question."
        return picture_of(figure, "weights", "The effective weights", caption)


def _ranks(axes: Axes, heads: Sequence[HeadWeights]) -> None:
    places = Counter((each.one_query.moved, each.one_query.rank) for each in heads)
    most = max(max(place) for place in places) + 1
    axes.plot([0, most], [0, most], color=BLACK, linewidth=0.8, label="rank = frozen winners")
    for (moved, rank), count in sorted(places.items()):
        axes.plot(
            [moved],
            [rank],
            color=ONE.color,
            marker="o",
            markersize=3.0 + 2.0 * np.sqrt(count),
            markerfacecolor="none",
            linestyle="none",
        )
    axes.set_xlim(-0.3, most)
    axes.set_ylim(-0.3, most)
    for axis in (axes.xaxis, axes.yaxis):
        whole_numbers(axis)
    axes.set_xlabel("frozen winners of one query")
    axes.set_ylabel(in_text("rank of ΔW_K"))
    axes.legend(loc="upper left")


def _singular_values(axes: Axes, heads: Sequence[HeadWeights]) -> None:
    for look, changes in (
        (ONE, [each.one_query.singular_values for each in heads]),
        (ALL, [each.all_queries.singular_values for each in heads]),
    ):
        table = np.full((len(heads), max(map(len, changes))), np.nan)
        for row, (head, change) in enumerate(zip(heads, changes, strict=True)):
            kept = change[change > ROUNDING * change[0]] if len(change) else change
            table[row, : len(kept)] = kept / (head.weight_norm or 1.0)
        some = ~np.isnan(table).all(axis=0)
        if not some.any():
            continue
        numbers = np.flatnonzero(some) + 1
        low, median, high = np.nanquantile(table[:, some], [0.1, 0.5, 0.9], axis=0)
        if len(heads) > 1:
            axes.fill_between(numbers, low, high, color=look.color, alpha=0.2, linewidth=0)
        axes.plot(numbers, median, label=look.label, **look.line_options())
    axes.set_yscale("log")
    whole_numbers(axes.xaxis)
    axes.set_xlabel("number of the singular value")
    axes.set_ylabel(in_text("σ / ‖W_K‖"))
    axes.legend(loc="best")


def _residuals(axes: Axes, heads: Sequence[HeadWeights]) -> None:
    for look, residuals in (
        (ONE, [each.one_query.relative_residual for each in heads]),
        (ALL, [each.relative_residual for each in heads]),
    ):
        ordered: Array = np.sort(np.array(residuals))
        axes.plot(
            np.arange(1, len(heads) + 1),
            ordered,
            label=look.label,
            color=look.color,
            marker=look.marker,
            markersize=3,
            markerfacecolor="none",
            linestyle="none",
        )
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlim(0.5, len(heads) + 0.5)
    whole_numbers(axes.xaxis)
    axes.set_xlabel("heads, in order of size")
    axes.set_ylabel("residual / wanted")
    axes.legend(loc="upper left")
