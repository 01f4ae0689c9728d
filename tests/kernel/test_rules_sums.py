"""Rules of sums and maxima: sum_monotone, sum_above, max_below, max_above, max_attained."""

import pytest

from derivations.kernel.terms import IllFormed, IllSorted, Term, Unproved, mul
from derivations.terms import number
from tests.kernel import every_rule as k
from tests.kernel.building import (
    A,
    F,
    J,
    K,
    N,
    W,
    empty,
    eq,
    every,
    exp,
    f,
    fibre,
    g,
    i,
    image,
    index,
    j,
    k_,
    le,
    lt,
    maximum,
    n,
    nonempty,
    part_of,
    power,
    s,
    single,
    size,
    some,
    t,
    total,
    u,
    union,
    v,
    value,
    without,
    x,
)
from tests.kernel.cases import Accepted, Refused, accept, each, refuse

SUM_J, MAX_J = total(J, lambda i: exp(s(i))), maximum(J, s)
NONNEGATIVE = every(J, lambda i: le(0, s(i)))
BELOW = every(J, lambda i: le(s(i), x))


def mean_at_i(e: Term) -> Term:
    """e^f_e s_i²/|J|, which is defined because i is in J."""
    return mul(exp(f(e)), power(s(i), 2), power(size(J), -1))


def given(proposition: Term, *others: Term) -> k.Theorem:
    return k.weaken(k.assume(proposition), others)


def part(target: Term) -> Term:
    return total(target, lambda i: exp(s(i)))


ACCEPTED = [
    Accepted("sum_monotone", "≤", lambda: (given(every(J, lambda i: le(f(i), g(i)))),),
             [every(J, lambda i: le(f(i), g(i)))], le(total(J, f), total(J, g))),
    Accepted("sum_monotone", "=", lambda: (given(every(J, lambda i: eq(f(i), g(i)))),),
             [every(J, lambda i: eq(f(i), g(i)))], eq(total(J, f), total(J, g))),
    Accepted("sum_monotone", "= of vectors", lambda: (given(every(J, lambda i: eq(u(i), v(i)))),),
             [every(J, lambda i: eq(u(i), v(i)))], eq(total(J, u), total(J, v))),
    Accepted("sum_monotone", "a constant bound", lambda: (given(BELOW),), [BELOW],
             le(total(J, s), total(J, lambda i: x))),
    Accepted("sum_above", "a single member", lambda: ([], SUM_J, single(i)), [],
             le(part(single(i)), SUM_J)),
    Accepted("sum_above", "a declared subset", lambda: ([], SUM_J, part_of(J)), [],
             le(part(part_of(J)), SUM_J)),
    Accepted("sum_above", "one side of a union", lambda: ([], part(union(F, N)), N), [],
             le(part(N), part(union(F, N)))),
    Accepted("sum_above", "a fibre", lambda: ([], part(F), fibre(A, n)), [],
             le(part(fibre(A, n)), part(F))),
    Accepted("sum_above", "the range of a map", lambda: ([], part(N), image(A)), [],
             le(part(image(A)), part(N))),
    Accepted("sum_above", "a difference", lambda: ([], SUM_J, without(J, single(i))), [],
             le(part(without(J, single(i))), SUM_J)),
    Accepted("sum_above", "the whole", lambda: ([], SUM_J, J), [], le(SUM_J, SUM_J)),
    Accepted("sum_above", "≥ 0 by hypothesis", lambda: ([NONNEGATIVE], total(J, s), single(i)),
             [NONNEGATIVE], le(total(single(i), s), total(J, s))),
    Accepted("sum_above", "a summand that is defined thanks to a free index of the sum",
             lambda: ([], total(K, mean_at_i), single(k_)), [],
             le(total(single(k_), mean_at_i), total(K, mean_at_i))),
    Accepted("sum_above", "a value of a map", lambda: ([], part(N), single(value(A, t))), [],
             le(part(single(value(A, t))), part(N))),
    Accepted("max_below", "≤", lambda: (given(BELOW, nonempty(J)),), [BELOW, nonempty(J)],
             le(MAX_J, x)),
    Accepted("max_below", "<", lambda: (given(every(J, lambda i: lt(s(i), x)), nonempty(J)),),
             [every(J, lambda i: lt(s(i), x)), nonempty(J)], lt(MAX_J, x)),
    Accepted("max_below", "a single index", lambda: (given(every(single(i), lambda e: le(s(e), x))
             ),), [every(single(i), lambda e: le(s(e), x))], le(maximum(single(i), s), x)),
    Accepted("max_below", "a set of which a member is free",
             lambda: (given(BELOW, le(f(i), 0)),), [BELOW, le(f(i), 0)], le(MAX_J, x)),
    Accepted("max_below", "a bound that is itself a sum",
             lambda: (given(every(J, lambda i: le(s(i), total(J, g))), nonempty(J)),),
             [every(J, lambda i: le(s(i), total(J, g))), nonempty(J)], le(MAX_J, total(J, g))),
    Accepted("max_above", "at a member", lambda: ([], MAX_J, i), [], le(s(i), MAX_J)),
    Accepted("max_above", "at a value of a map", lambda: ([], maximum(N, s), value(A, t)), [],
             le(s(value(A, t)), maximum(N, s))),
    Accepted("max_above", "at a winner", lambda: ([], maximum(union(F, N), s), value(W, n)), [],
             le(s(value(W, n)), maximum(union(F, N), s))),
    Accepted("max_above", "keeps its hypotheses", lambda: ([BELOW], MAX_J, i), [BELOW],
             le(s(i), MAX_J)),
    Accepted("max_attained", "a set with a member", lambda: ([nonempty(J)], MAX_J), [nonempty(J)],
             some(J, lambda w: eq(MAX_J, s(w)))),
    Accepted("max_attained", "a set of which a member is free", lambda: ([le(f(i), 0)], MAX_J),
             [le(f(i), 0)], some(J, lambda w: eq(MAX_J, s(w)))),
    Accepted("max_attained", "a set of which a member is free in the max itself",
             lambda: ([], maximum(J, lambda e: mul(s(e), s(i)))), [],
             some(J, lambda w: eq(maximum(J, lambda e: mul(s(e), s(i))), mul(s(w), s(i))))),
    Accepted("max_attained", "a group",
             lambda: ([], maximum(union(single(n), fibre(A, n)), s)), [],
             some(union(single(n), fibre(A, n)),
                  lambda w: eq(maximum(union(single(n), fibre(A, n)), s), s(w)))),
]  # fmt: skip

