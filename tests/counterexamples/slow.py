"""A slow evaluator, written apart from the library's: dictionaries, recursion, plain floats.

It knows definitions only: a defined word is replaced by what it stands for, spelled out here.
Where something has no value it raises Nothing.
"""

from __future__ import annotations

import math
from itertools import product

from sympy import Abs, Add, Basic, Max, Min, Mul, Pow, Rational, Symbol, exp, log, tanh

from derivations.counterexamples import Instance
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
    Difference,
    Fibre,
    Index,
    IndexSet,
    MapValue,
    Range,
    Singleton,
    Union,
)


class Nothing(Exception):
    """There is no value."""


def tokens(domain: Basic, world: Instance, at: dict) -> list:
    match domain:
        case IndexSet():
            return list(world.sets[domain.name])
        case Union():
            return [x for part in domain.args for x in tokens(part, world, at)]
        case Singleton():
            return [token(domain.args[0], world, at)]
        case Difference():
            whole, part = (tokens(one, world, at) for one in domain.args)
            return [x for x in whole if x not in part]
        case Fibre():
            image = token(domain.args[1], world, at)
            graph = world.maps[domain.args[0].name]
            return [x for x in tokens(domain.args[0].source, world, at) if graph[x] == image]
        case Range():
            graph = world.maps[domain.args[0].name]
            hit = {graph[x] for x in tokens(domain.args[0].source, world, at)}
            return sorted(hit)
    raise TypeError(domain)


def token(element: Basic, world: Instance, at: dict) -> tuple[str, int]:
    if element in at:
        return at[element]
    if isinstance(element, MapValue):
        return world.maps[element.map.name][token(element.argument, world, at)]
    if isinstance(element, Index):
        return world.indices[element.name]
    raise TypeError(element)


def each(expr: Basic, world: Instance, at: dict, body: int = 0) -> list:
    members = tokens(expr.domain, world, at)
    return [slow(expr.args[body], world, {**at, expr.bound: x}) for x in members]


def total(values: list) -> object:
    if values and isinstance(values[0], tuple):
        return tuple(math.fsum(parts) for parts in zip(*values, strict=True))
    return math.fsum(values)


def times(one: object, other: object) -> object:
    if isinstance(other, tuple):
        one, other = other, one
    if isinstance(one, tuple):
        return tuple(part * other for part in one)
    return one * other


def length(value: object) -> float:
    return math.sqrt(sum(x * x for x in value)) if isinstance(value, tuple) else abs(value)


def apart(one: object, other: object) -> float:
    if isinstance(one, tuple):
        return math.dist(one, other)
    return abs(one - other)


def softmax_weights(values: list) -> list:
    if not values:
        raise Nothing
    whole = math.fsum(map(math.exp, values))
    return [math.exp(value) / whole for value in values]


def slow(expr: Basic, world: Instance, at: dict) -> object:
    """The value of an expression: a float, or a tuple of them."""
    match expr:
        case Rational():
            return expr.p / expr.q
        case Symbol() | Vector():
            return plain(world.values[(expr.name,)])
        case Entry() | VectorEntry():
            where = [token(one, world, at) for one in expr.indices]
            return plain(world.values[(expr.name, *where)])
        case Named():
            return slow(expr.meaning, world, at)
        case Add():
            return total([slow(one, world, at) for one in expr.args])
        case Mul():
            result: object = 1.0
            for one in expr.args:
                result = times(result, slow(one, world, at))
            return result
        case Pow():
            base, power = (slow(one, world, at) for one in expr.args)
            if (base == 0 and power < 0) or (base < 0 and power != int(power)):
                raise Nothing
            return base**power
        case exp():
            return math.exp(slow(expr.args[0], world, at))
        case log():
            inside = slow(expr.args[0], world, at)
            if inside <= 0:
                raise Nothing
            return math.log(inside)
        case tanh():
            return math.tanh(slow(expr.args[0], world, at))
        case Abs() | Norm():
            return length(slow(expr.args[0], world, at))
        case Max() | Min():
            choose = max if isinstance(expr, Max) else min
            return choose(slow(one, world, at) for one in expr.args)
        case Inner():
            one, other = (slow(part, world, at) for part in expr.args)
            return math.fsum(x * y for x, y in zip(one, other, strict=True))
        case Apply():
            return act(expr, world, at)
        case Cardinality():
            return float(len(tokens(expr.args[0], world, at)))
        case SetSum():
            found = each(expr, world, at)
            return total(found)
        case Softmax():
            own = slow(expr.body, world, {**at, expr.bound: token(expr.at, world, at)})
            return softmax_weights([own, *each(expr, world, at)])[0] / (
                1 - softmax_weights([own, *each(expr, world, at)])[0]
            )
        case SoftmaxMean():
            weights = softmax_weights(each(expr, world, at))
            values = each(expr, world, at, 1)
            return total([times(w, v) for w, v in zip(weights, values, strict=True)])
    return extremum(expr, world, at)


def extremum(expr: Basic, world: Instance, at: dict) -> float:
    values = each(expr, world, at)
    if not values:
        raise Nothing
    match expr:
        case SetMax():
            return max(values)
        case SetMin():
            return min(values)
        case LogSumExp():
            return math.log(math.fsum(map(math.exp, values)))
        case Oscillation():
            return max(values) - min(values)
        case Diameter():
            return max(apart(x, y) for x, y in product(values, values))
    raise TypeError(expr)


def act(expr: Apply, world: Instance, at: dict) -> tuple:
    if not expr.is_primitive:
        return slow(expr.unfold(), world, at)
    linear, argument = expr.args[0], slow(expr.args[1], world, at)
    flipped = isinstance(linear, Transpose)
    named: NamedMap = linear.args[0] if flipped else linear
    rows = [plain(row) for row in world.values[(named.name,)]]
    rows = list(zip(*rows, strict=True)) if flipped else rows
    return tuple(math.fsum(x * y for x, y in zip(row, argument, strict=True)) for row in rows)


def plain(value: object) -> object:
    return tuple(map(plain, value)) if isinstance(value, tuple) else float(value)
