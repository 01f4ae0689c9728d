"""From expressions of the language to closures, once; then thousands of worlds are cheap.

Every word is evaluated by what it means, not by its `unfold`, so that a reading which unfolds
wrongly is found out.  Softmax and softmax means over the empty set have no value here, nor has a
disjoint union whose parts share a token.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    E,
    EulerGamma,
    Max,
    Min,
    Mul,
    Pow,
    Rational,
    Symbol,
    exp,
    log,
    pi,
    tanh,
)

from derivations.counterexamples.arithmetic import Number
from derivations.counterexamples.compiled_binders import binder, gather, softmax_mean
from derivations.counterexamples.compiled_maps import action
from derivations.counterexamples.compiled_sets import Scope, SetCompiler
from derivations.counterexamples.symbols import Symbols, ordered
from derivations.counterexamples.tuples import add_vectors, dot, scale
from derivations.counterexamples.world import Environment, World
from derivations.language.binders import Binder, SetSum
from derivations.language.definitions import (
    Cardinality,
    Named,
    SoftmaxMean,
    loose,
)
from derivations.language.errors import LanguageError
from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.linear import (
    Apply,
    Inner,
    Norm,
)
from derivations.language.sorts import Sort, sort_of

Run = Callable[[World, Environment], Any]
Action = Callable[[World, Environment, Any, bool], Any]
_CONSTANTS = {pi: "pi", E: "e", EulerGamma: "euler"}


class Compiler(SetCompiler):
    """Compiles the expressions of one statement; equal parts in equal scopes share a closure."""

    def __init__(self, symbols: Symbols) -> None:
        super().__init__(symbols)
        self.constants: list[Fraction | str] = [Fraction(0), Fraction(1)]
        self._done: dict[tuple[object, ...], Run] = {}
        self._names: dict[tuple[str, Basic], int] = {}

    # ---- numbers and vectors ---------------------------------------------------------------

    def value(self, expr: Basic, scope: Scope, sort: Sort) -> Run:
        """A closure for a number, or for a vector as a tuple of numbers."""
        return self.vector(expr, scope) if sort is Sort.VECTOR else self.number(expr, scope)

    def number(self, expr: Basic, scope: Scope) -> Run:
        return self._shared(expr, scope, self._number)

    def vector(self, expr: Basic, scope: Scope) -> Run:
        return self._shared(expr, scope, self._vector)

    def _shared(self, expr: Basic, scope: Scope, build: Callable[[Basic, Scope], Run]) -> Run:
        free = sorted(loose(expr) & set(scope), key=lambda one: (one.name, one.height))
        slots = tuple(scope[one] for one in free)
        # The depth is part of the key: a closure writes to the slots beyond its own scope.
        key = (build.__name__, expr, slots, len(scope))
        if key not in self._done:
            run = build(expr, scope)
            if isinstance(expr, Binder):
                name = self._names.setdefault((build.__name__, expr), len(self._names))
                run = _remembered(run, name, slots)
            self._done[key] = run
        return self._done[key]

    def _number(self, expr: Basic, scope: Scope) -> Run:
        if isinstance(expr, Rational) and expr.is_finite:
            return self._constant(Fraction(int(expr.p), int(expr.q)))
        if expr in _CONSTANTS:
            return self._constant(_CONSTANTS[expr])
        if isinstance(expr, Symbol):
            return self._cell((self.symbols.label(expr),))
        if isinstance(expr, Entry):
            return self._family(expr, scope)
        if isinstance(expr, Named):
            return self.number(expr.meaning, scope)
        if isinstance(expr, Add):
            return _total([self.number(one, scope) for one in ordered(expr)])
        if isinstance(expr, Mul):
            return _product([self.number(one, scope) for one in ordered(expr)])
        if isinstance(expr, Pow):
            return self._power(expr, scope)
        if isinstance(expr, exp | log | tanh | Abs | Max | Min):
            return self._function(expr, scope)
        if isinstance(expr, Cardinality):
            members = self.set(expr.args[0], scope)
            return lambda w, env: w.arithmetic.number(Fraction(len(members(w, env))))
        if isinstance(expr, Norm):
            vector = self.vector(expr.args[0], scope)
            return lambda w, env: w.arithmetic.length(vector(w, env))
        if isinstance(expr, Inner):
            one, other = (self.vector(part, scope) for part in expr.args)
            return lambda w, env: dot(w, one(w, env), other(w, env))
        if isinstance(expr, Binder):
            return binder(self, expr, scope)
        raise LanguageError(f"{expr}: no instance can give {type(expr).__name__} a value")

    def _vector(self, expr: Basic, scope: Scope) -> Run:
        if expr == 0:
            return lambda w, env: (w.zero,) * w.dimension
        if isinstance(expr, Vector):
            return self._cell((self.symbols.label(expr),))
        if isinstance(expr, VectorEntry):
            return self._family(expr, scope)
        if isinstance(expr, Named):
            return self.vector(expr.meaning, scope)
        if isinstance(expr, Add):
            parts = [self.vector(one, scope) for one in ordered(expr)]
            return lambda w, env: add_vectors(w, [part(w, env) for part in parts])
        if isinstance(expr, Mul):
            factors = [one for one in ordered(expr) if sort_of(one) is not Sort.VECTOR]
            (direction,) = (one for one in expr.args if sort_of(one) is Sort.VECTOR)
            factor = _product([self.number(one, scope) for one in factors])
            vector = self.vector(direction, scope)
            return lambda w, env: scale(factor(w, env), vector(w, env))
        if isinstance(expr, Apply):
            act = action(self, expr.args[0], scope)
            argument = self.vector(expr.args[1], scope)
            return lambda w, env: act(w, env, argument(w, env), False)
        if isinstance(expr, SetSum):
            gathered = gather(self, expr, scope, self.vector)
            return lambda w, env: add_vectors(w, gathered(w, env))
        if isinstance(expr, SoftmaxMean):
            return softmax_mean(self, expr, scope, self.vector)
        raise LanguageError(f"{expr}: no instance can give {type(expr).__name__} a value")

    def _constant(self, value: Fraction | str) -> Run:
        if value not in self.constants:
            self.constants.append(value)
        at = self.constants.index(value)
        return lambda w, env: w.constants[at]

    def _cell(self, cell: tuple[str]) -> Run:
        return lambda w, env: w.cells[cell]

    def _family(self, expr: Entry | VectorEntry, scope: Scope) -> Run:
        label = self.symbols.label(expr)
        indices = [self.index(one, scope) for one in expr.indices]
        if len(indices) == 1:
            (only,) = indices
            return lambda w, env: w.cells[(label, only(w, env))]
        return lambda w, env: w.cells[(label, *[one(w, env) for one in indices])]

    def _power(self, expr: Pow, scope: Scope) -> Run:
        base, exponent = expr.args
        run = self.number(base, scope)
        if isinstance(exponent, Rational):
            power = Fraction(int(exponent.p), int(exponent.q))
            return lambda w, env: w.arithmetic.power(run(w, env), power, expr)
        variable = self.number(exponent, scope)
        return lambda w, env: w.arithmetic.general_power(run(w, env), variable(w, env), expr)

    def _function(self, expr: Basic, scope: Scope) -> Run:
        parts = [self.number(one, scope) for one in ordered(expr)]
        if isinstance(expr, Max):
            return lambda w, env: w.arithmetic.maximum([part(w, env) for part in parts])
        if isinstance(expr, Min):
            return lambda w, env: w.arithmetic.minimum([part(w, env) for part in parts])
        (inside,) = parts
        if isinstance(expr, exp):
            return lambda w, env: w.arithmetic.exp(inside(w, env))
        if isinstance(expr, log):
            return lambda w, env: w.arithmetic.log(inside(w, env), expr)
        if isinstance(expr, tanh):
            return lambda w, env: w.arithmetic.tanh(inside(w, env))
        return lambda w, env: abs(inside(w, env))


def _remembered(run: Run, name: int, slots: tuple[int, ...]) -> Run:
    def recall(w: World, env: Environment) -> Any:
        key = (name, *[env[slot] for slot in slots])
        found = w.memo.get(key)
        if found is None:
            found = w.memo[key] = run(w, env)
        return found

    return recall


def _total(parts: list[Run]) -> Run:
    first, *rest = parts

    def total(w: World, env: Environment) -> Number:
        result = first(w, env)
        for part in rest:
            result = result + part(w, env)
        return result

    return total


def _product(parts: list[Run]) -> Run:
    def product(w: World, env: Environment) -> Number:
        result = w.one
        for part in parts:
            result = result * part(w, env)
        return result

    return parts[0] if len(parts) == 1 else product
