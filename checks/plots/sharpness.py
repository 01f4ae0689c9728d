"""How far from 1 the largest error / bound stays, for every bound and configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.plots.style import BLUE, GREY, VERMILION, WIDTH, files_of, styled

LEAST = 1e-10
"""A ratio closer to 1 than this is drawn here; balls tell more digits than are of interest."""

SHARP = 1e-3


def sharpness_figure(data: Mapping[str, Any]) -> dict[str, str | bytes]:
    """``sharpness.pdf`` and ``.png`` of what :func:`checks.extremes.report.to_json` returns."""
    rows = [
        (bound["name"], configuration)
        for bound in data["bounds"]
        for configuration in bound["configurations"]
    ]
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 1.0 + 0.155 * len(rows)))
        axes = figure.add_subplot()
        heights = range(len(rows))
        for height, (_, one) in zip(heights, rows, strict=True):
            off = max(1.0 - one["ratio"], LEAST)
            broken = one["holds"] == "violated"
            color = VERMILION if broken else BLUE if one["sharp"] else GREY
            marker = "X" if broken else "o" if one["sharp"] else "s"
            axes.plot([off, 1.0], [height, height], color=color, linewidth=0.6)
            axes.plot([off], [height], color=color, marker=marker, markersize=4.5, clip_on=False)
        axes.axvline(SHARP, color="black", linestyle=(0, (4, 2)), linewidth=0.8)
        axes.set_xscale("log")
        axes.set_xlim(LEAST, 1.0)
        axes.invert_xaxis()
        axes.set_ylim(len(rows) - 0.4, -0.6)
        labels, previous = [], ""
        for height, (name, one) in zip(heights, rows, strict=True):
            labels.append(f"{'' if name == previous else name + ':'}   {one['configuration']}")
            if name != previous:
                axes.axhline(height - 0.5, color="#C0C0C0", linewidth=0.5)
            previous = name
        axes.set_yticks(list(heights), labels)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("1 − (largest error / bound found), certified in ball arithmetic")
        axes.legend(handles=_legend(rows), loc="upper center", bbox_to_anchor=(0.5, -0.06), ncol=4)
        return files_of(figure, "sharpness")


def _legend(rows: list[tuple[str, Any]]) -> list[Any]:
    from matplotlib.lines import Line2D

    entries = [
        Line2D([], [], color=BLUE, marker="o", label="stated sharp"),
        Line2D([], [], color=GREY, marker="s", label="not sharp there"),
        Line2D([], [], color="black", linestyle=(0, (4, 2)), linewidth=0.8, label="ratio 0.999"),
    ]
    if any(one["holds"] == "violated" for _, one in rows):
        entries.append(Line2D([], [], color=VERMILION, marker="X", label="VIOLATED"))
    return entries
