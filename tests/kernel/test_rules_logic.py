"""Rules of logic: cases_order, cases_empty, absurd, discharge, weaken, cite, well_defined."""

import pytest

from derivations.kernel import rules as kernel
from derivations.kernel.terms import IllFormed, IllSorted, KernelError, Term, Unproved, add, mul
from derivations.terms import div, number, sub
from tests.kernel import every_rule as k
from tests.kernel.building import (
    HALF,
    A,
    F,
    J,
    K,
    N,
    c,
    empty,
    eq,
    every,
    exp,
    f,
    fibre,
    i,
    j,
    k_,
    le,
    log,
    lt,
    maximum,
    n,
    nonempty,
    nonzero,
    norm,
    p,
    part_of,
    power,
    q,
    s,
    single,
    size,
    some,
    t,
    total,
    union,
    v,
    value,
    x,
    y,
    z,
)
from tests.kernel.cases import Accepted, Refused, accept, each, refuse

WRONG_TYPE = (TypeError, AttributeError, KernelError)
GAP = le(0, norm(sub(x, y)))


def given(proposition: Term, *others: Term) -> k.Theorem:
    return k.weaken(k.assume(proposition), others)


def gap(*hypotheses: Term) -> k.Theorem:
    return k.bound(hypotheses, "le", 0, norm(sub(x, y)))


def one_member() -> k.Theorem:
    """J ≠ ∅ ⊢ 1 ≤ |J|."""
    part = k.sum_above([], size(J), single(i))
    return k.bound([nonempty(J)], "le", 1, size(J), [(1, part)])


def logged() -> k.Theorem:
    """J ≠ ∅ ⊢ 0 < 2|J| − 1."""
    return k.bound([], "lt", 0, sub(mul(2, size(J)), 1), [(2, one_member())])


