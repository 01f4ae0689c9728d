"""Rules of algebra and norms: assume, exact, bound, monotone, reciprocal, triangles and their kin.

Every table row is one way in which a rule must answer, or must refuse.
"""

import pytest

from derivations.kernel.terms import IllFormed, IllSorted, Term, Unproved, add, mul
from derivations.terms import div, number, sub
from tests.kernel import every_rule as k
from tests.kernel.building import (
    BOUND,
    HALF,
    ZERO,
    A,
    F,
    J,
    K,
    N,
    c,
    eq,
    every,
    exp,
    f,
    fibre,
    g,
    i,
    j,
    le,
    linear,
    log,
    lt,
    n,
    nonempty,
    nonzero,
    norm,
    p,
    power,
    q,
    s,
    size,
    tanh,
    total,
    u,
    union,
    v,
    value,
    x,
    y,
    z,
)
from tests.kernel.cases import Accepted, Refused, accept, each, refuse


def given(proposition: Term) -> k.Theorem:
    return k.assume(proposition)


def sqrt(term: Term) -> Term:
    return power(term, HALF)


BELOW, STRICT, SAME = le(x, y), lt(x, y), eq(x, y)
PRODUCT = mul(x, y)  # an equation about it is a premise only, and rewrites nothing
NUMBERS = [le(0, x), le(x, y)]

