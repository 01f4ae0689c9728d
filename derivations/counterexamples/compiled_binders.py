"""Sums, maxima, softmaxes and diameters as closures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sympy import Basic

from derivations.counterexamples.arithmetic import Number, Undefined
from derivations.counterexamples.compiled_sets import Scope
from derivations.counterexamples.tuples import add_vectors, scale
from derivations.counterexamples.world import Environment, World
from derivations.language.binders import Binder, SetMax, SetMin, SetSum
from derivations.language.definitions import (
    Diameter,
    LogSumExp,
    Oscillation,
    Softmax,
    SoftmaxMean,
)
from derivations.language.errors import LanguageError

if TYPE_CHECKING:
    from derivations.counterexamples.compiler import Compiler, Run

CompileBody = Callable[[Basic, Scope], "Run"]
_EMPTY = {
    SetMax: "a maximum over the empty set",
    SetMin: "a minimum over the empty set",
    Oscillation: "an oscillation over the empty set",
    LogSumExp: "a log-sum-exp over the empty set",
    Softmax: "a softmax over the empty set",
    SoftmaxMean: "a softmax over the empty set",
    Diameter: "a diameter of the empty set",
}


def binder(compiler: Compiler, expr: Binder, scope: Scope) -> Run:
    """A closure for a number that is a sum, a maximum, … over a set."""
    if isinstance(expr, Softmax):
        return _softmax(compiler, expr, scope)
    if isinstance(expr, SoftmaxMean):
        return softmax_mean(compiler, expr, scope, compiler.number)
    if isinstance(expr, Diameter):
        return _diameter(compiler, expr, scope)
    values = gather(compiler, expr, scope, compiler.number)
    if isinstance(expr, SetSum):
        return lambda w, env: sum(values(w, env), w.zero)
    if isinstance(expr, SetMax):
        return lambda w, env: w.arithmetic.maximum(values(w, env))
    if isinstance(expr, SetMin):
        return lambda w, env: w.arithmetic.minimum(values(w, env))
    if isinstance(expr, Oscillation):

        def oscillation(w: World, env: Environment) -> Number:
            found = values(w, env)
            return w.arithmetic.maximum(found) - w.arithmetic.minimum(found)

        return oscillation
    if isinstance(expr, LogSumExp):

        def log_sum_exp(w: World, env: Environment) -> Number:
            found = values(w, env)
            shift = w.arithmetic.maximum(found)
            total = sum((w.arithmetic.exp(logit - shift) for logit in found), w.zero)
            return shift + w.arithmetic.log(total, expr)

        return log_sum_exp
    raise LanguageError(f"{expr}: no instance can give {type(expr).__name__} a value")


def gather(
    compiler: Compiler, expr: Binder, scope: Scope, compile_body: CompileBody, body: int = 0
) -> Run:
    """A closure for the list of values of the body; Undefined where there must be one and is none.

    An undefined value inside says at which token of the set it occurred.
    """
    members = compiler.set(expr.domain, scope)
    slot = compiler.slot(scope)
    run = compile_body(expr.args[body], {**scope, expr.bound: slot})
    name, why = expr.bound.name, _EMPTY.get(type(expr))

    def values(w: World, env: Environment) -> list[Any]:
        tokens = members(w, env)
        found = []
        try:
            for token in tokens:
                env[slot] = token
                found.append(run(w, env))
        except Undefined as error:
            raise error.inside(name, token) from None
        if why is not None and not found:
            raise Undefined(expr, why)
        return found

    return values


def softmax_mean(
    compiler: Compiler, expr: SoftmaxMean, scope: Scope, compile_body: CompileBody
) -> Run:
    """A closure for the mean of numbers or vectors under a softmax."""
    logits = gather(compiler, expr, scope, compiler.number)
    values = gather(compiler, expr, scope, compile_body, 1)

    def mean(w: World, env: Environment) -> Any:
        found = logits(w, env)
        shift = w.arithmetic.maximum(found)
        masses = [w.arithmetic.exp(logit - shift) for logit in found]
        share = w.one / sum(masses, w.zero)
        weights = [mass * share for mass in masses]
        parts = list(zip(weights, values(w, env), strict=True))
        if isinstance(parts[0][1], tuple):
            return add_vectors(w, [scale(weight, vector) for weight, vector in parts])
        return sum((weight * number for weight, number in parts), w.zero)

    return mean


def _softmax(compiler: Compiler, expr: Softmax, scope: Scope) -> Run:
    logits = gather(compiler, expr, scope, compiler.number)
    slot = compiler.slot(scope)
    own = compiler.number(expr.body, {**scope, expr.bound: slot})
    at = compiler.index(expr.at, scope)

    def weight(w: World, env: Environment) -> Number:
        found = logits(w, env)
        shift = w.arithmetic.maximum(found)
        env[slot] = at(w, env)
        mass = w.arithmetic.exp(own(w, env) - shift)
        return mass / sum((w.arithmetic.exp(logit - shift) for logit in found), w.zero)

    return weight


def _diameter(compiler: Compiler, expr: Diameter, scope: Scope) -> Run:
    points = gather(compiler, expr, scope, compiler.vector)

    def diameter(w: World, env: Environment) -> Number:
        found = points(w, env)
        lengths = [w.zero]
        for at, one in enumerate(found):
            for other in found[:at]:
                gap = [x - y for x, y in zip(one, other, strict=True)]
                lengths.append(w.arithmetic.length(gap))
        return w.arithmetic.maximum(lengths)

    return diameter
