"""instantiate: terms for the symbols of a theorem, without capture and for free symbols only."""

import pytest

from derivations.kernel.terms import IllFormed, IllSorted, KernelError, Term, Unproved, add, mul
from tests.kernel import every_rule as k
from tests.kernel.building import (
    BOUND,
    ZERO,
    A,
    F,
    J,
    K,
    N,
    W,
    base,
    c,
    entry,
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
    linear,
    lt,
    maximum,
    n,
    nonempty,
    norm,
    p,
    part_of,
    q,
    s,
    single,
    size,
    t,
    total,
    u,
    union,
    v,
    value,
    without,
    x,
    y,
)
from tests.kernel.cases import Accepted, Refused, accept, each, refuse

FG = union(F, N)
INSIDE = index("t", fibre(A, n))
SUM = k.exp_tangent([], total(J, s))


def tangent(term: Term) -> k.Theorem:
    return k.exp_tangent([], term)


def below(term: Term) -> Term:
    return le(add(1, term), exp(term))


def two(name: str, first: Term, second: Term) -> Term:
    return Term("entry", name, first, second)


def kernel(first: Term, second: Term) -> Term:
    return mul(f(first), g(second))


ACCEPTED = [
    Accepted("instantiate", "a scalar", lambda: (tangent(x), [(x, y)]), [], below(y)),
    Accepted("instantiate", "nothing", lambda: (tangent(x), []), [], below(x)),
    Accepted("instantiate", "a symbol that does not occur", lambda: (tangent(x), [(y, c)]), [],
             below(x)),
    Accepted("instantiate", "in the hypotheses too",
             lambda: (k.bound([lt(x, y)], "le", x, y), [(x, c)]), [lt(c, y)], le(c, y)),
    Accepted("instantiate", "two scalars at once, exchanged",
             lambda: (k.bound([lt(x, y)], "le", x, y), [(x, y), (y, x)]), [lt(y, x)], le(y, x)),
    Accepted("instantiate", "a scalar by a term with a free index",
             lambda: (tangent(x), [(x, s(i))]), [], below(s(i))),
    Accepted("instantiate", "a scalar under a binder by a free index of the same set",
             lambda: (tangent(total(J, lambda e: mul(x, s(e)))), [(x, f(i))]), [],
             below(total(J, lambda e: mul(f(i), s(e))))),
    Accepted("instantiate", "a vector",
             lambda: (k.triangle([], add(p, q)), [(p, linear(q))]), [],
             le(norm(add(linear(q), q)), add(norm(linear(q)), norm(q)))),
    Accepted("instantiate", "a base set", lambda: (SUM, [(J, FG)]), [], below(total(FG, s))),
    Accepted("instantiate", "the set of a free index", lambda: (tangent(s(i)), [(J, K)]), [],
             below(s(index("i", K)))),
    Accepted("instantiate", "the parent of a declared subset",
             lambda: (tangent(total(part_of(J), s)), [(J, K)]), [],
             below(total(part_of(K), s))),
    Accepted("instantiate", "a family", lambda: (tangent(s(i)), [(s(j), mul(x, f(j)))]), [],
             below(mul(x, f(i)))),
    Accepted("instantiate", "a family under a binder",
             lambda: (SUM, [(s(j), mul(f(j), f(j)))]), [],
             below(total(J, lambda e: mul(f(e), f(e))))),
    Accepted("instantiate", "a family by a sum of its own index",
             lambda: (SUM, [(s(j), total(J, lambda e: kernel(j, e)))]), [],
             below(total(J, lambda m: total(J, lambda e: kernel(m, e))))),
    Accepted("instantiate", "a family by the same family at a fixed index",
             lambda: (SUM, [(s(j), mul(s(j), s(i)))]), [],
             below(total(J, lambda e: mul(s(e), s(i))))),
    Accepted("instantiate", "a family at a value of a map",
             lambda: (tangent(s(value(A, t))), [(s(n), mul(x, f(n)))]), [],
             below(mul(x, f(value(A, t))))),
    Accepted("instantiate", "a family by a sum over the fibre of its index",
             lambda: (tangent(total(N, s)), [(s(n), total(fibre(A, n), f))]), [],
             below(total(N, lambda e: total(fibre(A, e), f)))),
    Accepted("instantiate", "a family of two indices",
             lambda: (tangent(total(J, lambda e: two("h", e, i))),
                      [(two("h", j, i), kernel(j, i))]), [],
             below(total(J, lambda e: kernel(e, i)))),
    Accepted("instantiate", "the indices of a family exchanged",
             lambda: (tangent(two("h", i, j)), [(two("h", j, i), two("h", i, j))]), [],
             below(two("h", j, i))),
    Accepted("instantiate", "a family of the same name with more indices is another",
             lambda: (tangent(mul(two("s", i, j), s(i))), [(s(j), x)]), [],
             below(mul(two("s", i, j), x))),
    Accepted("instantiate", "a family of vectors",
             lambda: (k.triangle([], total(J, u)), [(u(j), linear(v(j)))]), [],
             le(norm(total(J, lambda e: linear(v(e)))),
                total(J, lambda e: norm(linear(v(e)))))),
    Accepted("instantiate", "numbers and vectors of one name are two families",
             lambda: (tangent(mul(s(i), norm(Term("ventry", "s", i)))), [(s(j), f(j))]), [],
             below(mul(f(i), norm(Term("ventry", "s", i))))),
    Accepted("instantiate", "a number and a vector of one name are two symbols",
             lambda: (tangent(mul(x, norm(Term("vector", "x")))), [(x, y)]), [],
             below(mul(y, norm(Term("vector", "x"))))),
    Accepted("instantiate", "a set and a number of one name are two symbols",
             lambda: (tangent(mul(Term("scalar", "J"), size(J))), [(J, K)]), [],
             below(mul(Term("scalar", "J"), size(K)))),
    Accepted("instantiate", "a set with a group of the same name is another",
             lambda: (tangent(mul(size(base("J", "tokens")), size(J))), [(J, K)]), [],
             below(mul(size(base("J", "tokens")), size(K)))),
    Accepted("instantiate", "set and family together",
             lambda: (SUM, [(J, N), (s(n), f(n))]), [], below(total(N, f))),
    Accepted("instantiate", "an index that vanishes leaves its set",
             lambda: (tangent(s(i)), [(s(j), x)]), [nonempty(J)], below(x)),
    Accepted("instantiate", "an index that vanishes leaves the set that it has now",
             lambda: (tangent(s(i)), [(s(k_), x), (J, K)]), [nonempty(K)], below(x)),
    Accepted("instantiate", "a family by a constant",
             lambda: (tangent(total(J, s)), [(s(j), x), (J, N)]), [],
             below(total(N, lambda e: x))),
    Accepted("instantiate", "a set inside the map's source",
             lambda: (tangent(total(image(Term("map", "b", J, N)), s)), [(J, K)]), [],
             below(total(image(Term("map", "b", K, N)), s))),
]  # fmt: skip

