"""Numbers and vectors are never mixed up, and statements are checked before they are read."""

from collections.abc import Callable

import pytest
import sympy
from sympy import Max, Rational, Symbol

from derivations.language import (
    Abs,
    FreeIndex,
    Identity,
    IllSorted,
    LanguageError,
    MapSetSum,
    at_most,
    attention,
    cardinality,
    cluster_map,
    diameter,
    equal,
    exp,
    for_all,
    index,
    index_set,
    index_sets,
    inner,
    less,
    linear_map,
    log,
    log_sum_exp,
    max_over,
    min_over,
    named,
    non_empty,
    norm,
    oscillation,
    outer,
    projection_off,
    scalar,
    scalars,
    softmax,
    softmax_mean,
    sqrt,
    sum_over,
    tanh,
    vector,
    vectors,
    winner_map,
)
from derivations.language.binders import SetMax
from derivations.language.propositions import NonEmpty, proposition
from derivations.language.sorts import Sort, sort_of
from derivations.language.statements import (
    Relation,
    carried_hypotheses,
    check_expression,
    free_indices,
    state,
    winner_hypothesis,
)

F, N = index_sets("F", "N", nonempty="N")
a = cluster_map("a", F, N)
i, j, t = N.index("i"), index("j"), index("t")
s, v, k = scalars("s"), vectors("v"), vectors("k")
x, q, u = scalar("x"), vector("q"), vector("u")
W = linear_map("W")
w = winner_map("w", N, a.group, by=s)

