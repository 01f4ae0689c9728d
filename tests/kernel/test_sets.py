"""Facts about sets that follow from how they are written, as the rules see them.

`max_above` needs a member, `sum_above` a subset, and a union must join disjoint sets.  What is not
known is refused, since names alone say nothing.
"""

import pytest

from derivations.kernel.terms import IllFormed, Term, Unproved
from derivations.terms import number
from tests.kernel import every_rule as k
from tests.kernel.building import (
    BOUND,
    A,
    F,
    J,
    K,
    N,
    W,
    base,
    every,
    exp,
    fibre,
    i,
    image,
    index,
    j,
    le,
    maximum,
    n,
    nonempty,
    part_of,
    s,
    single,
    some,
    t,
    total,
    union,
    value,
    without,
)

FN = union(F, N)
H = base("H", "tokens")
B = Term("map", "b", F, N)
LONE = Term("map", "e", J, single(BOUND))
C, D = part_of(N), part_of(N, "D")
m = index("m", N)
in_c, in_rest = index("c", C), index("r", without(N, C))
in_fibre = index("t", fibre(A, n))
in_single = index("e", single(i))
FA, FM = fibre(A, n), fibre(A, m)

MEMBERS = {
    "its own set": (i, J),
    "a single index": (i, single(i)),
    "its set in a union, left": (t, FN),
    "its set in a union, right": (n, FN),
    "a union of three": (t, union(union(H, F), N)),
    "the parent of a declared subset": (in_c, N),
    "the parent's union": (in_c, FN),
    "what is left of a difference": (in_rest, N),
    "a difference written otherwise": (t, without(FN, N)),
    "a difference by a part of the rest": (t, without(FN, C)),
    "a difference by a single index": (n, without(FN, single(t))),
    "the target of a map": (value(A, t), N),
    "the range of a map": (value(A, t), image(A)),
    "the fibre through a point": (t, fibre(A, value(A, t))),
    "the source of a fibre's map": (in_fibre, F),
    "the fibre itself": (in_fibre, FA),
    "a fibre within a fibre's union": (in_fibre, union(single(n), FA)),
    "the set of the one index": (in_single, J),
    "a dependent target": (value(W, n), union(single(n), FA)),
    "a part of a dependent target": (value(W, n), FN),
    "a dependent target that is a point": (value(LONE, i), single(i)),
    "through a dependent target": (value(LONE, i), J),
    "a value at a member of a part": (value(A, in_fibre), N),
}
NO_MEMBERS = {
    "another set": (i, K),
    "another index": (i, single(j)),
    "another set of the group": (t, N),
    "a union of others": (t, union(H, N)),
    "a declared subset of its set": (n, C),
    "another declared subset": (in_c, D),
    "the other side of a difference": (in_rest, C),
    "a difference that may take it away": (n, without(N, C)),
    "a difference by an index that may be it": (n, without(N, single(m))),
    "a difference without itself": (n, without(N, single(n))),
    "a difference of another set": (n, without(FN, N)),
    "the range of a map into its set": (n, image(A)),
    "the range of another map": (value(A, t), image(B)),
    "the fibre over some point": (t, FA),
    "the fibre over a value of another map": (t, fibre(A, value(B, t))),
    "the fibre of another map": (t, fibre(B, value(A, t))),
    "the fibre over another point": (in_fibre, FM),
    "the fibre of another map over its point": (in_fibre, fibre(B, n)),
    "the fibre over another value": (t, fibre(A, value(A, index("o", F)))),
    "the source of a map for its value": (value(A, t), F),
    "one half of a dependent target": (value(W, n), FA),
    "the point of a dependent target": (value(W, n), single(n)),
    "a dependent target at another argument": (value(W, n), union(single(m), FM)),
    "the point of another argument": (value(LONE, i), single(j)),
    "a point that is not its only member": (i, single(in_single)),
}


def chosen(at: Term, home: Term) -> k.Theorem:
    return k.max_above([], maximum(home, s), at)


@pytest.mark.parametrize("name", MEMBERS)
def test_members(name: str) -> None:
    at, home = MEMBERS[name]
    assert chosen(at, home).conclusion == le(s(at), maximum(home, s))


@pytest.mark.parametrize("name", NO_MEMBERS)
def test_indices_that_need_not_be_members(name: str) -> None:
    at, home = NO_MEMBERS[name]
    with pytest.raises(Unproved):
        chosen(at, home)


