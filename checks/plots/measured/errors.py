"""The errors of all replacements beside dropping, the control and the limit of any keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from checks.lengths import unit_of
from checks.plots.measured.points import Bar, bars, log_limits, thinned, thinning
from checks.plots.picture import Picture, picture_of
from checks.plots.style import (
    BLACK,
    BLUE,
    ERRORS,
    GREEN,
    GREY,
    SKY,
    VERMILION,
    WIDTH,
    Look,
    panel,
    styled,
)
from checks.tables import ERROR_LABELS, FURTHER_LABELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from checks.measure import Measurement

LOOKS: Mapping[str, Look] = {
    **ERRORS,
    "shared": Look(SKY, "-", "P", ""),
    "shared_largest": Look(SKY, "-", "X", ""),
    "constant": Look(GREY, "-", "*", ""),
    "hull": Look(BLACK, "-", "d", ""),
}
OTHER = Look(GREEN, "-", "h", "")
SIDES = (("nearer", BLUE, "o"), ("farther", VERMILION, "X"), ("equal", GREY, "s"))


def errors_picture(result: Measurement) -> Picture | None:
    """One bar for each replacement, and effective keys against dropping; None without context."""
    if not result.frozen:
        return None
    unit = unit_of(result)
    labels = {**ERROR_LABELS, **FURTHER_LABELS}
    if result.normal == 1:
        labels.pop("constant")
    total = result.certificates.size
    rows = []
    for name in dict.fromkeys([*labels, *result.errors]):
        if name not in result.errors or (name == "constant" and result.normal == 1):
            continue
        beats = ""
        if name in result.comparisons and name != "drop":
            beats = f"{int((result.comparisons[name] > 0).sum()) / total:.0%}"
        label = labels.get(name, name).strip()
        label = "the same, max" if label.startswith("the same") else label
        rows.append(Bar(label, unit.of(result.errors[name]), LOOKS.get(name, OTHER), beats))
    if result.hull:
        lower = unit.of(result.hull["lower"])
        rows.append(Bar("limit of any keys (hull)", lower, LOOKS["hull"]))
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, max(2.7, 1.0 + 0.22 * len(rows))))
        left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.1))
        bars(left, rows, ("median", "nearer"))
        left.set_xlabel(f"error, {unit.label}")
        panel(left, "a", "all replacements")
        _against_dropping(right, result)
        panel(right, "b", "effective keys or nothing")
        count = int(unit.kept.sum())
        caption = (
            "(a) The distance from the exact update Δ: bars from the 10 % to the 90 % quantile of"
            " the queries, a marker at the median (also in figures), a stroke at the worst, an"
            " arrow if that is far outside. “nearer” is the share of the queries that are certainly"
            " nearer to Δ than without the context. The control reads no query; no keys at all come"
            " nearer than the limit. (b) Each query: below the diagonal effective keys are nearer"
            " than dropping the context." + thinning(count)
        )
        left_out = total - count
        if left_out:
            caption += f" {left_out} queries whose diameter is 0 are counted and not drawn."
        if not result.hull:
            caption += " The limit of any keys was not measured."
        return picture_of(figure, "errors", "The errors of all replacements", caption)


def _against_dropping(axes: Axes, result: Measurement) -> None:
    unit = unit_of(result)
    drop, effective = (unit.of(result.errors[name]) for name in ("drop", "effective"))
    sides = result.comparison[unit.kept]
    low, high = log_limits(drop, effective)
    shown = np.zeros(drop.size, dtype=bool)
    shown[thinned(drop.size)] = True
    axes.plot([low, high], [low, high], color=BLACK, linewidth=0.8)
    for (label, color, marker), sign in zip(SIDES, (1, -1, 0), strict=True):
        these = shown & (sides == sign)
        axes.plot(
            np.clip(drop[these], low, high),
            np.clip(effective[these], low, high),
            color=color,
            linestyle="none",
            marker=marker,
            markersize=3,
            markerfacecolor="none",
            markeredgewidth=0.6,
            clip_on=False,
            in_layout=False,
            label=f"{label} in {int((result.comparison == sign).sum())}",
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_box_aspect(1)
    axes.set_xlabel("error of dropping")
    axes.set_ylabel("error of effective keys")
    axes.legend(loc="upper left")