REFUSED = [
    Refused("sum_monotone", "a strict inequality",
            lambda: (given(every(J, lambda i: lt(f(i), g(i))), nonempty(J)),)),
    Refused("sum_monotone", "a claim of existence",
            lambda: (given(some(J, lambda i: le(f(i), g(i)))),)),
    Refused("sum_monotone", "an unquantified claim", lambda: (given(le(f(i), g(i))),)),
    Refused("sum_monotone", "two quantifiers",
            lambda: (given(every(J, lambda i: every(K, lambda e: le(f(i), g(e))))),)),
    Refused("sum_monotone", "no relation",
            lambda: (given(every(N, lambda n: nonempty(fibre(A, n)))),)),
    Refused("sum_above", "a set that is no part", lambda: ([], SUM_J, K)),
    Refused("sum_above", "a larger set", lambda: ([], part(part_of(J)), J)),
    Refused("sum_above", "a member of another set", lambda: ([], SUM_J, single(k_))),
    Refused("sum_above", "the target for the range", lambda: ([], part(image(A)), N)),
    Refused("sum_above", "another fibre",
            lambda: ([], part(fibre(A, n)), fibre(A, index("m", N)))),
    Refused("sum_above", "a union with more than the whole", lambda: ([], part(F), union(F, N))),
    Refused("sum_above", "a difference that keeps more than the whole",
            lambda: ([], part(F), without(union(F, N), part_of(N)))),
    Refused("sum_above", "a summand of unknown sign", lambda: ([], total(J, s), single(i)),
            Unproved),
    Refused("sum_above", "a summand ≥ 0 on the part only",
            lambda: ([every(part_of(J), lambda i: le(0, s(i)))], total(J, s), part_of(J))),
    Refused("sum_above", "a summand ≥ 0 at one member only",
            lambda: ([le(0, s(i))], total(J, s), single(i))),
    Refused("sum_above", "a negative summand",
            lambda: ([], total(J, lambda i: mul(-1, exp(s(i)))), single(i))),
    Refused("sum_above", "a sum of vectors", lambda: ([], total(J, u), single(i)),
            (Unproved, IllSorted)),
    Refused("sum_above", "a max", lambda: ([], maximum(J, lambda i: exp(s(i))), single(i))),
    Refused("sum_above", "a number", lambda: ([], x, single(i))),
    Refused("sum_above", "an index for the part", lambda: ([], SUM_J, i),
            (Unproved, IllSorted, TypeError)),
    Refused("sum_above", "an ill-formed part", lambda: ([], SUM_J, union(J, J)), IllFormed),
    Refused("sum_above", "an undefined summand",
            lambda: ([], total(J, lambda i: Term("power", f(i), number(-2).args[0])), single(i))),
    Refused("max_below", "a bound that depends on the index",
            lambda: (given(every(J, lambda i: le(s(i), f(i))), nonempty(J)),)),
    Refused("max_below", "a set that may be empty", lambda: (given(BELOW),),
            missing=nonempty(J)),
    Refused("max_below", "a strict bound over a set that may be empty",
            lambda: (given(every(J, lambda i: lt(s(i), x))),), missing=nonempty(J)),
    Refused("max_below", "another set has a member", lambda: (given(BELOW, nonempty(K)),)),
    Refused("max_below", "a fibre of an inhabited set",
            lambda: (given(every(fibre(A, n), lambda t: le(s(t), x)), nonempty(F)),)),
    Refused("max_below", "an equation",
            lambda: (given(every(J, lambda i: eq(s(i), x)), nonempty(J)),)),
    Refused("max_below", "a claim of existence",
            lambda: (given(some(J, lambda i: le(s(i), x)), nonempty(J)),)),
    Refused("max_below", "an unquantified claim", lambda: (given(le(s(i), x)),)),
    Refused("max_below", "two quantifiers",
            lambda: (given(every(J, lambda i: every(K, lambda e: le(s(i), x))), nonempty(J)),)),
    Refused("max_above", "an index of another set", lambda: ([], MAX_J, k_)),
    Refused("max_above", "a member of a larger set", lambda: ([], maximum(part_of(J), s), i)),
    Refused("max_above", "a winner that may be elsewhere",
            lambda: ([], maximum(F, s), value(W, n))),
    Refused("max_above", "a sum", lambda: ([], total(J, s), i)),
    Refused("max_above", "a number for the index", lambda: ([], MAX_J, x), IllSorted),
    Refused("max_above", "a hypothesis that is no proposition", lambda: ([x], MAX_J, i),
            IllSorted),
    Refused("max_attained", "a set that may be empty", lambda: ([], MAX_J),
            missing=nonempty(J)),
    Refused("max_attained", "a set that is empty", lambda: ([empty(J)], MAX_J),
            missing=nonempty(J)),
    Refused("max_attained", "a part of an inhabited set",
            lambda: ([nonempty(J)], maximum(part_of(J), s)), missing=nonempty(part_of(J))),
    Refused("max_attained", "a sum", lambda: ([nonempty(J)], total(J, s))),
    Refused("max_attained", "a hypothesis that is no proposition",
            lambda: ([J, nonempty(J)], MAX_J), IllSorted),
]  # fmt: skip


