"""One page for the browser, with everything in it: no script, no network, formulas as MathML.

The formulas are converted from the same LaTeX that the fragments hold, by latex2mathml (pure
Python, no dependencies), which the extra `html` installs.  SymPy's own MathML printer does not know
our expressions, and a second printer of ours would be one more thing to keep true.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from derivations.displays import LATEX_SIGNS
from derivations.errors import UnusableInput
from derivations.language.printing import latex_text
from derivations.language.statements import Relation
from derivations.notes.document import heading
from derivations.notes.formulas import sentence
from derivations.notes.fragment import (
    all_proved,
    broken_lines,
    definitions,
    line_setting,
    what_is_wrong,
)
from derivations.notes.plain import html_of
from derivations.notes.setting import setting
from derivations.verdicts import Known, Lemma, Verdict
from derivations.version import VERSION
from derivations.writing import stems

if TYPE_CHECKING:
    from sympy import Basic

    from derivations.chain import Line
    from derivations.language.declarations import Phrase
    from derivations.reports import ClaimReport, DerivationReport, StepReport


def need_converter() -> None:
    """Raises UnusableInput when latex2mathml is not installed."""
    from importlib.util import find_spec

    if find_spec("latex2mathml") is None:
        raise UnusableInput("--html needs latex2mathml; install it with pip install keystar[html]")


def page(
    derivations: Sequence[tuple[DerivationReport, Sequence[Line]]],
    claims: Sequence[ClaimReport],
) -> str:
    """The page; with each derivation comes what was not reached of its chain."""
    names = [report.name for report, _ in derivations] + [claim.name for claim in claims]
    badges = [_badge(report.verdict.value) for report, _ in derivations]
    badges += [_claim_badge(one) for one in claims]
    anchors = stems(names)
    contents = [
        f'<tr><td><a href="#{anchor}">{escape(name)}</a></td><td>{badge}</td></tr>'
        for anchor, name, badge in zip(anchors, names, badges, strict=True)
    ]
    bodies = [_derivation(report, unreached) for report, unreached in derivations]
    bodies += [_claim(claim) for claim in claims]
    sections = [
        f'<section id="{anchor}"><h2>{escape(heading(name))}</h2>{body}</section>'
        for anchor, name, body in zip(anchors, names, bodies, strict=True)
    ]
    style = files("derivations.notes").joinpath("page.css").read_text("utf-8")
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>Derivations checked by keystar {VERSION}</title>",
        f"<style>\n{style}</style></head><body>",
        "<h1>Derivations checked by keystar</h1>",
        f"<table>{''.join(contents)}</table>",
        *sections,
        f"<footer>Written by <code>keystar notes</code>, version {VERSION}.</footer>",
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def mathml(latex: str, tall: bool = False) -> str:
    """`latex` as MathML; `tall` as in a display, but where it stands and not centred."""
    from latex2mathml.converter import convert

    made: str = convert(latex)
    # The converter's sign for \setminus is in hardly any font.
    made = made.replace("<mi>&#x029F5;</mi>", "<mo>&#x02216;</mo>")
    return made.replace("<math ", '<math displaystyle="true" ', 1) if tall else made


def _sentence(text: str) -> str:
    return sentence(text, html_of, mathml)


def _display(claim: Basic) -> str:
    lines = [f"<div>{mathml(line, True)}</div>" for line in broken_lines(claim)]
    return f'<div class="scroll">{"".join(lines)}</div>'


def _badge(verdict: str) -> str:
    kind = "PROVED" if verdict == Verdict.PROVED.value else "bad"
    return f'<span class="{kind}">{escape(verdict)}</span>'


def _claim_badge(report: ClaimReport) -> str:
    """As expected is good, whatever it is."""
    verdict = escape(report.verdict.value)
    if report.verdict is report.expected:
        return f'<span class="PROVED">{verdict}</span>, as expected'
    return f"{_badge(verdict)} (expected: {escape(report.expected.value)})"


def _derivation(report: DerivationReport, unreached: Sequence[Line]) -> str:
    return "".join(
        [
            _statement(report),
            _where(report, unreached),
            _chain(report, unreached),
            *(_failure(step) for step in report.steps if step.verdict is not Verdict.PROVED),
            _ledger(report),
            _lemmas(report.lemmas),
        ]
    )


def _claim(report: ClaimReport) -> str:
    body = f"<strong>Claim</strong>: {_claim_badge(report)}. "
    body += _assumptions(report.statement.parts, report.statement.hypotheses)
    body += _display(report.statement.claim)
    if report.witness is not None:
        body += f"<p>Stored witness: {_sentence(report.witness.text)}.</p>"
    return f'<div class="claim">{body}{escape(report.reason)}</div>'


def _statement(report: DerivationReport) -> str:
    title = f"<em>{escape(report.title or report.name)}</em>. "
    body = _assumptions(report.statement.parts, report.hypotheses) + _display(report.claim)
    trusted = [escape(one.name) for one in report.lemmas if one.known is Known.TRUST]
    if trusted:
        body += f"<strong>This rests on what is taken on trust: {', '.join(trusted)}.</strong>"
    if all_proved(report):
        return f'<div class="theorem"><strong>Theorem</strong> {title}{body}</div>'
    wrong = escape(what_is_wrong(report))
    warning = f'<strong class="bad">NOT PROVED</strong> ({wrong}; what follows is claimed only) '
    return f'<div class="notproved">{warning}{title}{body}</div>'


def _assumptions(parts: Iterable[Basic], hypotheses: Iterable[Basic]) -> str:
    opening = _prose(setting(parts))
    items = "".join(f"<li>{mathml(latex_text(one))}</li>" for one in hypotheses)
    assume = f"Assume<ul>{items}</ul>" if items else ""
    return f"{opening} {assume}Then" if opening or items else ""


def _prose(phrase: Phrase) -> str:
    return "".join(
        escape(one) if isinstance(one, str) else mathml(latex_text(one)) for one in phrase
    )


def _where(report: DerivationReport, unreached: Sequence[Line]) -> str:
    rows = "".join(
        f"<tr><td>{mathml(latex_text(word))}</td>"
        f"<td>{mathml('= ' + latex_text(meaning), True)}</td></tr>"
        for word, meaning in definitions(report, unreached)
    )
    return f'where<div class="scroll"><table>{rows}</table></div>' if rows else ""


def _chain(report: DerivationReport, unreached: Sequence[Line]) -> str:
    rows = [f"<tr><td></td><td></td><td>{mathml(latex_text(report.start), True)}</td></tr>"]
    for step in report.steps:
        ground = f" ({escape(step.outcome.ground)})" if step.outcome.ground else ""
        rows.append(_row(step.index, step, _badge(step.verdict.value) + ground))
    for index, line in enumerate(unreached, len(report.steps) + 1):
        rows.append(_row(index, line, _badge("NOT CHECKED")))
    opening = _prose(line_setting(report, unreached))
    return f'<h3>Chain</h3>{opening}<div class="scroll"><table>{"".join(rows)}</table></div>'


def _row(index: int, line: StepReport | Line, verdict: str) -> str:
    return (
        f'<tr><td class="number">({index})</td><td>{mathml(LATEX_SIGNS[line.relation])}</td>'
        f"<td>{mathml(latex_text(line.right), True)}</td></tr>"
        f'<tr><td></td><td></td><td class="why">{_sentence(line.because)} {verdict}</td></tr>'
    )


def _failure(step: StepReport) -> str:
    why = _sentence(step.outcome.explanation)
    place = f" ({escape(step.place)})" if step.place else ""
    return f"<p>Step {step.index}{place} is {_badge(step.verdict.value)}: {why}.</p>"


def _ledger(report: DerivationReport) -> str:
    if report.relation is not Relation.APPROX or report.budget is None:
        return ""
    rows = "".join(
        f"<tr><td>{step.index}</td><td>{_sentence(step.because)}</td>"
        f"<td>{mathml('0' if step.budget is None else latex_text(step.budget), True)}</td></tr>"
        for step in report.steps
    )
    total = (
        mathml(latex_text(report.budget), True) if all_proved(report) else _badge("NOT ESTABLISHED")
    )
    return (
        "<h3>Error ledger</h3><table><thead><tr><th>step</th><th>because</th>"
        f"<th>error at most</th></tr></thead><tbody>{rows}</tbody>"
        f"<tfoot><tr><td></td><td>all together</td><td>{total}</td></tr></tfoot></table>"
    )


def _lemmas(lemmas: Sequence[Lemma]) -> str:
    grounds = {
        Known.KERNEL: "proved by the kernel",
        Known.TRUST: "<strong>taken on trust</strong>",
    }
    items = "".join(
        f"<li>{escape(one.name)}: "
        + grounds.get(one.known, f"proved in Coq as <code>{escape(one.coq or '')}</code>")
        + "</li>"
        for one in lemmas
    )
    return f"<h3>Lemmas</h3><ul>{items}</ul>" if items else ""
