"""Different expressions print differently: what is read on a page is what was checked.

Different means different up to the names of bound indices.  In LaTeX a log-sum-exp is written as
its definition, so there it counts as that.
"""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Add, Basic, Expr, Max, Mul, Pow, Rational, S, Symbol, exp, log, tanh

from derivations.language import (
    Identity,
    MapSetSum,
    cardinality,
    cluster_map,
    index_set,
    index_sets,
    inner,
    linear_map,
    named,
    norm,
    outer,
    projection_off,
    scalar,
    scalars,
    sum_over,
    vector,
    vectors,
    winner_map,
)
from derivations.language.binders import Binder, SetMax, SetMin, SetSum
from derivations.language.definitions import (
    Diameter,
    LogSumExp,
    Oscillation,
    Softmax,
    SoftmaxMean,
    placeholder,
)
from derivations.language.printing import latex_text, unicode_text
from derivations.language.propositions import AtMost, Equal, Less

F, N = index_sets("F", "N")
C = index_set("C", subset_of=N)
a = cluster_map("a", F, N)
i, t = N.index("i"), F.index("t")
s, c, v, k = scalars("s"), scalars("c"), vectors("v"), vectors("k")
x, y, q, u = scalar("x"), scalar("y"), vector("q"), vector("u")
W, U = linear_map("W"), linear_map("U")
w = winner_map("w", N, a.group, by=s)
alpha = named("alpha", x / (1 + y))

Scope = tuple[Basic, ...]
UNDEFINED = (S.NaN, S.ComplexInfinity, S.ImaginaryUnit, S.Infinity, S.NegativeInfinity)


def canonical(expr: Basic, unfold_logs: bool) -> Basic:
    """`expr` with one name for all bound indices."""
    if unfold_logs and isinstance(expr, LogSumExp):
        return canonical(expr.unfold(), unfold_logs)
    if isinstance(expr, Binder):
        blank = placeholder("bound")
        bodies = [canonical(expr.open(blank, n), unfold_logs) for n in range(expr.bodies)]
        rest = [canonical(one, unfold_logs) for one in expr.args[expr.bodies + 1 :]]
        return expr.func(*bodies, blank, *rest)
    if not expr.args:
        return expr
    return expr.func(*(canonical(one, unfold_logs) for one in expr.args))


def assert_all_print_differently(expressions: Iterable[Basic]) -> None:
    shown: dict[tuple[Callable[..., str], str], Basic] = {}
    for expr in expressions:
        for show, unfold_logs in ((unicode_text, False), (latex_text, True)):
            meant = canonical(expr, unfold_logs)
            text = show(expr)
            assert shown.setdefault((show, text), meant) == meant, text


@st.composite
def indices(draw: st.DrawFn, scope: Scope) -> Basic:
    one = draw(st.sampled_from(scope))
    return draw(st.sampled_from([a(one) if one == t else one, w(one) if one == i else one]))


@st.composite
def domains(draw: st.DrawFn, scope: Scope) -> Basic:
    one = draw(st.sampled_from([part for part in scope if part != t]))
    whole = [F, N, C, F | N, N - C, (N - C) | F, a.range]
    return draw(st.sampled_from([*whole, a.fibre(one), a.group(one)]))


@st.composite
def bound(draw: st.DrawFn, scope: Scope) -> tuple[Basic, Basic, Scope]:
    """A fresh index, a set, and the scope inside."""
    blank = placeholder(draw(st.sampled_from("ijt")))
    return blank, draw(domains(scope)), (*scope, blank, blank)


@st.composite
def numbers(draw: st.DrawFn, depth: int, scope: Scope = (i, t)) -> Expr:
    if depth == 0:
        leaves = [x, y, alpha, S(2), S.NegativeOne, S.Half]
        entries = [family[draw(indices(scope))] for family in (s, c)]
        return draw(st.sampled_from([*leaves, *entries, cardinality(draw(domains(scope)))]))

    def number(inside: Scope = scope) -> Expr:
        return draw(numbers(draw(st.integers(0, depth - 1)), inside))

    def any_vector(inside: Scope = scope) -> Expr:
        return draw(vector_values(depth - 1, inside))

    def over(kind: type[Binder], body: Callable[[Scope], Expr], *rest: Basic) -> Expr:
        blank, domain, inside = draw(bound(scope))
        return kind(body(inside), blank, domain, *rest)

    powers = [S(2), S(-1), S.Half, -S.Half, Rational(3, 2), x]
    makers: list[Callable[[], Expr]] = [
        lambda: number() + number(),
        lambda: number() - number(),
        lambda: number() * number(),
        lambda: number() / (number() + x),
        lambda: Pow(number(), draw(st.sampled_from(powers))),
        lambda: draw(st.sampled_from([exp, log, tanh, Abs]))(number()),
        lambda: Max(number(), number()),
        lambda: norm(any_vector()),
        lambda: inner(any_vector(), any_vector()),
        lambda: over(SetSum, number),
        lambda: over(SetMax, number),
        lambda: over(SetMin, number),
        lambda: over(LogSumExp, number),
        lambda: over(Oscillation, number),
        lambda: over(Diameter, any_vector),
        lambda: over(Softmax, number, draw(indices(scope))),
    ]
    made = draw(st.sampled_from(makers))()
    return x if made.has(*UNDEFINED) else made


