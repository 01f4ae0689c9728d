"""Prove what was selected, one derivation after the other, and keep the reports."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.commands.progress import Report
from derivations.errors import UnusableInput, one_line
from derivations.verdicts import Verdict

if TYPE_CHECKING:
    from derivations.chain import Claim, Derivation, Line
    from derivations.discovery import Found
    from derivations.reports import ClaimReport, DerivationReport


@dataclass(frozen=True)
class Checked:
    """The reports; with each derivation's, the lines after the first that is not PROVED."""

    derivations: tuple[tuple[DerivationReport, Sequence[Line]], ...]
    claims: tuple[ClaimReport, ...]

    @property
    def good(self) -> bool:
        """Whether every derivation is PROVED and every claim has its expected verdict."""
        return all(report.verdict is Verdict.PROVED for report, _ in self.derivations) and all(
            claim.verdict is claim.expected for claim in self.claims
        )

    def to_json(self) -> dict[str, Any]:
        """With the names of design.md §5."""
        return {
            "derivations": [report.to_json() for report, _ in self.derivations],
            "claims": [claim.to_json() for claim in self.claims],
        }


def check_all(
    found: Sequence[Found],
    progress: Report,
    *,
    second_witness: bool = False,
    time_limit: float | None = None,
    seed: int = 0,
    stored: bool = True,
    on_derivation: Callable[[DerivationReport, Sequence[Line]], None] | None = None,
    on_claim: Callable[[ClaimReport], None] | None = None,
) -> Checked:
    """Prove every derivation and re-evaluate every claim; `on_...` is called after each.

    `stored` lets a proof kept beside its file be replayed instead of searched for again.

    Raises UnusableInput when a statement makes no sense (an ill-defined start, say).
    """
    derivations = [one for part in found for one in part.derivations]
    claims = [one for part in found for one in part.claims]
    for derivation in derivations:
        with _blame(derivation):
            derivation.qed()
    tick = _counter(progress, sum(len(one.lines) for one in derivations) + len(claims))
    reports: list[tuple[DerivationReport, Sequence[Line]]] = []
    claim_reports: list[ClaimReport] = []
    for derivation in derivations:
        with _blame(derivation):
            report = derivation.report(
                second_witness=second_witness,
                time_limit=time_limit,
                seed=seed,
                progress=tick,
                stored=stored,
            )
        reports.append((report, derivation.lines[len(report.steps) :]))
        if on_derivation is not None:
            on_derivation(*reports[-1])
    for claim in claims:
        tick(claim.name)
        with _blame(claim):
            claim_reports.append(claim.report())
        if on_claim is not None:
            on_claim(claim_reports[-1])
    return Checked(tuple(reports), tuple(claim_reports))


@contextmanager
def _blame(source: Derivation | Claim) -> Iterator[None]:
    """What is wrong with the statement itself is the input's fault, in one sentence.

    What the body prints (it may call the user's code) goes to standard error.
    """
    from derivations.language.errors import LanguageError
    from derivations.user_files import printing_to_stderr

    try:
        with printing_to_stderr():
            yield
    except LanguageError as reason:
        file = Path(source.file).name
        raise UnusableInput(f"{source.name} ({file}): {one_line(reason)}") from reason


def _counter(progress: Report, total: int) -> Callable[[str], None]:
    """A function that counts one more piece of work each time it is called."""
    done = itertools.count()

    def tick(what: str) -> None:
        progress(next(done), total)

    return tick
