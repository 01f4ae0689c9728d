"""Members and parts that a careless reading of a set would give, and what they would prove."""

import pytest

from derivations.kernel.terms import IllFormed, Term, Unproved, mul
from derivations.terms import number, sub
from tests.kernel import every_rule as k
from tests.kernel.building import (
    A,
    F,
    J,
    K,
    N,
    exp,
    fibre,
    i,
    index,
    j,
    le,
    maximum,
    n,
    part_of,
    power,
    s,
    single,
    size,
    t,
    total,
    union,
    value,
    without,
    x,
)

FN = union(F, N)
OTHERS = without(F, single(t))


def weight(e: Term) -> Term:
    return exp(s(e))


def test_what_was_not_taken_away_need_not_have_been_there() -> None:
    """n is not t, but it is no member of F∖t either: s_n ≤ max_{F∖t} s is false."""
    assert k.max_above([], maximum(without(FN, single(t)), s), n).conclusion.op == "le"
    for at in (n, value(A, t)):
        with pytest.raises(Unproved):
            k.max_above([], maximum(OTHERS, s), at)


def test_a_set_apart_from_what_is_taken_away_is_no_part_of_the_rest() -> None:
    """N shares nothing with {t}, and is no part of F∖t: Σ_N e^s ≤ Σ_{F∖t} e^s is false."""
    assert k.sum_above([], total(without(FN, single(t)), weight), N).conclusion.op == "le"
    for part in (N, single(n), single(value(A, t))):
        with pytest.raises(Unproved):
            k.sum_above([], total(OTHERS, weight), part)


def test_two_bound_indices_of_one_set_are_not_the_same_index() -> None:
    """{i} ⊔ J∖j is a union for j = i only; taken for one, it would have |J| members for all."""
    k.assume(le(total(J, lambda e: size(union(single(e), without(J, single(e))))), x))
    for wrong in (
        total(J, lambda e: total(J, lambda o: size(union(single(e), without(J, single(o)))))),
        total(J, lambda e: total(J, lambda o: size(union(single(o), without(J, single(e)))))),
        total(J, lambda e: total(K, lambda _: maximum(J, lambda o: size(union(
            single(e), without(J, single(o))))))),
    ):  # fmt: skip
        with pytest.raises(IllFormed):
            k.assume(le(wrong, x))
    with pytest.raises(IllFormed):
        k.assume(le(size(union(single(i), without(J, single(j)))), x))


def test_a_member_taken_away_twice_is_not_there_the_second_time() -> None:
    """(J∖i)∖j needs j ≠ i, which nothing says of two indices of J, bound or free."""
    twice = without(without(J, single(i)), single(j))
    bound = total(J, lambda e: total(J, lambda o: size(without(without(J, single(e)), single(o)))))
    for wrong in (size(twice), bound):
        with pytest.raises(IllFormed):
            k.assume(le(wrong, x))
    other = index("o", without(J, single(i)))
    right = le(size(without(without(J, single(i)), single(other))), x)
    assert k.assume(right).conclusion == right


def test_a_set_that_depends_on_an_index_is_summed_inside() -> None:
    """X = Σ_{j∈C} S_j with S_j = Σ_{t∈a⁻¹(j)} 1 is not |C| S_j for each j of C.

    Summed over t first, the j of a⁻¹(j) would be left without its binder and be taken for another.
    """
    part = part_of(N)

    def mass(point: Term) -> Term:
        return size(fibre(A, point))

    whole = total(part, mass)
    wrong = total(part, lambda e: power(sub(whole, mul(size(part), mass(e))), 2))
    right = total(part, lambda e: power(sub(whole, total(part, mass)), 2))
    assert k.exact([], right, number(0)).conclusion.op == "eq"
    with pytest.raises(Unproved):
        k.exact([], wrong, number(0))
    point = index("c", part)
    with pytest.raises(Unproved):
        k.exact([], whole, mul(size(part), mass(point)))
