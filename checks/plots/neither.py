"""Drop the context or use effective keys: neither is always nearer, and both witnesses show it.

Two normal tokens at distance 1 (the diameter), values clustered exactly. Mathematics, section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from checks.plots.style import BLACK, ERRORS, GREY, WIDTH, files_of, panel, styled
from checks.tensors import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DROP_IS_EXACT = ((0.0, float(np.log(3.0))), (0.0, 0.0, 0.0, 0.0))
KEYS_ARE_NEARER = ((0.0, 10.0), (9.0,))
"""The witnesses: logits by group, the normal token's first."""

GONE = -12.0
"""The logit at which a frozen token weighs nothing, where the path between the witnesses ends."""

SAMPLES = 1500


def both_errors(groups: Sequence[Array]) -> tuple[Array, Array]:
    """Errors of dropping and of effective keys in diameters, for two groups of logits (..., n_j).

    With one-dimensional values 0 and 1 an error is a difference of the second token's weights.
    """
    largest = np.stack([group.max(axis=-1) for group in groups], axis=-1)
    own = np.stack([group[..., 0] for group in groups], axis=-1)
    grouped = np.stack(
        [
            top + np.log(np.exp(group - top[..., None]).sum(axis=-1))
            for group, top in zip(groups, np.moveaxis(largest, -1, 0), strict=True)
        ],
        axis=-1,
    )
    exact = _second_weight(grouped)
    return np.abs(exact - _second_weight(own)), np.abs(exact - _second_weight(largest))


def _second_weight(logits: Array) -> Array:
    """softmax(logits)_2 = 1 / (1 + e^(s_1 - s_2)), written with tanh."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * (logits[..., 1] - logits[..., 0]))))


def neither_figure(seed: int = 0) -> dict[str, str | bytes]:
    """``drop_or_effective.pdf`` and ``.png``."""
    with styled() as new_figure:
        figure = new_figure(figsize=(WIDTH, 3.3))
        left, right = figure.subplots(1, 2)
        _plane(left, seed)
        _path(right)
        return files_of(figure, "drop_or_effective")


def _plane(axes: Axes, seed: int) -> None:
    random = np.random.default_rng(seed)
    spread = random.choice([1.0, 3.0, 6.0], size=(SAMPLES, 1))
    drop, effective = both_errors([spread * random.normal(size=(SAMPLES, n)) for n in (2, 4)])
    axes.scatter(drop, effective, s=3, color=GREY, linewidths=0, label="random logits")
    axes.plot([0, 1], [0, 1], color=BLACK, linewidth=0.8, linestyle=(0, (4, 2)))
    axes.text(0.8, 0.83, "equally far", rotation=45, rotation_mode="anchor", fontsize=7)
    for groups, look, text, place in (
        (
            DROP_IS_EXACT,
            ERRORS["drop"],
            "dropping is exact,\nkeys are off by {1:.3g}",
            (0.04, 0.42),
        ),
        (
            KEYS_ARE_NEARER,
            ERRORS["effective"],
            "dropping is off by {0:.2g},\nkeys by {1:.1g}",
            (0.5, 0.44),
        ),
    ):
        x, y = (float(one) for one in both_errors([np.array(group) for group in groups]))
        axes.plot([x], [y], color=look.color, marker=look.marker, markersize=8, clip_on=False)
        axes.annotate(
            text.format(x, y),
            (x, y),
            place,
            arrowprops={"arrowstyle": "-", "linewidth": 0.8},
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_aspect("equal")
    axes.set_xlabel("error of dropping the context / diam")
    axes.set_ylabel("error of effective keys / diam")
    axes.legend(loc="upper left", markerscale=3)
    panel(axes, "a", "neither dominates")


def path_between(t: Array) -> list[Array]:
    """The logits on the straight way from the first witness (t = 0) to the second (t = 1)."""
    first = np.array([*DROP_IS_EXACT[0], *DROP_IS_EXACT[1]])
    second = np.array([*KEYS_ARE_NEARER[0], KEYS_ARE_NEARER[1][0], GONE, GONE, GONE])
    logits = (1.0 - t[..., None]) * first + t[..., None] * second
    return [logits[..., :2], logits[..., 2:]]


def _path(axes: Axes) -> None:
    t = np.linspace(0.0, 1.0, 201)
    drop, effective = both_errors(path_between(t))
    for name, error in (("drop", drop), ("effective", effective)):
        look = ERRORS[name]
        axes.plot(t, error, **look.line_options(), markevery=20, label=look.label)
    axes.set_yscale("symlog", linthresh=1e-6, linscale=0.4)
    axes.set_yticks([0, 1e-6, 1e-4, 1e-2, 1])
    axes.set_ylim(-2e-7, 2)
    axes.set_xlim(0, 1)
    axes.set_xlabel("way from the one witness (0) to the other (1)")
    axes.set_ylabel("error / diam")
    axes.legend(loc="lower center")
    panel(axes, "b", "from one witness to the other")
