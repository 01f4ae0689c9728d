"""All fragments in one document that stands alone."""

from __future__ import annotations

from collections.abc import Sequence

from derivations.notes.plain import latex_of
from derivations.version import VERSION


def heading(name: str) -> str:
    """A name as a heading: it begins with a capital if it begins with a word.

    >>> heading("effective key"), heading("q·k = 0")
    ('Effective key', 'q·k = 0')
    """
    return name[:1].upper() + name[1:] if name[:2].isalpha() else name


def document(rows: Sequence[tuple[str, str, str]]) -> str:
    """A LaTeX document that \\inputs fragments; one row (stem, name, verdict in LaTeX) for each.

    It opens with the list of all verdicts.
    """
    table = [rf"{latex_of(name)} & {verdict} \\" for _, name, verdict in rows]
    sections: list[str] = []
    for stem, name, _ in rows:
        sections += ["", rf"\section{{{latex_of(heading(name))}}}", rf"\input{{{stem}}}"]
    lines = [
        f"% Written by `keystar notes`, version {VERSION}. Changes here are overwritten.",
        r"\documentclass[a4paper]{article}",
        r"\usepackage[T1]{fontenc}",
        r"\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}",
        r"\usepackage[margin=2.5cm]{geometry}",
        r"\usepackage{keystar-macros}",
        r"\title{Derivations checked by keystar}",
        rf"\author{{keystar {latex_of(VERSION)}}}",
        r"\date{}",
        r"\begin{document}",
        r"\maketitle",
        r"\noindent",
        r"\begin{tabular}{@{}>{\raggedright}p{.7\linewidth}l@{}}",
        r"\toprule",
        r"derivation or claim & verdict \\",
        r"\midrule",
        *table,
        r"\bottomrule",
        r"\end{tabular}",
        *sections,
        "",
        r"\end{document}",
    ]
    return "\n".join(lines) + "\n"
