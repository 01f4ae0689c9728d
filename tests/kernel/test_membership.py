"""Members and parts that a careless reading of a set would give, and what they would prove."""

import pytest

from derivations.kernel.terms import IllFormed, Term, Unproved
from tests.kernel import every_rule as k
from tests.kernel.building import (
    A,
    F,
    J,
    K,
    N,
    exp,
    i,
    index,
    j,
    le,
    maximum,
    n,
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
