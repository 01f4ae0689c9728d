"""The pieces of a page: figures, tables of summaries, plain tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from checks.plots.picture import Picture
from checks.tables import SummaryTable
from derivations.notes.page import mathml
from derivations.notes.plain import html_of


@dataclass(frozen=True)
class Section:
    """One part of the page; ``anchor`` is its name in links."""

    anchor: str
    title: str
    body: str


def paragraph(text: str, kind: str = "") -> str:
    """Plain text, with indices and powers, as a paragraph."""
    opening = f'<p class="{kind}">' if kind else "<p>"
    return f"{opening}{html_of(text)}</p>"


def figure(picture: Picture | None) -> str:
    """The figure with its caption; nothing where there is none."""
    if picture is None:
        return ""
    caption = f"<strong>{escape(picture.title)}.</strong> {html_of(picture.caption)}"
    return (
        f'<figure id="figure-{picture.stem}"><div class="scroll">{picture.svg}</div>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def formula(latex: str) -> str:
    """A formula as MathML; a page needs no namespace for it."""
    return mathml(latex).replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")


def table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", numbers: int = 1
) -> str:
    """A table of cells that are HTML already; those from the column ``numbers`` on are figures."""

    def row(cells: Sequence[str], tag: str) -> str:
        kinds = ["" if at < numbers else ' class="figure"' for at in range(len(cells))]
        return "".join(
            f"<{tag}{kind}>{cell}</{tag}>" for kind, cell in zip(kinds, cells, strict=True)
        )

    head = f"<thead><tr>{row(headings, 'th')}</tr></thead>" if any(headings) else ""
    body = "".join(f"<tr>{row(cells, 'td')}</tr>" for cells in rows)
    note = f"<caption>{html_of(caption)}</caption>" if caption else ""
    return f'<div class="scroll"><table>{note}{head}<tbody>{body}</tbody></table></div>'


def summary_table(shown: SummaryTable) -> str:
    """A table of summaries; labels that belong to the row above are set in."""
    rows = [(_label(row.label), *map(_cell, row.cells)) for row in shown.rows]
    return table([escape(shown.title), *map(escape, shown.headings)], rows, shown.caption)


def _label(label: str) -> str:
    text = html_of(label.strip())
    return f'<span class="under">{text}</span>' if label.startswith(" ") else text


def _cell(text: str) -> str:
    if text == "NO":
        return '<strong class="bad">NOT CERTAIN</strong>'
    return f'<span class="PROVED">{text}</span>' if text == "yes" else escape(text)
