"""Every error beside its bounds, with what may be said of them."""

from __future__ import annotations

from html import escape

from checks.report.content import Report, status
from checks.report.html import Section, figure, summary_table
from checks.tables import summary_tables


def section(report: Report) -> Section:
    """The certificate, the table and the figure."""
    result = report.result
    said = f"The bounds are {status(result)}." if result.all_certified else f"{status(result)}."
    kind = "theorem" if result.all_certified else "notproved"
    text = escape(said) if result.all_certified else f'<strong class="bad">{escape(said)}</strong>'
    body = f'<div class="{kind}">{text}</div>' + summary_table(summary_tables(result)[1])
    body += figure(report.pictures.get("bounds"))
    return Section("bounds", "Every error against its bounds", body)
