"""A measurement as LaTeX to \\input: the sentence and the tables, and the figures.

Both fragments need keystar-macros.sty, as those of `keystar notes` do. Every bound carries what
may be said of it, and what is not certain is said in a box that cannot be overlooked.
"""

from __future__ import annotations

import re

from checks.report.content import Report, status
from checks.report.guarantees import GUARANTEES
from checks.tables import (
    BOUND_LABELS,
    SummaryTable,
    arithmetic,
    sentence,
    summary_tables,
)
from checks.weights.table import weights_sentence, weights_table
from derivations.notes.plain import formula_of
from derivations.version import VERSION

CERTIFIED = r"\keystarcertified{certified}"
NOT_CERTAIN = r"\keystarverdict{NOT CERTAIN}"


def fragment(report: Report, stem: str) -> str:
    """The sentence and the tables."""
    result = report.result
    parts = [
        *_comment(report),
        *_opening(report, stem),
        formula_of(_what(report)) + r".\par",
    ]
    for shown in summary_tables(result):
        parts += _table(shown)
        if shown.further[-1:] == ("holds",):
            parts += _status(report)
    if result.frozen:
        parts.append(
            r"\noindent\emph{Other replacements} have no theorem here: their errors are measured,"
            r" each with its rounding radius, and are not bounded.\par"
        )
    if report.heads:
        parts += _table(weights_table(report.heads))
        parts.append(rf"\noindent {formula_of(weights_sentence(report.heads))}\par")
    return "\n".join(parts) + "\n"


def figures_fragment(report: Report, stem: str) -> str:
    """A figure environment for each picture, which lies beside as a PDF."""
    parts = _comment(report)
    warning = "" if report.result.all_certified else rf"\protect{NOT_CERTAIN}: see the tables. "
    for picture in report.pictures.values():
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
    return "\n".join(parts) + "\n"


def _comment(report: Report) -> list[str]:
    name = " ".join(report.result.name.split())
    return [
        f"% {name}: {status(report.result)}, by keystar {VERSION}",
        f"% {' '.join(report.command.split())}",
        "% Written by `keystar measure -o`; needs keystar-macros.sty. Changes here are"
        " overwritten.",
    ]


def _opening(report: Report, stem: str) -> list[str]:
    name, said = formula_of(report.result.name), formula_of(sentence(report.result))
    if report.result.all_certified:
        return [rf"\begin{{keystarmeasured}}{{{name}}}", said, r"\end{keystarmeasured}"]
    wrong = formula_of(status(report.result))
    return [
        rf"\begin{{keystarnotcertain}}{{{name}}}{{{wrong}}}",
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


def _table(shown: SummaryTable) -> list[str]:
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
    power = re.fullmatch(r"(-?[\d.]+)e([+-]\d+)", text)
    if power:
        return rf"${power[1]}\cdot 10^{{{int(power[2])}}}$"
    return formula_of(text)
