"""Reports of derivations and claims, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from checks.lines import Part, Pipe, say, show_line, show_table, wrapped
from derivations.displays import UNICODE_SIGNS
from derivations.language.printing import declaration_texts, definitions_in, unicode_text
from derivations.language.statements import Relation
from derivations.verdicts import Known, Lemma, SecondWitness, Verdict, Witness

if TYPE_CHECKING:
    from rich.console import Console
    from sympy import Basic

    from derivations.chain import Line
    from derivations.reports import ClaimReport, DerivationReport, StepReport

STYLES = {
    Verdict.PROVED: "green",
    Verdict.REFUTED: "bold red",
    Verdict.ILL_DEFINED: "bold magenta",
    Verdict.OPEN: "bold yellow",
}


def show_derivation(
    console: Console | Pipe,
    report: DerivationReport,
    unreached: Sequence[Line] = (),
    *,
    verbose: bool = False,
    quiet: bool = False,
) -> None:
    """Print one derivation: every step, the error, setting, hypotheses, lemmas; quiet: failures."""
    if quiet:
        for step in report.steps:
            _show_failure(console, step, verbose)
        return
    _show_head(console, report)
    _show_steps(console, report, unreached)
    for step in report.steps:
        _show_failure(console, step, verbose)
    if verbose:
        _show_chain(console, report, unreached)
    _show_list(console, "error", ledger(report))
    _show_list(console, "setting", declaration_texts(report.statement))
    _show_list(console, "hypotheses", map(unicode_text, report.hypotheses))
    _show_list(console, "lemmas", map(describe_lemma, report.lemmas))
    _show_list(console, "where", definitions(report))
    say(console)


def show_claim(
    console: Console | Pipe, report: ClaimReport, *, verbose: bool = False, quiet: bool = False
) -> None:
    """Print one claim: what it says, what was expected of it, and what its witness shows."""
    expected = report.verdict is report.expected
    if quiet and expected:
        return
    said = f": expected {report.expected.value}, is "
    strange = ("" if expected else "  ✗ NOT AS EXPECTED", "bold red")
    say(
        console, "claim ", (report.name, "bold"), said, _verdict(report.verdict), strange, wrap=True
    )
    show_line(console, unicode_text(report.statement.claim))
    if report.witness is not None:
        show_line(console, f"with the stored witness {report.witness.text}")
        if verbose:
            _show_test(console, report.witness)
    if report.reason:
        show_line(console, report.reason)
    _show_list(console, "setting", declaration_texts(report.statement))
    _show_list(console, "given", map(unicode_text, report.statement.hypotheses))
    say(console)


def show_summary(
    console: Console | Pipe,
    reports: Sequence[DerivationReport],
    claims: Sequence[ClaimReport],
    seconds: float,
) -> None:
    """Print the line that sums it all up."""
    proved = sum(one.verdict is Verdict.PROVED for one in reports)
    parts = []
    if reports:
        parts.append(f"{proved} of {count(len(reports), 'derivation')} PROVED")
    if claims:
        good = sum(one.verdict is one.expected for one in claims)
        parts.append(f"{good} of {count(len(claims), 'claim')} as expected")
    trusted = dict.fromkeys(
        lemma.name for one in reports for lemma in one.lemmas if lemma.known is Known.TRUST
    )
    if trusted:
        parts.append(f"on trust: {', '.join(trusted)}")
    elif proved:
        parts.append("nothing on trust")
    parts.append(f"{seconds:.2f} s")
    fine = proved == len(reports) and all(one.verdict is one.expected for one in claims)
    style = "bold green" if fine else "bold red"
    say(console, ("; ".join(parts), style))


def count(number: int, noun: str) -> str:
    """ "1 step", "2 steps"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def failure(step: StepReport) -> str:
    """One sentence about a step that is not PROVED: where, what, and the smallest witness."""
    reason = f" ({step.because})" if step.because else ""
    place = f" at {step.place}" if step.place else ""
    head = f"step {step.index}{reason}{place} is {step.verdict.value}"
    return f"{head}: {step.outcome.explanation}"


def describe_lemma(lemma: Lemma) -> str:
    """The lemma's name and on what it rests."""
    ground = {
        Known.KERNEL: "proved by the kernel",
        Known.COQ: f"proved in Coq as {lemma.coq}",
        Known.TRUST: "TAKEN ON TRUST",
    }[lemma.known]
    return f"{lemma.name}: {ground}"


def definitions(report: DerivationReport) -> list[str]:
    """What the abbreviations in the printed lines stand for, each once, in order of appearance."""
    parts: list[Basic] = [report.start, *report.hypotheses]
    for step in report.steps:
        parts.extend([step.right] if step.budget is None else [step.right, step.budget])
    return [
        f"{unicode_text(word)} = {unicode_text(meaning)}"
        for word, meaning in definitions_in(*parts)
    ]