SUBSETS = {
    "itself": (J, J),
    "one side of a union": (F, FN),
    "the other side of a union": (N, FN),
    "both sides of a union": (FN, union(N, F)),
    "a part of one side": (C, FN),
    "a union in a larger one": (union(F, C), FN),
    "a declared subset": (C, N),
    "a declared subset of a declared subset": (part_of(C, "E"), N),
    "a difference": (without(N, C), N),
    "what a difference leaves of a union": (without(FN, N), F),
    "the other side, when the first is removed": (without(FN, F), N),
    "a side of a union in the difference": (F, without(FN, N)),
    "a disjoint set in a difference": (F, without(FN, C)),
    "a fibre": (FA, F),
    "a range": (image(A), N),
    "a single index": (single(i), J),
    "a single value in a range": (single(value(A, t)), image(A)),
    "a single member of a fibre": (single(t), fibre(A, value(A, t))),
    "a dependent point in its set": (single(value(LONE, i)), J),
    "a single member of a part": (single(in_c), N),
}
NO_SUBSETS = {
    "another set": (J, K),
    "the whole of a part": (N, C),
    "the other declared subset": (C, D),
    "a union of one side": (FN, F),
    "a union of the other side": (FN, N),
    "the source of a fibre": (F, FA),
    "another fibre": (FA, FM),
    "a fibre of another map": (FA, fibre(B, n)),
    "the target of a range": (N, image(A)),
    "the range of another map": (image(A), image(B)),
    "the set of a single index": (J, single(i)),
    "another single index": (single(i), single(j)),
    "a single index of another set": (single(i), K),
    "a difference that takes away too little": (without(FN, C), F),
    "a difference that takes away the wrong side": (without(FN, F), F),
    "a set that a difference may cut": (N, without(N, C)),
    "a part that a difference may cut": (D, without(N, C)),
    "the part that was taken away": (C, without(N, C)),
    "the set that was taken away": (N, without(FN, N)),
}


def positive(target: Term) -> Term:
    return total(target, lambda e: exp(s(e)))


@pytest.mark.parametrize("name", SUBSETS)
def test_subsets(name: str) -> None:
    inner, outer = SUBSETS[name]
    assert k.sum_above([], positive(outer), inner).conclusion == le(
        positive(inner), positive(outer)
    )


@pytest.mark.parametrize("name", NO_SUBSETS)
def test_sets_that_need_not_be_subsets(name: str) -> None:
    inner, outer = NO_SUBSETS[name]
    with pytest.raises(Unproved):
        k.sum_above([], positive(outer), inner)


DISJOINT = {
    "two bases of a group": (F, N),
    "a part and another base": (C, F),
    "a union and a third base": (FN, H),
    "a third base and a union": (H, FN),
    "a difference and what it took away": (without(N, C), C),
    "what a difference took away and the rest": (C, without(N, C)),
    "a difference and a part of what it took away": (without(FN, N), C),
    "members of two bases": (single(t), single(n)),
    "a member of another base": (single(t), N),
    "a fibre in another base": (FA, N),
    "a range in another base": (image(A), F),
    "fibres over points of disjoint sets": (fibre(A, in_c), fibre(A, in_rest)),
    "a value and its argument": (single(value(A, t)), single(t)),
    "a member of a difference and what it took away": (single(in_rest), C),
}
OVERLAPPING = {
    "a set and itself": (J, J),
    "a base of a group and itself": (F, F),
    "sets with different names": (J, K),
    "a base without a group and one with": (base("F"), N),
    "bases of different groups": (F, base("N", "others")),
    "the same name in different groups": (F, base("F", "others")),
    "a part and its whole": (C, N),
    "a whole and its part": (N, C),
    "two parts": (C, D),
    "a union and one of its sides": (FN, N),
    "a union and the other side": (FN, F),
    "one side and the union": (F, FN),
    "two indices": (single(i), single(j)),
    "an index and itself": (single(i), single(i)),
    "an index and its set": (single(i), J),
    "two fibres": (FA, FM),
    "a fibre and itself": (FA, FA),
    "fibres of different maps over disjoint points": (fibre(A, in_c), fibre(B, in_rest)),
    "a fibre and its source": (FA, F),
    "a range and its target": (image(A), N),
    "the ranges of two maps": (image(A), image(B)),
    "a value and the target": (single(value(A, t)), N),
    "a difference and another part": (without(N, C), D),
    "a difference and its whole": (without(N, C), N),
    "a difference and a larger set than it took away": (without(FN, C), N),
    "a winner and its point": (single(value(W, n)), single(n)),
    "parts with one name of sets that may overlap": (part_of(J), part_of(K)),
}


