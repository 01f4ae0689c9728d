"""Further steps of the seventeen families, varied as an examiner would vary them.

Other forms, sets, constants and prefixes than the thirty of `transcription`, by name.
"""

from __future__ import annotations

from types import ModuleType

from tests.steps import false_bounds, false_sums, true_bounds, true_sums
from tests.steps.transcription import Step


def _steps(*modules: ModuleType) -> dict[str, Step]:
    families = [family for module in modules for family in module.FAMILIES]
    return {name: step for family in families for name, step in family().items()}


TRUE = _steps(true_sums, true_bounds)
FALSE = _steps(false_sums, false_bounds)