ACCEPTED = [
    Accepted("cases", "of an order",
             lambda: (gap(le(x, y), le(x, z)), gap(lt(y, x)), le(x, y)), [le(x, z)], GAP),
    Accepted("cases", "of a set",
             lambda: (gap(empty(J)), gap(nonempty(J), lt(y, z)), empty(J)), [lt(y, z)], GAP),
    Accepted("cases", "that are not those of the premises",
             lambda: (gap(le(x, y)), gap(lt(y, x)), empty(J)), [le(x, y), lt(y, x)], GAP),
    Accepted("cases_order", "both cases", lambda: (gap(le(x, y)), gap(lt(y, x)), x, y), [], GAP),
    Accepted("cases_order", "keeps what is not the case",
             lambda: (gap(le(x, y), le(x, z)), gap(lt(y, x), lt(y, z)), x, y),
             [le(x, z), lt(y, z)], GAP),
    Accepted("cases_order", "the first case strict",
             lambda: (gap(lt(x, y)), gap(lt(y, x)), x, y), [lt(x, y)], GAP),
    Accepted("cases_order", "the second case not strict",
             lambda: (gap(le(x, y)), gap(le(y, x)), x, y), [le(y, x)], GAP),
    Accepted("cases_order", "the same case twice",
             lambda: (gap(le(x, y)), gap(le(x, y)), x, y), [le(x, y)], GAP),
    Accepted("cases_order", "the cases exchanged",
             lambda: (gap(lt(y, x)), gap(le(x, y)), x, y), [lt(y, x), le(x, y)], GAP),
    Accepted("cases_order", "another pair of numbers",
             lambda: (gap(le(x, y)), gap(lt(y, x)), y, x), [le(x, y), lt(y, x)], GAP),
    Accepted("cases_order", "an index that vanishes leaves its set",
             lambda: (gap(le(s(i), 0)), gap(lt(0, s(i))), s(i), number(0)), [nonempty(J)], GAP),
    Accepted("cases_empty", "both cases", lambda: (gap(empty(J)), gap(nonempty(J)), J), [], GAP),
    Accepted("cases_empty", "keeps what is not the case",
             lambda: (gap(empty(J), empty(K)), gap(nonempty(J), nonempty(N)), J),
             [empty(K), nonempty(N)], GAP),
    Accepted("cases_empty", "another set",
             lambda: (gap(empty(J)), gap(nonempty(J)), K), [empty(J), nonempty(J)], GAP),
    Accepted("cases_empty", "the cases exchanged",
             lambda: (gap(nonempty(J)), gap(empty(J)), J), [empty(J), nonempty(J)], GAP),
    Accepted("cases_empty", "the set and a part of it",
             lambda: (gap(empty(J)), gap(nonempty(part_of(J))), J), [nonempty(part_of(J))], GAP),
    Accepted("cases_empty", "a fibre whose map and point vanish leaves both behind",
             lambda: (gap(empty(fibre(A, n))), gap(nonempty(fibre(A, n))), fibre(A, n)),
             [nonempty(N)], GAP),
    Accepted("absurd", "1 ≤ 0", lambda: (given(le(1, 0)), lt(x, x)), [le(1, 0)], lt(x, x)),
    Accepted("absurd", "x < x", lambda: (given(lt(x, x)), empty(J)), [lt(x, x)], empty(J)),
    Accepted("absurd", "e^x ≤ 0", lambda: (given(le(exp(x), 0)), eq(p, q)), [le(exp(x), 0)],
             eq(p, q)),
    Accepted("absurd", "‖p‖ < 0", lambda: (given(lt(norm(p), 0)), le(1, 0)), [lt(norm(p), 0)],
             le(1, 0)),
    Accepted("absurd", "against another hypothesis",
             lambda: (given(le(x, y), lt(y, x)), le(1, 0)), [le(x, y), lt(y, x)], le(1, 0)),
    Accepted("discharge", "one hypothesis",
             lambda: (gap(le(x, y)), k.bound([lt(x, y)], "le", x, y)), [lt(x, y)], GAP),
    Accepted("discharge", "two hypotheses, the rest kept",
             lambda: (gap(le(x, y), le(y, z), le(z, c)), k.bound([lt(x, y)], "le", x, y),
                      k.bound([eq(y, z)], "le", y, z)),
             [lt(x, y), eq(y, z), le(z, c)], GAP),
    Accepted("discharge", "a proof of something else",
             lambda: (gap(le(x, y)), k.bound([lt(y, z)], "le", y, z)), [le(x, y), lt(y, z)], GAP),
    Accepted("discharge", "a proof of a weaker claim",
             lambda: (gap(lt(x, y)), given(le(x, y))), [lt(x, y), le(x, y)], GAP),
    Accepted("discharge", "a proof that needs what it proves",
             lambda: (gap(le(x, y)), given(le(x, y))), [le(x, y)], GAP),
    Accepted("discharge", "two proofs that need each other's conclusion",
             lambda: (gap(le(x, y), lt(0, c)), k.bound([lt(0, c), lt(x, y)], "le", x, y),
                      k.bound([le(x, y)], "lt", 0, c, [(1, given(le(1, c)))])),
             [lt(0, c), lt(x, y), le(x, y), le(1, c)], GAP),
    Accepted("discharge", "no proof", lambda: (gap(le(x, y)),), [le(x, y)], GAP),
    Accepted("discharge", "an index that vanishes leaves its set",
             lambda: (gap(le(mul(0, s(i)), 1)), k.bound([], "le", mul(0, s(i)), 1)),
             [nonempty(J)], GAP),
    Accepted("weaken", "more hypotheses", lambda: (gap(), [le(x, y), nonempty(J)]),
             [le(x, y), nonempty(J)], GAP),
    Accepted("weaken", "no hypotheses", lambda: (gap(le(x, y)), []), [le(x, y)], GAP),
    Accepted("weaken", "a hypothesis twice", lambda: (gap(le(x, y)), [le(x, y), le(x, y)]),
             [le(x, y)], GAP),
    Accepted("cite", "a name", lambda: ("a lemma", gap(le(x, y))), [le(x, y)], GAP),
    Accepted("well_defined", "a quotient", lambda: (given(le(div(1, x), y), nonzero(x)),),
             [le(div(1, x), y), nonzero(x)], le(div(1, x), y)),
    Accepted("well_defined", "a log", lambda: (given(le(log(x), y), lt(0, x)),),
             [le(log(x), y), lt(0, x)], le(log(x), y)),
    Accepted("well_defined", "a max",
             lambda: (given(le(maximum(J, s), y), nonempty(J)),),
             [le(maximum(J, s), y), nonempty(J)], le(maximum(J, s), y)),
    Accepted("well_defined", "a root", lambda: (given(le(power(x, HALF), y), le(0, x)),),
             [le(power(x, HALF), y), le(0, x)], le(power(x, HALF), y)),
    Accepted("well_defined", "a quotient at each member",
             lambda: (given(every(J, lambda i: le(div(1, total(J, lambda e: exp(s(e)))), f(i)))),),
             [every(J, lambda i: le(div(1, total(J, lambda e: exp(s(e)))), f(i)))],
             every(J, lambda i: le(div(1, total(J, lambda e: exp(s(e)))), f(i)))),
    Accepted("well_defined", "a quotient at some member",
             lambda: (given(some(J, lambda i: le(maximum(J, s), f(i)))),),
             [some(J, lambda i: le(maximum(J, s), f(i)))],
             some(J, lambda i: le(maximum(J, s), f(i)))),
    Accepted("well_defined", "vectors", lambda: (given(eq(mul(div(1, x), p), q), lt(0, x)),),
             [eq(mul(div(1, x), p), q), lt(0, x)], eq(mul(div(1, x), p), q)),
    Accepted("well_defined", "with a fact",
             lambda: (given(le(log(sub(mul(2, size(J)), 1)), y), nonempty(J)), logged()),
             [le(log(sub(mul(2, size(J)), 1)), y), nonempty(J)],
             le(log(sub(mul(2, size(J)), 1)), y)),
    Accepted("well_defined", "with a fact under all of its hypotheses",
             lambda: (k.weaken(k.exp_tangent([], log(sub(mul(2, size(J)), 1))), [nonempty(J)]),
                      logged()),
             [nonempty(J)], le(add(1, log(sub(mul(2, size(J)), 1))),
                               exp(log(sub(mul(2, size(J)), 1))))),
    Accepted("well_defined", "facts about sets", lambda: (given(empty(J), nonempty(K)),),
             [empty(J), nonempty(K)], empty(J)),
]  # fmt: skip