ACCEPTED = [
    Accepted("assume", "an inequality", lambda: (BELOW,), [BELOW], BELOW),
    Accepted("assume", "a set with a member", lambda: (nonempty(J),), [nonempty(J)], nonempty(J)),
    Accepted("assume", "something false", lambda: (lt(1, 0),), [lt(1, 0)], lt(1, 0)),
    Accepted("exact", "without premises", lambda: ([], mul(x, y), mul(y, x)), [],
             eq(mul(x, y), mul(y, x))),
    Accepted("exact", "of vectors", lambda: ([], add(p, q), add(q, p)), [],
             eq(add(p, q), add(q, p))),
    Accepted("exact", "keeps hypotheses it did not need", lambda: ([BELOW], x, x), [BELOW],
             eq(x, x)),
    Accepted("exact", "takes over the hypotheses of its premises",
             lambda: ([lt(0, z)], mul(z, x), mul(z, y), [(z, given(SAME))]),
             [lt(0, z), SAME], eq(mul(z, x), mul(z, y))),
    Accepted("exact", "a premise backwards", lambda: ([], y, x, [(-1, given(SAME))]), [SAME],
             eq(y, x)),
    Accepted("exact", "a premise about a product, twice",
             lambda: ([], mul(2, PRODUCT), mul(2, z), [(2, given(eq(PRODUCT, z)))]),
             [eq(PRODUCT, z)], eq(mul(2, PRODUCT), mul(2, z))),
    Accepted("exact", "a vector premise times a number",
             lambda: ([], mul(x, p), mul(x, q), [(x, given(eq(p, q)))]), [eq(p, q)],
             eq(mul(x, p), mul(x, q))),
    Accepted("exact", "a number premise times a vector",
             lambda: ([], mul(x, p), mul(y, p), [(p, given(SAME))]), [SAME],
             eq(mul(x, p), mul(y, p))),
    Accepted("exact", "1/x·x = 1 once x ≠ 0", lambda: ([nonzero(x)], div(x, x), number(1)),
             [nonzero(x)], eq(div(x, x), 1)),
    Accepted("bound", "a sum of squares", lambda: ([], "le", 0, add(power(x, 2), power(y, 2))), [],
             le(0, add(power(x, 2), power(y, 2)))),
    Accepted("bound", "strict, from a positive remainder", lambda: ([], "lt", x, add(x, exp(y))),
             [], lt(x, add(x, exp(y)))),
    Accepted("bound", "strict, from a strict premise",
             lambda: ([], "lt", mul(2, x), mul(2, y), [(2, given(STRICT))]), [STRICT],
             lt(mul(2, x), mul(2, y))),
    Accepted("bound", "strict, from a premise and a positive rest",
             lambda: ([], "lt", x, add(y, 1), [(1, given(BELOW))]), [BELOW], lt(x, add(y, 1))),
    Accepted("bound", "≤ from <", lambda: ([], "le", x, y, [(1, given(STRICT))]), [STRICT],
             le(x, y)),
    Accepted("bound", "≤ from = with a negative coefficient",
             lambda: ([], "le", y, x, [(-1, given(SAME))]), [SAME], le(y, x)),
    Accepted("bound", "≤ from = with a coefficient of unknown sign",
             lambda: ([], "le", mul(z, x), mul(z, y), [(z, given(SAME))]), [SAME],
             le(mul(z, x), mul(z, y))),
    Accepted("bound", "a coefficient that is ≥ 0 by hypothesis",
             lambda: ([le(0, z)], "le", mul(z, x), mul(z, y), [(z, given(BELOW))]),
             [le(0, z), BELOW], le(mul(z, x), mul(z, y))),
    Accepted("bound", "a coefficient 0", lambda: ([], "le", x, x, [(0, given(BELOW))]), [BELOW],
             le(x, x)),
    Accepted("bound", "two premises", lambda: ([], "le", x, z, [(1, given(BELOW)),
             (1, given(le(y, z)))]), [BELOW, le(y, z)], le(x, z)),
    Accepted("bound", "an index of a premise has a set with a member",
             lambda: ([], "lt", 0, size(J), [(0, k.exp_tangent([], s(i)))]), [nonempty(J)],
             lt(0, size(J))),
    Accepted("bound", "an index of a coefficient has a set with a member",
             lambda: ([], "lt", 0, size(J), [(mul(0, s(i)), k.exact([], x, x))]), [nonempty(J)],
             lt(0, size(J))),
    Accepted("bound", "strict, a hypothesis of its own", lambda: ([STRICT], "lt", x, y), [STRICT],
             lt(x, y)),
    *(Accepted("monotone", f"{name} of ≤", lambda name=name: (name, given(BELOW)), [BELOW],
               le(Term(name, x), Term(name, y))) for name in ("exp", "tanh")),
    *(Accepted("monotone", f"{name} of <", lambda name=name: (name, given(STRICT)), [STRICT],
               lt(Term(name, x), Term(name, y))) for name in ("exp", "tanh")),
    *(Accepted("monotone", f"{name} of =", lambda name=name: (name, given(SAME)), [SAME],
               eq(Term(name, x), Term(name, y))) for name in ("exp", "tanh")),
    Accepted("monotone", "log of =", lambda: ("log", k.weaken(given(SAME), [lt(0, x)])),
             [SAME, lt(0, x)], eq(log(x), log(y))),
    Accepted("monotone", "log above 0", lambda: ("log", k.weaken(given(BELOW), [lt(0, x)])),
             [BELOW, lt(0, x)], le(log(x), log(y))),
    Accepted("monotone", "log of <, above 0", lambda: ("log", k.weaken(given(STRICT), [lt(0, x)])),
             [STRICT, lt(0, x)], lt(log(x), log(y))),
    Accepted("monotone", "sqrt from 0 on", lambda: ("sqrt", k.weaken(given(BELOW), [le(0, x)])),
             [BELOW, le(0, x)], le(sqrt(x), sqrt(y))),
    Accepted("monotone", "sqrt of <", lambda: ("sqrt", k.weaken(given(STRICT), [le(0, x)])),
             [STRICT, le(0, x)], lt(sqrt(x), sqrt(y))),
    Accepted("monotone", "sqrt of =", lambda: ("sqrt", k.weaken(given(SAME), [le(0, x)])),
             [SAME, le(0, x)], eq(sqrt(x), sqrt(y))),
    Accepted("reciprocal", "of ≤", lambda: (k.weaken(given(BELOW), [lt(0, x)]),),
             [BELOW, lt(0, x)], le(power(y, -1), power(x, -1))),
    Accepted("reciprocal", "of <", lambda: (k.weaken(given(STRICT), [lt(0, x)]),),
             [STRICT, lt(0, x)], lt(power(y, -1), power(x, -1))),
    Accepted("reciprocal", "of =", lambda: (k.weaken(given(SAME), [lt(0, x)]),),
             [SAME, lt(0, x)], eq(power(y, -1), power(x, -1))),
    Accepted("antisymmetric", "two inequalities", lambda: (given(BELOW), given(le(y, x))),
             [BELOW, le(y, x)], SAME),
    Accepted("exp_tangent", "1 + x ≤ e^x", lambda: ([], x), [], le(add(1, x), exp(x))),
    Accepted("exp_tangent", "keeps its hypotheses", lambda: ([BELOW], x), [BELOW],
             le(add(1, x), exp(x))),
    Accepted("triangle", "of two vectors", lambda: ([BELOW], add(p, q)), [BELOW],
             le(norm(add(p, q)), add(norm(p), norm(q)))),
    Accepted("triangle", "of three numbers", lambda: ([], add(x, y, z)), [],
             le(norm(add(x, y, z)), add(norm(x), norm(y), norm(z)))),
    Accepted("triangle", "of a family of vectors", lambda: ([BELOW], total(J, u)), [BELOW],
             le(norm(total(J, u)), total(J, lambda i: norm(u(i))))),
    Accepted("triangle", "of a family of numbers", lambda: ([], total(J, s)), [],
             le(norm(total(J, s)), total(J, lambda i: norm(s(i))))),
    Accepted("cauchy_schwarz", "two vectors", lambda: ([BELOW], p, q), [BELOW],
             le(Term("inner", p, q), mul(norm(p), norm(q)))),
]  # fmt: skip

