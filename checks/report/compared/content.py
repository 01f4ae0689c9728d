"""What the report of a whole model is made of, and what may be said of its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.models.comparison import WholeComparison
from checks.plots.picture import Picture


@dataclass(frozen=True, eq=False)
class Comparison:
    """``command`` is the line that was typed, without folders, ``data`` the JSON, and ``pictures``
    the figures by stem.
    """

    result: WholeComparison
    command: str
    data: Mapping[str, Any]
    pictures: Mapping[str, Picture] = field(default_factory=dict)


def bound_status(result: WholeComparison) -> str:
    """What may be said of the bounds; it accompanies every bound that is shown."""
    if not result.bounds_hold:
        return "A BOUND IS PASSED: see the distances after each layer"
    return (
        "no measured number is above its bound; both are float64 numbers, so that is certain up to"
        " their last digits"
    )
