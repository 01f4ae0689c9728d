"""Sums of fractions with many distinct denominators: proved, or given up in good time."""

import time
from functools import reduce
from operator import add, mul
from typing import Any

import pytest
from sympy import Expr

from derivations import Verdict, check, exp, scalar
from tests.benchmarks.conftest import Compare

pytestmark = pytest.mark.benchmark(timer=time.process_time)


def fractions(count: int) -> Expr:
    """Σ 1/(1 + exp(x_n)), with `count` distinct denominators."""
    return reduce(add, (1 / (1 + exp(scalar(f"x_{n}"))) for n in range(count)))


def complements(count: int) -> Expr:
    """The same as Σ (1 − exp(x_n)/(1 + exp(x_n)))."""
    parts = (exp(scalar(f"x_{n}")) / (1 + exp(scalar(f"x_{n}"))) for n in range(count))
    return count - reduce(add, parts)


def one_fraction(count: int) -> Expr:
    """The same over the product of all denominators."""
    bottoms = [1 + exp(scalar(f"x_{n}")) for n in range(count)]
    tops = (
        reduce(mul, (one for n, one in enumerate(bottoms) if n != left_out))
        for left_out in range(count)
    )
    return reduce(add, tops) / reduce(mul, bottoms)


@pytest.mark.parametrize("count", [6, 8, 10, 12])
def test_distinct_denominators(benchmark: Any, compare: Compare, count: int) -> None:
    sides = fractions(count), "=", complements(count)
    outcome = benchmark.pedantic(check, sides, {"time_limit": 20}, rounds=3)
    assert outcome.verdict in (Verdict.PROVED, Verdict.OPEN)
    compare(f"{count} distinct denominators: {outcome.verdict.value}")


@pytest.mark.parametrize("other_side", [complements, one_fraction], ids=lambda side: side.__name__)
def test_fourteen_denominators_do_not_hang(other_side: Any) -> None:
    limit = 60.0
    began = time.perf_counter()
    outcome = check(fractions(14), "=", other_side(14), time_limit=limit)
    assert time.perf_counter() - began < limit
    assert outcome.verdict in (Verdict.PROVED, Verdict.OPEN)
    if outcome.verdict is Verdict.OPEN:
        assert "term budget exceeded" in outcome.reason


def test_a_wrong_sum_of_fourteen_fractions_is_refuted() -> None:
    outcome = check(fractions(14), "=", complements(14) + 1, time_limit=20.0)
    assert outcome.verdict is Verdict.REFUTED
