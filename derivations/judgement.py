"""The verdict on one statement: prove it, replay the proof, or look for an instance against it.

PROVED rests on the replay of a proof, never on the search that found it.  What is not proved goes
to the counterexample search; what neither settles is OPEN.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sympy import Expr

from derivations import proof_files as proof_file
from derivations import stored_proofs
from derivations.kernel.rules import Theorem
from derivations.kernel.terms import KernelError, Term, Unproved
from derivations.language.errors import LanguageError
from derivations.language.propositions import Proposition
from derivations.language.sorts import Sort, sort_of
from derivations.language.statements import Relation, Statement, state
from derivations.limits import TimeUp, require_limit, time_limit
from derivations.reading import read, read_claim, read_proposition
from derivations.reports import Outcome
from derivations.search import joining
from derivations.search.build import sides
from derivations.search.definedness import defined, require_values
from derivations.search.derived_rules import weaken
from derivations.search.library import Library, discover
from derivations.search.shortening import shortened
from derivations.search.signs import bound
from derivations.showing import explain, show
from derivations.terms import child, number
from derivations.verdicts import Lemma, Verdict

DEFAULT_TIME_LIMIT = 60.0
PROOF_SHARE = 0.6  # of what is left, for the long proof search; the rest looks for an instance
FIRST_LOOK = 0.4  # seconds of proof search before the first search for a counterexample
QUICK_EXAMPLES, EXAMPLES = 150, 600
LEAST_TIME = 0.05
BOUNDS = (Relation.AT_MOST, Relation.AT_LEAST)


def check(
    lhs: object,
    relation: str,
    rhs: object,
    budget: object | None = None,
    given: Iterable[object] | Proposition = (),
    *,
    time_limit: float | None = DEFAULT_TIME_LIMIT,
    seed: int = 0,
) -> Outcome:
    """The verdict on one step: lhs "=", "<=" or "approx" rhs (within budget), given hypotheses.

    Returns an object with `.verdict`, `.smallest`, `.worst`, `.lemmas`, `.reason`, `.proof`.
    Raises LanguageError on a statement that makes no sense.
    """
    require_limit(time_limit)
    statement = state(lhs, relation, rhs, budget, given)
    judge = Judge(time_limit=time_limit, seed=seed)
    argument = judge.argument(statement.left, statement.hypotheses, start_is_given=False)
    outcome = argument.extend(statement)
    return argument.conclude() if outcome.verdict is Verdict.PROVED else outcome


@dataclass(frozen=True)
class Judge:
    """How statements are judged: the time that one step may take and the seed of the search."""

    time_limit: float | None = DEFAULT_TIME_LIMIT
    seed: int = 0
    search: bool = True

    def argument(
        self,
        start: Expr,
        given: Iterable[Proposition],
        start_is_given: bool = True,
        stored: tuple[Theorem, dict[str, Any]] | None = None,
    ) -> Argument:
        """A growing argument from `start`; `stored` is a proof of it that has been replayed.

        Raises LanguageError if the start is ill-defined.
        """
        if stored is not None and not _cites_known_lemmas(stored[0]):
            stored = None
        argument = Argument(self, start, stored)
        if start_is_given and stored is None:
            self._check_start(start, tuple(given))
        return argument

    def recognised(self, statement: Statement, by: str | None, theorem: Theorem) -> Outcome:
        """The outcome for a line that a replayed proof contains."""
        lemmas = lemmas_of(theorem, discover())
        exactly = theorem.conclusion.op == "eq"
        cited = by if any(lemma.name == by for lemma in lemmas) else None
        ground = cited or ("identity" if exactly and not lemmas else "bound")
        return Outcome(statement, Verdict.PROVED, ground, "", lemmas)

    def attempt(self, statement: Statement, by: str | None) -> tuple[Outcome, Theorem | None]:
        """Prove one statement, or find what is wrong with it, within the time limit.

        A short proof search comes first, then a short search for a counterexample, then both at
        length: most true steps are proved at once and most false ones refuted within a second.
        """
        from derivations.search.prover import Prover

        began = time.perf_counter()

        def remaining() -> float | None:
            spent = time.perf_counter() - began
            return None if self.time_limit is None else max(self.time_limit - spent, LEAST_TIME)

        outcome = Outcome(statement, Verdict.OPEN, "", "no proof was found")
        for first in (True, False):
            left = remaining()
            patience = FIRST_LOOK if first else left and PROOF_SHARE * left
            try:
                with time_limit(_least(patience, left)):
                    found = Prover(discover()).prove(statement, by)
                _require_claim(found.theorem, statement)
                self._require_defined(statement)
            except (KernelError, RecursionError, TimeUp) as failure:
                reason = _told(failure, self.time_limit)
                finished = not isinstance(failure, TimeUp)
            else:
                lemmas = lemmas_of(found.theorem, discover())
                outcome = Outcome(statement, Verdict.PROVED, found.ground, "", lemmas)
                return replace(outcome, seconds=time.perf_counter() - began), found.theorem
            last = finished or not first
            examples = EXAMPLES if last else QUICK_EXAMPLES
            outcome = self._refute(statement, reason, examples, remaining())
            if last or outcome.verdict is not Verdict.OPEN:
                break
        return replace(outcome, seconds=time.perf_counter() - began), None

    def has_values(self, statement: Statement) -> bool:
        """Whether each side is known to have a value wherever the hypotheses hold."""
        try:
            self._require_defined(statement)
        except KernelError:
            return False
        return True

    def _require_defined(self, statement: Statement) -> None:
        """Each side has a value wherever the hypotheses hold.  Raises Unproved otherwise."""
        hypotheses = frozenset(map(read_proposition, statement.hypotheses))
        require_values(hypotheses, read(statement.left), read(statement.right))

    def _refute(
        self,
        statement: Statement,
        reason: str,
        examples: int = EXAMPLES,
        seconds: float | None = None,
    ) -> Outcome:
        if not self.search:
            return Outcome(statement, Verdict.OPEN, "", reason)
        from derivations.counterexamples import refute

        try:
            with time_limit(self.time_limit if seconds is None else seconds):
                found = refute(statement, examples, seed=self.seed)
        except TimeUp:
            late = f"{reason}; the search for a counterexample was stopped by the time limit"
            return Outcome(statement, Verdict.OPEN, "", late)
        if found.verdict is Verdict.OPEN:
            tried = (
                f"no counterexample among {found.satisfied} instances that satisfy the "
                f"hypotheses, and no proof: {reason}"
            )
            return Outcome(statement, Verdict.OPEN, "", tried)
        return Outcome(
            statement,
            found.verdict,
            "counterexample",
            found.reason,
            smallest=found.smallest,
            worst=found.worst,
        )

    def _check_start(self, start: Expr, given: tuple[Proposition, ...]) -> None:
        statement = state(start, Relation.EQUAL, start, None, given)
        try:
            hypotheses = frozenset(map(read_proposition, statement.hypotheses))
            require_values(hypotheses, read(start))
        except KernelError as failure:
            outcome = self._refute(statement, explain(failure))
            if outcome.verdict is Verdict.ILL_DEFINED:
                where = outcome.smallest.text if outcome.smallest is not None else ""
                raise LanguageError(
                    f"the start {start} is ill-defined at {where}: {outcome.reason}; add a "
                    "hypothesis that excludes this"
                ) from None


@dataclass
class Argument:
    """The proofs of the lines so far, joined into one theorem by `conclude`."""

    judge: Judge
    start: Expr
    stored: tuple[Theorem, dict[str, Any]] | None = None
    parts: list[tuple[Statement, Theorem]] = field(default_factory=list)

    def extend(self, statement: Statement, by: str | None = None) -> Outcome:
        """Judge the next line; a proved one becomes part of the argument."""
        theorem = self._known(statement)
        if theorem is not None and self.judge.has_values(statement):
            outcome = self.judge.recognised(statement, by, theorem)
        else:
            outcome, theorem = self.judge.attempt(statement, by)
        if theorem is not None:
            self.parts.append((statement, theorem))
        return outcome

    @cached_property
    def _inside(self) -> dict[Term, list[Theorem]]:
        return {} if self.stored is None else stored_proofs.parts(self.stored[0])

    def _known(self, statement: Statement) -> Theorem | None:
        """The theorem for a line inside the stored proof, which has been replayed."""
        if not self._inside:
            return None
        hypotheses = frozenset(map(read_proposition, statement.hypotheses))
        candidates = self._inside.get(read_claim(statement), [])
        return next((one for one in candidates if one.hypotheses <= hypotheses), None)

    def conclude(self) -> Outcome:
        """The theorem that relates the start to the last proved line, with its replayed proof."""
        whole = self._whole_statement()
        if not self.parts:
            return Outcome(whole, Verdict.OPEN, "", "no line is proved")
        replayed = self._replayed(whole)
        if replayed is not None:
            return replayed
        try:
            theorem = shortened(self._joined())
            known = {read_proposition(one): one for one in whole.hypotheses}
            missing = theorem.hypotheses - known.keys()
            if missing:
                return Outcome(whole, Verdict.OPEN, "", f"needs also: {_readable(missing)}")
            proof = proof_file.to_json(defined(weaken(theorem, frozenset(known))))
            theorem = proof_file.replay(proof)
            _require_claim(theorem, whole)
        except KernelError as failure:
            return self.judge._refute(whole, explain(failure))
        lemmas = lemmas_of(theorem, discover())
        ground = "chain" if len(self.parts) > 1 else "step"
        return Outcome(whole, Verdict.PROVED, ground, "", lemmas, proof=proof)

    def _replayed(self, whole: Statement) -> Outcome | None:
        """The outcome if the stored proof, already replayed, proves exactly this statement."""
        if self.stored is None:
            return None
        theorem, proof = self.stored
        hypotheses = frozenset(map(read_proposition, whole.hypotheses))
        if theorem.conclusion != read_claim(whole) or theorem.hypotheses != hypotheses:
            return None
        lemmas = lemmas_of(theorem, discover())
        return Outcome(whole, Verdict.PROVED, "stored proof", "", lemmas, proof=proof)

    def _whole_statement(self) -> Statement:
        statements = [statement for statement, _ in self.parts]
        if not statements:
            return state(self.start, Relation.EQUAL, self.start)
        given = dict.fromkeys(one for each in statements for one in each.hypotheses)
        kinds = [one.relation for one in statements if one.relation is not Relation.EQUAL]
        kind = kinds[0] if kinds else Relation.EQUAL
        budgets = [one.budget for one in statements if one.budget is not None]
        budget = sum(budgets[1:], budgets[0]) if budgets else None
        return state(self.start, kind, statements[-1].right, budget, given)

    def _joined(self) -> Theorem:
        whole = self._whole_statement()
        if whole.relation is Relation.APPROX:
            return self._joined_budget(whole)
        join = joining.equal_lines if whole.relation is Relation.EQUAL else joining.ordered_lines
        theorems = [theorem for _, theorem in self.parts]
        if whole.relation is Relation.AT_LEAST:
            theorems = [joining.turned(one) for one in reversed(theorems)]
        joined = theorems[0]
        for theorem in theorems[1:]:
            joined = join(joined, theorem)
        if whole.relation in BOUNDS and joined.conclusion.op == "eq":
            claim = read_claim(whole)
            joined = bound(frozenset(), "le", *sides(claim), [(number(1), joined)])
        return joined

    def _joined_budget(self, whole: Statement) -> Theorem:
        """‖start − end‖ ≤ Σ budgets, one triangle inequality per line."""
        sort = Sort.VECTOR if _is_vector(whole) else Sort.NUMBER
        start = read(self.start, sort)
        joined: Theorem | None = None
        for statement, theorem in self.parts:
            near, far = read(statement.left, sort), read(statement.right, sort)
            exactly = theorem.conclusion.op == "eq"
            step = joining.equal_is_near(theorem) if exactly else theorem
            joined = step if joined is None else joining.near_lines(start, near, far, joined, step)
        if joined is None:
            raise LanguageError("an approximation without a line")
        distance, limit = read_claim(whole).children
        if child(joined.conclusion, 0) != distance:
            return bound(joined.hypotheses, "le", distance, limit, [(number(1), joined)])
        return joining.same_cost(joined, limit)


def _require_claim(theorem: Theorem, statement: Statement) -> None:
    """A theorem counts for a statement only if it says just that.  Raises Unproved otherwise."""
    if theorem.conclusion != read_claim(statement):
        raise Unproved("the proof found is one of another statement; please report this")


def _least(*limits: float | None) -> float | None:
    return min((one for one in limits if one is not None), default=None)


def _told(failure: BaseException, limit: float | None) -> str:
    if isinstance(failure, RecursionError):
        return "the expressions are nested too deeply for the proof search"
    if isinstance(failure, TimeUp):
        return f"the proof search did not finish within the time limit ({limit or 0:g} s)"
    return explain(failure)


def _cites_known_lemmas(theorem: Theorem) -> bool:
    try:
        lemmas_of(theorem, discover())
    except LanguageError:
        return False
    return True


def lemmas_of(theorem: Theorem, library: Library) -> tuple[Lemma, ...]:
    """The named library lemmas in a proof, with what each rests on."""
    found: dict[str, None] = {}
    seen: set[int] = set()
    queue: list[object] = [theorem]
    while queue:
        one = queue.pop()
        if isinstance(one, Theorem) and id(one) not in seen:
            seen.add(id(one))
            if one.rule == "cite":
                found[str(one.arguments[0])] = None
            queue += one.arguments
        elif isinstance(one, tuple):
            queue += one
    return tuple(library.lemma(name) for name in found)


def _is_vector(statement: Statement) -> bool:
    return Sort.VECTOR in (sort_of(statement.left), sort_of(statement.right))


def _readable(terms: Iterable[Term]) -> str:
    return "; ".join(sorted(map(show, terms)))