NUMBERS: dict[str, object] = {
    "number": Rational(1, 3),
    "pi": sympy.pi,
    "symbol": x,
    "entry": s[i],
    "function": exp(s[i]) + log(x) * tanh(x) - sqrt(x) ** 3,
    "absolute value": Abs(x - s[i]),
    "maximum of two": Max(x, s[i]),
    "norm": norm(q - v[i]),
    "inner product": inner(q, W(v[i])),
    "sum": sum_over(N, s),
    "maximum": max_over(N, s),
    "minimum": min_over(N, s),
    "cardinality": cardinality(N),
    "log-sum-exp": log_sum_exp(N, s),
    "softmax": softmax(N, s, i),
    "mean of numbers": softmax_mean(N, s, s),
    "oscillation": oscillation(N, s),
    "diameter": diameter(N, v),
    "diameter of numbers": diameter(N, s),
    "name": named("alpha", x),
}
VECTORS: dict[str, object] = {
    "vector": q,
    "entry": v[i],
    "sum of two": q - 2 * v[i],
    "multiple": x * s[i] * q / (1 + x),
    "sum": sum_over(N, lambda m: exp(s[m]) * v[m]),
    "mean": attention(F | N, q, k, v),
    "applied": W(q) + W.T(v[i]),
    "compound map": (2 * W - outer(q, u) + projection_off(u) @ Identity())(q),
    "name": named("Delta", x * q),
    "sum of maps": MapSetSum(outer(v[j], k[j]), j, N)(q),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_a_number(case: str) -> None:
    assert check_expression(NUMBERS[case]) is Sort.NUMBER


@pytest.mark.parametrize("case", VECTORS)
def test_a_vector(case: str) -> None:
    assert check_expression(VECTORS[case]) is Sort.VECTOR


@pytest.mark.parametrize("zero", [0 * q, q - q, inner(q, 0 * u), norm(u - u), W(q - q)], ids=str)
def test_zero_fits_both(zero: object) -> None:
    assert sort_of(zero) is Sort.ZERO


MIXED: dict[str, Callable[[], object]] = {
    "a vector plus a number": lambda: q + 1,
    "a vector plus a symbol": lambda: q + x,
    "two vectors multiplied": lambda: q * u,
    "a vector times itself": lambda: q * q,
    "a vector squared": lambda: q**2,
    "a vector to no power": lambda: q**0,
    "the root of a vector": lambda: sqrt(q),
    "one over a vector": lambda: x / q,
    "a vector over itself": lambda: q / q,
    "a sum of vectors squared": lambda: (q + u) ** 2,
    "a multiple squared": lambda: (x * q) ** 2,
    "a number to a vector": lambda: 2**q,
    "exp of a vector": lambda: exp(q),
    "log of a vector": lambda: log(v[i]),
    "tanh of a vector": lambda: tanh(x * q),
    "abs of a vector": lambda: abs(q),
    "Abs of a vector": lambda: Abs(q),
    "Abs of a sum": lambda: Abs(q - u),
    "Max with a vector": lambda: Max(q, x),
    "maximum of vectors": lambda: max_over(N, v),
    "minimum of vectors": lambda: min_over(N, v),
    "log-sum-exp of vectors": lambda: log_sum_exp(N, v),
    "oscillation of vectors": lambda: oscillation(N, v),
    "softmax of vectors": lambda: softmax(N, v, i),
    "vectors as logits": lambda: softmax_mean(N, v, v),
    "diameter of a mixture": lambda: diameter(N, lambda m: q + s[m]),
    "norm of a number": lambda: norm(x),
    "norm of three": lambda: norm(3),
    "inner product of numbers": lambda: inner(x, s[i]),
    "inner product with a number": lambda: inner(q, x),
    "a map of a number": lambda: W(x),
    "a map of an entry": lambda: W.T(s[i]),
    "an outer product of numbers": lambda: outer(x, q)(u),
    "a projection off a number": lambda: projection_off(x)(u),
    "a map scaled by a vector": lambda: (q * W)(u),
    "inside a sum": lambda: sum_over(N, lambda m: inner(s[m], q)),
    "inside a name": lambda: named("beta", q + x),
    "inside a map inside a map": lambda: (W @ (outer(q, x) + W))(u),
    "inside a sum of maps": lambda: MapSetSum(outer(s[j], q), j, N)(u),
}


@pytest.mark.parametrize("case", MIXED)
def test_numbers_and_vectors_are_not_mixed_up(case: str) -> None:
    with pytest.raises(IllSorted):
        check_expression(MIXED[case]())


FOREIGN: dict[str, object] = {
    "infinity": sympy.oo,
    "undefined": sympy.nan,
    "one over zero": x / sympy.Integer(0),
    "the imaginary unit": sympy.I * x,
    "a sine": sympy.sin(x),
    "a sum of SymPy": sympy.Sum(x, (Symbol("n"), 1, 3)),
    "a derivative": exp(sum_over(N, lambda m: x * s[m])).diff(x),
    "a set": N,
    "an index": i,
    "a linear map": W,
    "a truth value": sympy.true,
}


@pytest.mark.parametrize("case", FOREIGN)
def test_what_is_not_of_the_language_is_refused(case: str) -> None:
    with pytest.raises(LanguageError, match=r"not in the language|not a number or a vector"):
        check_expression(FOREIGN[case])


STATEMENTS: dict[str, tuple[Callable[[], object], type[LanguageError], str]] = {
    "a vector and a number": (lambda: state(q, "=", x), IllSorted, "one side is a vector"),
    "ordered vectors": (lambda: state(q, "<=", u), IllSorted, "vectors are not ordered"),
    "a budget that is a vector": (lambda: state(q, "approx", u, q), IllSorted, "is a vector"),
    "no budget": (lambda: state(q, "approx", u), LanguageError, "needs a budget"),
    "a budget too many": (lambda: state(q, "=", u, budget=1), LanguageError, "needs a budget"),
    "no relation": (lambda: state(q, "==", u), LanguageError, "is not one of '=', '<='"),
    "a loose index": (lambda: state(s[j], "=", 0), FreeIndex, r'as in N\.index\("j"\)'),
    "a loose index below": (
        lambda: state(sum_over(a.fibre(j), s), "=", 0),
        FreeIndex,
        "the index j is free",
    ),
    "a loose index in a hypothesis": (
        lambda: state(x, "=", 0, given=[at_most(s[j], 0)]),
        FreeIndex,
        "the index j is free",
    ),
    "a loose index in a winner map": (
        lambda: state(s[winner_map("w", N, a.group, by=lambda m: s[m] * s[j])(i)], "=", 0),
        FreeIndex,
        "the index j is free",
    ),
    "an ill-sorted hypothesis": (
        lambda: state(x, "=", 0, given=[for_all(j, N, less(v[j], 0))]),
        IllSorted,
        "vectors are not ordered",
    ),
    "a hypothesis of two sorts": (
        lambda: state(x, "=", 0, given=[equal(q, x)]),
        IllSorted,
        "one side is a vector",
    ),
    "an ill-sorted winner": (
        lambda: state(s[winner_map("w", N, a.group, by=v)(i)], "=", 0),
        IllSorted,
        "vectors are not ordered",
    ),
    "a hypothesis decided by SymPy": (
        lambda: state(x, "=", 0, given=[Abs(x) >= 0]),
        LanguageError,
        "was decided to be True",
    ),
    "a hypothesis that is a number": (
        lambda: state(x, "=", 0, given=[x]),
        LanguageError,
        "is not a proposition",
    ),
    "nothing": (lambda: state(None, "=", 0), LanguageError, "not a number or a vector"),
}


@pytest.mark.parametrize("case", STATEMENTS)
def test_a_statement_that_makes_no_sense_is_refused(case: str) -> None:
    make, error, message = STATEMENTS[case]
    with pytest.raises(error, match=message):
        make()


def test_a_winner_that_depends_on_a_bound_index_is_refused() -> None:
    """Its hypothesis would have to be stated for every value of that index."""

    def expr(m):
        return s[winner_map("w", N, a.group, by=lambda n: inner(k[m], k[n]))(m)]

    with pytest.raises(FreeIndex):
        state(sum_over(N, expr), "=", 0)


def test_hypotheses_that_symbols_carry_are_listed_once() -> None:
    made = state(s[w(i)] + s[w(i)] * x, "<=", max_over(N, s), given=[non_empty(N)])
    assert made.hypotheses == (NonEmpty(N), winner_hypothesis(w))


def test_a_hypothesis_hidden_in_a_name_is_carried() -> None:
    assert list(carried_hypotheses([named("m", s[w(i)])])) == [winner_hypothesis(w), NonEmpty(N)]


def test_a_set_that_may_be_empty_carries_nothing() -> None:
    assert state(sum_over(F, s), "=", 0).hypotheses == ()


def test_the_claim_of_a_statement() -> None:
    assert state(x, "=", 1).claim == equal(x, 1)
    assert state(x, Relation.AT_MOST, 1).claim == at_most(x, 1)
    assert state(x, ">=", 1).claim == at_most(1, x)
    assert state(x, "approx", 1, budget=2).claim == at_most(Abs(x - 1), 2)
    assert state(q, "approx", u, budget=x).claim == at_most(norm(q - u), x)
    assert state(q, "approx", q, budget=x).claim == at_most(0, x)


def test_free_indices_are_those_with_a_set() -> None:
    assert free_indices(s[i] + sum_over(N, s)) == {i}


def test_relations_of_sympy_become_propositions() -> None:
    assert proposition(x <= s[i]) == at_most(x, s[i])
    assert proposition(x >= s[i]) == at_most(s[i], x)
    assert proposition(x < s[i]) == less(x, s[i])
    assert proposition(x > s[i]) == less(s[i], x)
    assert proposition(sympy.Eq(x, s[i])) == equal(x, s[i])
    with pytest.raises(LanguageError, match="is not a proposition"):
        proposition(sympy.Ne(x, s[i]))


def test_a_proposition_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="must prove it"):
        bool(at_most(x, 1))


