"""One statement: two expressions, a relation, and everything that is assumed.

Hypotheses that a symbol carries with it (a set declared non-empty, a winner map) are collected
from the expressions, so that a theorem lists all it rests on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from sympy import Abs, Basic, Expr, Symbol
from sympy.core.symbol import Str

from derivations.language.ambiguity import refuse_ambiguous
from derivations.language.definitions import loose, placeholder
from derivations.language.errors import FreeIndex, IllSorted, LanguageError
from derivations.language.exactness import exact
from derivations.language.linear import Norm
from derivations.language.propositions import (
    AtMost,
    Empty,
    Equal,
    Exists,
    ForAll,
    Less,
    NonEmpty,
    Proposition,
    at_most,
    equal,
    propositions,
)
from derivations.language.sets import Index, IndexSet, SetExpr, WinnerMap, check_name
from derivations.language.sorts import Sort, sort_of


class Relation(Enum):
    """How two sides are related.  APPROX: ‖left − right‖ ≤ budget."""

    EQUAL = "="
    AT_MOST = "<="
    AT_LEAST = ">="
    APPROX = "approx"


@dataclass(frozen=True)
class Statement:
    """left R right (within budget), under hypotheses; every part has been checked for sense."""

    left: Expr
    relation: Relation
    right: Expr
    budget: Expr | None
    hypotheses: tuple[Proposition, ...]

    @property
    def parts(self) -> tuple[Basic, ...]:
        """Everything that is said: both sides, the budget, the hypotheses."""
        budget = () if self.budget is None else (self.budget,)
        return (self.left, self.right, *budget, *self.hypotheses)

    @property
    def claim(self) -> Proposition:
        """The statement without its hypotheses, as one proposition."""
        if self.relation is Relation.EQUAL:
            return equal(self.left, self.right)
        if self.relation is Relation.AT_MOST:
            return at_most(self.left, self.right)
        if self.relation is Relation.AT_LEAST:
            return at_most(self.right, self.left)
        return at_most(distance(self.left, self.right), self.budget)


def state(
    left: object,
    relation: Relation | str,
    right: object,
    budget: object | None = None,
    given: Iterable[object] | Proposition = (),
) -> Statement:
    """Build and check a statement; carried hypotheses are added to `given`.

    Raises FloatRefused, IllSorted, FreeIndex, LanguageError.

    >>> from derivations.language import index_set, norm, vectors
    >>> N, v = index_set("N", nonempty=True), vectors("v")
    >>> made = state(norm(v[N.index("j")]), ">=", 0)
    >>> print(made.claim, *made.hypotheses)
    0 ≤ ‖v_j‖ N ≠ ∅
    """
    try:
        relation = Relation(relation)
    except ValueError:
        names = ", ".join(repr(one.value) for one in Relation)
        raise LanguageError(f"relation {relation!r} is not one of {names}") from None
    left, right = exact(left), exact(right)
    if (relation is Relation.APPROX) != (budget is not None):
        raise LanguageError(
            "an approximation needs a budget (how far apart the sides may be), and only it has one"
        )
    budget = None if budget is None else exact(budget)
    return _state(left, relation, right, budget, propositions(given))


@lru_cache(maxsize=1024)
def _state(
    left: Expr,
    relation: Relation,
    right: Expr,
    budget: Expr | None,
    given: tuple[Proposition, ...],
) -> Statement:
    hypotheses = list(given)
    kinds = {check_expression(side) for side in (left, right)} - {Sort.ZERO}
    if len(kinds) > 1:
        raise IllSorted(f"{left} and {right}: one side is a vector, the other a number")
    if kinds == {Sort.VECTOR} and relation in (Relation.AT_MOST, Relation.AT_LEAST):
        raise IllSorted(f"{left} ≤ {right}: vectors are not ordered; compare norms")
    if budget is not None and check_expression(budget) is Sort.VECTOR:
        raise IllSorted(f"the budget {budget} is a vector")
    for one in hypotheses:
        check_proposition(one)
    parts = [left, right, *hypotheses] + ([] if budget is None else [budget])
    for one in carried_hypotheses(parts):
        if one not in hypotheses:
            check_proposition(one)
            hypotheses.append(one)
    refuse_ambiguous([*parts, *hypotheses])
    return Statement(left, relation, right, budget, tuple(hypotheses))


def distance(left: Expr, right: Expr) -> Expr:
    """‖left − right‖, or |left − right| for numbers."""
    difference = left - right
    if difference == 0:
        return difference
    return Norm(difference) if sort_of(difference) is Sort.VECTOR else Abs(difference)


@lru_cache(maxsize=4096)
def check_expression(expr: Basic) -> Sort:
    """The sort of `expr`.  Raises on a float, a loose index, a mixed sort or an odd name."""
    exact(expr)
    for part in subexpressions(expr):
        sort_of(part)
    _refuse_loose(expr)
    _check_symbols(expr)
    return sort_of(expr)


@lru_cache(maxsize=4096)
def check_proposition(claim: Proposition) -> None:
    """Raises if the proposition makes no sense: sorts, floats, loose indices, odd names."""
    exact(claim)
    for part in _atoms_of(claim):
        if isinstance(part, Equal | AtMost | Less):
            kinds = {sort_of(exact(side)) for side in part.args} - {Sort.ZERO}
            if len(kinds) > 1:
                raise IllSorted(f"{part}: one side is a vector, the other a number")
            if Sort.VECTOR in kinds and not isinstance(part, Equal):
                raise IllSorted(f"{part}: vectors are not ordered; compare norms")
    _refuse_loose(claim)
    _check_symbols(claim)


def carried_hypotheses(parts: Iterable[Basic]) -> Iterator[Proposition]:
    """What the symbols in `parts` bring along: non-empty sets, winner maps.  No duplicates.

    What a word means holds no symbol that the word itself does not hold.
    """
    told: set[Basic] = set()
    queue = deque(parts)
    while queue:
        part = queue.popleft()
        if _carriers(part) <= told:
            continue
        if isinstance(part, IndexSet) and part.nonempty and part not in told:
            told.add(part)
            yield NonEmpty(part)
        if isinstance(part, WinnerMap) and part not in told:
            told.add(part)
            claim = winner_hypothesis(part)
            queue.append(claim)
            yield claim
        queue.extend(part.args)


@lru_cache(maxsize=16384)
def _carriers(expr: Basic) -> frozenset[Basic]:
    """The symbols in `expr` that bring a hypothesis along."""
    own = isinstance(expr, WinnerMap) or (isinstance(expr, IndexSet) and expr.nonempty)
    return frozenset({expr} if own else ()).union(*map(_carriers, expr.args))


@lru_cache(maxsize=256)
def winner_hypothesis(winner: WinnerMap) -> ForAll:
    """∀j ∀t ∈ group(j): logit(t) ≤ logit(w(j))."""
    j, t = placeholder("j"), placeholder("t")
    below = at_most(winner.logit(t), winner.logit(winner(j)))
    return ForAll(ForAll(below, t, winner.target(j)), j, winner.source)


def free_indices(expr: Basic) -> set[Index]:
    """The free indices of `expr`, each with its own set."""
    return {one for one in _indices(expr) if one.domain is not None}


def subexpressions(expr: Basic) -> Iterator[Expr]:
    """Every number or vector inside `expr`, itself included (bound indices left bound)."""
    if isinstance(expr, Expr):
        yield expr
    for part in expr.args:
        if isinstance(part, Basic) and not isinstance(part, SetExpr | Str):
            yield from subexpressions(part)


def _atoms_of(claim: Proposition) -> Iterator[Proposition]:
    if isinstance(claim, ForAll | Exists):
        yield from _atoms_of(claim.body)
    elif isinstance(claim, Equal | AtMost | Less):
        for side in claim.args:
            for part in subexpressions(side):
                sort_of(part)
        yield claim
    elif not isinstance(claim, NonEmpty | Empty):
        raise LanguageError(f"{claim!r} is not a proposition of the language")


def _indices(expr: Basic) -> set[Index]:
    found = {expr} if isinstance(expr, Index) else set()
    return found.union(*map(_indices, expr.args)) if expr.args else found


def _refuse_loose(expr: Basic) -> None:
    free = loose(expr)
    if free:
        name = min(one.name for one in free)
        raise FreeIndex(
            f"the index {name} is free in {expr}: bind it (a sum, a maximum, for_all) or give it "
            f'its set, as in N.index("{name}")'
        )


def _check_symbols(expr: Basic) -> None:
    """SymPy's own symbols were not made by `scalar`, which looks at the name."""
    for symbol in expr.atoms(Symbol):
        check_name(symbol.name, "a number")
