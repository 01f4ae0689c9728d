"""Expanding an expression at one instance into fractions and combinations of vectors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import sympy
from sympy import Abs, Add, Basic, Expr, Max, Min, Mul, NumberSymbol, Pow, Symbol, exp, log, tanh

from derivations.language.binders import Binder, SetMax, SetSum
from derivations.language.definitions import Named, loose, unfold_once
from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.linear import Apply, Inner, Norm, Transpose
from derivations.second_witness.fractions import Fraction, Undefined, Unknown, Unsupported
from derivations.second_witness.instances import Instance, Scope, Token, show
from derivations.second_witness.vectors import Combination, Value, Vectors

Waiting = dict[Basic, tuple[Basic, ...]]


@dataclass
class Expansion(Vectors):
    """Expands expressions at one instance.

    `waiting` remembers, for all instances, which bound indices an expression waits for.
    """

    instance: Instance = field(default_factory=lambda: Instance({}))
    waiting: Waiting = field(default_factory=dict)
    memo: dict[tuple[Basic, tuple[Token, ...]], Value] = field(default_factory=dict)

    def forget(self) -> None:
        """Drop what was expanded before an equation became known."""
        self.memo.clear()

    def number(self, expr: Basic, scope: Scope) -> Fraction:
        """The expansion of a number."""
        value = self.value(expr, scope)
        if isinstance(value, Fraction):
            return value
        if value:
            raise Unsupported(f"{expr}, a vector where a number belongs")
        return self.numbers.constant(0)

    def vector(self, expr: Basic, scope: Scope) -> Combination:
        """The expansion of a vector."""
        return self.as_vector(self.value(expr, scope))

    def value(self, expr: Basic, scope: Scope) -> Value:
        """The expansion of `expr` with the tokens of `scope` for its bound indices.

        Raises Undefined, Unsupported, OutOfBudget, TooFewGenerators.
        """
        if expr not in self.waiting:
            self.waiting[expr] = tuple(loose(expr))
        key = (expr, tuple(scope[one] for one in self.waiting[expr]))
        if key not in self.memo:
            self.memo[key] = self._value(expr, scope)
        return self.memo[key]

    def _value(self, expr: Basic, scope: Scope) -> Value:
        if expr.is_Rational:
            return self.numbers.constant(expr)
        if isinstance(expr, Add):
            return self.total(self.value(term, scope) for term in expr.args)
        if isinstance(expr, Mul):
            return self._product(expr, scope)
        if isinstance(expr, SetSum):
            return self.total(self._each(expr, scope))
        if isinstance(expr, Symbol | Entry):
            return self._unknown(expr, scope)
        if isinstance(expr, Vector | VectorEntry | Apply):
            return self._vector(expr, scope)
        if isinstance(expr, Inner):
            left, right = (self.vector(part, scope) for part in expr.args)
            return self.inner(left, right)
        if isinstance(expr, Norm | Abs):
            inside = self.value(expr.args[0], scope)
            return self.absolute(inside) if isinstance(inside, Fraction) else self.norm(inside)
        if isinstance(expr, Max | Min | SetMax):
            return self._extremum(expr, scope)
        return self._function(expr, scope)

    def _function(self, expr: Basic, scope: Scope) -> Value:
        if isinstance(expr, exp):
            return self.exponential(self.number(expr.exp, scope))
        if isinstance(expr, log):
            return self.logarithm(self.number(expr.args[0], scope))
        if isinstance(expr, Pow):
            return self.raised(*(self.number(part, scope) for part in expr.args))
        if isinstance(expr, tanh):
            return self.hyperbolic_tangent(self.number(expr.args[0], scope))
        if expr is sympy.E:
            return self.exponential(self.numbers.constant(1))
        if isinstance(expr, NumberSymbol):
            return self.atom(("constant", str(expr)), lambda: Unknown(expr, positive=True))
        meaning = expr.meaning if isinstance(expr, Named) else unfold_once(expr)
        if meaning is None:
            raise Unsupported(f"{expr}")
        return self.value(meaning, scope)

    def _each(self, binder: Binder, scope: Scope) -> Iterable[Value]:
        for token in self.instance.members(binder.domain, scope):
            yield self.value(binder.body, {**scope, binder.bound: token})

    def _product(self, expr: Mul, scope: Scope) -> Value:
        values = [self.value(factor, scope) for factor in expr.args]
        number = self.product(one for one in values if isinstance(one, Fraction))
        vectors = [one for one in values if not isinstance(one, Fraction)]
        return self.scaled(number, vectors[0]) if vectors else number

    def _unknown(self, expr: Symbol | Entry, scope: Scope) -> Fraction:
        if isinstance(expr, Symbol):
            return self.atom(("scalar", expr.name), lambda: Unknown(expr))
        tokens = tuple(self.instance.token(one, scope) for one in expr.indices)
        return self.atom(
            ("entry", expr.name, tokens),
            lambda: Unknown(Symbol(f"{expr.name}_{','.join(map(show, tokens))}")),
        )

    def _vector(self, expr: Expr, scope: Scope) -> Combination:
        if isinstance(expr, Vector):
            return self.basis(((), ("vector", expr.name, ())))
        if isinstance(expr, VectorEntry):
            tokens = tuple(self.instance.token(one, scope) for one in expr.indices)
            return self.basis(((), ("entry", expr.name, tokens)))
        if not expr.is_primitive:
            return self.vector(expr.unfold(), scope)
        linear_map, inside = expr.args
        flipped = isinstance(linear_map, Transpose)
        letter = (linear_map.args[0].name if flipped else linear_map.name, flipped)
        return self.image(letter, self.vector(inside, scope))

    def _extremum(self, expr: Basic, scope: Scope) -> Fraction:
        if not isinstance(expr, SetMax):
            kind = "min" if isinstance(expr, Min) else "max"
            return self.extremum(kind, [self.number(part, scope) for part in expr.args])
        members = self.instance.members(expr.domain, scope)
        if not members:
            raise Undefined("a maximum over the empty set")
        scopes = ({**scope, expr.bound: token} for token in members)
        return self.extremum("max", [self.number(expr.body, one) for one in scopes])
