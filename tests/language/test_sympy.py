"""What SymPy does to expressions of the language by itself: it may keep them, or be right."""

import copy
import pickle
import time

import pytest
import sympy
from sympy import Abs, Max, Min, Mul, Rational, S

from derivations.language import (
    IllSorted,
    LanguageError,
    MapSetSum,
    at_most,
    attention,
    cardinality,
    cluster_map,
    diameter,
    exp,
    for_all,
    index,
    index_set,
    index_sets,
    inner,
    linear_map,
    log,
    log_sum_exp,
    max_over,
    named,
    norm,
    oscillation,
    outer,
    projection_off,
    scalar,
    scalars,
    softmax,
    sqrt,
    sum_over,
    vector,
    vectors,
    winner_map,
)
from derivations.language.statements import check_expression

F, N = index_sets("F", "N")
a = cluster_map("a", F, N)
i, j = N.index("i"), index("j")
s, c, v, k = scalars("s"), scalars("c"), vectors("v"), vectors("k")
x, y, q, u = scalar("x"), scalar("y"), vector("q"), vector("u")
W = linear_map("W")
w = winner_map("w", N, a.group, by=lambda m: inner(q, k[m]))

THINGS = [
    N,
    index_set("C", nonempty=True, subset_of=N),
    F | N,
    a.group(i),
    N.without(i),
    a.range,
    a,
    w,
    w(i),
    i,
    s[i],
    q,
    W.T,
    2 * W - outer(q, u) @ projection_off(u),
    W(q),
    norm(q - v[i]),
    sum_over(N, lambda m: sum_over(a.fibre(m), lambda t: exp(s[t]) * v[t] * c[m])),
    attention(F | N, q, k, v),
    softmax(N, s, w(i)),
    log_sum_exp(N, s),
    oscillation(N, s),
    diameter(N, v),
    cardinality(F),
    named("z", log_sum_exp(a.group(i), s), i),
    MapSetSum(outer(v[j], k[j]), j, N),
    for_all(j, N, for_all(index("t"), a.group(j), at_most(s[index("t")], s[w(j)]))),
]


@pytest.mark.parametrize("thing", THINGS, ids=str)
def test_copies_are_equal_and_hash_alike(thing: sympy.Basic) -> None:
    again = [
        pickle.loads(pickle.dumps(thing)),
        copy.copy(thing),
        copy.deepcopy(thing),
        thing.func(*thing.args),
        thing.xreplace({x: y}),
    ]
    for one in again:
        assert one == thing
        assert hash(one) == hash(thing)
        assert type(one) is type(thing)


@pytest.mark.parametrize("thing", THINGS, ids=str)
def test_the_constructor_form_rebuilds_the_expression(thing: sympy.Basic) -> None:
    from derivations.language import binders, definitions, indices, linear, propositions, sets
    from derivations.language import families as families_

    names: dict[str, object] = dict(vars(sympy)) | {"Str": sympy.core.symbol.Str}
    for module in (indices, sets, families_, binders, linear, definitions, propositions):
        names |= vars(module)
    assert eval(sympy.srepr(thing), names) == thing


def test_zero_times_a_vector_is_zero() -> None:
    assert 0 * q == 0
    assert q - q == 0
    assert S.Zero * sum_over(N, v) == 0


def test_vectors_collect_like_terms() -> None:
    assert q + q == 2 * q
    assert q / 2 + q / 2 == q
    assert x * q - q * x == 0
    assert 2 * (q + u) == 2 * q + 2 * u
    assert (x * (q + u)).expand() == x * q + x * u


def test_a_product_of_two_vectors_never_becomes_a_power() -> None:
    with pytest.raises(IllSorted, match="a vector has no power"):
        Mul(q, q)
    with pytest.raises(IllSorted):
        check_expression(q * u)


def test_obligations_lost_at_construction_are_lost_before_anything_is_read() -> None:
    """SymPy cancels x/x and exp(log x) on the spot; what is left is what is stated and checked."""
    assert x / x == 1
    assert exp(log(x)) == x
    assert check_expression(s[i] * x / x) == check_expression(s[i])


