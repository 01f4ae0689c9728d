"""The errors of all replacements."""

from __future__ import annotations

from checks.report.content import Report
from checks.report.html import Section, figure, paragraph, summary_table
from checks.tables import summary_tables

SAID = (
    "How far each replacement is from the exact update. The bounds of the first three stand in the"
    " next part. The others have no theorem here: their errors are measured, each with its rounding"
    " radius, and are not bounded."
)


def section(report: Report) -> Section | None:
    """The figure and the table of what has no bound; None without frozen tokens."""
    if not report.result.frozen:
        return None
    body = paragraph(SAID) + figure(report.pictures.get("errors"))
    body += summary_table(summary_tables(report.result)[2])
    return Section("errors", "The errors of all replacements", body)
