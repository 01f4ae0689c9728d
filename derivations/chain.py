"""Derivations: a chain of lines, each related to the one before, and one theorem at the end.

Building a chain proves nothing; `report` proves it line by line.  `≈` is a relation with a
budget: budgets add along the chain, exact steps are free, hypotheses accumulate.

>>> from derivations import Derivation, SetSum, exp, index, index_sets, scalars
>>> F, N = index_sets("F", "N")
>>> s, t = scalars("s"), index("t")
>>> whole, frozen, normal = (SetSum(exp(s[t]), t, A) for A in (F | N, F, N))
>>> chain = Derivation("partition sum", whole).equal(frozen + normal, because="split").qed()
>>> chain.report().verdict.value
'PROVED'
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sympy import Expr, S

from derivations.displays import ShownLine, latex_chain, text_chain
from derivations.errors import UnusableInput
from derivations.judgement import Judge
from derivations.language.binders import exact
from derivations.language.errors import LanguageError
from derivations.language.propositions import Proposition, propositions
from derivations.language.sets import check_title
from derivations.language.statements import Relation, Statement, check_expression, state
from derivations.limits import require_limit
from derivations.reading import read_proposition
from derivations.reports import ClaimReport, DerivationReport, Outcome, StepReport
from derivations.stored_proofs import stored_proof
from derivations.verdicts import SecondWitness, Verdict

if TYPE_CHECKING:
    from derivations.transformations import Transformation

Progress = Callable[[str], None]
_BOUNDS = {Relation.AT_MOST, Relation.AT_LEAST}


@dataclass(frozen=True)
class Line:
    """One line as the user wrote it, and where."""

    relation: Relation
    right: Expr
    budget: Expr | None
    because: str
    by: str | None
    place: str


class Derivation:
    """A chain of lines from `start`, under the hypotheses `given`.  Immutable: every method
    returns the longer chain.
    """

    def __init__(
        self,
        name: str,
        start: object,
        given: Iterable[object] | Proposition = (),
        *,
        title: str = "",
        file: str | None = None,
    ) -> None:
        check_title(name, "a derivation")
        _check_text("title", title)
        self.name = name
        self.title = title or name
        self.start = exact(start)
        check_expression(self.start)
        self.given: tuple[Proposition, ...] = propositions(given)
        self.lines: tuple[Line, ...] = ()
        self.file = file or _caller()[0]

    @property
    def current(self) -> Expr:
        """The last line."""
        return self.lines[-1].right if self.lines else self.start

    def equal(self, right: object, *, because: str = "", by: object = None) -> Derivation:
        """The last line equals `right`."""
        return self._longer(Relation.EQUAL, right, None, because, by)

    def at_most(self, right: object, *, because: str = "", by: object = None) -> Derivation:
        """The last line is at most `right`."""
        return self._longer(Relation.AT_MOST, right, None, because, by)

    def at_least(self, right: object, *, because: str = "", by: object = None) -> Derivation:
        """The last line is at least `right`."""
        return self._longer(Relation.AT_LEAST, right, None, because, by)

    def approx(
        self, right: object, *, error: object, because: str = "", by: object = None
    ) -> Derivation:
        """‖last line − right‖ ≤ error."""
        return self._longer(Relation.APPROX, right, error, because, by)

    def apply(self, transformation: Transformation, *, because: str = "") -> Derivation:
        """The line that a transformation makes of the last one; the kernel judges it as usual.

        Raises DoesNotApply with where the transformation looked and what it expected.
        """
        from derivations.transformations.next_line import NextLine

        made = transformation(self.current) if callable(transformation) else None
        if not isinstance(made, NextLine):
            raise LanguageError(
                f"apply({transformation!r}): that is no transformation; give one, as in split(F, N)"
            )
        longer = self._longer(
            made.relation, made.expression, made.budget, because or made.because, made.lemma
        )
        known = set(map(read_proposition, longer.given))
        new = tuple(one for one in made.hypotheses if read_proposition(one) not in known)
        longer.given = longer.given + new
        return longer

    def qed(self) -> Derivation:
        """The end of the chain.  Raises LanguageError on a chain without a line."""
        if not self.lines:
            raise LanguageError(
                f"the derivation {self.name!r} has no step; add .equal(...), .at_most(...) or "
                ".approx(...) before .qed()"
            )
        return self

    def report(
        self,
        *,
        second_witness: bool = False,
        time_limit: float | None = None,
        progress: Progress | None = None,
        seed: int = 0,
        search: bool = True,
        stored: bool = True,
    ) -> DerivationReport:
        """Prove the chain; it stops at the first step that is not PROVED.

        `search=False` leaves out the search for counterexamples, `stored=False` the proof that
        may be kept beside the file.
        """
        self.qed()
        require_limit(time_limit)
        began = time.perf_counter()
        judge = Judge(time_limit=time_limit, seed=seed, search=search)
        steps: list[StepReport] = []
        left = self.start
        kept = stored_proof(self.file, self.name) if stored else None
        argument = judge.argument(self.start, self.given, stored=kept)
        for number, line in enumerate(self.lines, 1):
            if progress is not None:
                progress(f"{self.name}: step {number}")
            statement = state(left, line.relation, line.right, line.budget, self.given)
            outcome = argument.extend(statement, line.by)
            witness = SecondWitness.NOT_RUN
            if second_witness and outcome.verdict is Verdict.PROVED:
                witness, outcome = _second_witness(statement, outcome)
            steps.append(
                StepReport(
                    number,
                    line.relation,
                    line.because,
                    left,
                    line.right,
                    line.budget,
                    outcome,
                    witness,
                    line.place,
                )
            )
            if outcome.verdict is not Verdict.PROVED:
                break
            left = line.right
        return self._summary(steps, argument.conclude(), time.perf_counter() - began)

    def _summary(
        self, steps: list[StepReport], conclusion: Outcome, seconds: float
    ) -> DerivationReport:
        verdict = steps[-1].verdict
        complete = verdict is Verdict.PROVED
        if complete and conclusion.verdict is not Verdict.PROVED:
            verdict = conclusion.verdict
            steps[-1] = replace(steps[-1], outcome=conclusion)
        relation = overall_relation([line.relation for line in self.lines])
        lemmas = dict.fromkeys(lemma for step in steps for lemma in step.outcome.lemmas)
        return DerivationReport(
            name=self.name,
            file=self.file,
            verdict=verdict,
            start=self.start,
            end=self.lines[-1].right,
            relation=relation,
            budget=self.total if relation is Relation.APPROX else None,
            hypotheses=conclusion.statement.hypotheses if complete else self.statement.hypotheses,
            unreached=tuple(line.because for line in self.lines[len(steps) :]),
            lemmas=tuple(lemmas),
            steps=tuple(steps),
            seconds=seconds,
            title=self.title,
            proof=conclusion.proof if verdict is Verdict.PROVED else None,
        )

    def __repr__(self) -> str:
        head = f"<Derivation {self.name!r}>"
        return text_chain(head, self.start, self._lines(), self.given)

    def _repr_latex_(self) -> str:
        """The chain as it is written; `report()` has the verdicts, and shows itself likewise."""
        return latex_chain(self.start, self._lines(), self.given)

    def _lines(self) -> list[ShownLine]:
        return [
            ShownLine(line.relation, line.right, line.budget, line.because) for line in self.lines
        ]

    @property
    def total(self) -> Expr:
        """The sum of the budgets."""
        return sum((line.budget for line in self.lines if line.budget is not None), S.Zero)

    @property
    def statement(self) -> Statement:
        """The theorem that the whole chain claims."""
        relation = overall_relation([line.relation for line in self.lines])
        budget = self.total if relation is Relation.APPROX else None
        return state(self.start, relation, self.current, budget, self.given)

    def _longer(
        self, relation: Relation, right: object, budget: object, because: str, by: object
    ) -> Derivation:
        _check_text("because", because)
        file, number = _caller()
        right = exact(right)
        budget = None if budget is None else exact(budget)
        state(self.current, relation, right, budget, self.given)
        place = f"{Path(file).name}:{number}"
        line = Line(relation, right, budget, because, lemma_name(by), place)
        overall_relation([one.relation for one in self.lines] + [relation], place)
        longer = Derivation.__new__(Derivation)
        longer.__dict__.update(self.__dict__)
        longer.lines = (*self.lines, line)
        return longer


class Claim:
    """A statement that is shipped because it is false, with the instance that shows it.

    `report` re-evaluates the stored instance; it never searches.
    """

    def __init__(
        self,
        name: str,
        statement: Statement,
        *,
        witness: dict[str, Any],
        expected: Verdict = Verdict.REFUTED,
        title: str = "",
    ) -> None:
        check_title(name, "a claim")
        _check_text("title", title)
        if not isinstance(statement, Statement):
            raise LanguageError(f"the claim {name!r} is about {statement!r}; give it state(...)")
        if not isinstance(expected, Verdict):
            raise LanguageError(
                f"expected={expected!r} in the claim {name!r} is no verdict; give Verdict.REFUTED "
                "or Verdict.ILL_DEFINED"
            )
        self.name = name
        self.title = title or name
        self.statement = statement
        self.witness = witness
        self.expected = expected
        self.file = _caller()[0]

    def report(self) -> ClaimReport:
        """The verdict that the stored witness supports, decided in ball arithmetic.

        Raises UnusableInput if the witness is no instance of the statement.
        """
        from derivations.counterexamples import InstanceError
        from derivations.counterexamples.stored import stored_witness

        try:
            verdict, witness = stored_witness(self.statement, self.witness)
        except InstanceError as broken:
            raise UnusableInput(
                f"the witness of the claim {self.name!r} is no instance of it: {broken}"
            ) from broken
        reason = "" if witness else "the stored witness does not break the statement"
        return ClaimReport(
            self.name, self.file, self.statement, self.expected, verdict, witness, reason
        )


def _check_text(what: str, text: object) -> None:
    if not isinstance(text, str):
        raise LanguageError(f"{what}={text!r} is not a string")


def overall_relation(relations: list[Relation], place: str = "") -> Relation:
    """The relation between the first and the last line.  Raises LanguageError on a mixture."""
    kinds = set(relations) - {Relation.EQUAL}
    if not kinds:
        return Relation.EQUAL
    if len(kinds) > 1:
        found = " and ".join(sorted({"<=": "≤", ">=": "≥", "approx": "≈"}[k.value] for k in kinds))
        where = f" at {place}" if place else ""
        raise LanguageError(
            f"the chain mixes {found}{where}, so it relates its ends in no way; "
            "make two derivations of it"
        )
    return kinds.pop()


def lemma_name(by: object) -> str | None:
    """The name of a lemma given as an object or as a name."""
    if by is None or isinstance(by, str):
        return by
    name = getattr(by, "name", None)
    if not isinstance(name, str):
        raise LanguageError(f"by={by!r}: give a library lemma or its name")
    return name


def _second_witness(statement: Statement, outcome: Outcome) -> tuple[SecondWitness, Outcome]:
    from derivations.second_witness import second_witness

    found = second_witness(statement)
    if found.status is SecondWitness.DISAGREES:
        reason = (
            f"the kernel proves this step and SymPy's expansion disagrees: {found.left} against "
            f"{found.right} at {found.sizes}; one of the two has a fault, please report it"
        )
        outcome = replace(outcome, verdict=Verdict.OPEN, reason=reason)
    return found.status, outcome


def _caller() -> tuple[str, int]:
    """File and line of the nearest caller outside this file."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
