"""Evaluation against the slow evaluator, and where it says that there is no value."""

from fractions import Fraction
from math import isclose

import pytest
from flint import arb

from derivations.counterexamples import Instance, InstanceError
from derivations.counterexamples.arithmetic import Balls, Floats, Undefined, precision
from derivations.counterexamples.choices import RandomChoices
from derivations.counterexamples.evaluate import Compiled, every, some
from derivations.counterexamples.generate import generate
from derivations.counterexamples.judge import Finding, judge
from derivations.language import (
    Abs,
    Identity,
    MapSetSum,
    Max,
    Min,
    Rational,
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
    sqrt,
    sum_over,
    tanh,
    vector,
    vectors,
)
from derivations.language.statements import state
from tests.counterexamples.slow import Nothing, slow
from tests.steps import transcription as steps

F, N = index_sets("F", "N")
U = F | N
A = cluster_map("a", F, N)
T = index("t")
s, g, v, k = scalars("s"), scalars("g"), vectors("v"), vectors("k")
x, q, u = scalar("x"), vector("q"), vector("u")
W, V = linear_map("W"), linear_map("V")
F1, F2, N1, N2 = ("F", 1), ("F", 2), ("N", 1), ("N", 2)


def nested_names():
    """Sums whose indices all have one name."""
    return sum_over(
        N,
        lambda j: s[j] * sum_over(N, lambda i: s[i] * sum_over(A.fibre(i), s, "j"), "j") + s[j],
        "j",
    )


EXPRESSIONS = {
    "sum": sum_over(U, lambda t: exp(s[t]) * s[t]),
    "nested names": nested_names(),
    "closed sum inside a sum": sum_over(N, lambda j: sum_over(N, s) * s[j] + sum_over(U, s) * s[j]),
    "two indices": sum_over(F, lambda t: sum_over(N, lambda j: g[t, j] - g[t, A(t)])),
    "fibres": sum_over(N, lambda j: cardinality(A.fibre(j)) * s[j]),
    "groups": sum_over(N, lambda j: log_sum_exp(A.group(j), s)),
    "range": sum_over(A.range, s) + cardinality(A.range),
    "difference": sum_over(N, lambda j: sum_over(N.without(j), s) * s[j]),
    "maximum": max_over(U, s) - 2 * min_over(N, s),
    "oscillation": oscillation(F, lambda t: s[t] - s[A(t)]),
    "diameter": diameter(U, v) + diameter(N, v),
    "log-sum-exp": log_sum_exp(F, s),
    "softmax": sum_over(N, lambda j: softmax(N, s, j) * log(softmax(N, s, j))),
    "softmax mean": norm(softmax_mean(U, s, v) - softmax_mean(N, s, v)) + softmax_mean(N, s, s),
    "elementary": tanh(x) + Abs(x) + Max(x, 1) * Min(x, -1) + sqrt(Abs(x)) + exp(-x) + x**3,
    "reciprocal": 1 / x + 1 / sum_over(F, lambda t: exp(s[t])),
    "fractional power": x ** Rational(1, 2) + x ** Rational(-3, 2),
    "logarithm": log(x) + log(sum_over(F, lambda t: exp(s[t]))),
    "named": named("alpha", x * named("beta", cardinality(N))) + x,
    "inner": inner(q, W(u)) - inner(W.T(q), V(u)),
    "compound map": inner(q, (W @ V - 2 * W.T + Identity())(u)),
    "transposed compound": inner(q, (W @ V - x * V).T(u)),
    "outer": norm((W + outer(q, u))(u)) ** 2 + norm(outer(q, u).T(q)),
    "projection": norm(projection_off(u)(q)),
    "sum of maps": norm(MapSetSum(outer(v[T], W(k[T])), T, F)(q)),
    "transposed sum of maps": norm(MapSetSum(outer(v[T], k[T]), T, F).T(q)),
}


