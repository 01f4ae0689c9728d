"""How much of the update comes from the context."""

from __future__ import annotations

from checks.report.content import Report
from checks.report.html import Section, figure, paragraph
from checks.tables import number_text, summarise


def section(report: Report) -> Section:
    """A sentence on alpha, and the figure."""
    title = "How much comes from the context"
    if not report.result.frozen:
        said = (
            "There are no frozen tokens: nothing comes from a context, and all replacements agree."
        )
        return Section("context", title, paragraph(said))
    alpha = summarise(report.result.quantities["alpha"])
    said = (
        f"The context receives the share α of a query's attention: {number_text(alpha.median)} in"
        f" the median, from {number_text(alpha.low)} (10 % of the queries) to"
        f" {number_text(alpha.high)} (90 %). What it brings is lost when it is dropped."
    )
    return Section("context", title, paragraph(said) + figure(report.pictures.get("context")))
