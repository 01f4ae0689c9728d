"""`check`: every relation, every attribute of the outcome, definedness, limits and seeds."""

import time

import pytest

from derivations import (
    Verdict,
    at_most,
    cardinality,
    check,
    exp,
    for_all,
    index,
    index_sets,
    less,
    linear_map,
    log,
    log_sum_exp,
    max_over,
    non_empty,
    norm,
    projection_off,
    scalar,
    scalars,
    softmax,
    softmax_mean,
    sum_over,
    vector,
    vectors,
)
from derivations.counterexamples import recheck
from derivations.judgement import Judge
from derivations.language import diameter
from derivations.language.errors import LanguageError
from derivations.language.statements import state
from derivations.proof_files import replay
from derivations.reading import read_claim
from derivations.verdicts import Known

F, N = index_sets("F", "N", nonempty="N")
s, z, v, x = scalars("s"), scalars("z"), vectors("v"), scalar("x")
u, q, t = vector("u"), vector("q"), index("t")
i = N.index("i")


def total(domain):
    return sum_over(domain, lambda j: exp(s[j]))


TRUE = [
    (total(F | N), "=", total(F) + total(N), None, ()),
    (total(N), "<=", total(F | N), None, ()),
    (total(F | N), ">=", total(N), None, ()),
    (softmax_mean(N, s, v), "approx", softmax_mean(N, s, v), 0, ()),
    (u, "approx", q, x, (at_most(norm(u - q), x),)),
]
FALSE = [
    (total(F | N), "=", total(F)),
    (total(F | N), "<=", total(N)),
    (total(F), ">=", total(N)),
    (u, "approx", q, 1),
]


@pytest.mark.parametrize("step", TRUE, ids=lambda step: step[1])
def test_a_true_step(step) -> None:
    outcome = check(*step)
    assert outcome.verdict is Verdict.PROVED
    assert outcome.reason == ""
    assert outcome.smallest is None
    assert outcome.worst is None
    assert outcome.lemmas == ()
    assert outcome.proof is not None
    assert replay(outcome.proof).conclusion == read_claim(state(*step))


@pytest.mark.parametrize("step", FALSE, ids=lambda step: step[1])
def test_a_false_step(step) -> None:
    outcome = check(*step)
    assert outcome.verdict is Verdict.REFUTED
    assert outcome.proof is None
    assert outcome.lemmas == ()
    for witness in (outcome.smallest, outcome.worst):
        assert witness is not None
        assert recheck(state(*step), witness.instance) is Verdict.REFUTED
    assert outcome.smallest.text in outcome.reason
    assert outcome.seconds > 0


def test_lemmas_are_named_with_what_they_rest_on() -> None:
    entropy = -sum_over(N, lambda j: softmax(N, z, j) * log(softmax(N, z, j)))
    left = sum_over(N, lambda j: softmax(N, z, j) * s[j]) + entropy
    outcome = check(left, "<=", log_sum_exp(N, s))
    assert outcome.verdict is Verdict.PROVED
    assert [(one.name, one.known) for one in outcome.lemmas] == [
        ("Gibbs' inequality", Known.KERNEL)
    ]


def test_the_pasteable_test_runs() -> None:
    outcome = check(total(F | N), "=", total(N))
    assert outcome.smallest is not None
    namespace: dict[str, object] = {}
    exec(outcome.smallest.test, namespace)
    namespace["test_the_claim_fails_here"]()  # type: ignore[operator]


# ---- definedness ---------------------------------------------------------------------------------

P, W = projection_off(u), linear_map("W")
logs = scalars("y")


def of_log(j):
    return log(logs[j])


