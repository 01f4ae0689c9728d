"""Every small change of one expression, found by walking it.

Nothing here knows a particular line: each node offers the changes of its kind, and the whole is
rebuilt around the changed node.  A change that is no sentence of the language is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sympy import Add, Basic, Mul, Number, Rational, S, exp

from derivations.language.binders import Binder, SetMax
from derivations.language.definitions import Cardinality, LogSumExp, Named, Softmax
from derivations.language.errors import LanguageError
from derivations.language.families import Entry, VectorEntry
from derivations.language.indices import Bound, Index
from derivations.language.sets import (
    Difference,
    Fibre,
    IndexMap,
    IndexSet,
    MapValue,
    Range,
    SetExpr,
    Singleton,
    Union,
)

SMALLER = (Rational(9, 10), Rational(4, 5), Rational(1, 2))


class Change(NamedTuple):
    """What was changed and what came out."""

    kind: str
    expr: Basic


class Scope(NamedTuple):
    """What an index may be swapped for: indices with their sets, and the maps in the statement."""

    indices: tuple[tuple[Basic, SetExpr], ...]
    maps: tuple[IndexMap, ...]

    def inside(self, binder: Binder) -> Scope:
        """The scope in the body of a binder."""
        return self._replace(indices=(*self.indices, (binder.bound, binder.domain)))

    def elements(self) -> Iterator[Basic]:
        """Every index, and the value there of every map from the set of the index."""
        for element, domain in self.indices:
            yield element
            for one in self.maps:
                if one.source == domain or (
                    isinstance(domain, Fibre) and domain.args[0].source == one.source
                ):
                    yield one(element)


def scope_of(parts: list[Basic]) -> Scope:
    """The free indices and the maps of a statement."""
    found = {one for part in parts for one in _inner(part)}
    free = sorted((one for one in found if isinstance(one, Index)), key=str)
    maps = sorted((one for one in found if isinstance(one, IndexMap)), key=str)
    return Scope(tuple((one, one.domain) for one in free), tuple(maps))


def changes(expr: Basic, scope: Scope) -> Iterator[Change]:
    """Every change of one node of `expr`, without repetition."""
    seen = {expr}
    for one in _changes(expr, scope):
        if one.expr not in seen:
            seen.add(one.expr)
            yield one


def spelt_out(expr: Basic) -> Basic:
    """`expr` with every abbreviation replaced by its meaning, so that one name has one meaning."""
    if isinstance(expr, Named):
        return spelt_out(expr.meaning)
    if not expr.args:
        return expr
    return expr.func(*map(spelt_out, expr.args))


def _inner(expr: Basic) -> Iterator[Basic]:
    yield expr
    for one in expr.args:
        yield from _inner(one)


def _changes(expr: Basic, scope: Scope) -> Iterator[Change]:
    yield from _here(expr, scope)
    for place, part in enumerate(expr.args):
        if isinstance(part, SetExpr | Bound | Index | MapValue | IndexMap):
            continue
        inside = isinstance(expr, Binder) and place < expr.bodies
        for one in _changes(part, scope.inside(expr) if inside else scope):
            yield from _rebuilt(one.kind, expr, place, one.expr)


def _rebuilt(kind: str, expr: Basic, place: int, part: Basic) -> Iterator[Change]:
    arguments = list(expr.args)
    arguments[place] = part
    try:
        yield Change(kind, expr.func(*arguments))
    except LanguageError:
        return


def _here(expr: Basic, scope: Scope) -> Iterator[Change]:
    """The changes of this node alone."""
    if isinstance(expr, Named) and expr.name == "alpha":
        yield Change("α ↔ 1 − α", 1 - expr.meaning)
    if isinstance(expr, Add):
        yield from _terms(expr)
    if isinstance(expr, Mul):
        yield from _factors(expr)
    if isinstance(expr, exp):
        yield Change("sign", exp(-expr.args[0]))
    if isinstance(expr, LogSumExp):
        yield Change("max for log-sum-exp", SetMax(*expr.args))
    if isinstance(expr, SetMax):
        yield Change("log-sum-exp for max", LogSumExp(*expr.args))
    if isinstance(expr, Binder):
        for domain in _other_sets(expr.domain, scope):
            yield from _rebuilt("set", expr, expr.bodies + 1, domain)
    if isinstance(expr, Cardinality):
        for domain in _other_sets(expr.args[0], scope):
            yield from _rebuilt("set", expr, 0, domain)
    if isinstance(expr, Entry | VectorEntry):
        for place in range(1, len(expr.args)):
            yield from _indices(expr, place, scope)
    if isinstance(expr, Softmax):
        yield from _indices(expr, 3, scope)


def _terms(expr: Add) -> Iterator[Change]:
    for one in expr.args:
        yield Change("term dropped", expr - one)
        yield Change("sign", expr - 2 * one)
        if isinstance(one, Number) and one > 0:
            for factor in SMALLER:
                yield Change("constant", expr - one + factor * one)


def _factors(expr: Mul) -> Iterator[Change]:
    for place, one in enumerate(expr.args):
        rest = expr.args[:place] + expr.args[place + 1 :]
        if isinstance(one, Number):
            for factor in SMALLER if one not in (S.One, S.NegativeOne) else ():
                yield Change("constant", factor * expr)
            yield Change("sign", Mul(*rest)) if one < 0 else Change("sign", -expr)
        else:
            yield Change("factor dropped", Mul(*rest))


def _other_sets(domain: SetExpr, scope: Scope) -> Iterator[SetExpr]:
    """F ↔ N, a part for a union, a group ↔ its fibre or its own token, the whole for a part."""
    sources = {one.source for one in scope.maps} | {s for _, s in scope.indices}
    named = {part for one in [*sources, domain] for part in _inner(one)}
    for one in sorted((one for one in named if isinstance(one, IndexSet)), key=str):
        if one != domain:
            yield one
    if isinstance(domain, Union):
        yield from domain.args
    if isinstance(domain, Fibre):
        yield Union(Singleton(domain.args[1]), domain)
        yield Singleton(domain.args[1])
    if isinstance(domain, Difference):
        yield from domain.args
    if isinstance(domain, Range):
        yield domain.args[0].args[3]
    for one in scope.maps:
        if not one.is_dependent and one.args[3] == domain:
            yield Range(one)


def _indices(expr: Basic, place: int, scope: Scope) -> Iterator[Change]:
    old = expr.args[place]
    others = list(scope.elements())
    if isinstance(old, MapValue):
        others.append(old.argument)
    for new in others:
        if new != old:
            yield from _rebuilt("index", expr, place, new)
