"""Bound indices: shadowing, substitution without capture, equality across rebuilds."""

import pytest
from sympy import Integer
from sympy.core.symbol import Str

from derivations.language import (
    LanguageError,
    MapSetSum,
    cluster_map,
    diameter,
    exp,
    for_all,
    index,
    index_set,
    index_sets,
    inner,
    less,
    log_sum_exp,
    max_over,
    named,
    outer,
    scalar,
    scalars,
    softmax,
    softmax_mean,
    sum_over,
    vector,
    vectors,
    winner_map,
)
from derivations.language.binders import SetMax, SetSum, binder_height
from derivations.language.definitions import Diameter, loose, placeholder, unfold_once
from derivations.language.indices import Bound
from derivations.language.printing import unicode_text
from derivations.language.statements import state

F, N = index_sets("F", "N")
a = cluster_map("a", F, N)
i, j, t = N.index("i"), index("j"), index("t")
s, c, v, k = scalars("s"), scalars("c"), vectors("v"), vectors("k")
x, q = scalar("x"), vector("q")


def nested(outer_name: str, inner_name: str, body):
    """Σ over N of Σ over N, with the given names for the two indices."""
    return sum_over(N, lambda m: sum_over(N, lambda n: body(m, n), inner_name), outer_name)


def test_an_inner_index_of_the_same_name_is_another_index() -> None:
    same = nested("j", "j", lambda m, n: c[m] * s[n])
    other = nested("j", "j", lambda m, n: c[n] * s[m])
    assert same != other
    assert unicode_text(same) == "Σ_{j∈N} Σ_{j'∈N} c_j·s_{j'}"


def test_a_loose_index_is_bound_by_the_innermost_sum() -> None:
    expr = SetSum(SetSum(s[j], j, N) * c[j], j, N)
    assert expr == sum_over(N, lambda m: c[m] * sum_over(N, lambda n: s[n]))


@pytest.mark.parametrize("put", ["xreplace", "subs", "replace"])
@pytest.mark.parametrize("name", ["j", "k"])
def test_substitution_under_two_sums_captures_nothing(put: str, name: str) -> None:
    """The inner sum grows to the height of the outer one, whose index it must not take."""
    before = nested("j", name, lambda m, n: c[m] * s[n] * x)
    deep = sum_over(N, lambda m: sum_over(N, lambda n: s[m] * s[n]))
    after = getattr(before, put)(*([{x: deep}] if put == "xreplace" else [x, deep]))
    assert after == nested("j", name, lambda m, n: c[m] * s[n] * deep)


def test_a_free_index_put_for_another_is_not_captured() -> None:
    expr = nested("j", "l", lambda m, n: c[m] * s[n] * s[i])
    moved = expr.xreplace({i: N.index("j")})
    assert moved == nested("j", "l", lambda m, n: c[m] * s[n] * s[N.index("j")])
    assert unicode_text(moved) == "Σ_{j'∈N} Σ_{l∈N} c_{j'}·s_j·s_l"


def test_opening_with_a_bound_index_of_another_sum_captures_nothing() -> None:
    low = sum_over(N, lambda n: s[n])
    high = sum_over(N, lambda m: c[m] * sum_over(N, lambda n: s[n] + s[m]))
    opened = high.open(low.bound)
    assert opened == c[low.bound] * sum_over(N, lambda n: s[n] + s[low.bound], "j")
    assert loose(opened) == {low.bound}


def test_a_bound_index_is_unknown_outside_its_sum() -> None:
    expr = sum_over(N, lambda m: s[m])
    assert expr.xreplace({expr.bound: i}) == expr
    assert expr.subs(expr.bound, i) == expr
    assert expr.xreplace({s[expr.bound]: x}) == expr


def test_the_set_of_a_sum_lies_outside_its_scope() -> None:
    whole = sum_over(N, lambda m: sum_over(a.fibre(m), lambda n: s[n], "t"))
    assert whole.open(i) == sum_over(a.fibre(i), lambda n: s[n], "t")
    with pytest.raises(LanguageError, match="mentions the index j"):
        SetSum(s[j], j, a.fibre(j))


def test_the_place_of_a_softmax_lies_outside_its_scope() -> None:
    expr = softmax(N, s, at=i)
    assert expr.xreplace({i: N.index("l")}) == softmax(N, s, at=N.index("l"))
    assert sum_over(N, lambda m: softmax(N, s, m, "j") * c[m]).open(i) == (
        softmax(N, s, i, "j") * c[i]
    )


@pytest.mark.parametrize("name", ["j", "t"])
def test_a_definition_unfolds_under_an_outer_sum(name: str) -> None:
    """Unfolding a diameter makes two binders of one, in sight of the outer index."""
    folded = sum_over(N, lambda m: diameter(F, lambda n: v[n] * c[m], name), "j")
    unfolded = folded.replace(lambda one: isinstance(one, Diameter), unfold_once)
    assert unfolded == sum_over(
        N,
        lambda m: diameter(F, lambda n: v[n] * c[m], name).unfold(),
        "j",
    )
    inner_most = unfolded.open(i).body.body
    assert inner_most.has(c[i])


def test_expand_rebuilds_nested_sums() -> None:
    expr = nested("j", "j", lambda m, n: (c[m] + s[n]) * (x + 1))
    assert expr.expand() == nested("j", "j", lambda m, n: c[m] * x + c[m] + s[n] * x + s[n])


