"""A figure for a page and for print: inline SVG that asks for nothing, and PDF."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Picture:
    """One figure: ``svg`` to stand in a page, ``pdf`` for print, and what it shows in words.

    ``title`` is a few words, ``caption`` sentences of plain text with Unicode formulas.
    """

    stem: str
    title: str
    caption: str
    svg: str
    pdf: bytes


def picture_of(figure: Figure, stem: str, title: str, caption: str) -> Picture:
    """Draw ``figure``; the same figure gives the same picture, without dates or addresses."""
    # Once is enough: laying out costs more than drawing.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    pdf, svg = io.BytesIO(), io.StringIO()
    nothing = {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None}
    figure.savefig(pdf, format="pdf", metadata=nothing)
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(svg, format="svg", metadata=nothing)
    return Picture(stem, title, caption, _inline(svg.getvalue(), stem, title), pdf.getvalue())


def _inline(svg: str, stem: str, title: str) -> str:
    """The element <svg> alone, with names of its own, so that several fit on one page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
    svg = re.sub(r"scale\([^)]*\)|-?\d+\.\d{3,}", _rounded, svg)
    head, body = svg.split(">", 1)
    found = re.search(r'viewBox="[^"]*"', head)
    box = found.group(0) if found else ""
    body = re.sub(r'\bid="', f'id="{stem}-', body)
    body = body.replace('href="#', f'href="#{stem}-').replace("url(#", f"url(#{stem}-")
    return f'<svg {box} role="img" aria-label="{escape(title)}">{body.rstrip()}'


def _rounded(found: re.Match[str]) -> str:
    """Places in points need no more than two decimals; the scale of letters does."""
    text = found.group(0)
    return text if text.startswith("scale") else f"{float(text):.2f}".rstrip("0").rstrip(".")
