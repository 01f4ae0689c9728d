"""What one instance shows about a statement, decided in balls of growing precision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import inf, isfinite
from typing import Any

from derivations.counterexamples.arithmetic import (
    Balls,
    NeedsPrecision,
    Number,
    Undefined,
    number_text,
    precision,
)
from derivations.counterexamples.evaluate import Compiled, every, violation
from derivations.counterexamples.instance import Instance
from derivations.counterexamples.world import World
from derivations.language.statements import Relation
from derivations.verdicts import Verdict

PRECISIONS = (64, 128, 256, 512, 1024)


class Finding(Enum):
    """What an instance shows."""

    FAILS = "every hypothesis holds and the claim fails"
    UNDEFINED = "every hypothesis holds and a side of the claim has no value"
    HOLDS = "every hypothesis holds and so does the claim"
    EXCLUDED = "a hypothesis does not hold"
    UNDECIDED = "not decided at the highest precision"


@dataclass(frozen=True)
class Judgement:
    """A finding with the values behind it.

    `left`, `right`, `budget` and `apart` (how far the sides are apart, for an approximation) are
    texts of at most six digits; `undefined` says where and why a value is missing.  `size` orders
    failures: the relative violation, then the absolute one.
    """

    finding: Finding
    left: str = ""
    right: str = ""
    budget: str = ""
    apart: str = ""
    undefined: Undefined | None = None
    size: tuple[float, float] = (0.0, 0.0)

    @property
    def verdict(self) -> Verdict:
        """The verdict that this one instance supports."""
        if self.finding is Finding.FAILS:
            return Verdict.REFUTED
        return Verdict.ILL_DEFINED if self.finding is Finding.UNDEFINED else Verdict.OPEN


def judge(compiled: Compiled, instance: Instance, start: int = 0) -> Judgement:
    """Decide what the instance shows.  Raises InstanceError if it lacks a symbol's value."""
    balls = Balls()
    for bits in PRECISIONS[start:]:
        with precision(bits):
            try:
                found = _judge_at(compiled, compiled.world(instance, balls, bits))
            except NeedsPrecision:
                continue
        if found is not None:
            return found
    return Judgement(Finding.UNDECIDED)


def _judge_at(compiled: Compiled, w: World) -> Judgement | None:
    """The judgement, or None if it needs more precision."""
    env = compiled.environment()
    try:
        satisfied = every(one.condition.holds(w, env) for one in compiled.hypotheses)
    except Undefined:
        satisfied = False
    if satisfied is False:
        return Judgement(Finding.EXCLUDED)
    if satisfied is None:
        return None
    shown: list[Any] = [None, None, None]
    missing: Undefined | None = None
    for place, side in enumerate((compiled.left, compiled.right, compiled.budget)):
        try:
            shown[place] = None if side is None else side(w, env)
        except Undefined as error:
            missing = missing or error
    left, right, budget = shown
    texts = ["undefined" if one is None else value_text(one) for one in (left, right)]
    allowed = "" if budget is None else value_text(budget)
    if missing is not None:
        return Judgement(Finding.UNDEFINED, texts[0], texts[1], allowed, undefined=missing)
    over, under = violation(compiled.statement.relation, w, left, right, budget)
    holds = w.arithmetic.at_most(over, under)
    if holds is None:
        return None
    finding = Finding.HOLDS if holds else Finding.FAILS
    apart = value_text(over) if compiled.statement.relation is Relation.APPROX else ""
    size = _size(compiled, over, under, left, right)
    return Judgement(finding, texts[0], texts[1], allowed, apart, size=size)


def _size(
    compiled: Compiled, over: Number, under: Number, left: Any, right: Any
) -> tuple[float, float]:
    difference = _float(over) - _float(under)
    if compiled.statement.relation is Relation.EQUAL:
        scale = max(_magnitude(left), _magnitude(right))
    else:
        scale = max(abs(_float(over)), abs(_float(under)))
    if not isfinite(difference) or not isfinite(scale):
        return (1.0, inf)
    return (round(difference / scale, 9) if scale else 0.0, difference)


def _magnitude(value: Any) -> float:
    return max(map(_magnitude, value)) if isinstance(value, tuple) else abs(_float(value))


def _float(value: Number) -> float:
    try:
        return int(value.p) / int(value.q) if hasattr(value, "q") else float(value.mid())
    except OverflowError:
        return inf


def value_text(value: Any) -> str:
    """A number to six digits, or a vector of them."""
    if isinstance(value, tuple):
        if len(value) == 1:
            return number_text(value[0])
        return "(" + ", ".join(map(number_text, value)) + ")"
    return number_text(value)
