"""Joining the lines of a chain into one theorem, without looking inside the lines.

Each join is an instance of a theorem about variables, proved once; so its cost does not depend on
how large the lines are.
"""

from __future__ import annotations

from functools import cache

from derivations.kernel.rules import Theorem, assume, discharge, instantiate, triangle
from derivations.kernel.terms import Sort, Term, add
from derivations.search.build import eq, le, norm
from derivations.search.signs import bound, exact
from derivations.terms import child, neg, number, sort_of

UNIT = number(1)


def _variables(sort: Sort, count: int) -> list[Term]:
    op = "vector" if sort is Sort.VECTOR else "scalar"
    return [Term(op, f"x{i}") for i in range(count)]


def apart(one: Term, other: Term) -> Term:
    """‖one − other‖."""
    return norm(add(one, neg(other)))


def equal_lines(first: Theorem, second: Theorem) -> Theorem:
    """a = b and b = c give a = c."""
    a, b = first.conclusion.children
    c = child(second.conclusion, 1)
    pairs = zip(_variables(sort_of(a), 3), (a, b, c), strict=True)
    return discharge(instantiate(_equal(sort_of(a)), list(pairs)), first, second)


@cache
def _equal(sort: Sort) -> Theorem:
    a, b, c = _variables(sort, 3)
    lines = eq(a, b), eq(b, c)
    return exact(frozenset(), a, c, [(UNIT, assume(one)) for one in lines])


def turned(theorem: Theorem) -> Theorem:
    """a = b gives b = a; a bound stays as it is."""
    if theorem.conclusion.op != "eq":
        return theorem
    a, b = theorem.conclusion.children
    pairs = zip(_variables(sort_of(a), 2), (a, b), strict=True)
    return discharge(instantiate(_turned(sort_of(a)), list(pairs)), theorem)


@cache
def _turned(sort: Sort) -> Theorem:
    a, b = _variables(sort, 2)
    return exact(frozenset(), b, a, [(UNIT, assume(eq(a, b)))])


def ordered_lines(first: Theorem, second: Theorem) -> Theorem:
    """a R b and b S c give a ≤ c, for R, S among = and ≤."""
    a, b = first.conclusion.children
    c = child(second.conclusion, 1)
    general = _ordered(first.conclusion.op, second.conclusion.op)
    pairs = zip(_variables(Sort.REAL, 3), (a, b, c), strict=True)
    return discharge(instantiate(general, list(pairs)), first, second)


@cache
def _ordered(first: str, second: str) -> Theorem:
    a, b, c = _variables(Sort.REAL, 3)
    lines = Term(first, a, b), Term(second, b, c)
    return bound(frozenset(), "le", a, c, [(UNIT, assume(one)) for one in lines])


def equal_is_near(theorem: Theorem) -> Theorem:
    """a = b gives ‖a − b‖ ≤ 0."""
    a, b = theorem.conclusion.children
    pairs = zip(_variables(sort_of(a), 2), (a, b), strict=True)
    return discharge(instantiate(_near(sort_of(a)), list(pairs)), theorem)


@cache
def _near(sort: Sort) -> Theorem:
    a, b = _variables(sort, 2)
    return bound(frozenset({eq(a, b)}), "le", apart(a, b), number(0), [])


def near_lines(start: Term, middle: Term, end: Term, first: Theorem, second: Theorem) -> Theorem:
    """‖a − b‖ ≤ x and ‖b − c‖ ≤ y give ‖a − c‖ ≤ x + y."""
    costs = [child(one.conclusion, 1) for one in (first, second)]
    sort = sort_of(start)
    symbols = [*_variables(sort, 3), Term("scalar", "cost"), Term("scalar", "cost'")]
    pairs = list(zip(symbols, [start, middle, end, *costs], strict=True))
    return discharge(instantiate(_chained(sort), pairs), first, second)


@cache
def _chained(sort: Sort) -> Theorem:
    a, b, c = _variables(sort, 3)
    x, y = Term("scalar", "cost"), Term("scalar", "cost'")
    lines = le(apart(a, b), x), le(apart(b, c), y)
    both = triangle(frozenset(), add(add(a, neg(b)), add(b, neg(c))))
    uses = [(UNIT, both), *((UNIT, assume(one)) for one in lines)]
    return bound(frozenset(), "le", apart(a, c), add(x, y), uses)


def same_cost(theorem: Theorem, limit: Term) -> Theorem:
    """d ≤ x as d ≤ limit, when the two costs are the same sum written differently."""
    distance, cost = theorem.conclusion.children
    if cost == limit:
        return theorem
    d, x, y = (Term("scalar", name) for name in ("d", "x", "y"))
    general = bound(frozenset(), "le", d, y, [(UNIT, assume(le(d, x))), (UNIT, assume(eq(x, y)))])
    same = exact(theorem.hypotheses, cost, limit)
    return discharge(instantiate(general, [(d, distance), (x, cost), (y, limit)]), theorem, same)