@each(ACCEPTED)
def test_accepts(case: Accepted) -> None:
    accept(case)


@each(REFUSED)
def test_refuses(case: Refused) -> None:
    refuse(case)


HERE = index("h", fibre(A, n))
INHABITED = {
    "by hypothesis": ([nonempty(J)], J),
    "a member in scope": ([le(s(i), 0)], J),
    "a single index": ([], single(i)),
    "left of a union": ([nonempty(F)], union(F, N)),
    "right of a union": ([nonempty(N)], union(F, N)),
    "the range of a map from an inhabited set": ([nonempty(F)], image(A)),
    "a set with an inhabited part": ([nonempty(part_of(J))], J),
    "the source of an inhabited fibre": ([nonempty(fibre(A, n))], F),
    "the fibre through a point": ([le(s(t), 0)], fibre(A, value(A, t))),
    "a point of a fibre": ([le(s(HERE), 0)], fibre(A, n)),
    "a difference with a member": ([le(s(index("d", without(J, single(i)))), 0)],
                                   without(J, single(i))),
}  # fmt: skip
MAYBE_EMPTY = {
    "no hypothesis": ([], J),
    "another set": ([nonempty(K)], J),
    "empty by hypothesis": ([empty(J)], J),
    "a quantified fact": ([every(J, lambda i: le(s(i), 0))], J),
    "a part of an inhabited set": ([nonempty(J)], part_of(J)),
    "a difference of an inhabited set": ([nonempty(J), le(s(i), 0)], without(J, single(i))),
    "a fibre": ([nonempty(F), nonempty(N)], fibre(A, n)),
    "a union of sets without members": ([nonempty(J)], union(F, N)),
    "the range of a map from a set without members": ([nonempty(N)], image(A)),
    "the target of a map from an empty set": ([empty(F)], N),
    "the target of a map from a set without members": ([le(total(image(A), s), 0)], N),
    "the target of a map with an empty range": ([empty(image(A))], N),
    "the target of a map from another set": ([le(total(image(A), s), 0), nonempty(J)], N),
    "a fibre of another map": ([le(s(t), 0)], fibre(Term("map", "b", F, N), value(A, t))),
    "a declared subset of a set with a free member": ([le(s(i), 0)], part_of(J)),
}


