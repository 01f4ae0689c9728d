"""Look for an instance that satisfies every hypothesis and breaks the claim.

Floats decide what is worth a second look, balls decide what counts.  A search that fails proves
nothing: its verdict is OPEN.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from time import perf_counter
from typing import Any

from derivations.counterexamples.arithmetic import CLOSE, Floats, Undefined
from derivations.counterexamples.choices import FixedChoices, RandomChoices
from derivations.counterexamples.declarations import broken_declaration
from derivations.counterexamples.describe import summary, witness
from derivations.counterexamples.evaluate import Compiled, violation
from derivations.counterexamples.generate import generate, repaired
from derivations.counterexamples.instance import Instance
from derivations.counterexamples.judge import Finding, Judgement, judge
from derivations.counterexamples.mutate import mutate
from derivations.counterexamples.shrink import cost, shrink
from derivations.language.statements import Statement
from derivations.verdicts import Verdict, Witness

WORSE = 80
"""How many more instances are tried for a worse violation once there is one."""
NEAR = 6
"""How many near misses are kept to be varied."""
SETTLED = 150
"""After so many instances at which both sides have a value, a missing value is the verdict."""


@dataclass(frozen=True)
class Refutation:
    """The outcome of a search.

    Attributes:
        verdict: REFUTED, ILL_DEFINED or OPEN; never PROVED.
        smallest: the smallest witness of the verdict (None when OPEN).
        worst: the witness with the largest violation that was seen (None unless REFUTED).
        ill_defined: the smallest instance at which a side has no value, if one was seen.
        tried: how many instances were drawn.
        satisfied: how many of them satisfied every hypothesis.
        reason: one sentence for the reader.
    """

    verdict: Verdict
    smallest: Witness | None
    worst: Witness | None
    ill_defined: Witness | None
    tried: int
    satisfied: int
    reason: str
    seconds: float = 0.0


@dataclass(frozen=True)
class _Found:
    instance: Instance
    judgement: Judgement
    rank: tuple[Any, ...]


def _by_cost(found: _Found) -> tuple[Any, ...]:
    return found.rank


def _by_size(found: _Found) -> tuple[Any, ...]:
    """Largest violation first, among those in which every hypothesis has a case."""
    relative, absolute = found.judgement.size
    return (found.rank[0], -relative, -absolute)


def _better(one: _Found | None, other: _Found, key: Callable[[_Found], tuple[Any, ...]]) -> _Found:
    return other if one is None or key(other) < key(one) else one


def refute(
    statement: Statement,
    examples: int = 600,
    seconds: float | None = None,
    seed: int = 0,
) -> Refutation:
    """Search for a counterexample among `examples` instances, for at most `seconds`.

    The outcome depends on the statement and the seed alone, unless the time runs out.
    Raises LanguageError for a statement that no instance can give a value.
    """
    if examples < 1:
        raise ValueError(f"examples is {examples}; at least one instance must be tried")
    start = perf_counter()
    deadline = None if seconds is None else start + seconds
    search = _Search(Compiled(statement), deadline)
    with suppress(_Enough):
        search.run(examples, seed)
    search.deadline = None if seconds is None else max(perf_counter(), start + seconds) + 1.0
    return search.outcome(perf_counter() - start)


class _Enough(Exception):
    """The search can stop."""


class _Search:
    """The state of one search."""

    def __init__(self, compiled: Compiled, deadline: float | None) -> None:
        self.compiled = compiled
        self.floats = Floats()
        self.deadline = deadline
        self.tried = self.satisfied = self.defined = 0
        self.failure: _Found | None = None
        self.worst: _Found | None = None
        self.undefined: _Found | None = None
        self.remaining: int | None = None
        self.near: list[tuple[float, int, Instance]] = []

    def more_time(self) -> bool:
        return self.deadline is None or perf_counter() < self.deadline

    # ---- drawing ---------------------------------------------------------------------------

    def run(self, examples: int, seed: int) -> None:
        """A quarter small instances, a quarter of any size, then variations of near misses too.

        After the first failure the search is for a worse one, so it is late at once.
        """
        choices = RandomChoices(f"keystar {seed}")
        for at in range(examples):
            late = 2 * at >= examples or self.failure is not None
            if late and at % 2 and self.near:
                _, _, near = self.near[choices.below(len(self.near))]
                self.consider(repaired(self.compiled, mutate(near, choices), choices))
            else:
                self.consider(
                    generate(self.compiled, choices, small=not late and 4 * at < examples)
                )

    def consider(self, instance: Instance | None) -> None:
        """Count the instance and keep it if it breaks the claim.  Raises _Enough."""
        self.tried += 1
        if instance is not None:
            self._weigh(instance)
        if self.remaining is not None:
            self.remaining -= 1
        settled = self.undefined is not None and self.defined >= SETTLED and not self.failure
        if self.remaining == 0 or settled or not self.more_time():
            raise _Enough

    def _weigh(self, instance: Instance) -> None:
        if not self.suspicious(instance):
            self.satisfied += 1
            self.defined += 1
            return
        judgement = judge(self.compiled, instance)
        if judgement.finding is Finding.EXCLUDED:
            return
        self.satisfied += 1
        if judgement.finding is Finding.UNDEFINED:
            self.undefined = _better(self.undefined, self._found(instance, judgement), _by_cost)
        elif judgement.finding is Finding.FAILS:
            found = self._found(instance, judgement)
            if self.failure is None:
                self.remaining = WORSE
            self.failure = _better(self.failure, found, _by_cost)
            self.worst = _better(self.worst, found, _by_size)
        else:
            self.defined += 1

    def _found(self, instance: Instance, judgement: Judgement) -> _Found:
        return _Found(instance, judgement, self.rank(instance))

    def rank(self, instance: Instance) -> tuple[Any, ...]:
        """What makes a witness good: first that no hypothesis holds for want of cases."""
        w = self.compiled.world(instance, self.floats, "floats")
        env = self.compiled.environment()
        empty = sum(not one.condition.has_cases(w, env) for one in self.compiled.hypotheses)
        return (empty, *cost(instance))

    def suspicious(self, instance: Instance) -> bool:
        """Whether floats leave it possible that the claim fails or has no value."""
        w = self.compiled.world(instance, self.floats, "floats")
        env = self.compiled.environment()
        try:
            left, right = self.compiled.left(w, env), self.compiled.right(w, env)
            budget = None if self.compiled.budget is None else self.compiled.budget(w, env)
            over, under = violation(self.compiled.statement.relation, w, left, right, budget)
        except (Undefined, OverflowError, ValueError):
            return True
        if not (isfinite(over) and isfinite(under)):
            return True
        scale = abs(over) + abs(under)
        self._remember(instance, (over - under) / scale if scale else -1.0)
        return over - under > CLOSE * (1 + scale)

    def _remember(self, instance: Instance, nearness: float) -> None:
        """Keep the instances that come nearest to breaking the claim."""
        if len(self.near) < NEAR or nearness > self.near[-1][0]:
            self.near.append((nearness, -self.tried, instance))
            self.near.sort(key=lambda one: one[:2], reverse=True)
            del self.near[NEAR:]

    # ---- the outcome -----------------------------------------------------------------------

    def outcome(self, seconds: float) -> Refutation:
        start = perf_counter()
        undefined = self._smallest(self.undefined, Finding.UNDEFINED)
        failure = self._smallest(self.failure, Finding.FAILS)
        ill_defined = None if undefined is None else self._witness(undefined)
        smallest = worst = None
        if failure is not None and self.worst is not None:
            smallest, worst = self._witness(failure), self._witness(self.worst)
            verdict = Verdict.REFUTED
            reason = summary(failure.judgement, smallest)
        elif undefined is not None and ill_defined is not None:
            smallest = ill_defined
            verdict = Verdict.ILL_DEFINED
            reason = summary(undefined.judgement, ill_defined)
        else:
            verdict, reason = Verdict.OPEN, self._why_open()
        return Refutation(
            verdict,
            smallest,
            worst,
            ill_defined,
            self.tried,
            self.satisfied,
            reason,
            round(seconds + perf_counter() - start, 4),
        )

    def _smallest(self, found: _Found | None, wanted: Finding) -> _Found | None:
        if found is None:
            return None
        best = shrink(found.instance, self._accepting(wanted), self.rank, self.more_time)
        return self._found(best, judge(self.compiled, best))

    def _accepting(self, wanted: Finding) -> Callable[[Instance], Instance | None]:
        def accept(instance: Instance) -> Instance | None:
            if broken_declaration(self.compiled, instance) is not None:
                return None
            if judge(self.compiled, instance).finding is wanted:
                return instance
            for tighten in (False, True):
                changed = repaired(self.compiled, instance, FixedChoices(), tighten)
                if changed is not None and judge(self.compiled, changed).finding is wanted:
                    return changed
            return None

        return accept

    def _witness(self, found: _Found) -> Witness:
        return witness(self.compiled, found.instance, found.judgement)

    def _why_open(self) -> str:
        if self.satisfied:
            return (
                f"no counterexample among {self.satisfied} instances that satisfy the hypotheses "
                f"({self.tried} tried)"
            )
        return (
            f"none of the {self.tried} instances tried satisfied the hypotheses; "
            "they may contradict each other"
        )
