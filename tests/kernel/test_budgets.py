"""Size limits: what is too large is refused soon, and never worked on without end."""

import time
from collections.abc import Callable

import pytest

from derivations.kernel.terms import Term, Unproved, add, mul
from derivations.terms import div, number, power
from tests.kernel import every_rule as k
from tests.kernel.building import HALF, exp, le, log, x, y

SECONDS = 5


def scalars(name: str, count: int) -> list[Term]:
    return [Term("scalar", f"{name}{n}") for n in range(count)]


def pairs(count: int) -> list[tuple[Term, Term]]:
    return list(zip(scalars("x", count), scalars("y", count), strict=True))


TOO_LARGE: dict[str, Callable[[], Term]] = {
    "a power of a sum": lambda: power(add(x, y), 65),
    "a large exponent": lambda: power(add(x, y), 100_000),
    "a large negative exponent": lambda: power(add(1, exp(x)), -100_000),
    "a large power of a number": lambda: power(number(3), 10**9),
    "a large negative power of a number": lambda: power(number(3), -(10**9)),
    "a large root of a number": lambda: power(number(3), (10**9 + 1) * HALF),
    "exp of a large log": lambda: exp(mul(10**9, log(number(3)))),
    "a power of a large number": lambda: power(number(3**200), 10**4),
}
GROWING: dict[str, Callable[[], Term]] = {
    "many different denominators": lambda: add(
        *(
            div(1, add(exp(a), exp(b)))
            for a, b in zip(scalars("x", 12), scalars("y", 12), strict=True)
        )
    ),
    "a product of many sums": lambda: mul(*(add(a, b) for a, b in pairs(20))),
}


def refused_soon(term: Term) -> None:
    start = time.process_time()
    with pytest.raises(Unproved):
        k.exact([], mul(term, add(x, 1)), mul(term, add(x, 2)))
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large_is_refused_at_once(name: str) -> None:
    refused_soon(TOO_LARGE[name]())


@pytest.mark.parametrize("name", GROWING)
def test_what_grows_too_large_is_given_up(name: str) -> None:
    refused_soon(GROWING[name]())


def test_what_is_large_but_not_too_large_is_done() -> None:
    """The limits are no excuse for small things."""
    k.exact([], power(add(x, y), 12), mul(power(add(x, y), 5), power(add(x, y), 7)))
    k.exact([], power(number(2), 1000), mul(power(number(2), 400), power(number(2), 600)))
    parts = [div(1, add(1, exp(a))) for a in scalars("x", 4)]
    k.exact([], mul(add(*parts), add(1, exp(x))), add(*(mul(add(1, exp(x)), p) for p in parts)))


def test_hypotheses_by_the_hundred_are_read() -> None:
    """Many hypotheses cost time, not correctness."""
    given = [le(a, b) for a, b in pairs(60)]
    start = time.process_time()
    k.bound(given, "le", Term("scalar", "x7"), Term("scalar", "y7"))
    with pytest.raises(Unproved):
        k.bound(given, "le", Term("scalar", "x7"), Term("scalar", "y8"))
    assert time.process_time() - start < SECONDS