AMBIGUOUS: dict[str, tuple[Callable[[], object], str]] = {
    "two sets": (
        lambda: state(sum_over(N, s), "=", sum_over(index_set("N"), s)),
        "N is the name of a set declared with F,N .non-empty. and of a set declared by itself",
    ),
    "a part and a set": (
        lambda: state(cardinality(index_set("C")), "=", cardinality(index_set("C", subset_of=N))),
        "C is the name of",
    ),
    "a number and a vector": (lambda: state(vector("x"), "=", x * q), "x is the name of"),
    "a family of both": (lambda: state(norm(vectors("s")[i]), "=", s[i]), "s is the name of"),
    "two meanings": (
        lambda: state(named("alpha", x), "=", named("alpha", 2 * x)),
        "alpha is the name of an abbreviation for x and of an abbreviation for 2.x",
    ),
    "a meaning and a number": (lambda: state(named("x", x + 1), "=", x), "x is the name of"),
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_two_things_under_one_name_are_refused(case: str) -> None:
    make, message = AMBIGUOUS[case]
    with pytest.raises(LanguageError, match=message):
        make()


def test_an_abbreviation_with_an_index_means_something_else_for_every_index() -> None:
    other = N.index("l")
    made = state(named("z", s[i], i), "=", named("z", s[other], other))
    assert made.relation is Relation.EQUAL


def test_a_maximum_over_a_loose_index_is_a_maximum() -> None:
    assert check_expression(SetMax(s[j], j, N)) is Sort.NUMBER
