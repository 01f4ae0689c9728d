"""Rules of quantifiers: generalize, specialize, exists_elim, and their freeness."""

import pytest

from derivations.kernel.terms import IllFormed, IllSorted, Term, Unproved, add, mul
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
    s,
    single,
    size,
    some,
    t,
    total,
    union,
    v,
    value,
    without,
    x,
    y,
)
from tests.kernel.cases import Accepted, Refused, accept, each, refuse

ANY_TYPE = (TypeError, AttributeError, IllSorted, Unproved)
inside = index("t", fibre(A, n))
BELOW = every(J, lambda i: le(s(i), x))
FOUND = some(J, lambda i: le(s(i), x))
LOWEST = le(mul(-1, x), maximum(J, lambda i: mul(-1, s(i))))


def tangent(at: Term) -> k.Theorem:
    """1 + s_i ≤ e^{s_i}, without hypotheses."""
    return k.exp_tangent([], s(at))


def witness(at: Term, *others: Term) -> k.Theorem:
    """s_i ≤ x, the others ⊢ s_i ≤ x + 1."""
    return k.bound(others, "le", s(at), add(x, 1), [(1, k.assume(le(s(at), x)))])


def consequence(*others: Term) -> k.Theorem:
    """s_j ≤ x, the others ⊢ −x ≤ max_J −s, which does not mention j."""
    largest = k.max_above([], LOWEST.children[1], j)
    uses = [(1, k.assume(le(s(j), x))), (1, largest)]
    return k.bound(others, "le", *LOWEST.children, uses)


ACCEPTED = [
    Accepted("generalize", "a free index", lambda: (i, tangent(i)), [],
             every(J, lambda i: le(add(1, s(i)), exp(s(i))))),
    Accepted("generalize", "an index that does not occur", lambda: (i, k.assume(le(x, y))),
             [le(x, y)], every(J, lambda i: le(x, y))),
    Accepted("generalize", "an index whose set mentions another",
             lambda: (inside, tangent(inside)), [],
             every(fibre(A, n), lambda t: le(add(1, s(t)), exp(s(t))))),
    Accepted("generalize", "one of two indices",
             lambda: (i, k.exp_tangent([], mul(s(i), s(j)))), [],
             every(J, lambda i: le(add(1, mul(s(i), s(j))), exp(mul(s(i), s(j)))))),
    Accepted("generalize", "an index in a set of the conclusion",
             lambda: (n, k.exp_tangent([], total(fibre(A, n), s))), [],
             every(N, lambda n: le(add(1, total(fibre(A, n), s)),
                                   exp(total(fibre(A, n), s))))),
    Accepted("generalize", "below another quantifier",
             lambda: (i, k.generalize(j, k.exp_tangent([], mul(s(i), f(j))))), [],
             every(J, lambda i: every(J, lambda j: le(add(1, mul(s(i), f(j))),
                                                      exp(mul(s(i), f(j))))))),
    Accepted("specialize", "at a member", lambda: (k.assume(BELOW), i), [BELOW], le(s(i), x)),
    Accepted("specialize", "at a value of a map",
             lambda: (k.assume(every(N, lambda n: le(s(n), x))), value(A, t)),
             [every(N, lambda n: le(s(n), x))], le(s(value(A, t)), x)),
    Accepted("specialize", "at a member of a part",
             lambda: (k.assume(BELOW), index("i", part_of(J))), [BELOW],
             le(s(index("i", part_of(J))), x)),
    Accepted("specialize", "the outer of two quantifiers",
             lambda: (k.assume(every(J, lambda i: every(K, lambda e: le(mul(s(i), f(e)), x)))), i),
             [every(J, lambda i: every(K, lambda e: le(mul(s(i), f(e)), x)))],
             every(K, lambda e: le(mul(s(i), f(e)), x))),
    Accepted("exists_elim", "a witness", lambda: (k.assume(FOUND), consequence(), j), [FOUND],
             LOWEST),
    Accepted("exists_elim", "keeps the other hypotheses",
             lambda: (k.assume(FOUND), consequence(lt(x, y)), j), [FOUND, lt(x, y)],
             LOWEST),
    Accepted("exists_elim", "a conclusion that did not need the witness",
             lambda: (k.assume(FOUND), k.assume(le(x, y)), j), [FOUND, le(x, y)], le(x, y)),
    Accepted("exists_elim", "J has a member if something exists there",
             lambda: (k.assume(FOUND),
                      k.bound([le(s(j), x)], "lt", 0, size(J)), j), [FOUND], lt(0, size(J))),
]  # fmt: skip

