"""A statement ready to be evaluated: hypotheses and sides in any world.

Truth is three-valued: True, False, or None where the arithmetic leaves it open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from derivations.counterexamples.arithmetic import Balls, Floats, Number
from derivations.counterexamples.compiled_sets import Members
from derivations.counterexamples.compiler import Compiler, Run
from derivations.counterexamples.instance import Instance
from derivations.counterexamples.symbols import Symbols
from derivations.counterexamples.world import Environment, World
from derivations.language.propositions import (
    AtMost,
    Empty,
    Equal,
    Exists,
    ForAll,
    Less,
    NonEmpty,
    Proposition,
)
from derivations.language.sets import IndexMap, WinnerMap
from derivations.language.sorts import Sort, sort_of
from derivations.language.statements import Relation, Statement, winner_hypothesis

Truth = bool | None


class Order(Enum):
    """How the two sides of an atomic proposition are compared."""

    EQUAL = "="
    AT_MOST = "≤"
    LESS = "<"


@dataclass(frozen=True, eq=False)
class Atom:
    """left R right, numbers or (for =) vectors."""

    order: Order
    left: Run
    right: Run
    of_vectors: bool

    def holds(self, w: World, env: Environment) -> Truth:
        left, right = self.left(w, env), self.right(w, env)
        if self.of_vectors:
            return every(w.arithmetic.equal(x, y) for x, y in zip(left, right, strict=True))
        if self.order is Order.EQUAL:
            return w.arithmetic.equal(left, right)
        if self.order is Order.AT_MOST:
            return w.arithmetic.at_most(left, right)
        return w.arithmetic.less(left, right)

    def has_cases(self, w: World, env: Environment) -> bool:
        """An atom is a case."""
        return True

    def gap(self, w: World, env: Environment) -> tuple[Number, ...]:
        """right − left, by components."""
        left, right = self.left(w, env), self.right(w, env)
        if self.of_vectors:
            return tuple(y - x for x, y in zip(left, right, strict=True))
        return (right - left,)


@dataclass(frozen=True, eq=False)
class SetAtom:
    """A ≠ ∅, or A = ∅."""

    members: Members
    empty: bool

    def holds(self, w: World, env: Environment) -> Truth:
        return (not self.members(w, env)) is self.empty

    def has_cases(self, w: World, env: Environment) -> bool:
        """An atom is a case."""
        return True


@dataclass(frozen=True, eq=False)
class Quantified:
    """∀ or ∃ over a set."""

    for_all: bool
    members: Members
    slot: int
    body: Condition

    def holds(self, w: World, env: Environment) -> Truth:
        return (every if self.for_all else some)(self._each(w, env))

    def has_cases(self, w: World, env: Environment) -> bool:
        """Whether anything is said at all; ∀ over the empty set says nothing."""
        for token in self.members(w, env):
            env[self.slot] = token
            if self.body.has_cases(w, env):
                return True
        return False

    def _each(self, w: World, env: Environment) -> Iterator[Truth]:
        for token in self.members(w, env):
            env[self.slot] = token
            yield self.body.holds(w, env)


Condition = Atom | SetAtom | Quantified


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """One hypothesis; `winner` is the map whose choice it describes, if it is that kind."""

    source: Proposition
    condition: Condition
    cells: frozenset[str]
    winner: Winner | None


@dataclass(frozen=True, eq=False)
class Winner:
    """A winner map: where it is defined, its groups and the logit that decides."""

    label: str
    source: Members
    group: Members
    logit: Run


class Compiled:
    """A statement as closures.  One compilation serves every instance and both arithmetics."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        parts = [statement.left, statement.right, *statement.hypotheses]
        if statement.budget is not None:
            parts.append(statement.budget)
        self.symbols = Symbols(parts)
        self.compiler = Compiler(self.symbols)
        kinds = {sort_of(side) for side in (statement.left, statement.right)}
        self.of_vectors = Sort.VECTOR in kinds
        sort = Sort.VECTOR if self.of_vectors else Sort.NUMBER
        self.left = self.compiler.value(statement.left, {}, sort)
        self.right = self.compiler.value(statement.right, {}, sort)
        self.budget = (
            None if statement.budget is None else self.compiler.number(statement.budget, {})
        )
        self.targets = {
            label: self._target(index_map) for label, index_map in self.symbols.maps.items()
        }
        self.domains = {
            label: self.compiler.set(index.domain, {})
            for label, index in self.symbols.indices.items()
            if index.domain is not None
        }
        self.winners = {
            label: self._winner(label, index_map)
            for label, index_map in self.symbols.maps.items()
            if isinstance(index_map, WinnerMap)
        }
        described = {
            winner_hypothesis(self.symbols.maps[label]): one for label, one in self.winners.items()
        }
        self.hypotheses = [
            Hypothesis(
                one,
                self.condition(one, {}),
                frozenset(Symbols([one]).kinds),
                described.get(one),
            )
            for one in statement.hypotheses
        ]
        self._constants: dict[object, list[Number]] = {}

    def world(self, instance: Instance, arithmetic: Floats | Balls, tag: object) -> World:
        """The instance in one arithmetic; `tag` names the arithmetic and its precision."""
        constants = self._constants.get(tag)
        if constants is None:
            constants = self._constants[tag] = [
                arithmetic.constant(one) if isinstance(one, str) else arithmetic.number(one)
                for one in self.compiler.constants
            ]
        return World(instance, arithmetic, constants)

    def environment(self) -> Environment:
        """Room for bound indices."""
        return self.compiler.environment()

    def hypotheses_hold(self, w: World) -> Truth:
        """Whether every hypothesis holds in the world."""
        env = self.environment()
        return every(one.condition.holds(w, env) for one in self.hypotheses)

    def condition(self, claim: Proposition, scope: dict[Any, int]) -> Condition:
        """A proposition as something that can be asked of a world."""
        if isinstance(claim, ForAll | Exists):
            slot = self.compiler.slot(scope)
            return Quantified(
                isinstance(claim, ForAll),
                self.compiler.set(claim.domain, scope),
                slot,
                self.condition(claim.body, {**scope, claim.bound: slot}),
            )
        if isinstance(claim, NonEmpty | Empty):
            return SetAtom(self.compiler.set(claim.args[0], scope), isinstance(claim, Empty))
        orders = {Equal: Order.EQUAL, AtMost: Order.AT_MOST, Less: Order.LESS}
        of_vectors = Sort.VECTOR in {sort_of(side) for side in claim.args}
        sort = Sort.VECTOR if of_vectors else Sort.NUMBER
        left, right = (self.compiler.value(side, scope, sort) for side in claim.args)
        return Atom(orders[type(claim)], left, right, of_vectors)

    def _target(self, index_map: IndexMap) -> Members:
        return self.compiler.set(index_map.args[3], {index_map.args[2]: 0})

    def _winner(self, label: str, winner: WinnerMap) -> Winner:
        return Winner(
            label,
            self.compiler.set(winner.source, {}),
            self.targets[label],
            self.compiler.number(winner.args[5], {winner.args[4]: 0}),
        )


def every(truths: Iterator[Truth] | list[Truth]) -> Truth:
    """Three-valued conjunction; stops at the first False."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def some(truths: Iterator[Truth] | list[Truth]) -> Truth:
    """Three-valued disjunction; stops at the first True."""
    result: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            result = None
    return result


def violation(
    relation: Relation, w: World, left: Any, right: Any, budget: Number | None
) -> tuple[Number, Number]:
    """Two numbers, of which the first exceeds the second exactly where the claim fails."""
    if relation is Relation.AT_MOST:
        return left, right
    if relation is Relation.AT_LEAST:
        return right, left
    if isinstance(left, tuple):
        apart = w.arithmetic.length([x - y for x, y in zip(left, right, strict=True)])
    else:
        apart = abs(left - right)
    return apart, w.zero if budget is None else budget
