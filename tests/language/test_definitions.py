"""Every defined word unfolds into its definition, and every map acts as it should."""

import pytest
from sympy import Abs, S

from derivations.language import (
    Identity,
    LanguageError,
    MapSetSum,
    attention,
    cardinality,
    cluster_map,
    diameter,
    exp,
    index,
    index_sets,
    inner,
    linear_map,
    log,
    log_sum_exp,
    max_over,
    min_over,
    named,
    norm,
    oscillation,
    outer,
    projection_off,
    scalar,
    scalars,
    softmax,
    softmax_mean,
    sum_over,
    vector,
    vectors,
)
from derivations.language.definitions import unfold_once
from derivations.language.linear import Apply

F, N = index_sets("F", "N")
a = cluster_map("a", F, N)
i, j = N.index("i"), index("j")
s, v, k = scalars("s"), vectors("v"), vectors("k")
x, q, u = scalar("x"), vector("q"), vector("u")
W, U = linear_map("W"), linear_map("U")


def Z(domain, name="j"):
    """The partition sum."""
    return sum_over(domain, lambda m: exp(s[m]), name)


def test_cardinality_is_a_sum_of_ones() -> None:
    assert cardinality(F).unfold() == sum_over(F, lambda m: S.One)


def test_log_sum_exp_is_the_log_of_a_sum() -> None:
    assert log_sum_exp(F | N, s).unfold() == log(Z(F | N, "t"))


def test_softmax_at_an_index() -> None:
    assert softmax(N, s, at=i).unfold() == exp(s[i]) / Z(N, "l")


def test_softmax_mean_is_one_quotient_so_it_needs_a_token() -> None:
    expected = sum_over(N, lambda m: exp(s[m]) * v[m]) / Z(N)
    assert softmax_mean(N, s, v).unfold() == expected


def test_softmax_mean_whose_value_holds_a_sum() -> None:
    def value(m):
        return sum_over(N, lambda n: sum_over(N, lambda p: s[n] * s[p] * v[m]))

    unfolded = softmax_mean(N, s, value).unfold()
    assert unfolded == sum_over(N, lambda m: exp(s[m]) * value(m)) / Z(N)


def test_softmax_mean_whose_logit_holds_a_sum() -> None:
    def logit(m):
        return sum_over(a.fibre(m), s, "t")

    unfolded = softmax_mean(N, logit, v).unfold()
    total = sum_over(N, lambda m: exp(logit(m)))
    assert unfolded == sum_over(N, lambda m: exp(logit(m)) * v[m]) / total


def test_attention_is_a_softmax_mean_of_inner_products() -> None:
    assert attention(N, q, k, v) == softmax_mean(N, lambda m: inner(q, k[m]), v)


def test_oscillation_is_maximum_plus_maximum_of_the_negative() -> None:
    assert oscillation(N, s).unfold() == max_over(N, s) + max_over(N, lambda m: -s[m])


def test_diameter_is_a_maximum_over_pairs() -> None:
    unfolded = diameter(N, v).unfold()
    at_two = unfolded.open(i).open(N.index("l"))
    assert at_two == norm(v[i] - v[N.index("l")])
    assert unfolded.domain == unfolded.body.domain == N


def test_diameter_of_numbers_is_their_oscillation_in_absolute_values() -> None:
    unfolded = diameter(N, s).unfold()
    assert unfolded.open(i).open(N.index("l")) == Abs(s[i] - s[N.index("l")])


def test_diameter_of_one_point_is_zero() -> None:
    assert diameter(N, lambda m: q).unfold() == max_over(
        N, lambda m: max_over(N, lambda n: 0, "j'")
    )


def test_minimum_is_the_negative_of_a_maximum() -> None:
    assert min_over(N, s).unfold() == -max_over(N, lambda m: -s[m])


def test_a_name_stands_for_its_meaning() -> None:
    alpha = named("alpha", Z(F) / (Z(F) + Z(N)))
    assert alpha.unfold() == alpha.meaning == Z(F) / (Z(F) + Z(N))
    assert alpha.is_real is None, "Z_F + Z_N may vanish, as far as SymPy knows"
    assert named("Z_F", Z(F)).is_real
    assert named("Delta", q).is_real is None
    z = named("z", log_sum_exp(a.group(i), s), i)
    assert z.indices == (i,)
    assert z.xreplace({i: N.index("l")}).meaning == log_sum_exp(a.group(N.index("l")), s)


