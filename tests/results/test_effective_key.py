"""The whole chain from entities to effective keys, its margin corollary, the weights' reading."""

import pytest
from sympy import Basic, exp, log, tanh

from derivations.language import (
    attention,
    cardinality,
    diameter,
    equal,
    for_all,
    inner,
    linear_map,
    log_sum_exp,
    max_over,
    norm,
    oscillation,
    scalars,
    softmax_mean,
    sum_over,
    vectors,
    winner_map,
)
from derivations.language.propositions import NonEmpty, at_most
from derivations.language.statements import Relation
from derivations.results.effective_key import effective_key, margin_corollary, weights_reading
from tests.results.checking import (
    does_not_need_hypothesis,
    holds_here,
    holds_on_instances,
    needs_hypothesis,
    proves,
    report_of,
    runs_as_script,
    statement_of,
)
from tests.results.setting import F, N, a, delta, j, t

W_Q, W_K, W_V, W_new = (linear_map(name) for name in ("W_Q", "W_K", "W_V", "W_K'"))
e, gamma, i = vectors("e"), scalars("gamma"), N.index("i")
q = W_Q(e[i])


def k(one: Basic):
    return W_K(e[one])


def v(one: Basic):
    return W_V(e[one])


def logit(one: Basic):
    return inner(q, k(one))


def mass(domain):
    return sum_over(domain, lambda t: exp(logit(t)), "t")


w = winner_map("w", N, a.group, by=logit)
alpha = mass(F) / (mass(F) + mass(N))
near = for_all(t, F, at_most(norm(v(t) - v(a(t))), delta))
exact = attention(F | N, q, k, v)
effective = softmax_mean(N, lambda j: inner(q, k(w(j))), v)
THREE = (effective_key, margin_corollary, weights_reading)


def gap(j: Basic):
    return log_sum_exp(a.group(j), logit) - max_over(a.group(j), logit, "t")


def test_effective_key() -> None:
    budget = alpha * delta + tanh(oscillation(N, gap) / 4) * diameter(N, v)
    proves(
        effective_key, exact, "approx", effective, budget, (near,), lemmas=("softmax stability",)
    )


def test_the_context_may_be_empty() -> None:
    for derivation in (effective_key, margin_corollary):
        assert NonEmpty(F) not in statement_of(derivation).hypotheses
        assert NonEmpty(N) in statement_of(derivation).hypotheses
    entities = {"N1": ["0"], "N2": ["-1"]}
    maps = {"W_Q": [["1"]], "W_K": [["1"]], "W_V": [["1"]]}
    holds_here(
        effective_key,
        sets={"F": [], "N": ["N1", "N2"]},
        maps={"a": {}, "w": {"N1": "N1", "N2": "N2"}},
        indices={"i": "N1"},
        values={"e": entities, "delta": "-1", **maps},
    )


@pytest.mark.parametrize("winner", ["F1", "N1"])
def test_either_of_two_tied_tokens_may_win(winner: str) -> None:
    entities = {"F1": ["1"], "N1": ["1"], "N2": ["0"]}
    maps = {"W_Q": [["1"]], "W_K": [["1"]], "W_V": [["1"]]}
    holds_here(
        effective_key,
        sets={"F": ["F1"], "N": ["N1", "N2"]},
        maps={"a": {"F1": "N1"}, "w": {"N1": winner, "N2": "N2"}},
        indices={"i": "N1"},
        values={"e": entities, "delta": "0", **maps},
    )


def test_the_ledger() -> None:
    report = report_of(effective_key)
    kinds = [step.relation for step in report.steps]
    assert kinds.count(Relation.APPROX) == 2
    assert len(kinds) == 6
    assert sum(step.budget for step in report.steps if step.budget is not None) == report.budget


def test_margin_corollary() -> None:
    def excess(j: Basic):
        return log(1 + (cardinality(a.group(j)) - 1) * exp(-gamma[j]))

    behind = for_all(t, a.group(j).without(w(j)), at_most(logit(t), logit(w(j)) - gamma[j]))
    given = (near, for_all(j, N, behind), for_all(j, N, at_most(0, gamma[j])))
    budget = alpha * delta + tanh(max_over(N, excess) / 4) * diameter(N, v)
    proves(
        margin_corollary, exact, "approx", effective, budget, given, lemmas=("softmax stability",)
    )


def test_weights_reading() -> None:
    given = (for_all(j, N, equal(W_new(e[j]), k(w(j)))),)
    right = softmax_mean(N, lambda j: inner(q, W_new(e[j])), v)
    proves(weights_reading, effective, "=", right, given=given)


@pytest.mark.parametrize("derivation", THREE, ids=lambda one: one.name)
def test_numbers(derivation) -> None:
    holds_on_instances(derivation, 8)


def test_clustering_is_needed() -> None:
    needs_hypothesis(effective_key, 0)
    needs_hypothesis(margin_corollary, 0)


def test_the_margins_are_needed_and_their_sign_is_not() -> None:
    needs_hypothesis(margin_corollary, 1)
    does_not_need_hypothesis(margin_corollary, 2)


def test_the_weights_must_give_the_winners_keys() -> None:
    needs_hypothesis(weights_reading, 0)


def test_script() -> None:
    runs_as_script("effective_key")