REFUSED = [
    Refused("assume", "a number", lambda: (x,), IllSorted),
    Refused("assume", "a set", lambda: (J,), IllSorted),
    Refused("assume", "an inequality of vectors", lambda: (le(p, q),), IllSorted),
    Refused("assume", "a number equal to a vector", lambda: (eq(x, p),), IllSorted),
    Refused("assume", "a union of sets that may overlap", lambda: (nonempty(union(J, K)),),
            IllFormed),
    Refused("assume", "a bound index without its binder", lambda: (le(s(BOUND), 0),), IllFormed),
    Refused("assume", "a map outside its source", lambda: (le(s(value(A, n)), 0),), IllFormed),
    Refused("assume", "an index made for a scope", lambda: (le(s(Term("index", 0, J)), 0),),
            IllFormed),
    Refused("assume", "a text", lambda: ("1 <= 0",), (IllSorted, TypeError, AttributeError)),
    Refused("assume", "a float", lambda: (0.5,), TypeError),
    Refused("exact", "sides that differ", lambda: ([], x, y)),
    Refused("exact", "sides that differ by a factor", lambda: ([], mul(2, x), x)),
    Refused("exact", "vectors that differ", lambda: ([], p, q)),
    Refused("exact", "a vector and a number", lambda: ([], x, p), IllSorted),
    Refused("exact", "0 and the zero vector", lambda: ([], number(0), ZERO), IllSorted),
    Refused("exact", "sets", lambda: ([], J, J), IllSorted),
    Refused("exact", "propositions", lambda: ([], BELOW, BELOW), IllSorted),
    Refused("exact", "an inequality as a premise", lambda: ([], x, y, [(1, given(BELOW))])),
    Refused("exact", "a strict inequality as a premise", lambda: ([], x, y, [(1, given(STRICT))])),
    Refused("exact", "a premise that is no relation",
            lambda: ([], x, x, [(1, given(nonempty(J)))])),
    Refused("exact", "the wrong coefficient",
            lambda: ([], PRODUCT, z, [(2, given(eq(PRODUCT, z)))])),
    Refused("exact", "a premise with coefficient 0",
            lambda: ([], PRODUCT, z, [(0, given(eq(PRODUCT, z)))])),
    Refused("exact", "the right premise forgotten", lambda: ([], x, z, [(1, given(SAME))])),
    Refused("exact", "a vector premise for numbers", lambda: ([], x, x, [(1, given(eq(p, q)))]),
            IllSorted),
    Refused("exact", "a number premise for vectors", lambda: ([], p, p, [(1, given(SAME))]),
            IllSorted),
    Refused("exact", "a vector times a vector", lambda: ([], p, p, [(p, given(eq(p, q)))]),
            IllSorted),
    Refused("exact", "1/x·x without x ≠ 0", lambda: ([], div(x, x), number(1)),
            missing=nonzero(x)),
    Refused("exact", "1/0", lambda: ([], div(1, 0), div(1, 0)), missing=nonzero(number(0))),
    Refused("exact", "log x without 0 < x", lambda: ([], exp(log(x)), x), missing=lt(0, x)),
    Refused("exact", "log of what may be 0", lambda: ([le(0, x)], exp(log(x)), x),
            missing=lt(0, x)),
    Refused("exact", "a root without 0 ≤ x", lambda: ([], mul(sqrt(x), sqrt(x)), x),
            missing=le(0, x)),
    Refused("exact", "1/√x where x may be 0", lambda: ([le(0, x)], power(x, -HALF), power(x, -HALF))
            ),
    Refused("exact", "a max over what may be empty",
            lambda: ([], Term("max", J, s(BOUND)), Term("max", J, s(BOUND))), missing=nonempty(J)),
    Refused("exact", "an undefined coefficient",
            lambda: ([], x, x, [(power(z, -1), k.exact([], x, x))]), missing=nonzero(z)),
    Refused("exact", "a hypothesis that is no proposition", lambda: ([x], x, x), IllSorted),
    Refused("exact", "an ill-formed hypothesis", lambda: ([nonempty(union(J, J))], x, x),
            IllFormed),
    Refused("exact", "a premise that is a proposition only", lambda: ([], x, y, [(1, SAME)]),
            (TypeError, AttributeError)),
    Refused("exact", "a float coefficient", lambda: ([], x, y, [(1.0, given(SAME))]), TypeError),
    Refused("exact", "a truth value as coefficient", lambda: ([], x, y, [(True, given(SAME))]),
            TypeError),
    Refused("bound", "an equation", lambda: ([], "eq", x, x)),
    Refused("bound", "another relation", lambda: ([], "ge", x, x), TypeError),
    Refused("bound", "what is not known", lambda: ([], "le", x, y), ),
    Refused("bound", "what is false", lambda: ([], "le", 1, 0)),
    Refused("bound", "a strict inequality between equals", lambda: ([], "lt", x, x),
            missing=lt(0, number(0))),
    Refused("bound", "a strict inequality from a remainder ≥ 0",
            lambda: ([], "lt", 0, power(x, 2)), missing=lt(0, power(x, 2))),
    Refused("bound", "a strict inequality from ≤", lambda: ([], "lt", x, y, [(1, given(BELOW))])),
    Refused("bound", "a strict inequality from =", lambda: ([], "lt", x, y, [(1, given(SAME))])),
    Refused("bound", "a strict inequality from < with coefficient 0",
            lambda: ([], "lt", x, x, [(0, given(STRICT))])),
    Refused("bound", "a strict inequality from < with a coefficient ≥ 0",
            lambda: ([le(0, z)], "lt", mul(z, x), mul(z, y), [(z, given(STRICT))])),
    Refused("bound", "a negative coefficient for ≤",
            lambda: ([], "le", y, x, [(-1, given(BELOW))]), missing=le(0, number(-1))),
    Refused("bound", "a negative coefficient for <",
            lambda: ([], "le", y, x, [(-1, given(STRICT))]), missing=le(0, number(-1))),
    Refused("bound", "a coefficient of unknown sign",
            lambda: ([], "le", mul(z, x), mul(z, y), [(z, given(BELOW))]), missing=le(0, z)),
    Refused("bound", "vectors", lambda: ([], "le", p, p), IllSorted),
    Refused("bound", "a vector premise", lambda: ([], "le", x, x, [(1, given(eq(p, q)))]),
            IllSorted),
    Refused("bound", "a premise that is no relation",
            lambda: ([], "le", x, x, [(1, given(nonempty(J)))])),
    Refused("bound", "a premise under a quantifier",
            lambda: ([], "le", x, x, [(1, given(every(J, lambda i: le(s(i), 0))))])),
    Refused("bound", "a hypothesis that is no proposition", lambda: ([x], "le", x, x), IllSorted),
    Refused("bound", "the relation as a term", lambda: ([], x, x, x), TypeError),
    Refused("monotone", "log without 0 < a", lambda: ("log", given(BELOW)), missing=lt(0, x)),
    Refused("monotone", "log with 0 ≤ a only",
            lambda: ("log", k.weaken(given(BELOW), [le(0, x)])), missing=lt(0, x)),
    Refused("monotone", "log with 0 < b only",
            lambda: ("log", k.weaken(given(BELOW), [lt(0, y)])), missing=lt(0, x)),
    Refused("monotone", "log of < without 0 < a", lambda: ("log", given(STRICT)),
            missing=lt(0, x)),
    Refused("monotone", "sqrt without 0 ≤ a", lambda: ("sqrt", given(BELOW)), missing=le(0, x)),
    Refused("monotone", "sqrt with 0 ≤ b only",
            lambda: ("sqrt", k.weaken(given(BELOW), [le(0, y)])), missing=le(0, x)),
    Refused("monotone", "another function", lambda: ("norm", given(BELOW))),
    Refused("monotone", "a decreasing function", lambda: ("reciprocal", given(BELOW))),
    Refused("monotone", "exp of vectors", lambda: ("exp", given(eq(p, q))), IllSorted),
    Refused("monotone", "no relation", lambda: ("exp", given(nonempty(J)))),
    Refused("monotone", "a quantified relation",
            lambda: ("exp", given(every(J, lambda i: le(s(i), 0))))),
    Refused("reciprocal", "an unknown sign", lambda: (given(BELOW),), missing=lt(0, x)),
    Refused("reciprocal", "a smaller side that may be 0",
            lambda: (k.weaken(given(BELOW), [le(0, x)]),), missing=lt(0, x)),
    Refused("reciprocal", "only the larger side positive",
            lambda: (k.weaken(given(BELOW), [lt(0, y)]),), missing=lt(0, x)),
    Refused("reciprocal", "a negative number", lambda: (given(le(-1, y)),)),
    Refused("reciprocal", "no relation", lambda: (given(nonempty(J)),)),
    Refused("reciprocal", "vectors", lambda: (given(eq(p, q)),), (IllSorted, Unproved)),
    Refused("antisymmetric", "the same inequality twice", lambda: (given(BELOW), given(BELOW))),
    Refused("antisymmetric", "another left side", lambda: (given(BELOW), given(le(z, x)))),
    Refused("antisymmetric", "another right side", lambda: (given(BELOW), given(le(y, z)))),
    Refused("antisymmetric", "a strict first inequality",
            lambda: (given(STRICT), given(le(y, x)))),
    Refused("antisymmetric", "a strict second inequality",
            lambda: (given(BELOW), given(lt(y, x)))),
    Refused("antisymmetric", "an equation", lambda: (given(SAME), given(le(y, x)))),
    Refused("exp_tangent", "a vector", lambda: ([], p), IllSorted),
    Refused("exp_tangent", "a set", lambda: ([], J), IllSorted),
    Refused("exp_tangent", "a hypothesis that is no proposition", lambda: ([x], x), IllSorted),
    Refused("triangle", "a vector and a number", lambda: ([], add(x, p)), IllSorted),
    Refused("triangle", "a union", lambda: ([], union(F, N))),
    Refused("triangle", "a product", lambda: ([], mul(x, y))),
    Refused("triangle", "a single vector", lambda: ([], p)),
    Refused("triangle", "a max", lambda: ([], Term("max", J, s(BOUND)))),
    Refused("triangle", "a sum of sets", lambda: ([], Term("sum", J, J)), IllSorted),
    Refused("triangle", "a quantifier", lambda: ([], every(J, lambda i: le(s(i), x)))),
    Refused("triangle", "a hypothesis that is no proposition",
            lambda: ([x], total(J, u)), IllSorted),
    Refused("cauchy_schwarz", "numbers", lambda: ([], x, y), IllSorted),
    Refused("cauchy_schwarz", "a vector and a number", lambda: ([], p, y), IllSorted),
    Refused("cauchy_schwarz", "a hypothesis that is no proposition",
            lambda: ([x], p, q), IllSorted),
]  # fmt: skip


