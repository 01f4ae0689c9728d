"""What every page of a report has around its sections: policy, style, headline, links."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.resources import files

from checks.report.html import Section
from derivations.version import VERSION

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What the browser may load: nothing."""


def shell(name: str, headline: str, sections: Iterable[Section]) -> str:
    """The whole page; ``headline`` is HTML already."""
    sections = list(sections)
    links = "".join(
        f'<li><a href="#{each.anchor}">{escape(each.title)}</a></li>' for each in sections
    )
    bodies = (
        f'<section id="{each.anchor}"><h2>{escape(each.title)}</h2>{each.body}</section>'
        for each in sections
    )
    style = files("derivations.notes").joinpath("page.css").read_text("utf-8")
    style += files("checks.report").joinpath("report.css").read_text("utf-8")
    title = escape(name)
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{title}, measured by keystar {VERSION}</title>",
        f"<style>\n{style}</style></head><body>",
        f"<h1>{title}</h1>",
        headline,
        f"<nav><ul>{links}</ul></nav>",
        *bodies,
        f"<footer>Written by <code>keystar measure</code>, version {VERSION}.</footer>",
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"