REFUSED = [
    Refused("generalize", "an index free in a hypothesis",
            lambda: (i, k.assume(le(s(i), x)))),
    Refused("generalize", "an index free in the set of a hypothesis",
            lambda: (n, k.weaken(tangent(n), [nonempty(fibre(A, n))]))),
    Refused("generalize", "an index in the set of another free index",
            lambda: (n, k.exp_tangent([], s(inside)))),
    Refused("generalize", "a value of a map", lambda: (value(A, t), tangent(value(A, t)))),
    Refused("generalize", "a bound index", lambda: (BOUND, tangent(i)), (IllFormed, Unproved)),
    Refused("generalize", "a scalar", lambda: (x, tangent(i))),
    Refused("generalize", "a set", lambda: (J, tangent(i))),
    Refused("generalize", "a name", lambda: ("i", tangent(i)), ANY_TYPE),
    Refused("generalize", "a scope's index",
            lambda: (Term("index", 0, J), tangent(i)), IllFormed),
    Refused("specialize", "at an index of another set", lambda: (k.assume(BELOW), k_)),
    Refused("specialize", "at a member of a larger set",
            lambda: (k.assume(every(part_of(J), lambda i: le(s(i), x))), i)),
    Refused("specialize", "at a value outside",
            lambda: (k.assume(every(fibre(A, n), lambda t: le(s(t), x))), t)),
    Refused("specialize", "at a winner that may be elsewhere",
            lambda: (k.assume(every(N, lambda n: le(s(n), x))), value(W, n))),
    Refused("specialize", "an existence claim", lambda: (k.assume(FOUND), i)),
    Refused("specialize", "an unquantified claim", lambda: (k.assume(le(s(i), x)), i)),
    Refused("specialize", "at a scalar", lambda: (k.assume(BELOW), x), IllSorted),
    Refused("specialize", "at a set", lambda: (k.assume(BELOW), J), IllSorted),
    Refused("specialize", "at a map outside its source",
            lambda: (k.assume(every(N, lambda n: le(s(n), x))), value(A, i)), IllFormed),
    Refused("exists_elim", "a universal claim",
            lambda: (k.assume(BELOW), consequence(), j)),
    Refused("exists_elim", "no claim of existence", lambda: (k.assume(le(x, y)), consequence(), j)),
    Refused("exists_elim", "the witness in the conclusion",
            lambda: (k.assume(FOUND), witness(j), j)),
    Refused("exists_elim", "the witness in another hypothesis",
            lambda: (k.assume(FOUND), consequence(le(f(j), y)), j)),
    Refused("exists_elim", "the witness in a hypothesis of the existence claim",
            lambda: (k.weaken(k.assume(FOUND), [le(f(j), y)]), consequence(), j)),
    Refused("exists_elim", "the witness in the existence claim",
            lambda: (k.assume(some(J, lambda i: le(mul(s(i), s(j)), x))),
                     k.assume(le(x, y)), j)),
    Refused("exists_elim", "the witness in the set of another index",
            lambda: (k.assume(some(N, lambda n: le(s(n), x))),
                     k.bound([le(s(n), x)], "le", 0, mul(0, s(inside))), n)),
    Refused("exists_elim", "an index of another set",
            lambda: (k.assume(FOUND), consequence(), k_)),
    Refused("exists_elim", "a larger set",
            lambda: (k.assume(some(part_of(J), lambda i: le(s(i), x))), consequence(), j)),
    Refused("exists_elim", "a value of a map",
            lambda: (k.assume(some(N, lambda n: le(s(n), x))), k.assume(le(x, y)), value(A, t))),
    Refused("exists_elim", "the witness in the existence claim of a max",
            lambda: (k.max_attained([], maximum(J, lambda e: mul(s(j), s(e)))),
                     k.assume(le(x, y)), j)),
    Refused("exists_elim", "a set for the witness",
            lambda: (k.assume(some(J, lambda e: le(x, y))), k.assume(le(x, y)), part_of(J))),
    Refused("exists_elim", "another hypothesis about the witness",
            lambda: (k.assume(some(J, lambda i: le(s(i), y))), consequence(), j)),
]  # fmt: skip


