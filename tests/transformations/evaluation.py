"""A small evaluator in floating point for the tests, written apart from everything it tests.

It exists to be simple: an instance is a seed, every set, map, number and vector is drawn from it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cached_property

import numpy as np
from sympy import Abs, Add, Basic, Max, Min, Mul, Pow, Symbol, exp, log, tanh

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
from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.linear import Apply, Inner, NamedMap, Norm, Transpose
from derivations.language.sets import (
    Bound,
    Difference,
    Fibre,
    IndexMap,
    IndexSet,
    MapValue,
    Range,
    Singleton,
    Union,
    WinnerMap,
)

DIMENSION = 4


class World:
    """One random instance: what every name means."""

    def __init__(self, seed: int, sizes: dict[str, int], clustered: tuple[str, ...] = ()) -> None:
        self.chance = random.Random(seed)
        self.sizes = sizes
        self.data: dict[object, object] = {}
        self.given: dict[str, float] = {}
        self.clustered = clustered

    @cached_property
    def _noise(self) -> np.random.Generator:
        return np.random.default_rng(self.chance.randint(0, 10**9))

    def _drawn(self, key: object, make: Callable[[], object]) -> object:
        if key not in self.data:
            self.data[key] = make()
        return self.data[key]

    # ---- sets and indices ----------------------------------------------------------------------

    def members(self, domain: Basic, scope: dict) -> list:
        match domain:
            case IndexSet() if domain.parent is not None:
                whole = self.members(domain.parent, scope)
                return self._drawn(domain, lambda: whole[: self.sizes[domain.name]])
            case IndexSet():
                return [(domain.name, k) for k in range(self.sizes[domain.name])]
            case Union():
                return [one for part in domain.args for one in self.members(part, scope)]
            case Singleton():
                return [self.token(domain.args[0], scope)]
            case Difference():
                whole, part = (self.members(one, scope) for one in domain.args)
                return [one for one in whole if one not in part]
            case Fibre():
                index_map, value = domain.args
                wanted = self.token(value, scope)
                source = self.members(index_map.source, scope)
                return [one for one in source if self.image(index_map, one) == wanted]
            case Range():
                source = self.members(domain.args[0].source, scope)
                return sorted({self.image(domain.args[0], one) for one in source})
        raise TypeError(domain)

    def image(self, index_map: IndexMap, token: object) -> object:
        if isinstance(index_map, WinnerMap):
            group = self.members(index_map.args[3], {index_map.args[2]: token})
            logit = index_map.args[5]
            return max(group, key=lambda one: self.value(logit, {index_map.args[4]: one}))
        targets = self.members(index_map.args[3], {index_map.args[2]: token})
        return self._drawn(("map", index_map.name, token), lambda: self.chance.choice(targets))

    def token(self, index: Basic, scope: dict) -> object:
        if isinstance(index, MapValue):
            return self.image(index.map, self.token(index.argument, scope))
        if isinstance(index, Bound):
            return scope[index]
        return self._drawn(
            ("index", index), lambda: self.chance.choice(self.members(index.domain, scope))
        )

    # ---- values --------------------------------------------------------------------------------

    def value(self, expr: Basic, scope: dict | None = None):
        """The number or vector that `expr` is."""
        scope = scope or {}
        here = lambda part: self.value(part, scope)  # noqa: E731
        match expr:
            case Named():
                return here(expr.meaning)
            case Symbol():
                return self.given[expr.name] if expr.name in self.given else self._scalar(expr.name)
            case Entry() | VectorEntry():
                tokens = tuple(self.token(one, scope) for one in expr.indices)
                make = self._number if isinstance(expr, Entry) else self._vector
                return self._member(expr.name, tokens, make)
            case Vector():
                return self._drawn(("vector", expr.name), self._vector)
            case Apply():
                linear_map, inside = expr.args
                if isinstance(linear_map, Transpose) and isinstance(linear_map.T, NamedMap):
                    return self.matrix(linear_map.T.name).T @ here(inside)
                if not isinstance(linear_map, NamedMap):
                    return here(expr.unfold())
                return self.matrix(linear_map.name) @ here(inside)
            case Inner():
                return float(np.dot(*map(here, expr.args)))
            case Norm() | Abs():
                return float(np.linalg.norm(np.atleast_1d(here(expr.args[0]))))
            case Cardinality():
                return len(self.members(expr.args[0], scope))
            case Add():
                return sum(map(here, expr.args))
            case Mul():
                return math.prod(map(here, expr.args), start=1)
            case Pow():
                return here(expr.base) ** here(expr.exp)
            case exp() | log() | tanh():
                function = {exp: np.exp, log: np.log, tanh: np.tanh}[type(expr)]
                return function(here(expr.args[0]))
            case Max():
                return max(map(here, expr.args))
            case Min():
                return min(map(here, expr.args))
            case SetSum():
                return sum(self._each(expr, 0, scope), start=0)
            case SetMax():
                return max(self._each(expr, 0, scope))
            case SetMin():
                return min(self._each(expr, 0, scope))
            case LogSumExp():
                return np.log(sum(np.exp(one) for one in self._each(expr, 0, scope)))
            case Softmax():
                total = sum(np.exp(one) for one in self._each(expr, 0, scope))
                at = {**scope, expr.bound: self.token(expr.at, scope)}
                return np.exp(self.value(expr.body, at)) / total
            case SoftmaxMean():
                weights = [np.exp(one) for one in self._each(expr, 0, scope)]
                pairs = zip(weights, self._each(expr, 1, scope), strict=True)
                return sum(weight * value for weight, value in pairs) / sum(weights)
            case Oscillation():
                values = self._each(expr, 0, scope)
                return max(values) - min(values)
            case Diameter():
                values = self._each(expr, 0, scope)
                return max(
                    float(np.linalg.norm(np.atleast_1d(u - v))) for u in values for v in values
                )
        return float(expr)

    def matrix(self, name: str) -> np.ndarray:
        """The matrix of a linear map."""
        return self._drawn(
            ("matrix", name), lambda: self._noise.normal(size=(DIMENSION, DIMENSION))
        )

    def _each(self, binder: Basic, which: int, scope: dict) -> list:
        return [
            self.value(binder.args[which], {**scope, binder.bound: token})
            for token in self.members(binder.domain, scope)
        ]

    def _member(self, name: str, tokens: tuple, make: Callable[[], object]):
        """A family in `clustered` takes its value on F from the cluster that the map a picks."""
        ((owner, _), *_) = tokens
        if name in self.clustered and owner == "F":
            mapped = self._drawn(
                ("map", "a", tokens[0]),
                lambda: ("N", self.chance.randrange(self.sizes["N"])),
            )
            return self._member(name, (mapped,), make)
        return self._drawn((name, tokens), make)

    def _scalar(self, name: str) -> float:
        return self._drawn(("scalar", name), self._number)

    def _number(self) -> float:
        return self.chance.uniform(-2, 2)

    def _vector(self) -> np.ndarray:
        return self._noise.normal(size=DIMENSION)


def distance(left: object, right: object) -> float:
    """‖left − right‖ for numbers and vectors."""
    return float(np.linalg.norm(np.atleast_1d(np.asarray(left, float) - np.asarray(right, float))))
