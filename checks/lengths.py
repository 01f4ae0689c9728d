"""Lengths as shares of the diameter of the normal values, where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from checks.measure import Measurement
    from checks.tensors import Array

SHARE, PLAIN = "share of the diameter", "in the unit of the values"


@dataclass(frozen=True, eq=False)
class Unit:
    """What lengths are divided by: the diameter that a query sees, or nothing if all are 0.

    ``kept`` (*leading, p) tells the queries that have a diameter; ``divisor`` has the same shape.
    """

    label: str
    kept: NDArray[np.bool_]
    divisor: Array

    def of(self, lengths: Array) -> Array:
        """The lengths of the kept queries, flat, in this unit."""
        with np.errstate(over="ignore"):
            return np.asarray(lengths[self.kept] / self.divisor[self.kept])

    def shaped(self, lengths: Array) -> Array:
        """The lengths in this unit in their own shape, NaN where a query is left out."""
        with np.errstate(over="ignore"):
            return np.where(self.kept, lengths / self.divisor, np.nan)


def unit_of(result: Measurement) -> Unit:
    """Shares of the diameter; the unit of the values where no query has a diameter."""
    diameter = result.quantities["diameter"]
    kept = diameter > 0
    if not kept.any():
        return Unit(PLAIN, np.ones_like(kept), np.ones_like(diameter))
    return Unit(SHARE, kept, np.where(kept, diameter, 1.0))
