"""One derivation, or one claim, as a LaTeX fragment to \\input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from derivations.displays import LATEX_SIGNS
from derivations.language.printing import definitions_in, latex_text, unicode_text
from derivations.language.propositions import AtMost, Equal
from derivations.language.statements import Relation
from derivations.notes.formulas import sentence
from derivations.notes.plain import formula_of, latex_of
from derivations.notes.setting import setting, setting_of_lines
from derivations.verdicts import Known, Lemma, Verdict
from derivations.version import VERSION

if TYPE_CHECKING:
    from sympy import Basic

    from derivations.chain import Line
    from derivations.language.declarations import Phrase
    from derivations.reports import ClaimReport, DerivationReport, StepReport

ONE_LINE = 70
"""Characters of Unicode that fit on a line of LaTeX in a readable size."""


def derivation_fragment(report: DerivationReport, stem: str, unreached: Sequence[Line] = ()) -> str:
    """The statement, its hypotheses, the chain, the error ledger, lemmas and definitions.

    `unreached` are the lines after the first one that is not PROVED; they are printed as claimed
    and not checked.
    """
    parts = [
        *_comment(report.name, report.verdict),
        *_statement(report, stem),
        *_where(report, unreached),
        *_chain(report, unreached),
        *_failures(report.steps),
        *_ledger(report),
        *_lemmas(report.lemmas),
    ]
    return "\n".join(parts) + "\n"


def claim_fragment(report: ClaimReport) -> str:
    """A statement shipped because it is false, with the instance that shows it."""
    name = latex_of(report.name)
    verdict = claim_verdict(report)
    parts = [
        *_comment(report.name, report.verdict),
        rf"\begin{{keystarclaim}}{{{name}}}{{{verdict}}}",
        *_assumptions(report.statement.parts, report.statement.hypotheses),
        *_display(report.statement.claim),
    ]
    if report.witness is not None:
        parts.append("Stored witness: " + _sentence(report.witness.text) + ".")
    if report.reason:
        parts.append(latex_of(report.reason) + ".")
    parts.append(r"\end{keystarclaim}")
    return "\n".join(parts) + "\n"


def claim_verdict(report: ClaimReport) -> str:
    """The verdict on a claim, and whether it is the one that is expected."""
    verdict = report.verdict.value
    if report.verdict is report.expected:
        return rf"\keystarexpected{{{verdict}}}"
    return rf"\keystarverdict{{{verdict}}} (expected: {latex_of(report.expected.value)})"


def _comment(name: str, verdict: Verdict) -> list[str]:
    return [
        f"% {' '.join(name.split())}: {verdict.value}, by keystar {VERSION}",
        "% Written by `keystar notes`; needs keystar-macros.sty. Changes here are overwritten.",
    ]


def _statement(report: DerivationReport, stem: str) -> list[str]:
    title = latex_of(report.title or report.name)
    body = [
        *_assumptions(report.statement.parts, report.hypotheses),
        *_display(report.claim),
        *_trust(report.lemmas),
    ]
    if all_proved(report):
        opening = rf"\begin{{keystartheorem}}[{{{title}}}]\label{{keystar:{stem}}}%"
        return [opening, *body, r"\end{keystartheorem}"]
    wrong = latex_of(f"{what_is_wrong(report)}; what follows is claimed only")
    opening = rf"\begin{{keystarnotproved}}{{{title}}}{{{wrong}}}\label{{keystar:{stem}}}%"
    return [opening, *body, r"\end{keystarnotproved}"]


def all_proved(report: DerivationReport) -> bool:
    """Whether the whole and each of its steps is PROVED: only then it may be called a theorem."""
    return report.verdict is Verdict.PROVED and all(
        step.verdict is Verdict.PROVED for step in report.steps
    )


def what_is_wrong(report: DerivationReport) -> str:
    """Which step is not PROVED, in a few words."""
    for step in report.steps:
        if step.verdict is not Verdict.PROVED:
            return f"step {step.index} is {step.verdict.value}"
    return f"the whole is {report.verdict.value}"


def _assumptions(parts: Sequence[Basic], hypotheses: Sequence[Basic]) -> list[str]:
    """The setting and the hypotheses, up to the word before the claim."""
    lines = _prose(setting(parts))
    if not hypotheses:
        return [*lines, "Then"] if lines else []
    items = [rf"\item \keystarfit{{{latex_text(one)}}}" for one in hypotheses]
    return [
        *lines,
        "Assume",
        r"\begin{itemize}\setlength{\itemsep}{0pt}",
        *items,
        r"\end{itemize}",
        "Then",
    ]


def _prose(phrase: Phrase) -> list[str]:
    """One line, or none when there is nothing to say."""
    text = "".join(one if isinstance(one, str) else f"${latex_text(one)}$" for one in phrase)
    return [text] if text else []


def broken_lines(claim: Basic) -> list[str]:
    """The claim in LaTeX: one line, or two when it is long, the second begins with the relation."""
    if len(unicode_text(claim)) <= ONE_LINE or not isinstance(claim, Equal | AtMost):
        return [latex_text(claim)]
    left, right = map(latex_text, claim.args)
    return [left, ("=" if isinstance(claim, Equal) else r"\le") + r"\ " + right]


def _display(claim: Basic) -> list[str]:
    lines = [rf"& \keystarline{{{line}}}" for line in broken_lines(claim)]
    return [r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"]


def _trust(lemmas: Iterable[Lemma]) -> list[str]:
    trusted = [latex_of(one.name) for one in lemmas if one.known is Known.TRUST]
    if not trusted:
        return []
    return [rf"\textbf{{This rests on what is taken on trust: {', '.join(trusted)}.}}"]


def definitions(
    report: DerivationReport, unreached: Sequence[Line] = ()
) -> list[tuple[Basic, Basic]]:
    """The abbreviations that are printed, each with its meaning, in order of appearance."""
    return list(definitions_in(report.start, *report.hypotheses, *_printed(report, unreached)))


def line_setting(report: DerivationReport, unreached: Sequence[Line]) -> Phrase:
    """What was declared of the symbols in the chain, if the theorem has not said so."""
    return setting_of_lines(report.statement.parts, _printed(report, unreached))


def _printed(report: DerivationReport, unreached: Sequence[Line]) -> list[Basic | None]:
    lines: list[StepReport | Line] = [*report.steps, *unreached]
    return [part for line in lines for part in (line.right, line.budget)]


def _where(report: DerivationReport, unreached: Sequence[Line]) -> list[str]:
    found = definitions(report, unreached)
    if not found:
        return []
    rows = [
        rf"{latex_text(word)} &= \keystarline{{{latex_text(meaning)}}}" for word, meaning in found
    ]
    return [r"\noindent where", r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"]


def _chain(report: DerivationReport, unreached: Sequence[Line]) -> list[str]:
    rows = [rf"& \keystarline{{{latex_text(report.start)}}}"]
    for step in report.steps:
        ground = latex_of(step.outcome.ground)
        ground = rf"\ ({ground})" if ground else ""
        rows += _rows(step.index, step, step.verdict.value, ground)
    for index, line in enumerate(unreached, len(report.steps) + 1):
        rows += _rows(index, line, "NOT CHECKED", "")
    return [
        r"\keystarheading{Chain}",
        *_prose(line_setting(report, unreached)),
        r"{\allowdisplaybreaks",
        r"\begin{align*}",
        " \\\\\n".join(rows),
        r"\end{align*}}",
    ]


def _rows(index: int, line: StepReport | Line, verdict: str, ground: str) -> list[str]:
    because = _sentence(line.because)
    sign = rf"\overset{{({index})}}{{{LATEX_SIGNS[line.relation]}}}\ "
    return [
        rf"{sign}& \keystarline{{{latex_text(line.right)}}}",
        rf"& \keystarreason{{{because}}}{{{verdict}}}{{{ground}}}",
    ]


def _failures(steps: Iterable[StepReport]) -> list[str]:
    lines = []
    for step in steps:
        if step.verdict is Verdict.PROVED:
            continue
        place = f" ({latex_of(step.place)})" if step.place else ""
        head = rf"\noindent\textbf{{Step {step.index}}}{place} is "
        head += rf"\keystarverdict{{{step.verdict.value}}}: "
        lines += [head + _sentence(step.outcome.explanation) + ".", r"\par"]
    return lines


def _sentence(text: str) -> str:
    return sentence(text, formula_of, lambda formula: f"${formula}$")


def _ledger(report: DerivationReport) -> list[str]:
    if report.relation is not Relation.APPROX or report.budget is None:
        return []
    rows = []
    for step in report.steps:
        cost = "0" if step.budget is None else latex_text(step.budget)
        rows.append(rf"{step.index} & {_sentence(step.because)} & \keystarcost{{{cost}}} \\")
    total = rf"\keystarcost{{{latex_text(report.budget)}}}"
    if not all_proved(report):
        total = r"\keystarverdict{NOT ESTABLISHED}"
    return [
        r"\keystarheading{Error ledger}",
        r"\begin{center}\begin{tabular}{@{}r@{\quad}>{\raggedright}p{.4\linewidth}@{\quad}l@{}}",
        r"\toprule",
        r"step & because & error at most \\",
        r"\midrule",
        *rows,
        r"\midrule",
        rf"& all together & {total} \\",
        r"\bottomrule",
        r"\end{tabular}\end{center}",
    ]


def _lemmas(lemmas: Sequence[Lemma]) -> list[str]:
    if not lemmas:
        return []
    items = [rf"\item {latex_of(one.name)}: {_rests_on(one)}" for one in lemmas]
    return [
        r"\keystarheading{Lemmas}",
        r"\begin{itemize}\setlength{\itemsep}{0pt}",
        *items,
        r"\end{itemize}",
    ]


def _rests_on(lemma: Lemma) -> str:
    if lemma.known is Known.TRUST:
        return r"\textbf{taken on trust}"
    if lemma.known is Known.COQ:
        return rf"proved in Coq as \texttt{{{latex_of(lemma.coq or '')}}}"
    return "proved by the kernel"
