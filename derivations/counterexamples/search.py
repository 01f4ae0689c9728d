"""Look for an instance that satisfies every hypothesis and breaks the claim.

Floats decide what is worth a second look, balls decide what counts.  A search that fails proves
nothing: its verdict is OPEN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from time import perf_counter

from derivations.counterexamples.arithmetic import CLOSE, Floats, Undefined
from derivations.counterexamples.choices import FixedChoices, RandomChoices
from derivations.counterexamples.declarations import broken_declaration
from derivations.counterexamples.describe import witness
from derivations.counterexamples.evaluate import Compiled, violation
from derivations.counterexamples.generate import generate, instances, repaired
from derivations.counterexamples.instance import Instance
from derivations.counterexamples.judge import Finding, Judgement, judge
from derivations.counterexamples.shrink import cost, shrink
from derivations.language.statements import Statement
from derivations.verdicts import Verdict, Witness

WORSE = 80
"""How many more instances are tried for a worse violation once there is one."""
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


@dataclass
class _Found:
    instance: Instance
    judgement: Judgement


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
    try:
        search.run(examples, seed)
    except _Enough:
        pass
    search.deadline = None if seconds is None else max(perf_counter(), start + seconds) + 1.0
    return search.outcome(perf_counter() - start)


class _Enough(BaseException):
    """The search can stop.  Not an Exception, so that Hypothesis lets it through at once."""


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

    def more_time(self) -> bool:
        return self.deadline is None or perf_counter() < self.deadline

    # ---- drawing ---------------------------------------------------------------------------

    def run(self, examples: int, seed: int) -> None:
        """A quarter small instances, a quarter of any size, and the rest drawn by Hypothesis."""
        choices = RandomChoices(f"keystar {seed}")
        quick = max(1, examples // 2)
        for at in range(quick):
            self.consider(generate(self.compiled, choices, small=2 * at < quick))
        self._run_hypothesis(examples - quick, seed)

    def _run_hypothesis(self, examples: int, seed: int) -> None:
        if examples < 1:
            return
        import hypothesis

        quiet = hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
            derandomize=False,
            report_multiple_bugs=False,
            verbosity=hypothesis.Verbosity.quiet,
        )

        @hypothesis.seed(seed)
        @quiet
        @hypothesis.given(instances(self.compiled))
        def look(instance: Instance | None) -> None:
            self.consider(instance)

        look()

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
        self.satisfied += judgement.finding is not Finding.UNDECIDED
        if judgement.finding is Finding.UNDEFINED:
            if self.undefined is None or cost(instance) < cost(self.undefined.instance):
                self.undefined = _Found(instance, judgement)
        elif judgement.finding is Finding.FAILS:
            found = _Found(instance, judgement)
            if self.failure is None:
                self.failure, self.remaining = found, WORSE
            elif cost(instance) < cost(self.failure.instance):
                self.failure = found
            if self.worst is None or judgement.size > self.worst.judgement.size:
                self.worst = found
        else:
            self.defined += 1

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
        return over - under > CLOSE * (1 + abs(over) + abs(under))

    # ---- the outcome -----------------------------------------------------------------------

    def outcome(self, seconds: float) -> Refutation:
        start = perf_counter()
        undefined = self._smallest(self.undefined, Finding.UNDEFINED)
        failure = self._smallest(self.failure, Finding.FAILS)
        ill_defined = None if undefined is None else self._witness(undefined)
        smallest = worst = None
        if failure is not None and self.worst is not None:
            smallest, worst = self._witness(failure), self._witness(self.worst)
            verdict, reason = Verdict.REFUTED, f"the claim fails: {smallest.text}"
        elif ill_defined is not None:
            smallest = ill_defined
            verdict, reason = Verdict.ILL_DEFINED, f"a side has no value: {smallest.text}"
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

        best = shrink(found.instance, self._accepting(wanted), self.more_time)
        return _Found(best, judge(self.compiled, best))

    def _accepting(self, wanted: Finding) -> Callable[[Instance], Instance | None]:
        def accept(instance: Instance) -> Instance | None:
            if broken_declaration(self.compiled, instance) is not None:
                return None
            if judge(self.compiled, instance).finding is wanted:
                return instance
            changed = repaired(self.compiled, instance, FixedChoices())
            if changed is None or judge(self.compiled, changed).finding is not wanted:
                return None
            return changed

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