def _verdict(verdict: Verdict) -> Part:
    return verdict.value, STYLES[verdict]


def _show_head(console: Console | Pipe, report: DerivationReport) -> None:
    place = f"  ({Path(report.file).name}, {report.seconds * 1000:.0f} ms)"
    say(console, _verdict(report.verdict), "  ", (report.name, "bold"), (place, "dim"), wrap=True)
    if report.title not in ("", report.name):
        show_line(console, report.title)
    claimed = "" if report.verdict is Verdict.PROVED else "claimed, not proved: "
    for line in theorem(report):
        show_line(console, claimed + line)
        claimed = ""


def _show_steps(
    console: Console | Pipe, report: DerivationReport, unreached: Sequence[Line]
) -> None:
    """The table of the steps, indented by 2."""
    ran = any(step.second_witness is not SecondWitness.NOT_RUN for step in report.steps)
    timed = any(step.outcome.seconds for step in report.steps)
    columns = ["step", "", "because", "verdict", "ground"]
    columns += [*(["time"] if timed else []), *(["SymPy"] if ran else [])]
    rows: list[list[Part]] = [
        [
            str(step.index),
            UNICODE_SIGNS[step.relation],
            step.because,
            _verdict(step.verdict),
            step.outcome.ground,
            *([_milliseconds(step.outcome.seconds)] if timed else []),
            *([step.second_witness.value] if ran else []),
        ]
        for step in report.steps
    ]
    rows += [
        [
            (cell, "dim")
            for cell in (str(n), UNICODE_SIGNS[line.relation], line.because, "not reached")
        ]
        for n, line in enumerate(unreached, len(report.steps) + 1)
    ]
    show_table(
        console,
        columns,
        rows,
        indent=2,
        right=("step", "time"),
        wrap=("because", "ground", "SymPy"),
    )


def theorem(report: DerivationReport) -> list[str]:
    """The theorem at the end: A = B, A ≤ B, or A ≈ B on one line and its budget on the next."""
    if report.relation is not Relation.APPROX or report.budget is None:
        return [unicode_text(report.claim)]
    ends = f"{unicode_text(report.start)} ≈ {unicode_text(report.end)}"
    return [ends, f"within {unicode_text(report.budget)}"]


def ledger(report: DerivationReport) -> list[str]:
    """What each step adds to the error, and the sum; no line when the relation is no ≈."""
    if report.relation is not Relation.APPROX or report.budget is None:
        return []
    costs = [
        f"{unicode_text(step.budget)}  (step {step.index})"
        for step in report.steps
        if step.budget is not None
    ]
    established = report.verdict is Verdict.PROVED
    total = unicode_text(report.budget) if established else "not established"
    exact = sum(step.budget is None for step in report.steps)
    free = [f"0  ({count(exact, 'exact step')})"] if exact else []
    return [*costs, *free, f"all together: {total}"]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds else ""


def _show_chain(
    console: Console | Pipe, report: DerivationReport, unreached: Sequence[Line]
) -> None:
    say(console, ("  chain", "dim"))
    lines = [(" ", " ", report.start)]
    lines += [(str(one.index), UNICODE_SIGNS[one.relation], one.right) for one in report.steps]
    lines += [
        (str(index), UNICODE_SIGNS[one.relation], one.right)
        for index, one in enumerate(unreached, len(report.steps) + 1)
    ]
    for number, relation, expression in lines:
        show_line(console, unicode_text(expression), f"{number:>2} {relation}", indent=7)
    known = declaration_texts(report.statement)
    told = declaration_texts(*(expression for _, _, expression in lines))
    _show_list(console, "in lines", [one for one in told if one not in known])


def _show_failure(console: Console | Pipe, step: StepReport, verbose: bool) -> None:
    if step.verdict is Verdict.PROVED:
        return
    _show_sentence(console, failure(step), STYLES[step.verdict])
    smallest, worst = step.outcome.smallest, step.outcome.worst
    if worst is not None and worst != smallest:
        _show_sentence(console, f"  worst found: {worst.text}")
    if verbose and smallest is not None:
        _show_test(console, smallest)


def _show_sentence(console: Console | Pipe, text: str, style: str = "") -> None:
    """One line for a program that reads along, several on a terminal."""
    lines = wrapped(text, console.width - 2) if console.is_terminal else [text]
    for number, line in enumerate(lines):
        say(console, (line if number == 0 else f"  {line}", style))


def _show_test(console: Console | Pipe, witness: Witness) -> None:
    say(console, ("  as a test, ready to paste:", "dim"))
    for line in witness.test.splitlines():
        say(console, line)


def _show_list(console: Console | Pipe, heading: str, entries: Iterable[str]) -> None:
    for number, entry in enumerate(entries):
        show_line(console, entry, heading if number == 0 else "", indent=14)
