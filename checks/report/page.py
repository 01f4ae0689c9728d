"""The page of a report: one file, without scripts, that asks nothing of a network.

A part of the page is a function from the report to a :class:`Section`, or None where there is
nothing to say. :data:`SECTIONS` lists them in reading order; another part is one more line.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from checks.report.content import Report, status
from checks.report.html import Section, paragraph
from checks.report.sections import (
    bounds,
    conditions,
    context,
    errors,
    heads,
    hypotheses,
    measured,
    queries,
    reproduce,
    theorems,
    weights,
)
from checks.report.shell import shell
from checks.tables import sentence, verdict

SECTIONS: tuple[Callable[[Report], Section | None], ...] = (
    measured.section,
    context.section,
    conditions.section,
    errors.section,
    bounds.section,
    heads.section,
    weights.section,
    theorems.section,
    hypotheses.section,
    reproduce.section,
    queries.section,
)


def page(report: Report) -> str:
    """The whole page."""
    made = (make(report) for make in SECTIONS)
    return shell(report.result.name, _headline(report), (each for each in made if each is not None))


def _headline(report: Report) -> str:
    """The verdict first, and before it, in a box of its own, what is not certain."""
    result = report.result
    loud = ""
    if not result.all_certified:
        loud = (
            f'<div class="notproved"><strong class="bad">{escape(status(result))}.</strong></div>'
        )
    said = sentence(result)
    if not result.frozen:
        return loud + paragraph(said, "headline")
    last = verdict(result)
    return loud + paragraph(last, "headline") + paragraph(said.removesuffix(last).strip())
