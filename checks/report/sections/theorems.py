"""What the theorems guarantee, with each formula and where it is proved."""

from __future__ import annotations

from html import escape

from checks.report.content import Report
from checks.report.guarantees import GUARANTEES, RESULTS
from checks.report.html import Section, formula, paragraph, table
from derivations.notes.plain import html_of

SAID = (
    "For all finite sets of tokens, all maps a, all real logits and all vectors that satisfy the"
    " hypotheses below. PROVED means that the kernel has replayed a complete proof; on paper means"
    " that nobody but a reader has checked it."
)


def section(report: Report) -> Section:
    """A table with one row for each bound that was measured."""
    rows = []
    for name in report.result.bounds:
        if name in GUARANTEES:
            it = GUARANTEES[name]
            where = ", ".join(f"<em>{escape(each)}</em>" for each in it.results)
            proved = f'<span class="PROVED">PROVED</span>: {where}' if where else ""
            if it.on_paper:
                proved += f"{', ' if where else ''}<strong>on paper only</strong>: {it.on_paper}"
            claim = formula(rf"{it.error}\le {it.bound}")
            rows.append((claim, proved, html_of(it.remark)))
    body = paragraph(SAID) + table(("theorem", "proved", ""), rows, numbers=3)
    body += (
        f"<p>The derivations named lie in <code>{RESULTS}</code>; <code>keystar verify</code>"
        " proves them anew.</p>"
    )
    return Section("theorems", "What the theorems guarantee", body)