REFUSED = [
    Refused("cases", "different conclusions",
            lambda: (gap(le(x, y)), k.bound([lt(y, x)], "le", 0, norm(sub(x, z))), le(x, y))),
    Refused("cases", "the strict case", lambda: (gap(lt(y, x)), gap(le(x, y)), lt(y, x))),
    Refused("cases", "the case with a member",
            lambda: (gap(nonempty(J)), gap(empty(J)), nonempty(J))),
    Refused("cases", "an equation", lambda: (gap(eq(x, y)), gap(eq(y, x)), eq(x, y))),
    Refused("cases", "a number", lambda: (gap(le(x, y)), gap(lt(y, x)), add(x, y))),
    Refused("cases", "no term", lambda: (gap(le(x, y)), gap(lt(y, x)), "le"), WRONG_TYPE),
    Refused("cases_order", "different conclusions",
            lambda: (gap(le(x, y)), k.bound([lt(y, x)], "le", 0, norm(sub(x, z))), x, y)),
    Refused("cases_order", "a proposition for a theorem", lambda: (GAP, gap(lt(y, x)), x, y),
            WRONG_TYPE),
    Refused("cases_order", "a float", lambda: (gap(le(x, y)), gap(lt(y, x)), x, 0.5), TypeError),
    Refused("cases_empty", "different conclusions",
            lambda: (gap(empty(J)), k.bound([nonempty(J)], "le", 0, norm(x)), J)),
    Refused("cases_empty", "a proposition for a theorem", lambda: (GAP, gap(nonempty(J)), J),
            WRONG_TYPE),
    Refused("absurd", "a true inequality", lambda: (given(le(0, 1)), le(1, 0))),
    Refused("absurd", "x ≤ x", lambda: (given(le(x, x)), le(1, 0)), missing=lt(0, number(0))),
    Refused("absurd", "0 ≤ 0", lambda: (given(le(0, 0)), le(1, 0))),
    Refused("absurd", "‖p‖ ≤ 0", lambda: (given(le(norm(p), 0)), le(1, 0)),
            missing=lt(0, norm(p))),
    Refused("absurd", "x < y", lambda: (given(lt(x, y)), le(1, 0))),
    Refused("absurd", "x ≤ y and y ≤ x", lambda: (given(le(x, y), le(y, x)), le(1, 0))),
    Refused("absurd", "a false equation", lambda: (given(eq(1, 0)), le(1, 0))),
    Refused("absurd", "0 ≠ 0", lambda: (given(nonzero(number(0))), le(1, 0))),
    Refused("absurd", "a false claim about every member",
            lambda: (given(every(J, lambda i: le(1, 0))), le(1, 0))),
    Refused("absurd", "an empty set", lambda: (given(empty(J)), le(1, 0))),
    Refused("absurd", "an inhabited set", lambda: (given(nonempty(J)), le(1, 0))),
    Refused("absurd", "an empty set and another with a member",
            lambda: (given(empty(J), nonempty(K)), le(1, 0))),
    Refused("absurd", "an inhabited set and an empty one",
            lambda: (given(nonempty(J), empty(K)), le(1, 0))),
    Refused("absurd", "an empty part of an inhabited set",
            lambda: (given(empty(part_of(J)), nonempty(J)), le(1, 0))),
    Refused("absurd", "a claim that is no proposition", lambda: (given(le(1, 0)), x), IllSorted),
    Refused("absurd", "an ill-formed claim",
            lambda: (given(le(1, 0)), nonempty(union(J, J))), IllFormed),
    Refused("discharge", "a proposition for a theorem", lambda: (gap(le(x, y)), le(x, y)),
            WRONG_TYPE),
    Refused("discharge", "a proposition to be discharged", lambda: (GAP, gap()), WRONG_TYPE),
    Refused("weaken", "a number", lambda: (gap(), [x]), IllSorted),
    Refused("weaken", "a set", lambda: (gap(), [J]), IllSorted),
    Refused("weaken", "an ill-formed proposition", lambda: (gap(), [nonempty(union(J, J))]),
            IllFormed),
    Refused("weaken", "a text", lambda: (gap(), ["1 <= 0"]), WRONG_TYPE),
    Refused("weaken", "a theorem", lambda: (gap(), [gap()]), WRONG_TYPE),
    Refused("weaken", "a proposition for the theorem", lambda: (GAP, [le(x, y)]), WRONG_TYPE),
    Refused("cite", "no name", lambda: ("", gap())),
    Refused("cite", "a number for a name", lambda: (7, gap())),
    Refused("cite", "a term for a name", lambda: (x, gap())),
    Refused("cite", "a proposition, which a name does not prove",
            lambda: ("softmax stability", le(1, 0)), WRONG_TYPE),
    Refused("cite", "hypotheses and a conclusion",
            lambda: ("softmax stability", [], le(1, 0)), WRONG_TYPE),
    Refused("well_defined", "1/x in the conclusion", lambda: (given(le(div(1, x), y)),),
            missing=nonzero(x)),
    Refused("well_defined", "1/x in a hypothesis", lambda: (gap(le(div(1, x), y)),),
            missing=nonzero(x)),
    Refused("well_defined", "1/x on the right", lambda: (gap(le(y, div(1, x))),),
            missing=nonzero(x)),
    Refused("well_defined", "0 < 1/x, which does not make itself defined",
            lambda: (gap(lt(0, div(1, x))),), missing=nonzero(x)),
    Refused("well_defined", "1/x = x, which does not either",
            lambda: (gap(eq(div(1, x), x)),), missing=nonzero(x)),
    Refused("well_defined", "1/x ≠ 0, which does not either",
            lambda: (gap(nonzero(div(1, x))),), missing=nonzero(x)),
    Refused("well_defined", "log x", lambda: (gap(le(log(x), y)),), missing=lt(0, x)),
    Refused("well_defined", "log x where x may be 0", lambda: (gap(le(log(x), y), le(0, x)),),
            missing=lt(0, x)),
    Refused("well_defined", "√x", lambda: (gap(le(power(x, HALF), y)),), missing=le(0, x)),
    Refused("well_defined", "a max", lambda: (gap(le(maximum(J, s), y)),), missing=nonempty(J)),
    Refused("well_defined", "1/0", lambda: (gap(le(div(1, 0), y)),)),
    Refused("well_defined", "1/x for every member",
            lambda: (gap(every(J, lambda i: le(div(s(i), x), y))),), missing=nonzero(x)),
    Refused("well_defined", "1/x for some member",
            lambda: (gap(some(J, lambda i: le(div(s(i), x), y))),), missing=nonzero(x)),
    Refused("well_defined", "a max over another set for every member",
            lambda: (gap(every(J, lambda i: le(maximum(K, s), f(i)))),), missing=nonempty(K)),
    Refused("well_defined", "a quotient in a sum", lambda: (gap(le(total(J, lambda i: div(1, f(i))),
            y)),)),
    Refused("well_defined", "a quotient that cancels in the other side",
            lambda: (k.assume(eq(mul(x, power(x, -1)), mul(x, power(x, -1)))),)),
    Refused("well_defined", "a quotient of vectors", lambda: (gap(eq(mul(power(x, -1), p), q)),),
            missing=nonzero(x)),
    Refused("well_defined", "without the fact",
            lambda: (given(le(log(sub(mul(2, size(J)), 1)), y), nonempty(J)),)),
    Refused("well_defined", "a fact under another hypothesis",
            lambda: (given(le(log(sub(mul(2, size(J)), 1)), y)), one_member())),
    Refused("well_defined", "a fact about another index",
            lambda: (given(le(log(x), y), le(1, x)),
                     k.bound([], "lt", mul(0, s(i)), x, [(1, given(le(1, x)))]))),
    Refused("well_defined", "a fact for a fact",
            lambda: (given(le(log(x), y)), k.assume(lt(0, x)))),
    Refused("well_defined", "a proposition", lambda: (GAP,), WRONG_TYPE),
]  # fmt: skip


