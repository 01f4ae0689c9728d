"""Refutation: an instance that satisfies every hypothesis and breaks the claim.

    refute(statement)                 search, shrink, certify
    recheck(statement, instance)      the verdict that a stored instance supports
    evaluate_witness(statement, instance)   the same with the values of both sides
    witness_of(statement, instance)   the same as a Witness, in words
    instances(statement)              a Hypothesis strategy for instances of the hypotheses

Everything is judged in balls: hypotheses and failure are both certain, or nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from derivations.counterexamples.instance import Instance, InstanceError
from derivations.language.statements import Statement
from derivations.verdicts import Verdict, Witness

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from derivations.counterexamples.judge import Judgement
    from derivations.counterexamples.search import Refutation

__all__ = [
    "Instance",
    "InstanceError",
    "evaluate_witness",
    "instances",
    "recheck",
    "refute",
    "witness_of",
]


def refute(
    statement: Statement, examples: int = 600, seconds: float | None = None, seed: int = 0
) -> Refutation:
    """Search for a counterexample; see `derivations.counterexamples.search.refute`."""
    from derivations.counterexamples.search import refute as search

    return search(statement, examples, seconds, seed)


def instances(statement: Statement) -> SearchStrategy[Instance]:
    """A Hypothesis strategy for instances that satisfy every hypothesis, built to do so."""
    from derivations.counterexamples.evaluate import Compiled
    from derivations.counterexamples.generate import drawn_instances

    return drawn_instances(Compiled(statement))


def recheck(statement: Statement, instance: Mapping[str, Any]) -> Verdict:
    """The verdict that a stored instance supports: REFUTED, ILL_DEFINED or OPEN.  No search.

    Raises InstanceError if the instance is no world of the statement.
    """
    return evaluate_witness(statement, instance).verdict


def evaluate_witness(statement: Statement, instance: Mapping[str, Any]) -> Judgement:
    """What a stored instance shows, with both sides to six digits.

    Raises InstanceError if the instance is no world of the statement.
    """
    from derivations.counterexamples.judge import judge
    from derivations.counterexamples.stored import prepared

    return judge(*prepared(statement, instance))


def witness_of(statement: Statement, instance: Mapping[str, Any]) -> Witness:
    """A stored instance in words, with both sides and a test to paste.

    Raises InstanceError if the instance is no world of the statement, ValueError if it shows
    nothing there.
    """
    from derivations.counterexamples.describe import witness
    from derivations.counterexamples.judge import judge
    from derivations.counterexamples.stored import prepared

    compiled, world = prepared(statement, instance)
    found = judge(compiled, world)
    if found.verdict is Verdict.OPEN:
        raise ValueError(f"the instance is no witness: {found.finding.value}")
    return witness(compiled, world, found)