@each(ACCEPTED)
def test_accepts(case: Accepted) -> None:
    accept(case)


@each(REFUSED)
def test_refuses(case: Refused) -> None:
    refuse(case)


@pytest.mark.parametrize(
    "at", [i, value(A, t), index("i", without(J, single(j)))], ids=["index", "value", "difference"]
)
def test_specialize_undoes_generalize(at: Term) -> None:
    """∀ at an index is the statement at that index, under every binder and inside every set."""
    home = N if at.op == "value" else J
    free = index("free", home)

    def claim(index: Term) -> k.Theorem:
        inner = total(J, lambda e: mul(s(e), f(index), total(K, lambda m: mul(f(m), s(index)))))
        return k.exp_tangent([], inner)

    general = k.generalize(free, claim(free))
    assert k.specialize(general, at).conclusion == claim(at).conclusion


def test_a_quantifier_over_an_empty_set_says_nothing() -> None:
    """∀ over ∅ is no fact about a member, and ∃ is a fact."""
    vacuous = every(J, lambda i: lt(1, 0))
    with pytest.raises(Unproved):
        k.absurd(k.assume(vacuous), le(1, 0))
    with pytest.raises(Unproved):
        k.bound([vacuous], "lt", 1, 0)
    member = k.absurd(k.specialize(k.assume(vacuous), i), empty(J))
    assert member.hypotheses == {vacuous, nonempty(J)}
    assert member.conclusion == empty(J)


def test_quantified_hypotheses_are_used_at_known_members_only() -> None:
    below = every(part_of(J), lambda i: le(s(i), 0))
    with pytest.raises(Unproved):
        k.bound([below], "le", s(i), 0)
    inner = index("i", part_of(J))
    k.bound([below], "le", s(inner), 0)
    same = every(fibre(A, n), lambda t: eq(s(t), f(n)))
    with pytest.raises(Unproved):
        k.exact([same], s(t), f(n))
    k.exact([same], s(inside), f(n))


def test_an_index_may_not_stand_for_one_of_another_dependent_set() -> None:
    """t ∈ a⁻¹(n) is not in a⁻¹(m), and a(t) is n for it."""
    other = index("m", N)
    general = k.assume(every(fibre(A, other), lambda t: le(s(t), x)))
    with pytest.raises(Unproved):
        k.specialize(general, inside)
    assert k.exact([], s(value(A, inside)), s(n)).conclusion == eq(s(value(A, inside)), s(n))


def test_disjoint_union_and_range_take_their_members() -> None:
    both = k.assume(every(union(F, N), lambda e: le(s(e), x)))
    for at in (t, n, value(A, t), value(W, n)):
        assert k.specialize(both, at).conclusion == le(s(at), x)
    ranged = k.assume(every(image(A), lambda e: le(s(e), x)))
    assert k.specialize(ranged, value(A, t)).conclusion == le(s(value(A, t)), x)
    with pytest.raises(Unproved):
        k.specialize(ranged, n)
    with pytest.raises(Unproved):
        k.specialize(both, index("h", base("H", "tokens")))


def test_vectors_and_numbers_are_quantified_alike() -> None:
    same = k.generalize(t, k.exact([], add(v(t), v(t)), mul(2, v(t))))
    assert same.conclusion == every(F, lambda t: eq(add(v(t), v(t)), mul(2, v(t))))
    assert k.specialize(same, inside).conclusion == eq(add(v(inside), v(inside)), mul(2, v(inside)))
    assert g is not f