@each(ACCEPTED)
def test_accepts(case: Accepted) -> None:
    accept(case)


@each(REFUSED)
def test_refuses(case: Refused) -> None:
    refuse(case)


def test_what_vanishes_leaves_its_footprint() -> None:
    """An index leaves its set, an index of a set that mentions another leaves both in order."""
    inside = Term("index", "t", fibre(A, n))
    lemma = k.bound([], "le", mul(0, s(inside)), 1)
    left = k.discharge(gap(le(mul(0, s(inside)), 1)), lemma)
    assert left.hypotheses == {nonempty(fibre(A, n))}
    again = k.discharge(gap(nonempty(fibre(A, n))), k.assume(nonempty(fibre(A, n))))
    assert again.hypotheses == {nonempty(fibre(A, n))}
    member_value = k.discharge(gap(le(mul(0, s(value(A, t))), 1)),
                               k.bound([], "le", mul(0, s(value(A, t))), 1))  # fmt: skip
    assert member_value.hypotheses == {nonempty(F), every(F, lambda t: nonempty(N))}


def test_what_is_known_anyway_leaves_nothing() -> None:
    for known in (nonempty(J), le(f(j), 0), nonempty(part_of(J))):
        lemma = k.bound([], "le", mul(0, s(i)), 1)
        left = k.discharge(gap(le(mul(0, s(i)), 1), known), lemma)
        assert left.hypotheses == {known}
    for unknown in (empty(J), nonempty(K), le(f(k_), 0)):
        lemma = k.bound([], "le", mul(0, s(i)), 1)
        left = k.discharge(gap(le(mul(0, s(i)), 1), unknown), lemma)
        assert left.hypotheses == {unknown, nonempty(J)}


