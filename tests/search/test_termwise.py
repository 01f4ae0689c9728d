"""Sums whose summands have denominators of their own, and division by those denominators."""

import pytest

from derivations.kernel.normal_form import context_of
from derivations.kernel.polynomial import reify
from derivations.kernel.terms import Term, Unproved, add, mul
from derivations.search.build import base, entry, eq, exp, index, nonempty, total, ventry
from derivations.search.division import reduced
from derivations.search.termwise import equal_termwise
from derivations.terms import div, sub

J = base("J")
f, s, v = entry("f"), entry("s"), ventry("v")
i = index("i", J)
NONE = frozenset[Term]()


def share(e: Term) -> Term:
    return div(exp(s(e)), add(exp(s(e)), exp(f(e))))


def test_a_sum_of_fractions_is_simplified_summand_by_summand() -> None:
    rest = total(J, lambda e: div(exp(f(e)), add(exp(s(e)), exp(f(e)))))
    goal = eq(total(J, share), sub(total(J, lambda e: add(1)), rest))
    assert equal_termwise(NONE, goal).conclusion == goal


def test_what_cancels_in_every_summand() -> None:
    """Σ P_j·(x_j/P_j) = Σ x_j, multiplied by a common factor, for numbers and vectors."""

    def mass(e: Term) -> Term:
        return add(exp(s(e)), exp(f(e)))

    common = div(1, total(J, mass))
    for family in (f, v):
        long = total(J, lambda e, x=family: mul(mass(e), div(1, mass(e)), x(e)))
        goal = eq(mul(common, long), mul(common, total(J, family)))
        assert equal_termwise(frozenset({nonempty(J)}), goal).conclusion == goal


def test_what_is_not_equal_is_not_proved() -> None:
    with pytest.raises(Unproved):
        equal_termwise(NONE, eq(total(J, share), total(J, lambda e: exp(s(e)))))
    with pytest.raises(Unproved):
        equal_termwise(NONE, eq(f(i), s(i)))


def test_division_leaves_a_remainder() -> None:
    """(x + y)/(x + y) is 1 and x/(x + y) + y/(x + y) is 1, whichever of them leads."""
    context = context_of(NONE, i)
    whole = add(share(i), div(exp(f(i)), add(exp(s(i)), exp(f(i)))))
    assert reify(reduced(context.normal_form(whole), i)) == reify(context.normal_form(add(1)))
    other = context.normal_form(div(exp(s(i)), add(1, exp(f(i)))))
    assert reduced(other, i) == other
