"""The figures of a whole model: what is left at the end, layer by layer, and right answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from checks.models.comparison_table import label_of
from checks.models.replacement import Replacement
from checks.plots.picture import Picture, picture_of
from checks.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    VERMILION,
    WIDTH,
    Look,
    panel,
    styled,
)
from checks.weights.fit import Fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from checks.models.comparison import WholeComparison
    from checks.models.recall_answers import Answers

LOOKS: Mapping[Fit, Look] = {
    Fit.DROPPED: Look(VERMILION, (0, (5, 1.5)), "s", "weights unchanged"),
    Fit.WINNERS: Look(BLUE, "-", "o", "$W_K'$ for the winners"),
    Fit.LOG_SUM_EXP: Look(PURPLE, (0, (6, 1, 1, 1)), "D", "$W_K'$ for the log-sum-exps"),
    Fit.MERGED: Look(GREEN, (0, (1, 1)), "v", "$W_K'$ and $W_V'$, merged values"),
}
KINDS: Mapping[str, dict[str, Any]] = {
    "fitted matrices, their own question": {"marker": "o", "color": BLUE, "markersize": 5},
    "fitted matrices, a second question": {"marker": "^", "color": VERMILION, "markersize": 5},
    "replaced anew in every layer": {
        "marker": "s",
        "color": BLACK,
        "markersize": 4.5,
        "markerfacecolor": "white",
    },
}


def compared_pictures(
    result: WholeComparison, progress: Callable[[int, int], None] | None = None
) -> dict[str, Picture]:
    """All figures that there is something to draw for, by stem.

    Raises UnusableInput without matplotlib.
    """
    from checks.plots import need_matplotlib

    need_matplotlib()
    drawn = [lambda: ends_picture(result), lambda: layers_picture(result)]
    if (answers := result.answers) is not None:
        drawn.append(lambda: answers_picture(answers))
    pictures = {}
    for done, draw in enumerate(drawn, 1):
        picture = draw()
        pictures[picture.stem] = picture
        if progress is not None:
            progress(done, len(drawn))
    return pictures


def ends_picture(result: WholeComparison) -> Picture:
    """The relative error of the final states: one line for each choice, one marker for each way."""
    own, second, anew = KINDS
    rows: list[tuple[str, dict[str, float]]] = []
    for course in result.courses:
        found = {own: course.own.relative[-1], anew: course.anew[-1]}
        if course.second is not None:
            found[second] = course.second.relative[-1]
        rows.append((LOOKS[course.fit].label, found))
    rows += [(label_of(which), {anew: other.own[-1]}) for which, other in result.others.items()]
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 1.3 + 0.24 * len(rows)))
        axes = figure.subplots()
        for kind, look in KINDS.items():
            places = [(row, found[kind]) for row, (_, found) in enumerate(rows) if kind in found]
            if places:
                lines, errors = zip(*places, strict=True)
                axes.plot(errors, lines, linestyle="none", label=kind, clip_on=False, **look)
        axes.axvline(1.0, color=GREY, linewidth=0.8, linestyle=(0, (4, 2)))
        axes.set_yticks(range(len(rows)), [label for label, _ in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(left=0.0)
        axes.set_xlabel("relative error of the final states, |x − y| / |x|")
        figure.legend(loc="outside lower center", ncols=3)
        caption = (
            "How far the final states of the question's tokens are from those with the context, as"
            " a share of their size (Frobenius norm); at 1 (dashed) the error is as large as they"
            " are. The constant update is a control that reads no query. In a layer no keys alone"
            " come nearer to the exact update than the nearest point of the hull."
        )
        return picture_of(figure, "ends", "What is left at the end", caption)


def layers_picture(result: WholeComparison) -> Picture:
    """Distances and bounds after each layer, and the one-layer errors of effective keys."""
    layers = np.arange(result.layers)
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 3.1))
        left, right = figure.subplots(1, 2, width_ratios=(1.4, 1.0))
        for course in result.courses:
            look = LOOKS[course.fit]
            left.plot(layers, course.own.distance[1:], label=look.label, **look.line_options())
            bound = course.own.bound[1:]
            shown = np.where(np.isfinite(bound), bound, np.nan)
            left.plot(layers, shown, color=look.color, linewidth=0.8, marker="_", linestyle=":")
        left.plot([], [], color=BLACK, linewidth=0.8, marker="_", linestyle=":", label="its bound")
        left.set_ylabel("max |x − y| over the tokens")
        panel(left, "a", "distance after each layer, and Grönwall's bound")
        found = result.one_layer
        look = LOOKS[Fit.WINNERS]
        right.plot(layers, found.error, label="error", **look.line_options())
        limit = np.where(np.isfinite(found.bound), found.bound, np.nan)
        right.plot(
            layers, limit, label="the theorem's bound", color=BLACK, marker="_", linestyle=":"
        )
        right.set_ylabel("max |x − y| over the tokens")
        panel(right, "b", "effective keys in one layer")
        for axes in (left, right):
            _by_layer(axes, result.layers)
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
        right.legend()
        caption = (
            "(a) The largest distance of a token's state from its state with the context, in units"
            " of the states, for fitted matrices; dotted in the same colour Grönwall's bound, which"
            " multiplies the Lipschitz constants of all layers. (b) What a single layer adds with"
            " effective keys of each query's own, from the states with the context, below the"
            " theorem's bound carried through the layer. Infinite bounds are not drawn."
        )
        return picture_of(figure, "layers", "Layer by layer", caption)


def _by_layer(axes: Axes, layers: int) -> None:
    axes.set_yscale("log")
    axes.set_xticks(range(layers))
    axes.set_xlim(-0.3, layers - 0.7)
    axes.set_xlabel("layer")


def answers_picture(answers: Answers) -> Picture:
    """Shares of right answers: all, and those that only the context holds."""
    shares = {
        which: (found.share, found.share_new)
        for which, found in answers.replaced.items()
        if found.share is not None
    }
    rows = np.arange(len(shares))
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 1.1 + 0.3 * len(shares)))
        axes = figure.subplots()
        every = [share or 0.0 for share, _ in shares.values()]
        new = [share or 0.0 for _, share in shares.values()]
        axes.barh(rows - 0.19, every, 0.36, color=BLUE, label="all answers")
        axes.barh(
            rows + 0.19,
            new,
            0.36,
            facecolor="white",
            edgecolor=VERMILION,
            hatch="////",
            linewidth=0.8,
            label="those that only the context holds",
        )
        limit = shares.get(Replacement.NEAREST)
        if limit is not None and limit[0] is not None:
            axes.axvline(limit[0], color=BLACK, linewidth=0.8, linestyle=(0, (4, 2)))
        axes.set_yticks(rows, [label_of(which) for which in shares])
        axes.set_ylim(len(shares) - 0.5, -0.5)
        axes.set_xlim(0.0, 1.0)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("share of right answers")
        figure.legend(loc="outside lower center", ncols=2)
        caption = (
            "The update of every layer replaced, on the states so far. Dashed: with the nearest"
            " point of the hull of the values; in a layer no keys alone come nearer to the exact"
            " update."
        )
        return picture_of(figure, "answers", "Right answers", caption)
