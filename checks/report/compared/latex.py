"""A whole model as LaTeX to \\input: the sentence, the tables, and the figures."""

from __future__ import annotations

from checks.models.comparison_table import (
    comparison_sentence,
    end_table,
    layer_table,
    replaced_table,
)
from checks.report.compared.content import Comparison, bound_status
from checks.report.latex import figure_environments, heading, latex_table, opening
from derivations.notes.plain import formula_of


def comparison_fragment(report: Comparison) -> str:
    """The sentence and the tables."""
    result = report.result
    status = bound_status(result)
    tables = [end_table(result), layer_table(result)]
    if result.answers is not None:
        tables.append(replaced_table(result.answers))
    parts = heading(result.name, status, report.command)
    parts += opening(
        result.name, comparison_sentence(result), None if result.bounds_hold else status
    )
    parts.append(rf"\noindent Of the bounds: {formula_of(status)}.\par")
    for shown in tables:
        parts += latex_table(shown)
    return "\n".join(parts) + "\n"


def comparison_figures(report: Comparison, stem: str) -> str:
    """A figure environment for each picture, which lies beside as a PDF."""
    result = report.result
    parts = heading(result.name, bound_status(result), report.command)
    parts += figure_environments(report.pictures, stem, certain=result.bounds_hold)
    return "\n".join(parts) + "\n"