def test_expand_that_lowers_a_height_keeps_expressions_equal() -> None:
    tower = sum_over(N, lambda n: s[n])
    expr = nested("j", "j", lambda m, n: c[m] * s[n] + (tower + 1) * x - tower * x)
    assert expr.expand() == nested("j", "j", lambda m, n: c[m] * s[n] + x)
    assert binder_height(expr.expand()) == 2


def test_equality_and_hash_do_not_depend_on_how_a_sum_was_built() -> None:
    direct = sum_over(N, lambda m: exp(s[m]) * v[m])
    loosely = SetSum(exp(s[j]) * v[j], j, N)
    renamed = SetSum(exp(s[i]) * v[i], i, N)
    assert direct == loosely
    assert hash(direct) == hash(loosely)
    assert renamed.open(i) == direct.open(i)
    assert direct.func(*direct.args) == direct


def test_the_name_of_a_bound_index_is_part_of_the_expression_but_not_of_its_meaning() -> None:
    one, other = sum_over(N, s, "j"), sum_over(N, s, "l")
    assert one != other
    assert one.open(i) == other.open(i)


def test_an_index_with_a_set_of_its_own_binds_over_that_set_only() -> None:
    assert SetMax(s[i], i, N) == max_over(N, s, "i")
    with pytest.raises(LanguageError, match="ranges over N, not over F"):
        SetMax(s[i], i, F)


def test_loose_indices_are_found_everywhere() -> None:
    assert loose(sum_over(N, s)) == set()
    assert loose(s[j] * sum_over(N, s)) == {j}
    assert loose(sum_over(a.fibre(j), s)) == {j}
    assert loose(softmax(N, s, at=j)) == {j}
    assert loose(for_all(j, N, less(s[j], s[t]))) == {t}
    assert loose(a.fibre(j)) == {j}
    assert loose(MapSetSum(outer(v[j], k[t]), j, N)) == {t}
    assert loose(s[i]) == set()


def test_a_loose_index_in_the_logit_of_a_winner_map_is_found() -> None:
    w = winner_map("w", N, a.group, by=lambda n: s[n] * c[j])
    assert loose(s[w(i)]) == {j}


def test_a_winner_map_depends_on_free_indices_of_its_logit() -> None:
    def winner(query):
        return winner_map("w", N, a.group, by=lambda n: inner(k[query], k[n]))

    everywhere = sum_over(N, lambda m: s[winner(m)(m)])
    assert everywhere.open(i) == s[winner(i)(i)]


def test_a_map_put_into_the_logit_of_a_map_keeps_both_apart() -> None:
    plain = winner_map("u", N, a.group, by=s)
    w = winner_map("w", N, a.group, by=lambda n: s[n] * c[i])
    moved = s[w(N.index("m"))].xreplace({i: plain(i)})
    expected = winner_map("w", N, a.group, by=lambda n: s[n] * c[plain(i)])
    assert moved == s[expected(N.index("m"))]
    assert moved.args[1].map.logit(i) == s[i] * c[plain(i)]
    assert moved.args[1].map.target(i) == a.group(i)


def test_the_target_of_a_map_is_that_of_its_argument() -> None:
    w = winner_map("w", N, a.group, by=s)
    assert w.target(i) == a.group(i)
    assert w.is_dependent
    assert not a.is_dependent
    assert a.target(F.index("t")) == N


def test_heights_count_binders_below_on_every_path() -> None:
    low = log_sum_exp(N, s)
    assert binder_height(low) == 1
    assert binder_height(softmax_mean(N, lambda m: c[m] * low, v)) == 2
    assert binder_height(named("z", low)) == 1
    assert binder_height(s[i]) == 0


def test_placeholders_are_unlike_each_other() -> None:
    assert placeholder("j") != placeholder("j")
    assert placeholder("j").height < 0
    assert Bound(Str("j"), Integer(1)) == Bound(Str("j"), Integer(1))


def test_a_set_without_members_in_common_is_no_index() -> None:
    with pytest.raises(LanguageError, match="not an index set"):
        SetSum(s[j], j, s[i])
    with pytest.raises(LanguageError, match="not an index"):
        SetSum(s[j], x, N)
    assert index_set("N") != N


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (named("z", s[i]), named("z", s[i] + 2)),
        (named("z", s[i], i), named("z", s[i] + 2, i)),
        (named("z", sum_over(N, s)), named("z", sum_over(N, s) + 2)),
        (scalar("z"), named("z", sum_over(N, s) + 1)),
        (scalars("z")[i], named("z", s[i] + 1, i)),
        (named("z", s[i], i), named("z", s[N.index("k")] + 2, N.index("k"))),
    ],
)
def test_one_name_has_one_meaning(left, right):
    with pytest.raises(LanguageError, match=r"z is the name of .* rename one"):
        state(left, "<=", right)


def test_an_abbreviation_shows_the_index_that_it_depends_on():
    hidden = sum_over(N, lambda j: named("m", s[j]))
    with pytest.raises(LanguageError, match="abbreviation m depends on j, which it does not show"):
        state(hidden, "=", hidden)
    shown = sum_over(N, lambda j: named("m", s[j], j))
    assert state(shown, "=", sum_over(N, s)).left == shown


def test_an_abbreviation_means_the_same_function_at_every_index():
    def z(one):
        return named("z", s[one] + 1, one)

    other = N.index("l")
    made = state(z(i) + z(other), "<=", sum_over(N, z))
    assert made.left.has(s[other])
