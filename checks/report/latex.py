"""A measurement as LaTeX to \\input: the sentence and the tables, and the figures.

Both fragments need keystar-macros.sty, as those of `keystar notes` do. Every bound carries what
may be said of it, and what is not certain is said in a box that cannot be overlooked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from checks.plots.picture import Picture
from checks.report.content import Report, status
from checks.report.guarantees import GUARANTEES
from checks.tables import (
    BOUND_LABELS,
    SummaryTable,
    arithmetic,
    sentence,
    summary_tables,
)
from checks.text_tables import TextTable
from checks.weights.table import weights_sentence, weights_table
from derivations.notes.plain import formula_of
from derivations.version import VERSION

CERTIFIED = r"\keystarcertified{certified}"
NOT_CERTAIN = r"\keystarverdict{NOT CERTAIN}"


def fragment(report: Report) -> str:
    """The sentence and the tables."""
    result = report.result
    wrong = None if result.all_certified else status(result)
    parts = [
        *heading(result.name, status(result), report.command),
        *opening(result.name, sentence(result), wrong),
        formula_of(_what(report)) + r".\par",
    ]
    for shown in summary_tables(result):
        parts += latex_table(shown)
        if shown.further[-1:] == ("holds",):
            parts += _status(report)
    if result.frozen:
        parts.append(
            r"\noindent\emph{Other replacements} have no theorem here: their errors are measured,"
            r" each with its rounding radius, and are not bounded.\par"
        )
    if report.heads:
        parts += latex_table(weights_table(report.heads))
        parts.append(rf"\noindent {formula_of(weights_sentence(report.heads))}\par")
    return "\n".join(parts) + "\n"


def figures_fragment(report: Report, stem: str) -> str:
    """A figure environment for each picture, which lies beside as a PDF."""
    result = report.result
    parts = heading(result.name, status(result), report.command)
    parts += figure_environments(report.pictures, stem, certain=result.all_certified)
    return "\n".join(parts) + "\n"


def figure_environments(pictures: Mapping[str, Picture], stem: str, *, certain: bool) -> list[str]:
    """One environment for each; the caption warns where not all bounds are certain."""
    warning = "" if certain else rf"\protect{NOT_CERTAIN}: see the tables. "
    parts = []
    for picture in pictures.values():
        name = f"{stem}_{picture.stem}"
        parts += [
            r"\begin{figure}[htbp]",
            r"\centering",
            rf"\includegraphics[width=\linewidth]{{{name}}}",
            rf"\caption{{\textbf{{{formula_of(picture.title)}.}} {warning}"
            rf"{formula_of(picture.caption)}}}",
            rf"\label{{keystar:{name}}}",
            r"\end{figure}",
        ]
    return parts


def heading(name: str, said: str, command: str) -> list[str]:
    """Comments: what this is, what may be said of its bounds, and the command that made it."""
    return [
        f"% {' '.join(name.split())}: {said}, by keystar {VERSION}",
        f"% {' '.join(command.split())}",
        "% Written by `keystar measure -o`; needs keystar-macros.sty. Changes here are"
        " overwritten.",
    ]


def opening(name: str, said: str, wrong: str | None) -> list[str]:
    """The sentence; in a box that cannot be overlooked if something is wrong."""
    name, said = formula_of(name), formula_of(said)
    if wrong is None:
        return [rf"\begin{{keystarmeasured}}{{{name}}}", said, r"\end{keystarmeasured}"]
    return [
        rf"\begin{{keystarnotcertain}}{{{name}}}{{{formula_of(wrong)}}}",
        said,
        r"\end{keystarnotcertain}",
    ]


def _what(report: Report) -> str:
    result = report.result
    shape = " × ".join(map(str, (*result.leading, result.normal)))
    mask = "causal" if result.causal else "not causal"
    mapped = "" if result.cluster_by == "value" else f"; map a: {result.cluster_by}"
    return (
        f"{shape} queries, {result.frozen} frozen and {result.normal} normal tokens, factor on q·k"
        f" {result.scale:.4g}, {mask}; {arithmetic(result)}{mapped}"
    )


def _status(report: Report) -> list[str]:
    said = status(report.result)
    if report.result.all_certified:
        lines = [rf"\noindent The bounds are {formula_of(said)}."]
    else:
        lines = [rf"\noindent\keystarverdict{{{formula_of(said)}.}}"]
    shown = [GUARANTEES[name] for name in report.result.bounds if name in GUARANTEES]
    paper = [f"for ${it.bound}$, {formula_of(it.on_paper)}" for it in shown if it.on_paper]
    if paper:
        lines.append(f"Proved on paper, not in the kernel: {'; '.join(paper)}.")
    return [r"{\raggedright", *lines, r"\par}"]


def latex_table(shown: SummaryTable | TextTable) -> list[str]:
    """A centred tabular with the rules of booktabs."""
    columns = "@{}l" + "r" * (len(shown.headings) - 1) + ("l" if shown.further else "r") + "@{}"
    rows = [" & ".join((_label(row.label), *map(_cell, row.cells))) + r" \\" for row in shown.rows]
    lines = [
        r"\begin{center}\keystartable{%",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        " & ".join(map(formula_of, (shown.title, *shown.headings))) + r" \\",
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}}",
        r"\end{center}",
    ]
    if shown.caption:
        lines.insert(-1, rf"\\ {formula_of(shown.caption)}")
    return lines


def _label(label: str) -> str:
    for name, said in BOUND_LABELS.items():
        if label == said and name in GUARANTEES:
            return rf"\quad$\le {GUARANTEES[name].bound}$"
    text = formula_of(label.strip())
    return rf"\quad {text}" if label.startswith(" ") else text


def _cell(text: str) -> str:
    if text in ("yes", "NO"):
        return CERTIFIED if text == "yes" else NOT_CERTAIN
    power = re.fullmatch(r"(-?[\d.]+)e([+-]?\d+)", text)
    if power:
        return rf"${power[1]}\cdot 10^{{{int(power[2])}}}$"
    return formula_of(text)
