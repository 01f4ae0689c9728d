"""Lines joined into one theorem."""

import pytest

from derivations.kernel.rules import assume, exact
from derivations.kernel.terms import KernelError, Term, add
from derivations.search import joining
from derivations.search.build import eq, le, norm
from derivations.terms import child, neg, number

x, y, z = (Term("scalar", name) for name in "xyz")
u, v, w = (Term("vector", name) for name in "uvw")
b, c = Term("scalar", "b"), Term("scalar", "c")


@pytest.mark.parametrize("three", [(x, y, z), (u, v, w)], ids=["numbers", "vectors"])
def test_equations(three) -> None:
    first, second, third = three
    joined = joining.equal_lines(assume(eq(first, second)), assume(eq(second, third)))
    assert joined.conclusion == eq(first, third)
    assert joined.hypotheses == {eq(first, second), eq(second, third)}


@pytest.mark.parametrize("one", [eq, le])
@pytest.mark.parametrize("other", [eq, le])
def test_bounds_and_equations(one, other) -> None:
    joined = joining.ordered_lines(assume(one(x, y)), assume(other(y, z)))
    assert joined.conclusion == le(x, z)
    assert joined.hypotheses == {one(x, y), other(y, z)}


@pytest.mark.parametrize("two", [(x, y), (u, v)], ids=["numbers", "vectors"])
def test_an_equation_turned_round(two) -> None:
    first, second = two
    turned = joining.turned(assume(eq(first, second)))
    assert turned.conclusion == eq(second, first)
    assert turned.hypotheses == {eq(first, second)}


def test_a_bound_is_not_turned_round() -> None:
    theorem = assume(le(x, y))
    assert joining.turned(theorem) is theorem


def test_an_equation_is_an_approximation_within_0() -> None:
    near = joining.equal_is_near(assume(eq(u, v)))
    assert near.conclusion == le(norm(add(u, neg(v))), number(0))


@pytest.mark.parametrize("three", [(x, y, z), (u, v, w)], ids=["numbers", "vectors"])
def test_approximations_add_up(three) -> None:
    first, second, third = three
    lines = [
        assume(le(joining.apart(first, second), b)),
        assume(le(joining.apart(second, third), c)),
    ]
    joined = joining.near_lines(first, second, third, *lines)
    assert joined.conclusion == le(joining.apart(first, third), add(b, c))
    assert joined.hypotheses == {one.conclusion for one in lines}


def test_the_same_cost_written_differently() -> None:
    theorem = assume(le(norm(u), add(b, c)))
    other = add(c, b, c, neg(c))
    assert joining.same_cost(theorem, other).conclusion == le(norm(u), other)
    assert joining.same_cost(theorem, child(theorem.conclusion, 1)) is theorem


def test_another_cost_is_refused() -> None:
    with pytest.raises(KernelError):
        joining.same_cost(assume(le(norm(u), b)), c)


def test_lines_that_do_not_meet_leave_a_gap() -> None:
    joined = joining.equal_lines(assume(eq(x, y)), exact(frozenset(), z, z))
    assert eq(y, z) in joined.hypotheses
