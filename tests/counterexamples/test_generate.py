"""Generated instances satisfy the hypotheses, and meet the corners of what they allow."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings

from derivations.counterexamples import Instance, instances
from derivations.counterexamples.arithmetic import Balls
from derivations.counterexamples.choices import FixedChoices, RandomChoices
from derivations.counterexamples.declarations import broken_declaration
from derivations.counterexamples.evaluate import Compiled
from derivations.counterexamples.generate import generate
from derivations.counterexamples.judge import Finding, judge
from derivations.counterexamples.linear_system import solve_linear
from derivations.language import (
    Rational,
    at_most,
    cardinality,
    cluster_map,
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
    non_empty,
    norm,
    oscillation,
    scalar,
    scalars,
    sum_over,
    there_is,
    vector,
    vectors,
    winner_map,
)
from derivations.language.propositions import Empty, Proposition
from derivations.language.statements import state
from tests.steps import transcription as steps

F, N = index_sets("F", "N", nonempty="N")
a = cluster_map("a", F, N)
s, r, v, k, e = scalars("s"), scalars("r"), vectors("v"), vectors("k"), vectors("e")
delta, eta, mu, rho, x = (scalar(name) for name in ("delta", "eta", "mu", "rho", "x"))
q, u, W = vector("q"), vector("u"), linear_map("W")
t, j, i = index("t"), index("j"), index("i")
w = winner_map("w", N, a.group, lambda t: inner(q, k[t]))
size = cardinality(F)

HYPOTHESES: dict[str, list[Proposition]] = {
    "a bound by one scalar": [for_all(t, F, at_most(norm(v[t] - v[a(t)]), delta))],
    "a bound by a number": [for_all(t, F, at_most(norm(v[t] - v[a(t)]), Rational(1, 2)))],
    "a bound that is itself bounded": [
        for_all(t, F, at_most(norm(v[t] - v[a(t)]), delta)),
        at_most(delta, Rational(1, 4)),
        less(0, delta),
    ],
    "equal vectors": [for_all(t, F, equal(v[t], v[a(t)]))],
    "everything equal": [for_all(i, N, for_all(j, N, equal(s[i], s[j])))],
    "a strict order": [for_all(t, F, less(s[t], s[a(t)]))],
    "a member": [there_is(j, N, at_most(mu, s[j])), for_all(t, F, at_most(s[t], eta))],
    "an irrational bound": [
        non_empty(F),
        less(0, rho),
        less(rho, 1),
        at_most(log(size) + log((1 - rho) / rho), mu - eta),
    ],
    "a product": [at_most(0, x), at_most(x * sum_over(F, lambda t: norm(k[t]) ** 2), 1)],
    "a distribution": [for_all(j, N, less(0, r[j])), equal(sum_over(N, r), 1)],
    "a curved bound": [at_most(oscillation(N, s), 1), at_most(log_sum_exp(N, s), 2)],
    "orthogonal": [equal(inner(q, u), 0), less(0, inner(u, u))],
    "unit vectors": [for_all(j, N, equal(norm(v[j]), 1))],
    "a weight edit": [for_all(j, N, equal(W(e[j]), k[w(j)]))],
    "a margin of winners": [
        for_all(t, a.group(N.index("n")).without(w(N.index("n"))), at_most(inner(q, k[t]), x)),
        at_most(x, inner(q, k[w(N.index("n"))]) - 1),
    ],
    "onto": [for_all(j, N, non_empty(a.fibre(j)))],
    "sizes": [at_most(cardinality(N), size), less(size, 4)],
    "empty": [Empty(F)],
}


def everything(given_: list[Proposition]):
    """A true statement in which all symbols of the hypotheses occur."""
    return state(x, "=", x, given=given_)


@pytest.mark.parametrize("name", HYPOTHESES)
def test_hypotheses_are_constructed(name: str, record_property) -> None:
    compiled = Compiled(everything(HYPOTHESES[name]))
    choices = RandomChoices(name)
    made = [generate(compiled, choices, small=at % 2 == 0) for at in range(120)]
    held = [one for one in made if one is not None]
    record_property("acceptance", len(held) / len(made))
    assert len(held) > 0.9 * len(made)
    for one in held:
        assert broken_declaration(compiled, one) is None
        assert judge(compiled, one).finding is Finding.HOLDS


@pytest.mark.parametrize("name", (*steps.TRUE, *steps.FALSE))
def test_the_steps_are_met_more_often_than_not(name: str, record_property) -> None:
    compiled = Compiled(steps.statement(name))
    choices = RandomChoices(name)
    made = [generate(compiled, choices) for _ in range(60)]
    held = [one for one in made if one is not None]
    record_property("acceptance", len(held) / len(made))
    assert len(held) > 0.9 * len(made)
    for one in held:
        assert broken_declaration(compiled, one) is None
        assert judge(compiled, one).finding is not Finding.EXCLUDED


def test_contradictory_hypotheses_are_given_up() -> None:
    compiled = Compiled(everything([less(x, 0), less(0, x)]))
    assert generate(compiled, RandomChoices(0)) is None


def drawn(statement, count: int = 300) -> list[Instance]:
    compiled, choices = Compiled(statement), RandomChoices("corners")
    found = (generate(compiled, choices) for _ in range(count))
    return [one for one in found if one is not None]


def test_extremal_instances_occur() -> None:
    """The bound is met with equality, and with room to spare."""
    compiled = Compiled(everything(HYPOTHESES["a bound by one scalar"]))
    tight = Counter()
    for one in drawn(compiled.statement):
        distances = [
            max(abs(x - y) for x, y in zip(one.values["v", f], one.values["v", n], strict=True))
            for f, n in one.maps["a"].items()
        ]
        if distances and one.dimension == 1:
            tight[max(distances) == one.values["delta",]] += 1
    assert tight[True] > 10 and tight[False] > 10


def test_irrational_bounds_are_rounded_outward_to_dyadic_numbers() -> None:
    compiled = Compiled(state(s[N.index("n")], "=", 0, given=[at_most(log_sum_exp(N, s), x)]))
    rounded = 0
    for one in drawn(compiled.statement):
        denominator = one.values["x",].denominator
        assert denominator & (denominator - 1) == 0
        rounded += len(one.sets["N"]) > 1
    assert rounded > 50


def test_sizes_values_and_dimensions_vary() -> None:
    found = drawn(state(norm(sum_over(F | N, lambda t: exp(s[t]) * v[t])), "=", 0))
    sizes = Counter((len(one.sets["F"]), len(one.sets["N"])) for one in found)
    assert {f for f, _ in sizes} == {0, 1, 2, 3, 4} and {n for _, n in sizes} == {1, 2, 3, 4}
    assert Counter(one.dimension for one in found).keys() == {1, 2}
    numbers = [value for one in found for cell, value in one.values.items() if cell[0] == "s"]
    assert max(numbers) >= 8 and min(numbers) <= -8
    assert any(value.denominator == 4 for value in numbers)
    tied = sum(
        len({one.values["s", n] for n in one.sets["N"]}) == 1
        for one in found
        if len(one.sets["N"]) > 1
    )
    assert tied > 20


def test_undeclared_sets_overlap_and_declared_ones_do_not() -> None:
    A, B = index_set("A"), index_set("B")
    total = sum_over(A, s) + sum_over(B, s) + sum_over(F, s) + sum_over(N, s)
    found = drawn(state(total, "=", 0))
    assert any(set(one.sets["A"]) & set(one.sets["B"]) for one in found)
    assert any(set(one.sets["A"]) & set(one.sets["F"]) for one in found)
    assert any(one.sets["A"] and not set(one.sets["A"]) & set(one.sets["B"]) for one in found)
    assert not any(set(one.sets["F"]) & set(one.sets["N"]) for one in found)


def test_subsets_are_subsets() -> None:
    part = index_set("C", nonempty=True, subset_of=F | N)
    found = drawn(state(sum_over(part, s), "=", 0))
    assert all(set(one.sets["C"]) <= {*one.sets["F"], *one.sets["N"]} for one in found)
    assert all(one.sets["C"] for one in found)
    assert any(len(one.sets["C"]) < len(one.sets["F"]) + len(one.sets["N"]) for one in found)


def test_the_simplest_choices_give_the_simplest_instance() -> None:
    one = generate(Compiled(state(sum_over(N, s), "=", 0)), FixedChoices())
    assert one == Instance(sets={"N": (("N", 1),)}, values={("s", ("N", 1)): Fraction(0)})


WEIGHT_EDIT = everything(HYPOTHESES["a weight edit"])


@settings(max_examples=20, database=None)
@given(instances(WEIGHT_EDIT))
def test_the_strategy_for_hypothesis_draws_instances_that_satisfy(one: Instance) -> None:
    compiled = Compiled(WEIGHT_EDIT)
    assert compiled.hypotheses_hold(compiled.world(one, Balls(), 64)) is True


def test_linear_systems() -> None:
    one, two, zero = Fraction(1), Fraction(2), Fraction(0)
    assert solve_linear([([one, one], -two)], [zero, one]) == [1, 1]
    assert solve_linear([([one, one], -two), ([one, -one], zero)], [zero, zero]) == [1, 1]
    assert solve_linear([([zero, two], -one)], [two, zero]) == [2, Fraction(1, 2)]
    assert solve_linear([([zero, zero], one)], [zero, zero]) is None
    assert solve_linear([], [one, two]) == [1, 2]
