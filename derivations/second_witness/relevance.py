"""Hypotheses that only introduce something the claim does not mention, left out.

A bound that something is below a δ of its own, an equation that defines a symbol of its own, a
winner map of which nothing else is said: data can always be chosen so that they hold.  Leaving
them out keeps the number of instances down and lets a difference count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sympy import Basic, Symbol

from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.linear import Apply, NamedMap
from derivations.language.propositions import AtMost, Equal, ForAll, Less, Proposition
from derivations.language.sets import IndexMap, SetExpr, Singleton, Union, WinnerMap
from derivations.language.statements import Statement, winner_hypothesis
from derivations.second_witness.instances import parts_of

_SYMBOLS = Symbol | Entry | Vector | VectorEntry | NamedMap | IndexMap


def relevant(statement: Statement) -> Statement:
    """The statement without the hypotheses that any data can be made to satisfy."""
    kept = list(statement.hypotheses)
    while True:
        for one in kept:
            others = [other for other in kept if other is not one]
            sides = (statement.left, statement.right)
            if _is_free(one, sides, others):
                kept = others
                break
        else:
            return replace(statement, hypotheses=tuple(kept))


def innermost(hypothesis: Proposition) -> Proposition:
    """What a hypothesis says once its ∀ are opened."""
    while isinstance(hypothesis, ForAll):
        hypothesis = hypothesis.body
    return hypothesis


def _is_free(hypothesis: Proposition, sides: tuple[Basic, ...], others: list[Proposition]) -> bool:
    body = innermost(hypothesis)
    if isinstance(body, AtMost | Less) and isinstance(body.args[1], Symbol):
        return _only_bounds(body, sides, others)
    if isinstance(body, Equal):
        return _only_defines(hypothesis, sides, others)
    return any(
        hypothesis == winner_hypothesis(winner)
        and ("map", winner.name) not in _symbols((*sides, *others))
        and any(isinstance(piece, Singleton) for piece in _pieces(winner.args[3]))
        for winner in parts_of((hypothesis,), WinnerMap)
    )


def _only_bounds(body: AtMost | Less, sides: tuple[Basic, ...], others: list[Proposition]) -> bool:
    """Whether the right side is a number that otherwise only bounds things from above."""
    bound = body.args[1]
    if body.args[0].has(bound) or any(side.has(bound) for side in sides):
        return False
    for other in map(innermost, others):
        above = isinstance(other, AtMost | Less) and other.args[1] == bound
        if (other.args[0] if above else other).has(bound):
            return False
    return True


def _only_defines(
    hypothesis: Proposition, sides: tuple[Basic, ...], others: list[Proposition]
) -> bool:
    """Whether ∀j: f_j = … (or W e_j = …) says what a symbol of its own is, once for each j."""
    head, value = innermost(hypothesis).args
    elsewhere = [value, *sides, *others]
    if isinstance(head, Apply):
        linear_map, head = head.args
        equations = [one for one in others if isinstance(innermost(one), Equal)]
        if not isinstance(linear_map, NamedMap) or _key(linear_map) in _symbols(elsewhere):
            return False
        if not isinstance(head, VectorEntry) or _key(head) in _symbols(equations):
            return False
    elif not isinstance(head, _SYMBOLS) or _key(head) in _symbols(elsewhere):
        return False
    indices = getattr(head, "indices", ())
    return len(set(indices)) == len(indices) and set(indices) == _quantified(hypothesis)


def _quantified(hypothesis: Proposition) -> set[Basic]:
    found = set()
    while isinstance(hypothesis, ForAll):
        found.add(hypothesis.bound)
        hypothesis = hypothesis.body
    return found


def _symbols(exprs: Iterable[Basic]) -> set[tuple[str, str]]:
    return {_key(one) for one in parts_of(tuple(exprs), Basic) if isinstance(one, _SYMBOLS)}


def _key(symbol: Basic) -> tuple[str, str]:
    if isinstance(symbol, NamedMap):
        return "linear", symbol.name
    if isinstance(symbol, IndexMap):
        return "map", symbol.name
    return "vector" if isinstance(symbol, Vector | VectorEntry) else "number", symbol.name


def _pieces(domain: SetExpr) -> list[SetExpr]:
    parts = domain.args if isinstance(domain, Union) else ()
    return [piece for part in parts for piece in _pieces(part)] or [domain]
