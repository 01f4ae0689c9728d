"""When the context drops out, and the board's claims about it."""

import pytest
from sympy import exp

from derivations.counterexamples import recheck, refute
from derivations.language import (
    at_most,
    cardinality,
    for_all,
    max_over,
    norm,
    scalar,
    softmax_mean,
    there_is,
)
from derivations.results.irrelevant_context import (
    drops_out,
    irrelevant_context,
    irrelevant_update,
    small_mass,
)
from derivations.verdicts import Verdict
from tests.results.checking import (
    does_not_need_hypothesis,
    holds_here,
    holds_on_instances,
    needs_hypothesis,
    proves,
    runs_as_script,
)
from tests.results.setting import F, N, alpha, j, s, t, update, v

eta, mu, D = scalar("eta"), scalar("mu"), scalar("D")
bound = cardinality(F) * exp(eta) / (cardinality(F) * exp(eta) + exp(mu))
low = for_all(t, F, at_most(s[t], eta))
BOTH = (irrelevant_context, irrelevant_update)
CLAIMS = (drops_out, small_mass)


def test_mass() -> None:
    given = (low, at_most(mu, max_over(N, s)))
    proves(irrelevant_context, alpha, "<=", bound, given=given)


def test_update() -> None:
    given = (
        at_most(0, D),
        low,
        there_is(j, N, at_most(mu, s[j])),
        for_all(t, F, for_all(j, N, at_most(norm(v[t] - v[j]), D))),
    )
    distance = norm(update - softmax_mean(N, s, v))
    proves(irrelevant_update, distance, "<=", bound * D, given=given)


@pytest.mark.parametrize("derivation", BOTH, ids=lambda one: one.name)
def test_numbers(derivation) -> None:
    holds_on_instances(derivation)


@pytest.mark.parametrize("number", [0, 1])
def test_each_hypothesis_on_the_mass_is_needed(number: int) -> None:
    needs_hypothesis(irrelevant_context, number)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_hypothesis_on_the_update_is_needed(number: int) -> None:
    needs_hypothesis(irrelevant_update, number)


def test_the_sign_of_the_diameter_is_not_needed() -> None:
    """0 ≤ D follows when F has a member, and without one both sides are 0."""
    does_not_need_hypothesis(irrelevant_update, 0)


def test_an_empty_context() -> None:
    holds_here(
        irrelevant_context,
        sets={"F": [], "N": ["N1"]},
        values={"s": {"N1": "0"}, "eta": "7", "mu": "0"},
    )


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda one: one.name)
def test_the_boards_claim_is_refuted_by_its_stored_witness(claim) -> None:
    report = claim.report()
    assert report.verdict is report.expected is Verdict.REFUTED
    assert report.witness is not None
    assert recheck(claim.statement, report.witness.instance) is Verdict.REFUTED
    assert report.witness.instance["values"]["q"] == ["0"]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda one: one.name)
def test_the_boards_claim_is_refuted_by_search_too(claim) -> None:
    assert refute(claim.statement, 200).verdict is Verdict.REFUTED


def test_script() -> None:
    runs_as_script("irrelevant_context")