def value(compiled: Compiled, instance: Instance, arithmetic: object) -> object:
    w = compiled.world(instance, arithmetic, type(arithmetic))
    return compiled.left(w, compiled.environment())


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_both_arithmetics_agree_with_the_slow_evaluator(name: str) -> None:
    expr = EXPRESSIONS[name]
    compiled = Compiled(state(expr, "=", 0))
    choices = RandomChoices(name)
    undefined = 0
    for _ in range(60):
        instance = generate(compiled, choices)
        if instance is None:
            continue
        try:
            expected = slow(expr, instance, {})
        except Nothing:
            undefined += 1
            with pytest.raises(Undefined):
                value(compiled, instance, Floats())
            with pytest.raises(Undefined), precision(128):
                value(compiled, instance, Balls())
            continue
        assert isclose(value(compiled, instance, Floats()), expected, rel_tol=1e-9, abs_tol=1e-9)
        with precision(128):
            ball = value(compiled, instance, Balls())
            middle = float(ball.mid()) if hasattr(ball, "mid") else int(ball.p) / int(ball.q)
        assert isclose(middle, expected, rel_tol=1e-9, abs_tol=1e-9)
    partial = {"maximum", "oscillation", "diameter", "log-sum-exp", "softmax mean", "reciprocal"}
    assert (undefined > 0) == (name in partial | {"fractional power", "logarithm", "projection"})


WORLD = Instance(
    sets={"F": (F1,), "N": (N1,)},
    maps={"a": {F1: N1}},
    values={("s", F1): Fraction(0), ("s", N1): Fraction(0), ("x",): Fraction(0)},
)
EMPTY = Instance(sets={"F": (), "N": ()}, maps={"a": {}}, values={("x",): Fraction(0)})


@pytest.mark.parametrize(
    ("expr", "world", "where", "why"),
    [
        (1 / x + 1, WORLD, 1 / x, "division by 0"),
        (1 / (exp(s[F.index("i")]) - 1), None, None, "division by 0"),
        (2 * log(x), WORLD, log(x), "the argument of the logarithm is 0"),
        (log(x - 1), WORLD, log(x - 1), "the argument of the logarithm is -1"),
        (x ** Rational(-1, 2), WORLD, x ** Rational(-1, 2), "division by 0"),
        (sqrt(x - 1), WORLD, sqrt(x - 1), "a fractional power of a negative number"),
        (x + max_over(F, s), EMPTY, max_over(F, s), "a maximum over the empty set"),
        (x + min_over(F, s), EMPTY, min_over(F, s), "a minimum over the empty set"),
        (oscillation(F, s), EMPTY, oscillation(F, s), "an oscillation over the empty set"),
        (log_sum_exp(F, s), EMPTY, log_sum_exp(F, s), "a log-sum-exp over the empty set"),
        (diameter(F, v), EMPTY, diameter(F, v), "a diameter of the empty set"),
        (softmax_mean(F, s, s), EMPTY, softmax_mean(F, s, s), "a softmax over the empty set"),
    ],
)
def test_a_missing_value_is_located(expr, world, where, why) -> None:
    world = world or Instance(
        sets=WORLD.sets, maps=WORLD.maps, indices={"i": F1}, values=WORLD.values
    )
    found = judge(Compiled(state(expr, "=", 0)), world)
    assert found.finding is Finding.UNDEFINED
    assert found.undefined is not None and found.undefined.why == why
    assert where is None or found.undefined.where == where
    assert (found.left, found.right) == ("undefined", "0")


def test_a_missing_value_inside_a_sum_names_the_token() -> None:
    expr = sum_over(N, lambda j: 1 / s[j])
    world = Instance(sets={"N": (N1, N2)}, values={("s", N1): Fraction(1), ("s", N2): Fraction(0)})
    found = judge(Compiled(state(expr, "=", 0)), world)
    assert found.undefined is not None
    assert found.undefined.at == ("j = N2",)
    assert "at j = N2" in str(found.undefined)


def test_a_union_whose_parts_meet_has_no_value() -> None:
    loops = cluster_map("b", N, N)
    expr = sum_over(N, lambda j: sum_over(loops.group(j), s))
    world = Instance(sets={"N": (N1,)}, maps={"b": {N1: N1}}, values={("s", N1): Fraction(1)})
    found = judge(Compiled(state(expr, "=", 0)), world)
    assert found.finding is Finding.UNDEFINED
    assert found.undefined is not None and "both parts" in found.undefined.why