def test_a_map_that_vanishes_must_have_existed() -> None:
    """A map F → N says that N has a member if F has; from an empty F there always is one."""
    lemma = k.bound([], "le", mul(0, total(fibre(A, n), s)), 1)
    seen = gap(le(mul(0, total(fibre(A, n), s)), 1))
    assert k.discharge(seen, lemma).hypotheses == {nonempty(N)}
    ranged = total(Term("range", A), s)
    lemma = k.bound([], "le", mul(0, ranged), 1)
    assert k.discharge(gap(le(mul(0, ranged), 1)), lemma).hypotheses == {
        every(F, lambda t: nonempty(N))
    }
    for known in (nonempty(N), empty(F), le(f(n), 0)):
        lemma = k.bound([], "le", mul(0, ranged), 1)
        left = k.discharge(gap(le(mul(0, ranged), 1), known), lemma)
        assert left.hypotheses == {known}
    for unknown in (empty(N), nonempty(F), nonempty(J)):
        left = k.discharge(gap(le(mul(0, ranged), 1), unknown), lemma)
        assert left.hypotheses == {unknown, every(F, lambda t: nonempty(N))}


def test_the_excess_of_a_contradiction_is_read_under_the_hypotheses() -> None:
    with pytest.raises(Unproved):
        k.absurd(k.assume(le(x, 0)), le(1, 0))
    assert k.absurd(given(le(x, 0), lt(0, x)), le(1, 0)).hypotheses == {le(x, 0), lt(0, x)}
    with pytest.raises(Unproved):
        k.absurd(given(le(x, 0), le(0, x)), le(1, 0))


