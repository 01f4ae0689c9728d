"""Running a file of derivations as a script."""

from __future__ import annotations

import sys
from pathlib import Path

from derivations.discovery import gather
from derivations.language.printing import declaration_texts, unicode_text
from derivations.language.statements import Statement
from derivations.verdicts import Verdict


def run_as_script(file: str) -> int:
    """Prove the derivations and claims of one file and print a line for each; the exit status.

    For `if __name__ == "__main__"` in a file of derivations; `keystar verify FILE` says more.
    """
    module = sys.modules["__main__"]
    found = gather(Path(file).stem, vars(module))
    good = True
    for derivation in found.derivations:
        report = derivation.report()
        good &= report.verdict is Verdict.PROVED
        print(f"{report.verdict.value:12}{derivation.title}")
        print(f"{'':12}{unicode_text(report.claim)}")
        _print_given(report.statement)
        for step in report.steps:
            print(f"{'':12}{step.index}. {step.because}: {step.verdict.value}")
            if step.outcome.reason:
                print(f"{'':15}{step.outcome.reason}")
    for claim in found.claims:
        told = claim.report()
        good &= told.verdict is told.expected
        print(f"{told.verdict.value:12}{claim.title} (expected {told.expected.value})")
        print(f"{'':12}{unicode_text(told.statement.claim)}")
        _print_given(told.statement)
        if told.witness is not None:
            print(f"{'':12}{told.witness.text}")
    return 0 if good else 1


def _print_given(statement: Statement) -> None:
    for text in [*declaration_texts(statement), *map(unicode_text, statement.hypotheses)]:
        print(f"{'':12}given {text}")