def test_rational_parts_stay_exact() -> None:
    """e^0, log 1, tanh 0 and √(1/4) are fractions, so that a tie is seen as one."""
    third = Fraction(1, 3)
    world = Instance(values={("x",): third, ("y",): Fraction(0)})
    y = scalar("y")
    expr = 3 * x * exp(y) + log(exp(y)) + tanh(y) + sqrt(Rational(1, 4) + y)
    assert judge(Compiled(state(expr, "=", Rational(3, 2))), world).finding is Finding.HOLDS


def test_what_cannot_be_separated_stays_open() -> None:
    world = Instance(values={("x",): Fraction(1)})
    difference = state(1 / (log(x + 1) + log(x + 2) - log(x + 5)), "<=", 0)
    assert judge(Compiled(difference), world).finding is Finding.UNDECIDED


def test_precision_grows_until_the_claim_is_decided() -> None:
    """e^{-200} is far below what 64 bits resolve beside 1."""
    world = Instance(values={("x",): Fraction(-200)})
    found = judge(
        Compiled(state(log(2 + exp(x)), "<=", log(exp(x / 2) ** 2 + 2 - exp(2 * x)))), world
    )
    assert found.finding is Finding.FAILS


@pytest.mark.parametrize(
    ("truths", "all_of", "any_of"),
    [
        ([], True, False),
        ([True, None], None, True),
        ([None, False], False, None),
        ([True, True], True, True),
        ([False, False], False, False),
    ],
)
def test_three_valued_connectives(truths, all_of, any_of) -> None:
    assert every(truths) is all_of
    assert some(truths) is any_of


@pytest.mark.parametrize("arithmetic", [Floats, Balls])
def test_comparisons(arithmetic) -> None:
    with precision(64):
        one = arithmetic()
        small, large = one.number(Fraction(1, 4)), one.number(Fraction(1, 2))
        assert one.at_most(small, large) is True and one.at_most(large, small) is False
        assert one.less(small, large) is True and one.less(large, small) is False
        assert one.equal(small, large) is False
        fuzzy = one.exp(small)
        assert one.equal(fuzzy, one.exp(small)) is None
        assert one.at_most(fuzzy, one.exp(small)) is None
        assert one.less(fuzzy, one.exp(small)) is None


def test_only_balls_decide_exact_ties() -> None:
    with precision(64):
        half = Fraction(1, 2)
        assert Floats().equal(0.5, 0.5) is None
        assert Balls().equal(Balls().number(half), Balls().number(half)) is True
        assert Balls().less(Balls().number(half), Balls().number(half)) is False


def test_an_incomplete_instance_is_refused() -> None:
    with pytest.raises(InstanceError, match="no value for s at N1"):
        judge(Compiled(state(sum_over(N, s), "=", 0)), Instance(sets={"N": (N1,)}))


@pytest.mark.parametrize("name", steps.TRUE)
def test_sides_of_the_true_steps_agree_with_the_slow_evaluator(name: str) -> None:
    statement = steps.statement(name)
    compiled = Compiled(statement)
    choices = RandomChoices(name)
    compared = 0
    for _ in range(25):
        instance = generate(compiled, choices)
        if instance is None:
            continue
        w = compiled.world(instance, Floats(), "floats")
        env = compiled.environment()
        for run, side in ((compiled.left, statement.left), (compiled.right, statement.right)):
            try:
                expected, found = slow(side, instance, {}), run(w, env)
            except OverflowError:
                continue
            pairs = (
                zip(expected, found, strict=True)
                if isinstance(found, tuple)
                else [(expected, found)]
            )
            assert all(isclose(a, b, rel_tol=1e-6, abs_tol=1e-6) for a, b in pairs)
            compared += 1
    assert compared > 20


@pytest.mark.parametrize("exponent", [1, 2, 3, 6])
def test_a_ball_around_zero_has_whole_powers(exponent: int) -> None:
    power = Balls().power(arb(0, 1), Fraction(exponent), x)
    assert power.is_finite() and power.contains(arb(1)) and power.contains(arb(0))
