"""How well value clustering and the max for the log-sum-exp hold."""

from __future__ import annotations

from checks.report.content import Report
from checks.report.html import Section, figure, paragraph, summary_table
from checks.tables import summary_tables

SAID = (
    "Effective keys make two approximations: a frozen token has the value of its normal token (off"
    " by at most δ), and the largest logit of a group stands for the log-sum-exp of all. The first"
    " costs at most αδ; of the second only the spread of the gaps counts, osc ε, since softmax"
    " ignores what all groups share. A clear winner, a large margin γ, makes every gap small."
)


def section(report: Report) -> Section | None:
    """The figure and the quantities; None without frozen tokens."""
    if not report.result.frozen:
        return None
    body = paragraph(SAID) + figure(report.pictures.get("conditions"))
    body += summary_table(summary_tables(report.result)[0])
    return Section("conditions", "How well the approximations hold", body)
