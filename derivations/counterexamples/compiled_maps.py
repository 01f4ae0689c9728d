"""Linear maps as closures: what a map, or its transpose, does to a vector."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from derivations.counterexamples.arithmetic import Undefined
from derivations.counterexamples.compiled_sets import Scope
from derivations.counterexamples.tuples import add_vectors, dot, scale
from derivations.counterexamples.world import Environment, World
from derivations.language.errors import LanguageError
from derivations.language.linear import (
    Composition,
    Identity,
    LinearMap,
    MapSetSum,
    MapSum,
    NamedMap,
    Outer,
    ProjectionOff,
    Scaled,
    Transpose,
)

if TYPE_CHECKING:
    from derivations.counterexamples.compiler import Compiler

Action = Callable[[World, Environment, Any, bool], Any]


def action(compiler: Compiler, linear: LinearMap, scope: Scope) -> Action:
    """A closure (world, environment, vector, transposed) → vector."""
    if isinstance(linear, NamedMap):
        return _named(compiler, linear)
    if isinstance(linear, Identity):
        return lambda w, env, x, flip: x
    if isinstance(linear, Transpose):
        inside = action(compiler, linear.args[0], scope)
        return lambda w, env, x, flip: inside(w, env, x, not flip)
    if isinstance(linear, Composition):
        after, before = (action(compiler, part, scope) for part in linear.args)
        return lambda w, env, x, flip: (
            before(w, env, after(w, env, x, True), True)
            if flip
            else after(w, env, before(w, env, x, False), False)
        )
    if isinstance(linear, MapSum):
        parts = [action(compiler, part, scope) for part in linear.args]
        return lambda w, env, x, flip: add_vectors(w, [part(w, env, x, flip) for part in parts])
    if isinstance(linear, Scaled):
        factor = compiler.number(linear.args[0], scope)
        inside = action(compiler, linear.args[1], scope)
        return lambda w, env, x, flip: scale(factor(w, env), inside(w, env, x, flip))
    if isinstance(linear, Outer):
        return _outer(compiler, linear, scope)
    if isinstance(linear, ProjectionOff):
        return _projection(compiler, linear, scope)
    if isinstance(linear, MapSetSum):
        return _set_sum(compiler, linear, scope)
    raise LanguageError(f"{linear}: no instance can give {type(linear).__name__} a value")


def _named(compiler: Compiler, linear: NamedMap) -> Action:
    cell = (compiler.symbols.label(linear),)

    def apply(w: World, env: Environment, x: Any, flip: bool) -> Any:
        rows = w.cells[cell]
        return tuple(dot(w, row, x) for row in (zip(*rows, strict=True) if flip else rows))

    return apply


def _outer(compiler: Compiler, linear: Outer, scope: Scope) -> Action:
    left, right = (compiler.vector(part, scope) for part in linear.args)

    def rank_one(w: World, env: Environment, x: Any, flip: bool) -> Any:
        along, against = left(w, env), right(w, env)
        if flip:
            along, against = against, along
        return scale(dot(w, against, x), along)

    return rank_one


def _projection(compiler: Compiler, linear: ProjectionOff, scope: Scope) -> Action:
    direction = compiler.vector(linear.args[0], scope)

    def project(w: World, env: Environment, x: Any, flip: bool) -> Any:
        u = direction(w, env)
        amount = dot(w, u, x) * w.arithmetic.power(dot(w, u, u), Fraction(-1), linear)
        return tuple(part - amount * along for part, along in zip(x, u, strict=True))

    return project


def _set_sum(compiler: Compiler, linear: MapSetSum, scope: Scope) -> Action:
    members = compiler.set(linear.domain, scope)
    slot = compiler.slot(scope)
    body = action(compiler, linear.body, {**scope, linear.bound: slot})
    name = linear.bound.name

    def total(w: World, env: Environment, x: Any, flip: bool) -> Any:
        tokens = members(w, env)
        found = []
        try:
            for token in tokens:
                env[slot] = token
                found.append(body(w, env, x, flip))
        except Undefined as error:
            raise error.inside(name, token) from None
        return add_vectors(w, found)

    return total
