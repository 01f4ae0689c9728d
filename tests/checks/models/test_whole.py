"""Whole models with fitted weights: the steps are the model's own, and no bound is passed."""

import numpy as np
import pytest

from checks.models.recall import load_recall, shipped_task
from checks.models.replacement import Replacement
from checks.models.whole import (
    fit_minilm,
    fit_recall,
    minilm_alone,
    minilm_refitted,
    recall_alone,
)
from checks.weights.fit import Fit
from tests.checks.models.test_minilm import small_model

TOKENS = np.array([2, 4, 6, 7, 5, 7, 4, 8, 3])


def alone(model, tokens, frozen, fit):
    """The question with weights fitted to itself."""
    fitter, runner = (
        (fit_minilm, minilm_alone) if hasattr(model, "vocabulary") else (fit_recall, recall_alone)
    )
    return runner(model, fitter(model, tokens, frozen, fit), tokens, frozen)


@pytest.fixture(scope="module")
def recall():
    return load_recall()


@pytest.mark.parametrize("fit", list(Fit))
def test_no_bound_of_the_causal_model_is_passed(recall, fit):
    tokens = shipped_task().tokens[0]
    found = alone(recall, tokens, 32, fit).comparison
    assert len(found.distance) == 3 and found.distance[0] == 0
    assert (found.distance <= found.bound * (1 + 1e-12)).all()
    assert found.distance[1] == pytest.approx(found.one_layer[0])
    assert (found.lipschitz > 1).all()


def test_unchanged_weights_are_the_context_dropped(recall):
    tokens = shipped_task().tokens[3]
    whole = alone(recall, tokens, 32, Fit.DROPPED)
    dropped = recall.states(tokens, 32, Replacement.DROPPED)[-1][32:]
    np.testing.assert_allclose(whole.final, dropped, atol=1e-9)


def test_fitted_weights_bring_the_causal_model_back(recall):
    """Weights that serve all queries answer more than any keys per query can (.67, the hull)."""
    task = shipped_task()
    right = {fit: 0 for fit in Fit}
    for tokens, answers in zip(task.tokens[:4], task.answers[:4], strict=True):
        for fit in Fit:
            final = alone(recall, tokens, 32, fit).final
            right[fit] += int((recall.logits(final)[::2].argmax(axis=1) == answers).sum())
    assert right[Fit.DROPPED] < right[Fit.WINNERS] < right[Fit.MERGED] < 48
    assert right[Fit.MERGED] > 0.6 * 48


@pytest.mark.parametrize("fit", list(Fit))
def test_no_bound_of_the_encoder_is_passed(fit):
    model = small_model()
    found = alone(model, TOKENS, 5, fit).comparison
    assert len(found.distance) == 3 and found.distance[0] == 0
    assert (found.distance <= found.bound * (1 + 1e-12)).all()
    assert found.distance[1] == pytest.approx(found.one_layer[0])


def test_without_context_nothing_changes():
    model = small_model(1)
    for fit in Fit:
        whole = alone(model, TOKENS, 0, fit)
        np.testing.assert_allclose(whole.final, model.states(TOKENS)[-1], atol=1e-8)


def test_refitted_replacements():
    model = small_model(2)
    exact = model.states(TOKENS)
    again = minilm_refitted(model, TOKENS, 5, Replacement.EXACT)
    for with_context, states in zip(exact, again, strict=True):
        np.testing.assert_allclose(states, with_context[5:], atol=1e-9)
    dropped = minilm_refitted(model, TOKENS, 5, Replacement.DROPPED)
    unchanged = alone(model, TOKENS, 5, Fit.DROPPED).final
    np.testing.assert_allclose(dropped[-1], unchanged, atol=1e-9)
    assert not np.allclose(dropped[-1], exact[-1][5:])


def test_weights_carry_over_to_another_question_hardly_at_all(recall):
    """Twelve questions over one context: weights of the first, asked of the second."""
    task = shipped_task()
    right = {"own": 0, "transferred": 0, "dropped": 0}
    nothing = fit_recall(recall, task.tokens[4], 32, Fit.DROPPED)
    for first in (4, 5, 6, 7):
        layers = fit_recall(recall, task.tokens[first], 32, Fit.MERGED)
        other = first + 4
        for name, weights, row in (
            ("own", layers, first),
            ("transferred", layers, other),
            ("dropped", nothing, other),
        ):
            found = recall_alone(recall, weights, task.tokens[row], 32)
            assert (found.comparison.distance <= found.comparison.bound * (1 + 1e-12)).all()
            answers = recall.logits(found.final)[::2].argmax(axis=1)
            right[name] += int((answers == task.answers[row]).sum())
    # Measured over all pairs of the twelve: .74 on the own question, .09 on another, .04 dropped.
    assert right["own"] > 0.6 * 48 > 2 * right["transferred"]
    assert right["dropped"] < 0.15 * 48
