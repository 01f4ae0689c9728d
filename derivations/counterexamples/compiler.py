"""From expressions of the language to closures, once; then thousands of worlds are cheap.

Every word is evaluated by what it means, not by its `unfold`, so that a reading which unfolds
wrongly is found out.  Softmax and softmax means over the empty set have no value here, nor has a
disjoint union whose parts share a token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

from derivations.counterexamples.arithmetic import Number, Undefined
from derivations.counterexamples.compiled_sets import Scope, SetCompiler
from derivations.counterexamples.symbols import Symbols, ordered
from derivations.counterexamples.world import Environment, World
from derivations.language.binders import Binder, SetMax, SetMin, SetSum
from derivations.language.definitions import (
    Cardinality,
    Diameter,
    LogSumExp,
    Named,
    Oscillation,
    Softmax,
    SoftmaxMean,
    loose,
)
from derivations.language.errors import LanguageError
from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.linear import (
    Apply,
    Composition,
    Identity,
    Inner,
    LinearMap,
    MapSetSum,
    MapSum,
    NamedMap,
    Norm,
    Outer,
    ProjectionOff,
    Scaled,
    Transpose,
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

    # ---- numbers and vectors ---------------------------------------------------------------

    def value(self, expr: Basic, scope: Scope, sort: Sort) -> Run:
        """A closure for a number, or for a vector as a tuple of numbers."""
        return self.vector(expr, scope) if sort is Sort.VECTOR else self.number(expr, scope)

    def number(self, expr: Basic, scope: Scope) -> Run:
        return self._shared(expr, scope, self._number)

    def vector(self, expr: Basic, scope: Scope) -> Run:
        return self._shared(expr, scope, self._vector)

    def _shared(self, expr: Basic, scope: Scope, build: Callable[[Basic, Scope], Run]) -> Run:
        slots = tuple(sorted(scope[one] for one in loose(expr) if one in scope))
        key = (build.__name__, expr, tuple((one, scope[one]) for one in loose(expr) & set(scope)))
        if key not in self._done:
            run = build(expr, scope)
            if isinstance(expr, Binder):
                run = _remembered(run, len(self._done), slots)
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
            if sort_of(expr.args[0]) is not Sort.VECTOR:
                inside = self.number(expr.args[0], scope)
                return lambda w, env: abs(inside(w, env))
            vector = self.vector(expr.args[0], scope)
            return lambda w, env: w.arithmetic.length(vector(w, env))
        if isinstance(expr, Inner):
            one, other = (self.vector(part, scope) for part in expr.args)
            return lambda w, env: _dot(w, one(w, env), other(w, env))
        if isinstance(expr, Binder):
            return self._binder(expr, scope)
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
            return lambda w, env: _add_vectors(w, [part(w, env) for part in parts])
        if isinstance(expr, Mul):
            factors = [one for one in ordered(expr) if sort_of(one) is not Sort.VECTOR]
            (direction,) = (one for one in expr.args if sort_of(one) is Sort.VECTOR)
            scale = _product([self.number(one, scope) for one in factors])
            vector = self.vector(direction, scope)
            return lambda w, env: _scale(scale(w, env), vector(w, env))
        if isinstance(expr, Apply):
            action = self.action(expr.args[0], scope)
            argument = self.vector(expr.args[1], scope)
            return lambda w, env: action(w, env, argument(w, env), False)
        if isinstance(expr, SetSum):
            members, slot, body = self._opened(expr, scope, self.vector)

            def total(w: World, env: Environment) -> Any:
                gathered = []
                for token in members(w, env):
                    env[slot] = token
                    gathered.append(body(w, env))
                return _add_vectors(w, gathered)

            return total
        if isinstance(expr, SoftmaxMean):
            return self._softmax_mean(expr, scope, self.vector)
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

    # ---- binders ---------------------------------------------------------------------------

    def _opened(
        self, expr: Binder, scope: Scope, compile_body: Callable[[Basic, Scope], Run], body: int = 0
    ) -> tuple[Run, int, Run]:
        members = self.set(expr.domain, scope)
        slot = self.slot(scope)
        return members, slot, compile_body(expr.args[body], {**scope, expr.bound: slot})

    def _listed(self, expr: Binder, scope: Scope, why: str) -> Run:
        """A closure for the values of the body over the set; Undefined if there are none."""
        members, slot, body = self._opened(expr, scope, self.number)

        def values(w: World, env: Environment) -> list[Number]:
            gathered = []
            for token in members(w, env):
                env[slot] = token
                gathered.append(body(w, env))
            if not gathered:
                raise Undefined(expr, why)
            return gathered

        return values

    def _binder(self, expr: Binder, scope: Scope) -> Run:
        if isinstance(expr, SetSum):
            members, slot, body = self._opened(expr, scope, self.number)

            def total(w: World, env: Environment) -> Number:
                result = w.zero
                for token in members(w, env):
                    env[slot] = token
                    result = result + body(w, env)
                return result

            return total
        if isinstance(expr, SetMax):
            values = self._listed(expr, scope, "a maximum over the empty set")
            return lambda w, env: w.arithmetic.maximum(values(w, env))
        if isinstance(expr, SetMin):
            values = self._listed(expr, scope, "a minimum over the empty set")
            return lambda w, env: w.arithmetic.minimum(values(w, env))
        if isinstance(expr, Oscillation):
            values = self._listed(expr, scope, "an oscillation over the empty set")

            def oscillation(w: World, env: Environment) -> Number:
                found = values(w, env)
                return w.arithmetic.maximum(found) - w.arithmetic.minimum(found)

            return oscillation
        if isinstance(expr, LogSumExp):
            logits = self._listed(expr, scope, "a log-sum-exp over the empty set")
            return lambda w, env: _log_sum_exp(w, logits(w, env), expr)
        if isinstance(expr, Softmax):
            return self._softmax(expr, scope)
        if isinstance(expr, SoftmaxMean):
            return self._softmax_mean(expr, scope, self.number)
        if isinstance(expr, Diameter):
            return self._diameter(expr, scope)
        raise LanguageError(f"{expr}: no instance can give {type(expr).__name__} a value")

    def _softmax(self, expr: Softmax, scope: Scope) -> Run:
        logits = self._listed(expr, scope, "a softmax over the empty set")
        slot = self.slot(scope)
        one = self.number(expr.body, {**scope, expr.bound: slot})
        at = self.index(expr.at, scope)

        def weight(w: World, env: Environment) -> Number:
            found = logits(w, env)
            shift = w.arithmetic.maximum(found)
            env[slot] = at(w, env)
            above = w.arithmetic.exp(one(w, env) - shift)
            return above / sum((w.arithmetic.exp(logit - shift) for logit in found), w.zero)

        return weight

    def _softmax_mean(
        self, expr: SoftmaxMean, scope: Scope, compile_body: Callable[[Basic, Scope], Run]
    ) -> Run:
        logits = self._listed(expr, scope, "a softmax over the empty set")
        members, slot, value = self._opened(expr, scope, compile_body, 1)

        def mean(w: World, env: Environment) -> Any:
            found = logits(w, env)
            shift = w.arithmetic.maximum(found)
            weights = [w.arithmetic.exp(logit - shift) for logit in found]
            scale = w.one / sum(weights, w.zero)
            gathered = []
            for weight, token in zip(weights, members(w, env), strict=True):
                env[slot] = token
                gathered.append((weight * scale, value(w, env)))
            if isinstance(gathered[0][1], tuple):
                return _add_vectors(w, [_scale(part, vector) for part, vector in gathered])
            return sum((part * number for part, number in gathered), w.zero)

        return mean

    def _diameter(self, expr: Diameter, scope: Scope) -> Run:
        of_vectors = sort_of(expr.body) is Sort.VECTOR
        members, slot, body = self._opened(expr, scope, self.vector if of_vectors else self.number)

        def diameter(w: World, env: Environment) -> Number:
            found = []
            for token in members(w, env):
                env[slot] = token
                found.append(body(w, env))
            if not found:
                raise Undefined(expr, "a diameter of the empty set")
            lengths = [w.zero]
            for at, one in enumerate(found):
                for other in found[:at]:
                    if of_vectors:
                        gap = [x - y for x, y in zip(one, other, strict=True)]
                        lengths.append(w.arithmetic.length(gap))
                    else:
                        lengths.append(abs(one - other))
            return w.arithmetic.maximum(lengths)

        return diameter

    # ---- linear maps -----------------------------------------------------------------------

    def action(self, linear: LinearMap, scope: Scope) -> Action:
        """What the map (or, asked for, its transpose) does to a vector."""
        if isinstance(linear, NamedMap):
            cell = (self.symbols.label(linear),)

            def apply(w: World, env: Environment, x: Any, flip: bool) -> Any:
                rows = w.cells[cell]
                return tuple(_dot(w, row, x) for row in (zip(*rows, strict=True) if flip else rows))

            return apply
        if isinstance(linear, Identity):
            return lambda w, env, x, flip: x
        if isinstance(linear, Transpose):
            inside = self.action(linear.args[0], scope)
            return lambda w, env, x, flip: inside(w, env, x, not flip)
        if isinstance(linear, Composition):
            after, before = (self.action(part, scope) for part in linear.args)
            return lambda w, env, x, flip: (
                before(w, env, after(w, env, x, True), True)
                if flip
                else after(w, env, before(w, env, x, False), False)
            )
        if isinstance(linear, MapSum):
            parts = [self.action(part, scope) for part in linear.args]
            return lambda w, env, x, flip: _add_vectors(
                w, [part(w, env, x, flip) for part in parts]
            )
        if isinstance(linear, Scaled):
            factor = self.number(linear.args[0], scope)
            inside = self.action(linear.args[1], scope)
            return lambda w, env, x, flip: _scale(factor(w, env), inside(w, env, x, flip))
        if isinstance(linear, Outer):
            left, right = (self.vector(part, scope) for part in linear.args)

            def rank_one(w: World, env: Environment, x: Any, flip: bool) -> Any:
                along, against = left(w, env), right(w, env)
                if flip:
                    along, against = against, along
                return _scale(_dot(w, against, x), along)

            return rank_one
        if isinstance(linear, ProjectionOff):
            direction = self.vector(linear.args[0], scope)

            def project(w: World, env: Environment, x: Any, flip: bool) -> Any:
                u = direction(w, env)
                scale = w.arithmetic.power(_dot(w, u, u), Fraction(-1), linear)
                amount = _dot(w, u, x) * scale
                return tuple(part - amount * along for part, along in zip(x, u, strict=True))

            return project
        if isinstance(linear, MapSetSum):
            members = self.set(linear.domain, scope)
            slot = self.slot(scope)
            body = self.action(linear.body, {**scope, linear.bound: slot})

            def total(w: World, env: Environment, x: Any, flip: bool) -> Any:
                gathered = []
                for token in members(w, env):
                    env[slot] = token
                    gathered.append(body(w, env, x, flip))
                return _add_vectors(w, gathered)

            return total
        raise LanguageError(f"{linear}: no instance can give {type(linear).__name__} a value")


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


def _log_sum_exp(w: World, logits: list[Number], where: Basic) -> Number:
    shift = w.arithmetic.maximum(logits)
    total = sum((w.arithmetic.exp(logit - shift) for logit in logits), w.zero)
    return shift + w.arithmetic.log(total, where)


def _add_vectors(w: World, vectors: list[tuple[Number, ...]]) -> tuple[Number, ...]:
    if len(vectors) == 1:
        return vectors[0]
    if not vectors:
        return (w.zero,) * w.dimension
    return tuple(sum(parts[1:], parts[0]) for parts in zip(*vectors, strict=True))


def _scale(factor: Number, vector: tuple[Number, ...]) -> tuple[Number, ...]:
    return tuple(factor * part for part in vector)


def _dot(w: World, one: Mapping[int, Number] | Any, other: Any) -> Number:
    result = w.zero
    for x, y in zip(one, other, strict=True):
        result = result + x * y
    return result