def test_expand_goes_into_sums() -> None:
    assert sum_over(N, lambda m: (x + 1) * s[m]).expand() == sum_over(N, lambda m: x * s[m] + s[m])


def test_a_derivative_is_right_or_refused() -> None:
    """Where SymPy cannot know, it leaves a Derivative, and that is not in the language."""
    assert s[i].diff(x) == 0
    assert (x**2 * s[i]).diff(x) == 2 * x * s[i]
    assert (x * q).diff(x) == q
    for expr in (
        sum_over(N, lambda m: exp(x * s[m])),
        log_sum_exp(N, lambda m: x * s[m]),
        max_over(N, lambda m: x * s[m]),
        named("f", x**2),
        norm(x * q),
        inner(x * q, u),
        W(x * q),
        softmax(N, lambda m: x * s[m], i),
        s[winner_map("w", N, a.group, by=lambda m: x * s[m])(i)],
    ):
        with pytest.raises(LanguageError, match="Derivative is not in the language"):
            check_expression(expr.diff(x))
    with pytest.raises(ValueError, match="derivative"):
        (s[i] ** 2).diff(s[i])


def test_simplification_changes_nothing_it_does_not_know() -> None:
    expr = sum_over(N, lambda m: sum_over(N, lambda n: c[m] * s[n]))
    assert sympy.simplify(expr) == expr
    assert expr.doit() == expr
    assert sympy.factor(x * s[i] + y * s[i]) == s[i] * (x + y)
    assert sympy.together(1 / sum_over(N, s) + 1) == (sum_over(N, s) + 1) / sum_over(N, s)


def test_assumptions() -> None:
    assert s[i].is_real
    assert norm(q).is_nonnegative
    assert Abs(norm(q)) == norm(q)
    assert Abs(exp(s[i])) == exp(s[i])
    assert Abs(-s[i]) == Abs(s[i])
    assert sqrt(s[i] ** 2) == Abs(s[i])
    assert sqrt(norm(q) ** 2) == norm(q)
    assert sqrt(sum_over(N, s) ** 2) == Abs(sum_over(N, s))
    assert (s[i] ** 2).is_nonnegative
    assert sum_over(N, s).is_real
    assert sum_over(N, v).is_real is None
    assert q.is_real is None
    assert s[i].is_zero is None
    assert sum_over(N, lambda m: exp(s[m])).is_zero is None


def test_maxima_of_two_numbers_are_not_slow() -> None:
    start = time.perf_counter()
    many = [x * s[N.index(f"i{n}")] + sum_over(N, s) for n in range(8)]
    found = Max(*many), Min(*many), Max(s[i], log_sum_exp(N, s), inner(q, u), norm(q))
    assert len(found[0].args) == len(found[1].args) == 8
    assert time.perf_counter() - start < 5


def test_maxima_of_two_numbers_keep_what_cannot_be_compared() -> None:
    assert Max(s[i], s[i]) == s[i]
    assert Max(s[i], s[i] + 1) == s[i] + 1
    assert Max(0, norm(q)) == norm(q)
    assert Max(s[i], x).args == Max(x, s[i]).args


def test_powers() -> None:
    assert q**1 == q
    assert (s[i] ** 2) ** Rational(1, 2) == Abs(s[i])
    assert exp(s[i]) ** 2 == exp(2 * s[i])
    assert exp(s[i]) * exp(-s[i]) == 1
    assert (2 * norm(q)) ** 2 == 4 * norm(q) ** 2


def test_subs_and_xreplace_agree() -> None:
    expr = sum_over(N, lambda m: exp(x * s[m]) * inner(x * q, v[m]))
    assert expr.subs(x, 2 * y) == expr.xreplace({x: 2 * y})
    assert expr.subs({x: y, y: x}, simultaneous=True) == expr.xreplace({x: y})
    assert expr.subs(q, u) == sum_over(N, lambda m: exp(x * s[m]) * inner(x * u, v[m]))


def test_free_symbols_are_the_named_numbers() -> None:
    assert sum_over(N, lambda m: x * s[m]).free_symbols == {x}
    assert named("alpha", x + y).free_symbols == {x, y}
