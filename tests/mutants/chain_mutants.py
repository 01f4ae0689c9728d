"""Mutants of every line of the shipped derivations, and what the checker says about each.

    python -m tests.mutants.chain_mutants              all of them, written to docs/chain_mutants.md
    python -m tests.mutants.chain_mutants grouping     print those of the derivations named so

A mutant is killed when it is REFUTED or ILL-DEFINED with a witness that holds when judged again;
OPEN means that it survived.  A PROVED mutant must be true: it is listed with the reason, and an
instance search of its own finds nothing against it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sympy import Basic

from derivations.chain import Derivation
from derivations.counterexamples import recheck, refute
from derivations.discovery import shipped
from derivations.judgement import Judge
from derivations.language.errors import LanguageError
from derivations.language.printing import unicode_text
from derivations.language.statements import Relation, Statement, state
from derivations.reports import Outcome
from derivations.verdicts import Verdict
from tests.mutants.expressions import SMALLER, Change, Scope, changes, scope_of, spelt_out

FILE = Path(__file__).parents[2] / "docs" / "chain_mutants.md"
TIME_LIMIT = 10.0
INSTANCES = 2000


@dataclass(frozen=True)
class Step:
    """One line of a shipped derivation, with its abbreviations spelt out."""

    derivation: str
    number: int
    because: str
    statement: Statement
    given: tuple[Basic, ...]
    by: str | None


@dataclass(frozen=True)
class Mutant:
    """One changed step."""

    step: Step
    kind: str
    statement: Statement


@dataclass(frozen=True)
class Judged:
    """A mutant with its verdict."""

    mutant: Mutant
    outcome: Outcome
    confirmed: bool
    seconds: float

    @property
    def killed(self) -> bool:
        """Whether a confirmed witness speaks against it."""
        return self.confirmed and self.outcome.verdict in (Verdict.REFUTED, Verdict.ILL_DEFINED)


def steps() -> Iterator[Step]:
    """Every line of every shipped derivation."""
    for found in shipped():
        for derivation in found.derivations:
            yield from steps_of(derivation)


def steps_of(derivation: Derivation) -> Iterator[Step]:
    """The lines of one derivation."""
    left, given = derivation.start, tuple(map(spelt_out, derivation.given))
    for number, line in enumerate(derivation.lines, 1):
        sides = (spelt_out(left), line.relation, spelt_out(line.right))
        budget = None if line.budget is None else spelt_out(line.budget)
        statement = state(*sides, budget, given)
        yield Step(derivation.name, number, line.because, statement, given, line.by)
        left = line.right


def mutants_of(derivation: Derivation) -> Iterator[Mutant]:
    """Every mutant of every line of one derivation."""
    for step, line in zip(steps_of(derivation), derivation.lines, strict=True):
        yield from mutants(step, line.right, line.budget)


def mutants(step: Step, right: Basic, budget: Basic | None) -> Iterator[Mutant]:
    """Every mutant of one step; `right` and `budget` as written, abbreviations and all."""
    whole = step.statement
    seen = {whole}
    for kind, made in _variants(step, right, budget):
        if made not in seen:
            seen.add(made)
            yield Mutant(step, kind, made)


def _variants(step: Step, right: Basic, budget: Basic | None) -> Iterator[tuple[str, Statement]]:
    whole = step.statement
    scope = scope_of([whole.left, whole.right, *whole.hypotheses])
    for one in _written(right, scope, scale=whole.relation is not Relation.EQUAL and not budget):
        yield from _stated(step, one, right=one.expr)
    if budget is not None:
        for one in _written(budget, scope, scale=True):
            yield from _stated(step, one, budget=one.expr)
        yield from _stated(step, Change("residual dropped", right), budget=budget - budget)
    for one in step.given:
        rest = tuple(other for other in whole.hypotheses if other != one)
        yield "hypothesis dropped", replace(whole, hypotheses=rest)
    if whole.relation in (Relation.AT_MOST, Relation.AT_LEAST):
        back = Relation.AT_LEAST if whole.relation is Relation.AT_MOST else Relation.AT_MOST
        yield "reversed", replace(whole, relation=back)


def _written(expr: Basic, scope: Scope, scale: bool) -> Iterator[Change]:
    """The changes of one side, spelt out; the whole times a smaller constant too."""
    for one in changes(expr, scope):
        try:
            yield Change(one.kind, spelt_out(one.expr))
        except LanguageError:
            continue
    for factor in SMALLER if scale else ():
        yield Change("constant", factor * spelt_out(expr))


def _stated(
    step: Step, change: Change, right: Basic | None = None, budget: Basic | None = None
) -> Iterator[tuple[str, Statement]]:
    whole = step.statement
    new_right = whole.right if right is None else right
    new_budget = whole.budget if budget is None else budget
    try:
        made = state(whole.left, whole.relation, new_right, new_budget, step.given)
    except LanguageError:
        return
    yield change.kind, made


def judged(mutant: Mutant, time_limit: float = TIME_LIMIT) -> Judged:
    """The verdict on one mutant, its witness judged again."""
    began = time.perf_counter()
    outcome, _ = Judge(time_limit=time_limit).attempt(mutant.statement, mutant.step.by)
    witness = outcome.smallest
    confirmed = (
        witness is not None and recheck(mutant.statement, witness.instance) is outcome.verdict
    )
    return Judged(mutant, outcome, confirmed, time.perf_counter() - began)


_LARGER = "a larger budget: 0 ≤ δ where F has a member, and both are 0 where it has none"
BY_HAND = {
    ("clustered values", 2, "term dropped"): _LARGER,
    ("effective key", 2, "term dropped"): _LARGER,
    ("effective key with margins", 2, "term dropped"): _LARGER,
}
"""Reasons that the checker does not find by itself, by derivation, line and kind."""


def why_true(mutant: Mutant) -> str | None:
    """Why a PROVED mutant is true: a reason that is proved by itself, or one given by hand."""
    step = mutant.step
    return _reason(mutant) or BY_HAND.get((step.derivation, step.number, mutant.kind))


def _reason(mutant: Mutant) -> str | None:
    whole, made = mutant.step.statement, mutant.statement
    judge = Judge(time_limit=TIME_LIMIT, search=False)

    def holds(left: Basic, relation: str, right: Basic) -> bool:
        claim = state(left, relation, right, None, mutant.step.given)
        return judge.attempt(claim, None)[0].verdict is Verdict.PROVED

    if set(made.hypotheses) < set(whole.hypotheses):
        return "the step does not need this hypothesis"
    if made.budget is not None and made.budget != whole.budget:
        if holds(made.budget, "=", whole.budget):
            return "the same budget"
        return "a larger budget" if holds(whole.budget, "<=", made.budget) else None
    if made.relation is not whole.relation:
        return "both directions hold" if holds(whole.left, "=", whole.right) else None
    if holds(made.right, "=", whole.right):
        return "the same line"
    if made.relation is Relation.AT_MOST and holds(made.left, "=", made.right):
        return "both sides are the same"
    if made.relation is Relation.AT_MOST and holds(whole.right, "<=", made.right):
        return "a weaker bound"
    return None


def no_counterexample(statement: Statement, examples: int = INSTANCES) -> bool:
    """Whether an instance search of its own finds nothing against a statement."""
    return refute(statement, examples, seed=1).verdict is Verdict.OPEN


def main(words: list[str]) -> None:
    found: list[Judged] = []
    for part in shipped():
        for derivation in part.derivations:
            if words and not any(word in derivation.name for word in words):
                continue
            for mutant in mutants_of(derivation):
                found.append(judged(mutant))
                print(line_of(found[-1]), flush=True)
    from tests.mutants.report import page

    text = page(found)
    print(text.split("\n## ")[0])
    if not words:
        FILE.write_text(text, "utf-8")


def line_of(one: Judged) -> str:
    """One line for the terminal."""
    step, changed = one.mutant.step, shown(one.mutant)
    verdict = one.outcome.verdict.value
    place = f"{step.derivation}, {step.number}"
    return f"{verdict:12}{one.seconds:6.2f}  {place}: {one.mutant.kind}: {changed}"


def shown(mutant: Mutant) -> str:
    """What was changed, as a reader sees it."""
    whole, made = mutant.step.statement, mutant.statement
    if made.hypotheses != whole.hypotheses and made.right == whole.right:
        dropped = [one for one in whole.hypotheses if one not in made.hypotheses]
        if dropped:
            return "without " + "; ".join(map(unicode_text, dropped))
    if made.relation is not whole.relation:
        return unicode_text(made.claim)
    if made.budget is not None and made.budget != whole.budget:
        return "budget " + unicode_text(made.budget)
    return unicode_text(made.right)


if __name__ == "__main__":
    main(sys.argv[1:])
