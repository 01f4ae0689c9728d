"""Which expressions are numbers and which are vectors."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Max,
    Min,
    Mul,
    NumberSymbol,
    Pow,
    Rational,
    Symbol,
    exp,
    log,
    tanh,
)

from derivations.language.binders import SetMax, SetMin, SetSum
from derivations.language.definitions import (
    Cardinality,
    Diameter,
    LogSumExp,
    Named,
    Oscillation,
    Softmax,
    SoftmaxMean,
)
from derivations.language.errors import IllSorted, LanguageError
from derivations.language.families import Entry, VectorExpr
from derivations.language.linear import Apply, Inner, LinearMap, Norm, Outer, ProjectionOff, Scaled


class Sort(Enum):
    """What an expression denotes.  ZERO is the 0 that fits both."""

    NUMBER = "number"
    VECTOR = "vector"
    ZERO = "zero"


_NUMBERS = (Entry, Symbol, Cardinality, Rational, NumberSymbol)
_OF_NUMBERS = (SetMax, SetMin, LogSumExp, Softmax, Oscillation)
_FUNCTIONS = (exp, log, tanh, Abs, Max, Min, Pow)


@lru_cache(maxsize=16384)
def sort_of(expr: Basic) -> Sort:
    """NUMBER, VECTOR, or ZERO.

    Raises IllSorted where the two are mixed up, LanguageError for what is neither.

    >>> from derivations.language import norm, scalar, vector
    >>> sort_of(norm(vector("q")) * vector("q"))
    <Sort.VECTOR: 'vector'>
    >>> sort_of(scalar("x") + vector("q"))
    Traceback (most recent call last):
        ...
    derivations.language.errors.IllSorted: x + q: a vector is added to a number
    """
    if expr == 0:
        return Sort.ZERO
    if isinstance(expr, Apply):
        _check_map(expr.args[0], expr)
        _need_vector(expr.args[1], expr)
        return Sort.VECTOR
    if isinstance(expr, VectorExpr):
        return Sort.VECTOR
    if isinstance(expr, _NUMBERS):
        return Sort.NUMBER
    if isinstance(expr, Named | SetSum):
        return sort_of(expr.args[1] if isinstance(expr, Named) else expr.body)
    if isinstance(expr, SoftmaxMean):
        _need_number(expr.body, expr)
        return sort_of(expr.value)
    if isinstance(expr, Inner | Norm):
        for argument in expr.args:
            _need_vector(argument, expr)
        return Sort.NUMBER
    if isinstance(expr, Diameter):
        sort_of(expr.body)
        return Sort.NUMBER
    if isinstance(expr, _OF_NUMBERS):
        _need_number(expr.body, expr)
        return Sort.NUMBER
    if isinstance(expr, Add):
        return _sort_of_sum(expr)
    if isinstance(expr, Mul):
        vectors = [factor for factor in expr.args if sort_of(factor) is Sort.VECTOR]
        if len(vectors) > 1:
            raise IllSorted(
                f"{expr}: two vectors are multiplied; write inner(u, v) for their inner product"
            )
        return Sort.VECTOR if vectors else Sort.NUMBER
    if isinstance(expr, _FUNCTIONS):
        for argument in expr.args:
            _need_number(argument, expr)
        return Sort.NUMBER
    kind = type(expr).__name__
    if isinstance(expr, Expr):
        raise LanguageError(f"{expr}: {kind} is not in the language (see docs/language.md)")
    article = "an" if kind[0] in "AEIOU" else "a"
    raise LanguageError(f"{expr} is {article} {kind}, not a number or a vector")


def _sort_of_sum(expr: Add) -> Sort:
    sorts = {sort_of(term) for term in expr.args} - {Sort.ZERO}
    if len(sorts) > 1:
        raise IllSorted(f"{expr}: a vector is added to a number")
    return sorts.pop() if sorts else Sort.ZERO


def _check_map(linear_map: Basic, whole: Basic) -> None:
    """Raises where a compound map has a vector as its factor, or a number as its vector."""
    for part in linear_map.args:
        if isinstance(part, LinearMap):
            _check_map(part, whole)
    if isinstance(linear_map, Scaled):
        _need_number(linear_map.args[0], whole)
    elif isinstance(linear_map, Outer | ProjectionOff):
        for part in linear_map.args:
            _need_vector(part, whole)


def _need_vector(part: Basic, whole: Basic) -> None:
    if sort_of(part) is Sort.NUMBER:
        raise IllSorted(f"{whole}: {part} is a number where a vector belongs")


def _need_number(part: Basic, whole: Basic) -> None:
    if sort_of(part) is Sort.VECTOR:
        raise IllSorted(f"{whole}: {part} is a vector where a number belongs; use norm or inner")
