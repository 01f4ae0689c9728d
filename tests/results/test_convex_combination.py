"""Δ = αΔ^F + (1−α)Δ^N and what dropping the context costs."""

import pytest

from derivations.language import non_empty, norm, softmax_mean
from derivations.results.convex_combination import convex_combination, distance_to_dropped
from tests.results.checking import holds_on_instances, needs_hypothesis, proves, runs_as_script
from tests.results.setting import F, N, alpha, s, update, v

BOTH = (convex_combination, distance_to_dropped)
frozen, normal = softmax_mean(F, s, v), softmax_mean(N, s, v)


def test_combination() -> None:
    right = alpha * frozen + (1 - alpha) * normal
    proves(convex_combination, update, "=", right, given=(non_empty(F),))


def test_distance() -> None:
    right = alpha * norm(frozen - normal)
    proves(distance_to_dropped, norm(update - normal), "=", right, given=(non_empty(F),))


@pytest.mark.parametrize("derivation", BOTH, ids=lambda one: one.name)
def test_numbers(derivation) -> None:
    holds_on_instances(derivation)


@pytest.mark.parametrize("derivation", BOTH, ids=lambda one: one.name)
def test_an_empty_context_is_excluded(derivation) -> None:
    needs_hypothesis(derivation, 0)


def test_script() -> None:
    runs_as_script("convex_combination")
