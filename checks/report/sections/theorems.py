"""What the theorems guarantee, with each formula and where it is proved."""

from __future__ import annotations

from html import escape

from checks.report.content import Report
from checks.report.guarantees import GUARANTEES, RESULTS
from checks.report.html import Section, paragraph, table
from derivations.notes.page import mathml
from derivations.notes.plain import html_of

SAID = (
    "For all finite sets of tokens, all maps a, all real logits and all vectors that satisfy the"
    " hypotheses below. PROVED means that the kernel has replayed a complete proof."
)
PAPER = "on paper only, not by the kernel; its sharpness is searched by keystar extremes"


def section(report: Report) -> Section:
    """A table with one row for each bound that was measured."""
    rows = []
    for name in report.result.bounds:
        if name in GUARANTEES:
            it = GUARANTEES[name]
            where = ", ".join(f"<em>{escape(each)}</em>" for each in it.results)
            proved = f'<span class="PROVED">PROVED</span>: {where}' if where else PAPER
            formula = mathml(rf"{it.error}\le {it.bound}")
            rows.append((formula, proved, html_of(it.remark)))
    body = paragraph(SAID) + table(("theorem", "proved", ""), rows, numbers=3)
    body += (
        f"<p>The derivations named lie in <code>{RESULTS}</code>; <code>keystar verify</code>"
        " proves them anew.</p>"
    )
    return Section("theorems", "What the theorems guarantee", body)