def test_what_is_no_definition_unfolds_into_nothing() -> None:
    for expr in (x, s[i], sum_over(N, s), max_over(N, s), norm(q), exp(x), N, W(q)):
        assert unfold_once(expr) is None


def test_every_definition_is_known() -> None:
    words = [
        cardinality(N),
        log_sum_exp(N, s),
        softmax(N, s, i),
        softmax_mean(N, s, v),
        oscillation(N, s),
        diameter(N, v),
        named("x", x),
        min_over(N, s),
    ]
    for word in words:
        assert unfold_once(word) == word.unfold() != word


ACTIONS = {
    "identity": (Identity(), q),
    "named": (W, Apply(W, q)),
    "transpose": (W.T, Apply(W.T, q)),
    "transpose twice": (W.T.T, Apply(W, q)),
    "composition": (W @ U, Apply(W, Apply(U, q))),
    "transposed composition": ((W @ U).T, Apply(U.T, Apply(W.T, q))),
    "sum": (W + U, Apply(W, q) + Apply(U, q)),
    "difference": (W - U, Apply(W, q) - Apply(U, q)),
    "transposed sum": ((W + U).T, Apply(W.T, q) + Apply(U.T, q)),
    "negative": (-W, -Apply(W, q)),
    "multiple": (x * W, x * Apply(W, q)),
    "multiple from the right": (W * x, x * Apply(W, q)),
    "outer product": (outer(u, v[i]), inner(v[i], q) * u),
    "transposed outer product": (outer(u, v[i]).T, inner(u, q) * v[i]),
    "projection": (projection_off(u), q - inner(u, q) / inner(u, u) * u),
    "transposed projection": (projection_off(u).T, q - inner(u, q) / inner(u, u) * u),
    "sum over a set": (
        MapSetSum(outer(v[j], k[j]), j, N),
        sum_over(N, lambda m: inner(k[m], q) * v[m]),
    ),
    "transposed sum over a set": (
        MapSetSum(outer(v[j], k[j]), j, N).T,
        sum_over(N, lambda m: inner(v[m], q) * k[m]),
    ),
    "all together": (
        (2 * (W @ outer(u, v[i])) - projection_off(u)).T,
        2 * inner(u, Apply(W.T, q)) * v[i] - (q - inner(u, q) / inner(u, u) * u),
    ),
}


@pytest.mark.parametrize("case", ACTIONS)
def test_a_linear_map_acts(case: str) -> None:
    linear_map_, expected = ACTIONS[case]
    acted = linear_map_.act(q)
    assert (acted - expected).expand() == 0
    if not linear_map_(q).is_primitive:
        assert linear_map_(q).unfold() == acted


def test_primitive_applications_are_those_of_named_maps() -> None:
    assert W(q).is_primitive
    assert W.T(q).is_primitive
    assert not (W @ U)(q).is_primitive
    assert not (2 * W)(q).is_primitive
    assert not projection_off(u)(q).is_primitive


def test_zero_is_mapped_to_zero() -> None:
    assert W(q - q) == 0
    assert inner(q, 0 * u) == 0
    assert norm(u - u) == 0


@pytest.mark.parametrize(
    "make", [lambda: W @ q, lambda: W + 3, lambda: W - q, lambda: Apply(q, u), lambda: W @ U(q)]
)
def test_what_is_no_linear_map_is_refused(make) -> None:
    with pytest.raises(LanguageError, match="linear map"):
        make()


@pytest.mark.parametrize("make", [scalar, scalars, vector, vectors, linear_map])
@pytest.mark.parametrize("name", ["", " ", 3, None])
def test_a_name_must_be_one(make, name: object) -> None:
    with pytest.raises(LanguageError, match="is not a name"):
        make(name)


def test_the_absolute_value_of_a_difference_of_numbers() -> None:
    assert Abs(s[i] - x) == Abs(x - s[i])
