"""Values of the cluster for values of the token: exact, and within αδ."""

import pytest

from derivations.language import at_most, equal, for_all, norm
from derivations.results.clustered_values import clustered_exactly, clustered_values
from tests.results.checking import (
    holds_here,
    holds_on_instances,
    needs_hypothesis,
    proves,
    runs_as_script,
)
from tests.results.setting import F, a, alpha, clustered, delta, t, update, v

BOTH = (clustered_exactly, clustered_values)


def test_exact() -> None:
    given = (for_all(t, F, equal(v[t], v[a(t)])),)
    proves(clustered_exactly, update, "=", clustered, given=given)


def test_residual() -> None:
    given = (for_all(t, F, at_most(norm(v[t] - v[a(t)]), delta)),)
    proves(clustered_values, update, "approx", clustered, alpha * delta, given)


@pytest.mark.parametrize("derivation", BOTH, ids=lambda one: one.name)
def test_numbers(derivation) -> None:
    holds_on_instances(derivation)


@pytest.mark.parametrize("derivation", BOTH, ids=lambda one: one.name)
def test_clustering_is_needed(derivation) -> None:
    needs_hypothesis(derivation, 0)


def test_an_empty_context_with_any_delta() -> None:
    holds_here(
        clustered_values,
        sets={"F": [], "N": ["N1"]},
        maps={"a": {}},
        values={"s": {"N1": "0"}, "v": {"N1": ["2"]}, "delta": "-1"},
    )


def test_script() -> None:
    runs_as_script("clustered_values")
