"""Whether two sides agree at one instance, and whether a difference means anything.

A difference between generic data is a fact only if the hypotheses leave room for generic data
and if the sides are made of independent unknowns.  Order hypotheses leave room when they hold
strictly at one exact sample point; maxima are then what they are at that point.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction as Exact

from sympy import Expr, Symbol, lcm
from sympy.polys.rings import PolyElement

from derivations.language.binders import SetMax
from derivations.language.propositions import (
    AtMost,
    Empty,
    Equal,
    Exists,
    ForAll,
    Less,
    NonEmpty,
    Proposition,
)
from derivations.language.statements import Statement
from derivations.second_witness.equations import assume
from derivations.second_witness.expansion import Expansion, Waiting
from derivations.second_witness.fractions import Fraction, Numbers, Undefined, Unsupported
from derivations.second_witness.functions import rational
from derivations.second_witness.instances import Instance, Scope, parts_of
from derivations.second_witness.relevance import innermost, relevant
from derivations.second_witness.vectors import Value, transposed

_SAMPLES = 12


class Excluded(Exception):
    """The instance breaks a hypothesis whatever the data."""


class Inconclusive(Exception):
    """The sides differ, but that does not refute the statement; the text says why."""


@dataclass(frozen=True)
class Difference:
    """The two sides at an instance where they are not equal."""

    left: Expr
    right: Expr
    reason: str


@dataclass(frozen=True)
class Plan:
    """What is found out once for all instances of a statement."""

    statement: Statement
    maxima: bool
    root: int
    waiting: Waiting = field(default_factory=dict)


def plan(statement: Statement) -> Plan:
    """Look the statement over."""
    statement = relevant(statement)
    maxima = bool(parts_of((statement.left, statement.right), SetMax))
    return Plan(statement, maxima, common_denominator(statement))


def compare(plan: Plan, instance: Instance, numbers: Numbers) -> Difference | None:
    """None when the sides agree at the instance.

    Raises Excluded, Inconclusive, Unsupported, OutOfBudget, TooFewGenerators.
    """
    statement = plan.statement
    if any(instance.satisfies(one, {}) is False for one in statement.hypotheses):
        raise Excluded
    expansion = Expansion(numbers, plan.root, instance=instance, waiting=plan.waiting)
    try:
        clean = assume(expansion, statement.hypotheses, plan.maxima)
    except Undefined:
        raise Excluded from None
    orders = [
        one
        for one in statement.hypotheses
        if not isinstance(innermost(one), Equal | NonEmpty | Empty)
    ]
    try:
        orders = [one for one in orders if not (_is_closed(one) and _decided(expansion, one, {}))]
    except Undefined:
        raise Excluded from None
    found, undefined = None, ""
    try:
        found = _difference(expansion, statement)
    except Undefined as error:
        undefined = str(error)
    if found is None and not undefined:
        return None
    try:
        orders = [one for one in orders if not _decided(expansion, one, {})]
    except Undefined:
        raise Excluded from None
    if not clean:
        raise Inconclusive("an equational hypothesis could not be put in")
    if undefined and not orders:
        return Difference(Symbol("undefined"), Symbol("undefined"), undefined)
    if found is not None and not orders and _independent(expansion, found[2]):
        return Difference(expansion.show(found[0]), expansion.show(found[1]), "")
    return _at_samples(statement, expansion, orders)


def _is_closed(hypothesis: Proposition) -> bool:
    """Whether a hypothesis is one inequality, such as 2 ≤ |N|: those are cheap to try first."""
    return isinstance(hypothesis, AtMost | Less)


def common_denominator(statement: Statement) -> int:
    """One number q such that every exponential is a power of some e^{x/q}."""
    parts = (statement.left, statement.right, *statement.hypotheses)
    numbers = [one for one in parts_of(parts, Expr) if one.is_Rational]
    return int(lcm([1, *(one.q for one in numbers)]))


def _difference(expansion: Expansion, statement: Statement) -> tuple[Value, Value, Value] | None:
    left = expansion.value(statement.left, {})
    right = expansion.value(statement.right, {})
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        number = _squared_norms(expansion, expansion.numbers.subtract(left, right))
        return None if number.is_zero else (left, right, number)
    vector = expansion.minus(expansion.as_vector(left), expansion.as_vector(right))
    return (left, right, vector) if vector else None


def _squared_norms(expansion: Expansion, number: Fraction) -> Fraction:
    """‖p‖² is ⟨p, p⟩."""
    numbers = expansion.numbers
    norms = [k for k in numbers.generators_of(number.numerator) if numbers.keys[k][0] == "norm"]
    if not any(monom[k] > 1 for monom in number.numerator.monoms() for k in norms):
        return number
    result = numbers.constant(0)
    for monom, coefficient in number.numerator.terms():
        rest = tuple(power % 2 if k in norms else power for k, power in enumerate(monom))
        term = Fraction(numbers.ring.term_new(rest, coefficient), number.denominator)
        for k in norms:
            vector = {basis: Fraction(weight, {}) for basis, weight in numbers.keys[k][1]}
            square = expansion.inner(vector, vector) if monom[k] > 1 else numbers.constant(1)
            term = numbers.multiply(term, numbers.power(square, monom[k] // 2))
        result = numbers.add(result, term)
    return result


def _independent(expansion: Expansion, difference: Value) -> bool:
    """Whether a difference is ≠ 0 for some data: independent unknowns, but for one factor."""
    if isinstance(difference, dict):
        return any(_independent(expansion, weight) for weight in difference.values())
    unknowns = expansion.numbers.unknowns
    dependent = [
        k
        for k in expansion.numbers.generators_of(difference.numerator)
        if not unknowns[k].independent
    ]
    monoms = difference.numerator.monoms()
    return all(len({monom[k] for monom in monoms}) == 1 for k in dependent)


# ---- hypotheses that are inequalities ----------------------------------------------------------


def _decided(expansion: Expansion, hypothesis: Proposition, scope: Scope) -> bool:
    """True when the hypothesis holds for all data; raises Undefined when it holds for none."""
    if isinstance(hypothesis, ForAll):
        return all(
            [
                _decided(expansion, hypothesis.body, {**scope, hypothesis.bound: token})
                for token in expansion.instance.members(hypothesis.domain, scope)
            ]
        )
    if not isinstance(hypothesis, AtMost | Less):
        return False
    try:
        left, right = (expansion.number(side, scope) for side in hypothesis.args)
    except Unsupported:
        return False
    gap = expansion.numbers.subtract(right, left)
    if gap.is_zero:
        if isinstance(hypothesis, Less):
            raise Undefined("a hypothesis that fails")
        return True
    above, below = expansion.numbers.lowest(gap)
    if expansion.numbers.is_positive(above) and expansion.numbers.is_positive(below):
        return True
    if above.is_ground and below == 1:
        raise Undefined("a hypothesis that fails")
    return False


def _at_samples(
    statement: Statement, expansion: Expansion, orders: list[Proposition]
) -> Difference | None:
    for seed in range(_SAMPLES):
        point = _Sample(expansion.numbers, random.Random(seed))
        trial = replace(expansion, sample=point, memo={})
        try:
            if not all(_holds(trial, one, {}, point) for one in orders):
                continue
            found = _difference(trial, statement)
        except Undefined as error:
            return Difference(Symbol("undefined"), Symbol("undefined"), str(error))
        except Unsupported:
            break
        if found is not None and _independent(trial, found[2]):
            return Difference(trial.show(found[0]), trial.show(found[1]), "")
    raise Inconclusive(
        "the sides differ by norms, maxima or roots, or under hypotheses that are inequalities"
    )


def _holds(
    expansion: Expansion, hypothesis: Proposition, scope: Scope, point: Callable[[Fraction], Exact]
) -> bool:
    """Whether a hypothesis holds strictly at the sample point (or for all data)."""
    if isinstance(hypothesis, ForAll | Exists):
        each = (
            _holds(expansion, hypothesis.body, {**scope, hypothesis.bound: token}, point)
            for token in expansion.instance.members(hypothesis.domain, scope)
        )
        return all(each) if isinstance(hypothesis, ForAll) else any(each)
    if not isinstance(hypothesis, AtMost | Less):
        return expansion.instance.satisfies(hypothesis, scope) is True
    if _decided(expansion, hypothesis, scope):
        return True
    left, right = (expansion.number(side, scope) for side in hypothesis.args)
    return bool(point(left) < point(right))


@dataclass
class _Sample:
    """One exact value for every independent unknown."""

    numbers: Numbers
    chance: random.Random

    def __post_init__(self) -> None:
        self.values: dict[int, Exact] = {}

    def __call__(self, number: Fraction) -> Exact:
        below = Exact(1)
        for factor, power in number.denominator.items():
            below *= self._value(factor) ** power
        if not below:
            raise Unsupported("a sample point at which a denominator vanishes")
        return self._value(number.numerator) / below

    def _value(self, poly: PolyElement) -> Exact:
        total = Exact(0)
        for monom, coefficient in poly.terms():
            number = rational(coefficient)
            term = Exact(int(number.p), int(number.q))
            for k, power in enumerate(monom):
                if power:
                    term *= self._unknown(k) ** power
            total += term
        return total

    def _unknown(self, k: int) -> Exact:
        key = self.numbers.keys[k]
        free = key[0] in ("entry", "scalar") or (
            key[0] == "inner" and (key[2] != key[3] or key[1] != transposed(key[1]))
        )
        if not free:
            raise Unsupported("an order between numbers that are not polynomials in the data")
        if k not in self.values:
            self.values[k] = Exact(self.chance.randint(-1000, 1000), 101)
        return self.values[k]