@each(ACCEPTED)
def test_accepts(case: Accepted) -> None:
    accept(case)


@each(REFUSED)
def test_refuses(case: Refused) -> None:
    refuse(case)


def test_premises_of_a_bound_may_speak_of_indices() -> None:
    """Σ of a bound at one index, scaled by a weight at that index."""
    premise = k.specialize(k.assume(every(J, lambda i: le(f(i), g(i)))), i)
    weighted = k.bound([], "le", mul(exp(s(i)), f(i)), mul(exp(s(i)), g(i)), [(exp(s(i)), premise)])
    assert weighted.hypotheses == premise.hypotheses
    with pytest.raises(Unproved):
        k.bound([], "le", mul(s(i), f(i)), mul(s(i), g(i)), [(s(i), premise)])
    with pytest.raises(Unproved):
        k.bound([], "le", f(j), g(j), [(1, premise)])


def test_a_rule_asks_what_its_own_hypotheses_say() -> None:
    """The hypotheses of one premise serve the coefficient of another."""
    positive = k.assume(lt(0, z))
    both = k.bound([], "le", mul(z, x), add(mul(z, y), z), [(z, k.assume(BELOW)), (1, positive)])
    assert both.hypotheses == {lt(0, z), BELOW}


@pytest.mark.parametrize("rule", ["exact", "bound", "exp_tangent", "triangle", "cauchy_schwarz"])
def test_free_indices_of_the_arguments_leave_their_set_behind(rule: str) -> None:
    """An index that the sequent no longer mentions had a set with a member."""
    member = div(mul(0, s(i)), add(1, size(J)))
    arguments = {
        "exact": ([], x, x, [(member, k.exact([], y, y))]),
        "bound": ([], "le", x, x, [(member, k.exact([], y, y))]),
        "exp_tangent": ([nonempty(fibre(A, n))], x),
        "triangle": ([nonempty(fibre(A, n))], add(x, y)),
        "cauchy_schwarz": ([nonempty(fibre(A, n))], p, q),
    }
    theorem = getattr(k, rule)(*arguments[rule])
    wanted = {nonempty(J)} if rule in ("exact", "bound") else {nonempty(fibre(A, n))}
    assert theorem.hypotheses == wanted


def test_log_and_root_need_a_sign() -> None:
    """−1 = x and −1 ≤ x say nothing about log and √."""
    for function in ("log", "sqrt"):
        with pytest.raises(Unproved):
            k.monotone(function, k.assume(eq(-1, x)))
        with pytest.raises(Unproved):
            k.monotone(function, k.assume(le(-1, x)))


def test_functions_of_theorems_stay_functions_of_the_same_sides() -> None:
    premise = k.assume(lt(mul(2, x), c))
    assert k.monotone("tanh", premise).conclusion == lt(tanh(mul(2, x)), tanh(c))
    assert k.exp_tangent([], linear_part := sub(x, c)).conclusion == le(
        add(1, linear_part), exp(linear_part)
    )
    image = linear(p)
    assert k.triangle([], add(image, v(n))).conclusion.args[0] == norm(add(image, v(n)))
