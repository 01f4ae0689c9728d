"""The page of a report: one file, without scripts, that asks nothing of a network.

A part of the page is a function from the report to a :class:`Section`, or None where there is
nothing to say. :data:`SECTIONS` lists them in reading order; another part is one more line.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from importlib.resources import files

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
from checks.tables import sentence, verdict
from derivations.version import VERSION

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

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What the browser may load: nothing."""


def page(report: Report) -> str:
    """The whole page."""
    sections = [section for make in SECTIONS if (section := make(report)) is not None]
    links = "".join(
        f'<li><a href="#{each.anchor}">{escape(each.title)}</a></li>' for each in sections
    )
    bodies = (
        f'<section id="{each.anchor}"><h2>{escape(each.title)}</h2>{each.body}</section>'
        for each in sections
    )
    style = files("derivations.notes").joinpath("page.css").read_text("utf-8")
    style += files("checks.report").joinpath("report.css").read_text("utf-8")
    name = escape(report.result.name)
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{name}, measured by keystar {VERSION}</title>",
        f"<style>\n{style}</style></head><body>",
        f"<h1>{name}</h1>",
        _headline(report),
        f"<nav><ul>{links}</ul></nav>",
        *bodies,
        f"<footer>Written by <code>keystar measure</code>, version {VERSION}.</footer>",
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


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