@st.composite
def vector_values(draw: st.DrawFn, depth: int, scope: Scope = (i, t)) -> Expr:
    if depth == 0:
        return draw(st.sampled_from([q, u, *(f[draw(indices(scope))] for f in (v, k))]))

    def any_vector(inside: Scope = scope) -> Expr:
        return draw(vector_values(draw(st.integers(0, depth - 1)), inside))

    def over(kind: type[Binder], *parts: Callable[[Scope], Expr]) -> Expr:
        blank, domain, inside = draw(bound(scope))
        return kind(*(part(inside) for part in parts), blank, domain)

    def number(inside: Scope = scope) -> Expr:
        return draw(numbers(depth - 1, inside))

    makers: list[Callable[[], Expr]] = [
        lambda: any_vector() + any_vector(),
        lambda: any_vector() - any_vector(),
        lambda: number() * any_vector(),
        lambda: any_vector() / number(),
        lambda: draw(maps(depth - 1, scope))(any_vector()),
        lambda: over(SetSum, any_vector),
        lambda: over(SoftmaxMean, number, any_vector),
    ]
    made = draw(st.sampled_from(makers))()
    return q if made.has(*UNDEFINED) else made


@st.composite
def maps(draw: st.DrawFn, depth: int, scope: Scope = (i, t)) -> Basic:
    if depth <= 0:
        return draw(st.sampled_from([W, U, W.T, Identity()]))

    def linear(inside: Scope = scope) -> Basic:
        return draw(maps(depth - 1, inside))

    def any_vector() -> Expr:
        return draw(vector_values(depth - 1, scope))

    def over() -> Basic:
        blank, domain, inside = draw(bound(scope))
        return MapSetSum(linear(inside), blank, domain)

    makers: list[Callable[[], Basic]] = [
        lambda: linear() + linear(),
        lambda: linear() - linear(),
        lambda: linear() @ linear(),
        lambda: draw(numbers(depth - 1, scope)) * linear(),
        lambda: linear().T,
        lambda: outer(any_vector(), any_vector()),
        lambda: projection_off(any_vector()),
        over,
    ]
    return draw(st.sampled_from(makers))()


@st.composite
def claims(draw: st.DrawFn) -> Basic:
    kind = draw(st.sampled_from([Equal, AtMost, Less]))
    return kind(draw(numbers(1)), draw(numbers(1)))


def test_a_collision_is_noticed() -> None:
    with pytest.raises(AssertionError):
        assert_all_print_differently([x, Symbol("x")])
    with pytest.raises(AssertionError):
        assert_all_print_differently([sum_over(N, s), sum_over(index_set("N"), s)])
    assert_all_print_differently([sum_over(N, s, "j"), sum_over(N, s, "l")])


@given(st.data(), st.lists(st.integers(1, 3), min_size=4, max_size=12))
def test_random_expressions_print_differently(data: st.DataObject, depths: list[int]) -> None:
    kinds = st.sampled_from([numbers, vector_values, maps])
    made = [data.draw(data.draw(kinds)(depth)) for depth in depths]
    assert_all_print_differently([*made, data.draw(claims())])


def test_small_expressions_print_differently() -> None:
    """All of a small language: every operation on every operation on a few names."""
    blank = placeholder("j")

    def grow(pool: list[Expr]) -> list[Expr]:
        grown = list(pool)
        for one in pool:
            grown += [exp(one), log(one), tanh(one), Abs(one), -one, one**2, one**S.Half, 1 / one]
            grown += [
                kind(one, blank, domain)
                for kind in (SetSum, SetMax, SetMin, LogSumExp, Oscillation)
                for domain in (N, a.fibre(i))
            ]
            for other in pool:
                grown += [Add(one, other), Mul(one, other), one / other, one**other]
        return grown

    names = [x, s[blank], S(2)]
    once = grow(names)
    closed = [SetSum(one, blank, F) for one in grow(once[:: len(once) // 12])]
    assert len(closed) > 700
    assert_all_print_differently(one for one in closed if not one.has(*UNDEFINED))


def test_small_linear_maps_print_differently() -> None:
    def grow(pool: list[Basic]) -> list[Basic]:
        grown = list(pool)
        for one in pool:
            grown += [one.T, -one, 2 * one, x * one, (x + 1) * one]
            for other in pool:
                grown += [one + other, one - other, one @ other]
        return grown

    made = grow(grow([W, outer(q, u)]))
    assert_all_print_differently([*made, *(one(q) for one in made), *(one(W(q)) for one in made)])
