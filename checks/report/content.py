"""What a report is made of: everything that was measured, and how it was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checks.certify import Certificate
from checks.measure import Measurement
from checks.plots.picture import Picture
from checks.weights.effective import HeadWeights


@dataclass(frozen=True, eq=False)
class Report:
    """``heads`` are the effective weights (empty if there are none), ``command`` the line that
    was typed, without folders, ``data`` the JSON, and ``pictures`` the figures by stem.
    """

    result: Measurement
    heads: Sequence[HeadWeights]
    command: str
    data: Mapping[str, Any]
    pictures: Mapping[str, Picture] = field(default_factory=dict)


def certificate_counts(result: Measurement) -> dict[Certificate, int]:
    """How many queries have each certificate."""
    return {each: int((result.certificates == each).sum()) for each in Certificate}


def status(result: Measurement) -> str:
    """What may be said of the bounds, in a few words; it accompanies every bound that is shown."""
    counts = certificate_counts(result)
    total = result.certificates.size
    if result.all_certified:
        return (
            f"certified in all {total} queries: {counts[Certificate.ROUNDING]} by rounding"
            f" analysis, {counts[Certificate.BALLS]} in ball arithmetic"
        )
    return (
        f"NOT ALL BOUNDS ARE CERTAIN: of {total} queries {counts[Certificate.VIOLATED]} violate a"
        f" bound and {counts[Certificate.UNDECIDED]} are undecided"
    )
