"""How a chain, its report and an outcome show themselves in a notebook and at the prompt.

In a notebook they are typeset (`_repr_latex_`), line under line with the verdicts that there are;
at the prompt they are the same in Unicode.  Below stands what the symbols are and every hypothesis,
also those that symbols bring along.  Nothing is proved in order to be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derivations.language.declarations import Phrase, declarations_of
from derivations.language.printing import latex_text, unicode_text
from derivations.language.statements import Relation, Statement, carried_hypotheses

if TYPE_CHECKING:
    from sympy import Basic

LATEX_SIGNS = {
    Relation.EQUAL: "=",
    Relation.AT_MOST: r"\le",
    Relation.AT_LEAST: r"\ge",
    Relation.APPROX: r"\approx",
}
UNICODE_SIGNS = {
    Relation.EQUAL: "=",
    Relation.AT_MOST: "≤",
    Relation.AT_LEAST: "≥",
    Relation.APPROX: "≈",
}
_IN_TEXT = {"\\": "∖", "{": r"\{", "}": r"\}", "^": "ˆ"} | {c: f"\\{c}" for c in "$&#%_"}


@dataclass(frozen=True)
class ShownLine:
    """One line under another: its relation, its expression, its budget, and words beside it."""

    relation: Relation
    right: Basic
    budget: Basic | None
    words: str


def latex_chain(start: Basic, lines: Sequence[ShownLine], hypotheses: Sequence[Basic] = ()) -> str:
    r"""The chain as an aligned display, with its setting and hypotheses, between dollars.

    >>> from derivations.language import scalar
    >>> x = scalar("x")
    >>> print(latex_chain(x, [ShownLine(Relation.AT_MOST, x + 1, None, "so")]))
    $\displaystyle \begin{aligned}& x \\ \le\ & 1 + x && \text{so} \\ & x\text{ real}\end{aligned}$
    """
    rows = [f"& {latex_text(start)}"]
    for line in lines:
        text = latex_text(line.right)
        if line.budget is not None:
            text += rf"\quad({latex_words('within')}\ {latex_text(line.budget)})"
        words = f" && {latex_words(line.words)}" if line.words else ""
        rows.append(rf"{LATEX_SIGNS[line.relation]}\ & {text}{words}")
    return _aligned(rows + _latex_given(_said(start, lines), hypotheses))


def latex_statement(statement: Statement, words: str) -> str:
    """One statement with its setting, its hypotheses and words beside it, between dollars."""
    row = rf"& {latex_text(statement)} && {latex_words(words)}"
    return _aligned([row, *_latex_given(statement.parts, statement.hypotheses)])


def _said(start: Basic, lines: Iterable[ShownLine]) -> list[Basic]:
    said = [start, *(part for line in lines for part in (line.right, line.budget))]
    return [part for part in said if part is not None]


def _given(parts: Iterable[Basic], hypotheses: Iterable[Basic]) -> tuple[list[Phrase], list[Basic]]:
    """What the symbols in all of it are, and the hypotheses, those carried along after others."""
    known = list(dict.fromkeys([*hypotheses, *carried_hypotheses([*parts, *hypotheses])]))
    return declarations_of([*parts, *known]).phrases(), known


def _latex_given(parts: Iterable[Basic], hypotheses: Iterable[Basic]) -> list[str]:
    phrases, known = _given(parts, hypotheses)
    rows = [
        "".join(latex_words(one) if isinstance(one, str) else latex_text(one) for one in phrase)
        for phrase in phrases
    ]
    rows += [rf"{latex_words('given')}\ {latex_text(one)}" for one in known]
    return [f"& {row}" for row in rows]


def _aligned(rows: Sequence[str]) -> str:
    return r"$\displaystyle \begin{aligned}" + r" \\ ".join(rows) + r"\end{aligned}$"


def text_chain(
    head: str, start: Basic, lines: Sequence[ShownLine], hypotheses: Sequence[Basic] = ()
) -> str:
    """The chain in Unicode, one line each, with its setting and hypotheses.

    >>> from derivations.language import scalar
    >>> x = scalar("x")
    >>> print(text_chain("more", x, [ShownLine(Relation.AT_MOST, x + 1, None, "PROVED")]))
    more
      x
    ≤ 1 + x  [PROVED]
      x real
    """
    rows = [head, f"  {unicode_text(start)}"]
    for line in lines:
        text = unicode_text(line.right)
        if line.budget is not None:
            text += f" (within {unicode_text(line.budget)})"
        words = f"  [{line.words}]" if line.words else ""
        rows.append(f"{UNICODE_SIGNS[line.relation]} {text}{words}")
    return "\n".join(rows + _text_given(_said(start, lines), hypotheses))


def text_statement(head: str, statement: Statement) -> str:
    """The head, which tells the statement, and below it its setting and hypotheses.

    >>> from derivations.language import at_most, scalar
    >>> from derivations.language.statements import state
    >>> x = scalar("x")
    >>> print(text_statement("x ≤ 1", state(x, "<=", 1, given=[at_most(x, 0)])))
    x ≤ 1
      x real
      given x ≤ 0
    """
    return "\n".join([head, *_text_given(statement.parts, statement.hypotheses)])


def _text_given(parts: Iterable[Basic], hypotheses: Iterable[Basic]) -> list[str]:
    phrases, known = _given(parts, hypotheses)
    rows = [
        "".join(one if isinstance(one, str) else unicode_text(one) for one in phrase)
        for phrase in phrases
    ]
    return [f"  {row}" for row in rows + [f"given {unicode_text(one)}" for one in known]]


def latex_words(text: str) -> str:
    r"""A user's words within a formula.

    >>> latex_words("up to 50 %")
    '\\text{up to 50 \\%}'
    """
    return rf"\text{{{''.join(_IN_TEXT.get(letter, letter) for letter in text)}}}"
