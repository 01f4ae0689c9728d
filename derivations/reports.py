"""The outcome of checking: one immutable value per step, derivation and claim.

Writers (terminal, JSON, LaTeX, HTML) read these and nothing else.  The JSON names are fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Expr

from derivations.displays import (
    ShownLine,
    latex_chain,
    latex_statement,
    text_chain,
    text_statement,
)
from derivations.language.propositions import Proposition
from derivations.language.statements import Relation, Statement
from derivations.verdicts import Lemma, SecondWitness, Verdict, Witness


@dataclass(frozen=True, repr=False)
class Outcome:
    """What `check` says about one statement.

    `ground` names what carries the proof ("identity", "bound", or a lemma's name); `reason` is a
    sentence for the reader; `proof` is the JSON value that `keystar replay` re-checks.
    """

    statement: Statement
    verdict: Verdict
    ground: str
    reason: str
    lemmas: tuple[Lemma, ...] = ()
    smallest: Witness | None = None
    worst: Witness | None = None
    proof: dict[str, Any] | None = None
    seconds: float = 0.0

    @property
    def explanation(self) -> str:
        """Why it is not PROVED: both sides at the smallest witness, or what is missing."""
        if self.smallest is None or self.smallest.text in self.reason:
            return self.reason
        return self.smallest.text

    def __repr__(self) -> str:
        from derivations.language.printing import unicode_text

        why = f": {self.explanation}" if self.explanation else ""
        head = f"<{self.verdict.value}  {unicode_text(self.statement)}{why}>"
        return text_statement(head, self.statement)

    def _repr_latex_(self) -> str:
        why = f" ({self.explanation})" if self.explanation else ""
        return latex_statement(self.statement, self.verdict.value + why)


@dataclass(frozen=True)
class StepReport:
    """One line of a derivation: `left` (the line before) related to `right` (this line)."""

    index: int
    relation: Relation
    because: str
    left: Expr
    right: Expr
    budget: Expr | None
    outcome: Outcome
    second_witness: SecondWitness = SecondWitness.NOT_RUN
    place: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict on this step alone."""
        return self.outcome.verdict

    def to_json(self) -> dict[str, Any]:
        """With the names of design.md §5."""
        from derivations.language.printing import unicode_text

        outcome = self.outcome
        return {
            "index": self.index,
            "relation": self.relation.value,
            "because": self.because,
            "statement": unicode_text(outcome.statement.claim),
            "verdict": outcome.verdict.value,
            "ground": outcome.ground,
            "reason": outcome.reason,
            "budget": None if self.budget is None else unicode_text(self.budget),
            "second_witness": self.second_witness.value,
            "smallest": None if outcome.smallest is None else outcome.smallest.to_json(),
            "worst": None if outcome.worst is None else outcome.worst.to_json(),
            "place": self.place,
        }


@dataclass(frozen=True, repr=False)
class DerivationReport:
    """A whole derivation: the theorem start R end (within the sum of the budgets)."""

    name: str
    file: str
    verdict: Verdict
    start: Expr
    end: Expr
    relation: Relation
    budget: Expr | None
    hypotheses: tuple[Proposition, ...]
    lemmas: tuple[Lemma, ...]
    steps: tuple[StepReport, ...]
    seconds: float
    title: str = ""
    proof: dict[str, Any] | None = None
    unreached: tuple[str, ...] = ()

    @property
    def statement(self) -> Statement:
        """The theorem at the end, with its hypotheses."""
        return Statement(self.start, self.relation, self.end, self.budget, self.hypotheses)

    @property
    def claim(self) -> Proposition:
        """The theorem at the end as one proposition."""
        return self.statement.claim

    def __repr__(self) -> str:
        head = f"<{self.verdict.value}  {self.name}>"
        return text_chain(head, self.start, self._lines(), self.hypotheses)

    def _repr_latex_(self) -> str:
        return latex_chain(self.start, self._lines(), self.hypotheses)

    def _lines(self) -> list[ShownLine]:
        return [
            ShownLine(
                step.relation,
                step.right,
                step.budget,
                f"{step.because}: {step.verdict.value}" if step.because else step.verdict.value,
            )
            for step in self.steps
        ]

    def to_json(self) -> dict[str, Any]:
        """With the names of design.md §5."""
        from derivations.language.printing import declaration_texts, unicode_text

        return {
            "name": self.name,
            "file": self.file,
            "verdict": self.verdict.value,
            "statement": unicode_text(self.claim),
            "relation": self.relation.value,
            "declarations": declaration_texts(self.statement),
            "hypotheses": [unicode_text(one) for one in self.hypotheses],
            "lemmas": [one.to_json() for one in self.lemmas],
            "budget": None if self.budget is None else unicode_text(self.budget),
            "seconds": round(self.seconds, 4),
            "steps": [one.to_json() for one in self.steps],
        }


@dataclass(frozen=True, repr=False)
class ClaimReport:
    """A statement shipped because it is false, and whether its stored witness still shows it."""

    name: str
    file: str
    statement: Statement
    expected: Verdict
    verdict: Verdict
    witness: Witness | None
    reason: str = ""

    def __repr__(self) -> str:
        from derivations.language.printing import unicode_text

        head = f"<{self.verdict.value}  {self.name}>\n  {unicode_text(self.statement)}"
        return text_statement(head, self.statement)

    def _repr_latex_(self) -> str:
        return latex_statement(self.statement, self.verdict.value)

    def to_json(self) -> dict[str, Any]:
        """With the names of design.md §5."""
        from derivations.language.printing import declaration_texts, unicode_text

        return {
            "name": self.name,
            "file": self.file,
            "statement": unicode_text(self.statement.claim),
            "declarations": declaration_texts(self.statement),
            "hypotheses": [unicode_text(one) for one in self.statement.hypotheses],
            "expected": self.expected.value,
            "verdict": self.verdict.value,
            "witness": None if self.witness is None else self.witness.to_json(),
            "reason": self.reason,
        }