REFUSED = [
    Refused("instantiate", "a sum", lambda: (SUM, [(total(J, s), x)])),
    Refused("instantiate", "an exponential", lambda: (tangent(x), [(exp(x), y)])),
    Refused("instantiate", "a number", lambda: (tangent(x), [(1, y)])),
    Refused("instantiate", "the zero vector", lambda: (k.triangle([], add(p, ZERO)), [(ZERO, q)])),
    Refused("instantiate", "an index", lambda: (tangent(s(i)), [(i, j)])),
    Refused("instantiate", "a map",
            lambda: (tangent(s(value(A, t))), [(A, Term("map", "b", F, N))])),
    Refused("instantiate", "a declared subset",
            lambda: (tangent(total(part_of(J), s)), [(part_of(J), J)])),
    Refused("instantiate", "a union", lambda: (tangent(total(FG, s)), [(FG, F)])),
    Refused("instantiate", "a set with declared disjointness",
            lambda: (tangent(size(FG)), [(F, J)])),
    Refused("instantiate", "a linear map",
            lambda: (k.triangle([], add(linear(p), q)), [(linear(p), p)])),
    Refused("instantiate", "a proposition",
            lambda: (k.assume(lt(x, y)), [(lt(x, y), le(1, 0))])),
    Refused("instantiate", "a symbol twice", lambda: (tangent(x), [(x, y), (x, c)])),
    Refused("instantiate", "a family twice, under different parameters",
            lambda: (tangent(s(i)), [(s(i), x), (s(j), y)])),
    Refused("instantiate", "a family at a value of a map",
            lambda: (tangent(s(value(A, t))), [(s(value(A, t)), x)])),
    Refused("instantiate", "a family at the same parameter twice",
            lambda: (tangent(two("h", i, j)), [(two("h", i, i), x)])),
    Refused("instantiate", "a scalar by a vector", lambda: (tangent(x), [(x, p)]), IllSorted),
    Refused("instantiate", "a vector by a number",
            lambda: (k.triangle([], add(p, q)), [(p, x)]), IllSorted),
    Refused("instantiate", "a family of vectors by numbers",
            lambda: (k.triangle([], total(J, u)), [(u(j), s(j))]), IllSorted),
    Refused("instantiate", "a set by a number", lambda: (SUM, [(J, x)]), IllSorted),
    Refused("instantiate", "a set by an index", lambda: (SUM, [(J, i)]), IllSorted),
    Refused("instantiate", "a scalar by a proposition", lambda: (tangent(x), [(x, le(x, y))]),
            IllSorted),
    Refused("instantiate", "an index whose set mentions the parameter",
            lambda: (tangent(s(n)), [(s(n), f(INSIDE))])),
    Refused("instantiate", "a parameter over a set that mentions another parameter",
            lambda: (k.exact([], two("h", i, i), two("h", i, i)),
                     [(two("h", n, INSIDE), f(INSIDE))])),
    Refused("instantiate", "an ill-formed replacement",
            lambda: (tangent(x), [(x, total(union(J, K), s))]), IllFormed),
    Refused("instantiate", "a replacement with a bound index",
            lambda: (SUM, [(x, s(BOUND))]), IllFormed),
    Refused("instantiate", "a family at an index outside its map",
            lambda: (tangent(s(i)), [(s(t), f(value(A, t)))]), IllFormed),
    Refused("instantiate", "a set that takes a member of a map's source away",
            lambda: (tangent(s(value(Term("map", "b", J, N), index("i", J)))),
                     [(J, N), (s(n), f(value(Term("map", "b", J, N), n)))]), IllFormed),
    Refused("instantiate", "a proposition for the theorem", lambda: (le(x, y), [(x, y)]),
            (TypeError, AttributeError, KernelError)),
    Refused("instantiate", "a float", lambda: (tangent(x), [(x, 0.5)]), TypeError),
    Refused("instantiate", "a function", lambda: (tangent(s(i)), [(s(j), lambda e: x)]),
            TypeError),
    Refused("instantiate", "half a pair", lambda: (tangent(x), [(x,)]), (TypeError, ValueError)),
]  # fmt: skip


