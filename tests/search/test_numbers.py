"""Roots and logarithms of numbers, taken apart into primes."""

from fractions import Fraction

import pytest

from derivations.kernel.rules import Theorem, exact, well_defined
from derivations.kernel.terms import Term, Unproved, add, mul
from derivations.proof_files import verify
from derivations.search.derived_rules import weaken
from derivations.search.library import Library
from derivations.search.prover import Prover
from derivations.terms import neg, number
from tests.kernel.building import HALF, eq, le, log, p, power, x, y


def sqrt(term: Term) -> Term:
    return power(term, HALF)


EQUAL = {
    "log of numbers": ([], log(number(HALF)), neg(log(number(2)))),
    "√4": ([], sqrt(number(4)), number(2)),
    "√8": ([], sqrt(number(8)), mul(2, sqrt(number(2)))),
    "1/√4": ([], power(number(4), -HALF), number(HALF)),
    "the root of a multiple": ([le(0, add(x, y))], sqrt(add(mul(4, x), mul(4, y))),
                               mul(2, sqrt(add(x, y)))),
    "log 12": ([], log(number(12)), add(mul(2, log(number(2))), log(number(3)))),
    "log of a fraction": ([], log(number(Fraction(2, 9))),
                          add(log(number(2)), mul(-2, log(number(3))))),
    "two logs": ([], add(log(number(4)), log(number(8))), mul(5, log(number(2)))),
    "a root and a log": ([], mul(sqrt(number(8)), log(number(9))),
                         mul(4, sqrt(number(2)), log(number(3)))),
    "√(1/2)": ([], sqrt(number(HALF)), mul(HALF, sqrt(number(2)))),
    "the cube root of 8": ([], power(number(8), Fraction(1, 3)), number(2)),
    "a root times a vector": ([], mul(sqrt(number(4)), p), mul(2, p)),
    "a large prime is left whole": ([], log(number(2 * 1_000_003)),
                                    add(log(number(2)), log(number(1_000_003)))),
}  # fmt: skip
DIFFERENT = {
    "√8": ([], sqrt(number(8)), mul(4, sqrt(number(2)))),
    "log 6": ([], log(number(6)), add(log(number(2)), log(number(2)))),
    "log 5": ([], log(number(5)), mul(2, log(number(2)))),
}


def prove(hypotheses: list[Term], left: Term, right: Term, op: str = "eq") -> Theorem:
    goal = Term(op, left, right)
    return Prover(Library(())).under_equations(frozenset(hypotheses), goal)


@pytest.mark.parametrize("name", EQUAL)
def test_equations_that_hold(name: str) -> None:
    hypotheses, left, right = EQUAL[name]
    theorem = prove(hypotheses, left, right)
    assert theorem.conclusion == eq(left, right)
    verify(well_defined(weaken(theorem, hypotheses)))
    with pytest.raises(Unproved):
        exact(hypotheses, left, right)


@pytest.mark.parametrize("name", DIFFERENT)
def test_equations_that_do_not(name: str) -> None:
    with pytest.raises(Unproved):
        prove(*DIFFERENT[name])


def test_inequalities_too() -> None:
    theorem = prove([], log(number(4)), add(mul(2, log(number(2))), 1), "le")
    assert theorem.conclusion == le(log(number(4)), add(mul(2, log(number(2))), 1))