UNDEFINED = {
    "1/|F|": (1 / cardinality(F), "=", 1 / cardinality(F)),
    "≤": (1 / cardinality(F), "<=", 1 / cardinality(F)),
    "≈": (u / cardinality(F), "approx", u / cardinality(F), 0),
    "≈ with a large budget": (log(x), "approx", log(x), 1),
    "0 times it": (sum_over(F, s) / cardinality(F) * 0 + log(x), "<=", log(x) + 1),
    "log-sum-exp": (log_sum_exp(F, s), "=", log_sum_exp(F, s)),
    "maximum": (max_over(F, s), "<=", max_over(F, s)),
    "softmax mean": (softmax_mean(F, s, v), "=", softmax_mean(F, s, v)),
    "diameter": (diameter(F, v), "<=", diameter(F, v)),
    "diameter of one value": (diameter(N, lambda j: u / x), "=", 0),
    "the budget": (u, "approx", u, 1 / cardinality(F)),
    "projection": (P(q), "=", P(q)),
    "projection of its own direction": (P(u), "=", 0 * u),
    "projection and map": ((W @ P)(u), "=", 0 * u),
    "projections that cancel": ((W + P - P)(q), "=", W(q)),
    "no projection at all": ((W + 0 * P)(q), "=", W(q)),
    "softmax of a logarithm": (
        softmax(N, of_log, i),
        "=",
        logs[i] / sum_over(N, logs),
        None,
        (less(0, sum_over(N, logs)),),
    ),
    "log-sum-exp of a logarithm": (
        log_sum_exp(N, of_log),
        "=",
        log(sum_over(N, logs)),
        None,
        (less(0, sum_over(N, logs)),),
    ),
    "mean by a logarithm": (
        softmax_mean(N, of_log, v),
        "=",
        sum_over(N, lambda j: logs[j] * v[j]) / sum_over(N, logs),
        None,
        (less(0, sum_over(N, logs)),),
    ),
}


@pytest.mark.parametrize("name", UNDEFINED)
def test_nothing_is_proved_about_what_has_no_value(name: str) -> None:
    step = UNDEFINED[name]
    outcome = check(*step)
    assert outcome.verdict is Verdict.ILL_DEFINED, outcome.verdict
    assert outcome.smallest is not None
    assert outcome.worst is None
    assert "undefined" in outcome.reason
    assert recheck(state(*step), outcome.smallest.instance) is Verdict.ILL_DEFINED


def test_a_hypothesis_that_excludes_it_is_enough() -> None:
    outcome = check(log_sum_exp(F, s), "=", log_sum_exp(F, s), given=[non_empty(F)])
    assert outcome.verdict is Verdict.PROVED


def test_a_logarithm_of_positive_numbers() -> None:
    positive = for_all(t, N, less(0, logs[t]))
    outcome = check(log_sum_exp(N, of_log), "=", log(sum_over(N, logs)), given=[positive])
    assert outcome.verdict is Verdict.PROVED, outcome.reason


# ---- sense ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step",
    [
        (x, "<", x),
        (x, "approx", x),
        (x, "=", x, 1),
        (u, "<=", q),
        (u, "=", x),
        (s[t], "=", s[t]),
        (x, "=", 0.5),
        (x, "approx", x, 0.5),
        (x, "approx", x, u),
        (x, "=", x, None, (True,)),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(step) -> None:
    with pytest.raises(LanguageError):
        check(*step)


def test_hypotheses_that_contradict_each_other_prove_anything_or_nothing() -> None:
    outcome = check(x, "=", x + 1, given=[less(x, x)], time_limit=5)
    assert outcome.verdict in (Verdict.PROVED, Verdict.OPEN)
    assert outcome.smallest is None


# ---- limits and seeds ----------------------------------------------------------------------------


def many_denominators(size: int):
    return sum((scalar(f"x_{n}") / (1 + scalar(f"y_{n}") ** 2) for n in range(size)), x)


def test_a_step_that_takes_too_long_is_open() -> None:
    left = many_denominators(40) ** 3
    right = left + 0 * x + scalar("r") ** 2
    began = time.perf_counter()
    outcome = check(left, "<=", right + many_denominators(3) ** 2, time_limit=2)
    assert time.perf_counter() - began < 12
    assert outcome.verdict is not Verdict.PROVED
    assert outcome.proof is None


def test_an_open_step_says_what_was_tried() -> None:
    outcome = check(2 * x - 1, "<=", exp(x) - 1 / (1 + exp(50 * x - 150)), time_limit=5)
    assert outcome.verdict is Verdict.OPEN
    assert outcome.reason.startswith("no counterexample among ")
    assert ", and no proof: " in outcome.reason
    assert outcome.smallest is outcome.worst is outcome.proof is None


@pytest.mark.parametrize("seed", [0, 3])
def test_the_same_seed_gives_the_same_outcome(seed: int) -> None:
    first, second = (check(total(F | N), "<=", 2 * total(N), seed=seed) for _ in range(2))
    assert first.verdict is Verdict.REFUTED
    assert (first.smallest, first.worst) == (second.smallest, second.worst)


def test_a_judge_without_search_refutes_nothing() -> None:
    outcome, theorem = Judge(search=False).attempt(state(total(N), "=", total(F)), None)
    assert outcome.verdict is Verdict.OPEN
    assert theorem is None
    assert outcome.smallest is None