@pytest.mark.parametrize("name", INHABITED)
def test_sets_that_are_known_to_have_a_member(name: str) -> None:
    hypotheses, target = INHABITED[name]
    k.max_attained(hypotheses, maximum(target, s))
    if target.op == "difference":
        return  # its sum is written |J| − 1, and no member is left in sight
    one = k.bound(hypotheses, "lt", 0, size(target))
    assert one.conclusion == lt(0, size(target))


@pytest.mark.parametrize("name", MAYBE_EMPTY)
def test_sets_that_may_be_empty(name: str) -> None:
    hypotheses, target = MAYBE_EMPTY[name]
    with pytest.raises(Unproved):
        k.max_attained(hypotheses, maximum(target, s))
    for kind, low in (("le", number(1)), ("lt", number(0))):
        with pytest.raises(Unproved):
            k.bound(hypotheses, kind, low, size(target))
    with pytest.raises(Unproved):
        k.bound(hypotheses, "lt", 0, part(target))


EMPTY = {
    "by hypothesis": ([empty(J)], J),
    "a part of an empty set": ([empty(J)], part_of(J)),
    "a difference of an empty set": ([empty(J)], without(J, part_of(J))),
    "a fibre of a map from an empty set": ([empty(F)], fibre(A, n)),
    "the range of a map from an empty set": ([empty(F)], image(A)),
    "a union of empty sets": ([empty(F), empty(N)], union(F, N)),
}
NOT_EMPTY = {
    "no hypothesis": ([], J),
    "another set": ([empty(K)], J),
    "the whole of an empty part": ([empty(part_of(J))], J),
    "a union with one empty side": ([empty(F)], union(F, N)),
    "the other side": ([empty(N)], union(F, N)),
    "the source of a map to an empty range": ([empty(fibre(A, n))], F),
    "the target of a map from an empty set": ([empty(F)], N),
    "a hypothesis about members": ([every(J, lambda i: lt(1, 0))], J),
    "a set with a member": ([nonempty(J)], J),
}


@pytest.mark.parametrize("name", EMPTY)
def test_sums_over_empty_sets_are_zero(name: str) -> None:
    hypotheses, target = EMPTY[name]
    k.exact(hypotheses, total(target, s), number(0))
    k.exact(hypotheses, total(target, u), Term("zero"))


@pytest.mark.parametrize("name", NOT_EMPTY)
def test_sums_over_other_sets_are_not(name: str) -> None:
    hypotheses, target = NOT_EMPTY[name]
    with pytest.raises(Unproved):
        k.exact(hypotheses, total(target, s), number(0))


def test_a_sum_over_a_part_says_nothing_about_a_bound_index() -> None:
    """f ≥ 0 must hold at every index of the whole, under the name it has there."""
    double = total(J, lambda i: total(K, lambda e: mul(exp(s(i)), f(e))))
    with pytest.raises(Unproved):
        k.sum_above([every(K, lambda e: le(0, f(e)))], double, K)
    k.sum_above([every(K, lambda e: le(0, f(e)))], double, part_of(J))
    with pytest.raises(Unproved):
        k.sum_above([every(J, lambda e: le(0, f(e)))], double, part_of(J))


def test_a_part_with_an_index_that_vanishes() -> None:
    """Σ over {i} ⊆ J mentions i, so nothing is left behind; dropping the part leaves J ≠ ∅."""
    above = k.sum_above([], SUM_J, single(i))
    assert not above.hypotheses
    positive = k.bound([], "lt", 0, SUM_J, [(1, above)])
    assert positive.hypotheses == {nonempty(J)}


def test_the_limit_of_a_max_may_mention_an_outer_index() -> None:
    nested = every(K, lambda e: le(mul(s(e), f(j)), g(j)))
    limit = k.max_below(given(nested, nonempty(K)))
    assert limit.conclusion == le(maximum(K, lambda e: mul(s(e), f(j))), g(j))
    with pytest.raises(Unproved):
        k.generalize(j, limit)