@pytest.mark.parametrize("name", DISJOINT)
def test_disjoint_sets_have_a_union(name: str) -> None:
    left, right = DISJOINT[name]
    both = union(left, right)
    assert k.assume(nonempty(both)).conclusion == nonempty(both)


@pytest.mark.parametrize("name", OVERLAPPING)
def test_sets_that_may_overlap_have_none(name: str) -> None:
    left, right = OVERLAPPING[name]
    with pytest.raises(IllFormed):
        k.assume(nonempty(union(left, right)))


ILL_FORMED = {
    "a set without a set that is no part": without(J, K),
    "a set without a larger one": without(C, N),
    "a set without an index of another": without(N, single(t)),
    "a union's side without the other": without(F, N),
    "a map outside its source": single(value(A, n)),
    "a map at its own value": single(value(A, value(A, t))),
    "a map at a winner that may be elsewhere": single(value(A, value(W, n))),
    "a dependent map outside its source": single(value(W, t)),
    "the range of a dependent map": image(W),
    "a fibre of a dependent map": fibre(W, t),
    "a map whose target mentions an index": single(value(Term("map", "m", F, FA), t)),
    "a map whose source mentions an index": image(Term("map", "m", FA, N)),
    "a map whose target joins overlapping sets":
        single(value(Term("map", "m", J, union(single(BOUND), J)), i)),
    "an ill-formed set in a part": part_of(union(J, J)),
    "an ill-formed set in a difference": without(union(J, J), J),
    "an ill-formed set in a fibre's map": fibre(Term("map", "m", union(J, J), N), n),
    "an ill-formed set of an index": single(index("e", union(J, J))),
}  # fmt: skip


@pytest.mark.parametrize("name", ILL_FORMED)
def test_ill_formed_sets_are_refused_everywhere(name: str) -> None:
    bad = ILL_FORMED[name]
    for statement in (
        nonempty(bad),
        le(total(bad, s), 0),
        every(bad, lambda e: le(s(e), 0)),
        some(J, lambda e: nonempty(bad)),
        le(total(J, lambda e: maximum(bad, s)), 0),
    ):
        with pytest.raises(IllFormed):
            k.assume(statement)


def test_what_is_under_a_binder_is_checked_at_that_binder() -> None:
    """A bound index is a member of its own binder's set, and of no other."""
    k.assume(le(total(F, lambda e: s(value(A, e))), 0))
    k.assume(every(N, lambda e: nonempty(fibre(A, e))))
    k.assume(le(total(F, lambda e: total(fibre(A, value(A, e)), s)), 0))
    for wrong in (
        le(total(N, lambda e: s(value(A, e))), 0),
        le(total(J, lambda e: s(value(A, e))), 0),
        le(total(F, lambda o: total(N, lambda e: s(value(A, e)))), 0),
        le(total(N, lambda o: total(F, lambda e: s(value(A, o)))), 0),
        every(N, lambda e: nonempty(union(single(e), single(n)))),
        every(F, lambda e: nonempty(without(N, single(e)))),
    ):
        with pytest.raises(IllFormed):
            k.assume(wrong)
    double = le(total(F, lambda o: total(N, lambda e: s(value(A, o)))), 0)
    assert k.assume(double).conclusion == double
    split = every(F, lambda e: nonempty(union(single(e), N)))
    assert k.assume(split).conclusion == split


def test_a_sum_over_a_union_or_a_difference_splits_once_only() -> None:
    size = {name: total(target, lambda e: number(1)) for name, target in
            (("FN", FN), ("F", F), ("N", N), ("C", C), ("rest", without(N, C)))}  # fmt: skip
    for left, right in (
        (size["FN"], Term("add", size["F"], size["N"])),
        (size["N"], Term("add", size["C"], size["rest"])),
    ):
        k.exact([], left, right)
    with pytest.raises(Unproved):
        k.exact([], size["FN"], size["F"])
    with pytest.raises(Unproved):
        k.exact([], size["N"], size["rest"])