@each(ACCEPTED)
def test_accepts(case: Accepted) -> None:
    accept(case)


@each(REFUSED)
def test_refuses(case: Refused) -> None:
    refuse(case)


def test_nothing_is_captured_under_two_binders() -> None:
    """The free i of a replacement is not the bound index of either sum, nor of a quantifier."""
    nested = total(J, lambda a: total(J, lambda b: mul(x, s(a), f(b))))
    done = k.instantiate(tangent(nested), [(x, mul(g(i), g(j)))])
    assert done.conclusion == below(
        total(J, lambda a: total(J, lambda b: mul(mul(g(i), g(j)), s(a), f(b))))
    )
    general = k.generalize(i, tangent(mul(x, s(i))))
    assert k.instantiate(general, [(x, g(i))]).conclusion == every(
        J, lambda a: below(mul(g(i), s(a)))
    )
    swapped = total(J, lambda a: total(J, lambda b: two("h", a, b)))
    done = k.instantiate(tangent(swapped), [(two("h", i, j), two("h", j, i))])
    assert done.conclusion == below(total(J, lambda a: total(J, lambda b: two("h", b, a))))


def test_a_family_is_replaced_inside_its_own_arguments() -> None:
    """Sets of bound indices and arguments of maps are terms with symbols too."""
    loose = Term("map", "b", J, N)
    inner = total(fibre(loose, n), lambda e: mul(s(e), x))
    done = k.instantiate(tangent(inner), [(J, F), (x, s(n))])
    moved = Term("map", "b", F, N)
    assert done.conclusion == below(total(fibre(moved, n), lambda e: mul(s(e), s(n))))
    removed = total(without(J, single(i)), s)
    done = k.instantiate(tangent(removed), [(J, N)])
    assert done.conclusion == below(total(without(N, single(index("i", N))), s))


def test_a_dependent_target_is_replaced_under_its_binder() -> None:
    target = union(single(BOUND), fibre(A, BOUND))
    assert Term("map", "w", N, target) == W
    loose = Term("map", "w", J, single(BOUND))
    done = k.instantiate(tangent(s(value(loose, i))), [(J, K)])
    assert done.conclusion == below(s(value(Term("map", "w", K, single(BOUND)), index("i", K))))


def test_an_instance_of_a_false_hypothesis_is_only_that() -> None:
    """What the theorem assumed is assumed of the instance."""
    theorem = k.absurd(k.assume(lt(x, x)), le(1, 0))
    done = k.instantiate(theorem, [(x, s(i))])
    assert done.hypotheses == {lt(s(i), s(i))}
    with pytest.raises(Unproved):
        k.discharge(k.bound([], "le", 1, 0), done)


def test_an_instance_over_an_empty_set() -> None:
    """A theorem about J with a member stays one about the new set."""
    theorem = k.max_attained([nonempty(J)], maximum(J, s))
    done = k.instantiate(theorem, [(J, part_of(K))])
    assert done.hypotheses == {nonempty(part_of(K))}
    free = k.bound([], "lt", 0, add(size(J), mul(0, s(i))))
    done = k.instantiate(free, [(J, part_of(K))])
    assert done.conclusion.args[1] == add(size(part_of(K)), mul(0, s(index("i", part_of(K)))))
    gone = k.bound([], "lt", 0, size(J), [(1, free)])
    assert k.instantiate(gone, [(J, K)]).hypotheses == {nonempty(K)}


def test_an_equation_about_a_family_follows_its_replacement() -> None:
    same = k.generalize(i, k.exact([eq(x, y)], mul(x, s(i)), mul(y, s(i))))
    done = k.instantiate(same, [(s(j), entry("h")(j)), (J, base("L"))])
    assert done.conclusion == every(base("L"), lambda e: eq(mul(x, entry("h")(e)),
                                                            mul(y, entry("h")(e))))  # fmt: skip
    assert done.hypotheses == {eq(x, y)}
