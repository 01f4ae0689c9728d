"""The tidy table of a whole model: one row for each choice of weights, question and layer.

``weights`` names the choice, ``question`` is own (to which matrices were fitted) or second, and
``layer`` counts the states from 0, before the first layer. ``distance`` is max_i |x_i - y_i|,
``one_layer`` the error that the layer before adds, ``bound`` Grönwall's, all in units of the
states; ``relative`` is |x - y| / |x| with fitted matrices and ``anew`` with the update replaced in
every layer. A number that does not exist is empty, one that is infinite ``inf``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from checks.layers import LayerComparison
from checks.models.comparison import WholeComparison
from checks.report.table import Columns
from checks.tensors import Array

NUMBERS = ("distance", "one_layer", "bound", "relative", "anew")
Row = tuple[str, str, int, dict[str, float]]


def comparison_columns(result: WholeComparison) -> Columns:
    """Every column of the table, in its order."""
    rows = list(_rows(result))
    texts = {
        "weights": [weights for weights, _, _, _ in rows],
        "question": [question for _, question, _, _ in rows],
    }
    found: Columns = {name: np.array(column, dtype=object) for name, column in texts.items()}
    found["layer"] = np.array([layer for _, _, layer, _ in rows], dtype=np.int64)
    for name in NUMBERS:
        found[name] = np.array([numbers.get(name, np.nan) for *_, numbers in rows])
    return found


def _rows(result: WholeComparison) -> Iterator[Row]:
    for course in result.courses:
        name = course.fit.name.lower()
        yield from _followed(name, "own", course.own, course.anew)
        if course.second is not None:
            yield from _followed(name, "second", course.second, None)
    for which, other in result.others.items():
        for question, relative in (("own", other.own), ("second", other.second)):
            for layer, number in enumerate(() if relative is None else relative):
                yield which.name.lower(), question, layer, {"anew": float(number)}


def _followed(
    name: str, question: str, found: LayerComparison, anew: Array | None
) -> Iterator[Row]:
    for layer in range(len(found.distance)):
        numbers = {
            "distance": float(found.distance[layer]),
            "bound": float(found.bound[layer]),
            "relative": float(found.relative[layer]),
        }
        if layer:
            numbers["one_layer"] = float(found.one_layer[layer - 1])
        if anew is not None:
            numbers["anew"] = float(anew[layer])
        yield name, question, layer, numbers