def test_well_defined_sides_are_read_where_they_stand() -> None:
    """The member of a quantifier is no member outside it."""
    mean = div(total(J, s), size(J))
    k.well_defined(gap(every(J, lambda i: le(mean, f(i)))))
    for other in (le(mean, x), every(K, lambda e: le(mean, f(e)))):
        with pytest.raises(Unproved):
            k.well_defined(gap(every(J, lambda i: le(mean, f(i))), other))
        with pytest.raises(Unproved):
            k.well_defined(gap(other))
    assert k.well_defined(gap(nonempty(J), le(mean, x))).conclusion == GAP


def test_case_distinction_proves_what_neither_case_proves() -> None:
    """|x| is x or −x, and a sum over J is 0 or has a member."""
    first = k.bound([le(0, x)], "le", x, norm(x))
    second = k.bound([lt(x, 0)], "le", x, norm(x))
    assert not k.cases_order(first, second, 0, x).hypotheses
    none = k.bound([empty(J)], "le", total(J, s), mul(size(J), norm(x)))
    with pytest.raises(Unproved):
        k.bound([], "le", total(J, s), mul(size(J), norm(x)))
    assert none.hypotheses == {empty(J)}


def test_an_empty_set_with_a_member_is_a_contradiction() -> None:
    """|J| is 0 and above 0."""
    for member_ in (nonempty(J), le(s(i), 0), nonempty(part_of(J))):
        none = k.exact([empty(J)], size(J), number(0))
        one = k.bound([member_], "lt", 0, size(J))
        both = k.bound([], "lt", 0, 0, [(1, one), (1, none)])
        assert k.absurd(both, lt(x, x)).hypotheses == {empty(J), member_}
        with pytest.raises(Unproved):
            k.bound([], "lt", 0, 0, [(1, none)])
        with pytest.raises(Unproved):
            k.bound([], "lt", -1, -1, [(0, one)])


def test_vectors_have_no_order() -> None:
    with pytest.raises(KernelError):
        k.cases_order(gap(le(p, q)), gap(lt(q, p)), p, q)
    assert add(v(t), v(t)) != add(v(t))


def test_the_absurd_of_the_kernel_is_zero_below_zero() -> None:
    for claim in (le(1, 0), lt(x, x), lt(1, 0), eq(0, 1), empty(J)):
        with pytest.raises(Unproved):
            kernel.absurd(given(claim), eq(p, q))
    assert kernel.absurd(given(lt(0, 0)), eq(p, q)).conclusion == eq(p, q)
