"""The figures of a measurement, for its report: queries, bounds, heads, effective weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from checks.plots.picture import Picture

if TYPE_CHECKING:
    from checks.measure import Measurement
    from checks.weights.effective import HeadWeights


def measured_pictures(
    result: Measurement,
    heads: Sequence[HeadWeights] = (),
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Picture]:
    """All figures that there is something to draw for, by stem, in the order of the report.

    Raises UnusableInput without matplotlib.
    """
    from checks.plots import need_matplotlib

    need_matplotlib()
    from checks.plots.measured.bounds import bounds_picture
    from checks.plots.measured.conditions import conditions_picture
    from checks.plots.measured.context import context_picture
    from checks.plots.measured.errors import errors_picture
    from checks.plots.measured.heads import heads_picture
    from checks.plots.measured.weights import weights_picture

    drawn = (
        lambda: context_picture(result),
        lambda: conditions_picture(result),
        lambda: errors_picture(result),
        lambda: bounds_picture(result),
        lambda: heads_picture(result),
        lambda: weights_picture(heads),
    )
    pictures = {}
    for done, draw in enumerate(drawn, 1):
        picture = draw()
        if picture is not None:
            pictures[picture.stem] = picture
        if progress is not None:
            progress(done, len(drawn))
    return pictures
