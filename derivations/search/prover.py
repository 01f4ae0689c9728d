"""The search for a proof.  Untrusted: it can only fail to find one.

One goal is tried by tactics in turn; a tactic reduces it to simpler goals and puts their theorems
together with kernel rules.  Equations that the hypotheses imply are assumed first and discharged
at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derivations.kernel.rules import (
    Theorem,
    antisymmetric,
    assume,
    discharge,
    exists_elim,
    generalize,
)
from derivations.kernel.terms import RELATIONS, KernelError, Term, Unproved, open_body
from derivations.language.statements import Statement
from derivations.reading import read_claim, read_proposition
from derivations.search import tactics
from derivations.search.build import fresh, sides
from derivations.search.equations import (
    derived_equations,
    empty_sets,
    facts_about_sets,
    without_members,
)
from derivations.search.library import Library, LibraryLemma
from derivations.search.maxima import simpler_maxima
from derivations.search.numbers import simpler_numbers
from derivations.search.shapes import is_vector
from derivations.search.signs import bound, discharge_all, exact, missing_signs, related
from derivations.search.steps import Hypotheses
from derivations.search.termwise import equal_termwise
from derivations.search.view import View, atoms, reify
from derivations.terms import child, number

MAX_GOALS = 400
MAX_DEPTH = 7
HARD_ATOMS = frozenset({"max", "norm", "inner", "log", "sum"})


@dataclass(frozen=True)
class Found:
    """A proof and what carries it."""

    theorem: Theorem
    ground: str


class Prover:
    """Finds proofs with the lemmas of a library."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.preferred: LibraryLemma | None = None
        self.goals = 0
        self.failed: set[tuple[Hypotheses, Term]] = set()
        self.ground = "identity"
        self.thorough = False

    def prove(self, statement: Statement, by: str | None = None) -> Found:
        """A proof of the statement's claim from its hypotheses.

        `by` names a library lemma to try first.  Raises Unproved, or LanguageError for an unknown
        lemma.
        """
        self.preferred = None if by is None else self.library.find(by)
        hyps = frozenset(map(read_proposition, statement.hypotheses))
        claim = read_claim(statement)
        theorem = self.under_equations(hyps, claim)
        return Found(theorem, self.ground)

    def under_equations(self, hyps: Hypotheses, goal: Term) -> Theorem:
        """Prove a goal with the implied equations at hand; what is used of them is discharged."""
        if goal.op == "eq":
            try:
                return exact(hyps, *sides(goal))
            except KernelError:
                pass
        existence = next(
            (h for h in sorted(hyps, key=lambda one: one.key) if h.op == "exists"), None
        )
        if existence is not None:
            element = fresh(child(existence, 0))
            chosen = (hyps - {existence}) | {open_body(child(existence, 1), element)}
            found = self.under_equations(chosen, goal)
            return exists_elim(assume(existence), found, element)
        vanished = next(iter(empty_sets(hyps)), None)
        if vanished is not None:
            found = self.under_equations(hyps | {Term("empty", vanished)}, goal)
            return without_members(hyps, vanished, found)
        polynomial, uses = simpler_numbers(hyps, goal)
        if uses:
            zero = Term("zero") if is_vector(child(goal, 0)) else number(0)
            found = self.under_equations(
                hyps, Term(goal.op, zero, reify(polynomial) if polynomial else zero)
            )
            return related(hyps, goal, [(number(1), found), *uses])
        implied = [*derived_equations(hyps), *facts_about_sets(hyps, goal)]
        implied += simpler_maxima(hyps, goal)
        theorem = self.with_growing_effort(hyps | {one.conclusion for one in implied}, goal)
        return discharge(theorem, *implied) if implied else theorem

    def with_growing_effort(self, hyps: Hypotheses, goal: Term) -> Theorem:
        """First a quick look everywhere, then a thorough one."""
        efforts = (False,) if goal.op == "eq" else (False, True)
        missing: KernelError | None = None
        for self.thorough in efforts:
            self.goals, self.failed = 0, set()
            try:
                return self.solve(hyps, goal)
            except KernelError as failure:
                missing = failure
            except RecursionError:
                missing = Unproved("the expressions are nested too deeply for the proof search")
        raise missing or Unproved("no proof was found")

    def solve(self, hyps: Hypotheses, goal: Term, depth: int = 0) -> Theorem:
        """A proof of one goal.  Raises Unproved with what is missing."""
        self.goals += 1
        if self.goals > MAX_GOALS or depth > MAX_DEPTH:
            raise Unproved("the proof search reached its limit")
        if (hyps, goal) in self.failed:
            raise Unproved("this goal was tried before")
        signs = missing_signs(hyps, goal) if goal.op in RELATIONS else []
        try:
            known = hyps.union(one.conclusion for one in signs)
            return discharge_all(self._solve(known, goal, depth), signs)
        except KernelError:
            self.failed.add((hyps, goal))
            raise

    def _solve(self, hyps: Hypotheses, goal: Term, depth: int) -> Theorem:
        if goal.op == "all":
            element = fresh(child(goal, 0))
            inside = open_body(child(goal, 1), element)
            return generalize(element, self.solve(hyps, inside, depth))
        if goal.op == "eq":
            return self.equal(hyps, goal, depth)
        if goal.op in ("le", "lt"):
            return self.order(hyps, goal, depth)
        raise Unproved(f"the search has no way to prove a statement of the kind {goal.op}")

    def equal(self, hyps: Hypotheses, goal: Term, depth: int) -> Theorem:
        """Normal forms; for numbers with maxima or norms also both inequalities."""
        left, right = goal.children
        try:
            return exact(hyps, left, right)
        except KernelError as failure:
            first = failure
        try:
            return equal_termwise(hyps, goal)
        except KernelError:
            pass
        try:
            view = View(hyps, goal)
            hard = any(
                one.op in ("max", "norm", "log") for one in atoms(view.difference(left, right))
            )
        except KernelError:
            raise first from None
        if not hard or depth > 1 or is_vector(left):
            raise first
        self.ground = "bound"
        below = self.solve(hyps, Term("le", left, right), depth + 1)
        above = self.solve(hyps, Term("le", right, left), depth + 1)
        return antisymmetric(below, above)

    def order(self, hyps: Hypotheses, goal: Term, depth: int) -> Theorem:
        """The tactics, in order."""
        a, b = goal.children
        if self.ground == "identity":
            self.ground = "bound"
        first: KernelError | None = None
        try:
            return bound(hyps, goal.op, a, b, [])
        except KernelError as failure:
            first = failure
        for tactic in tactics.ordered(self.preferred is not None and depth == 0):
            try:
                found = tactic(self, hyps, goal, depth)
            except KernelError:
                continue
            if found is not None:
                return found
        raise first

    def at_most(self, hyps: Hypotheses, a: Term, b: Term, depth: int) -> Theorem:
        """A proof of a ≤ b one level down."""
        return self.solve(hyps, Term("le", a, b), depth + 1)

    def lemma_instances(self, goal: Term) -> Iterator[tuple[LibraryLemma, Theorem]]:
        """Special cases of library lemmas that could help; the preferred lemma comes first."""
        ordered = sorted(self.library.lemmas, key=lambda one: one is not self.preferred)
        for one in ordered:
            for instance in one.instances(goal):
                yield one, instance

    def discharged(self, hyps: Hypotheses, theorem: Theorem, depth: int) -> Theorem:
        """A lemma's instance with its own hypotheses proved."""
        proofs = [
            self.solve(hyps, one, depth + 1)
            for one in sorted(theorem.hypotheses - hyps, key=lambda h: h.key)
            if one.op not in ("nonempty", "empty")
        ]
        return discharge(theorem, *proofs) if proofs else theorem
