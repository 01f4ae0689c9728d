"""The comparison of a whole model: every number against the parts it is made of."""

import json
from dataclasses import replace

import numpy as np
import pytest

from checks.models import comparison, recall
from checks.models.comparison import ANEW, OTHERS, compare_minilm, compare_recall
from checks.models.one_layer import minilm_one_layer, recall_one_layer
from checks.models.replacement import Replacement
from checks.models.whole import fit_minilm, fit_recall, minilm_alone, minilm_refitted, recall_alone
from checks.weights.fit import Fit
from tests.checks.models.test_minilm import small_model

QUESTIONS = recall.shipped_questions()
CONTEXT, QUESTION, SECOND = "Reds is blue", "is red ?", "blue is red is ?"


def off(with_context, alone):
    return [
        np.linalg.norm(x - y) / np.linalg.norm(x) for x, y in zip(with_context, alone, strict=True)
    ]


@pytest.fixture(scope="module")
def of_recall():
    counts = []
    found = compare_recall(progress=lambda done, total: counts.append((done, total)))
    return found, counts


@pytest.fixture(scope="module")
def of_encoder():
    return compare_minilm(CONTEXT, QUESTION, SECOND, small_model())


def test_the_courses_of_the_small_model(of_recall):
    found, _ = of_recall
    model, questions = recall.load_recall(), recall.shipped_questions()
    own, second = questions.tokens[:2]
    assert (own[:32] == second[:32]).all() and (own[32:] != second[32:]).any()
    assert [each.fit for each in found.courses] == list(Fit)
    states = [rows[32:] for rows in model.states(own)]
    for course in found.courses:
        layers = fit_recall(model, own, 32, course.fit)
        for each, tokens in ((course.own, own), (course.second, second)):
            expected = recall_alone(model, layers, tokens, 32).comparison
            np.testing.assert_array_equal(each.distance, expected.distance)
            np.testing.assert_array_equal(each.bound, expected.bound)
        again = [rows[32:] for rows in model.states(own, 32, ANEW[course.fit])]
        np.testing.assert_allclose(course.anew, off(states, again))
    unchanged = found.course(Fit.DROPPED)
    np.testing.assert_allclose(unchanged.anew, unchanged.own.relative, atol=1e-9)
    constant = [rows[32:] for rows in model.states(own, 32, Replacement.CONSTANT)]
    np.testing.assert_allclose(found.others[Replacement.CONSTANT].own, off(states, constant))


def test_the_courses_of_the_encoder(of_encoder):
    model = small_model()
    own, frozen = model.tokens(CONTEXT, QUESTION)
    second, _ = model.tokens(CONTEXT, SECOND)
    assert (of_encoder.frozen, of_encoder.normal, of_encoder.second_normal) == (5, 4, 6)
    assert of_encoder.answers is None and not of_encoder.causal
    for course in of_encoder.courses:
        layers = fit_minilm(model, own, frozen, course.fit)
        for each, tokens in ((course.own, own), (course.second, second)):
            expected = minilm_alone(model, layers, tokens, frozen).comparison
            np.testing.assert_array_equal(each.relative, expected.relative)
    for which, found in of_encoder.others.items():
        for each, tokens in ((found.own, own), (found.second, second)):
            states = [rows[frozen:] for rows in model.states(tokens)]
            again = minilm_refitted(model, tokens, frozen, which)
            np.testing.assert_allclose(each, off(states, again), atol=1e-12)
    assert tuple(of_encoder.others) == OTHERS


def test_a_single_question():
    found = compare_minilm(CONTEXT, QUESTION, model=small_model())
    assert found.second_normal is None
    assert all(course.second is None for course in found.courses)
    assert all(other.second is None for other in found.others.values())
    assert found.to_json()["courses"]["merged"]["second"] is None


def test_progress_counts_every_step(of_recall):
    _, counts = of_recall
    total = counts[0][1]
    assert counts == [(done, total) for done in range(1, total + 1)]
    for second in (None, SECOND):
        seen = []
        compare_minilm(
            CONTEXT, QUESTION, second, small_model(), lambda *count, seen=seen: seen.append(count)
        )
        assert seen == [(done, len(seen)) for done in range(1, len(seen) + 1)]


def test_a_bound_that_is_passed_is_noticed(of_recall):
    found, _ = of_recall
    assert found.bounds_hold
    for which in ("own", "second"):
        courses = list(found.courses)
        course = getattr(courses[2], which)
        low = replace(course, bound=np.array([*course.bound[:-1], course.distance[-1] * 0.999]))
        courses[2] = replace(courses[2], **{which: low})
        assert not replace(found, courses=tuple(courses)).bounds_hold
    passed = replace(found.one_layer, bound=found.one_layer.error * [1.0, 0.999])
    assert not replace(found, one_layer=passed).bounds_hold


def test_the_theorem_bounds_a_layer_with_effective_keys(of_recall, of_encoder):
    for found, trajectory in (
        (of_recall[0], recall_one_layer(recall.load_recall(), QUESTIONS.tokens[0], 32)),
        (
            of_encoder,
            minilm_one_layer(small_model(), small_model().tokens(CONTEXT, QUESTION)[0], 5),
        ),
    ):
        np.testing.assert_array_equal(found.one_layer.error, trajectory.error)
        np.testing.assert_array_equal(found.one_layer.bound, trajectory.bound)
        told = found.to_json()["one_layer"]
        assert told == {"error": trajectory.error.tolist(), "bound": trajectory.bound.tolist()}


def test_json_holds_only_plain_finite_numbers(of_recall, of_encoder):
    for found in (of_recall[0], of_encoder):
        data = json.loads(json.dumps(found.to_json(), allow_nan=False))
        assert list(data["courses"]) == ["dropped", "winners", "log_sum_exp", "merged"]
        assert list(data["others"]) == ["constant", "nearest"]
        for name, course in data["courses"].items():
            assert len(course["anew"]) == found.layers + 1
            bound = found.course(Fit[name.upper()]).own.bound
            assert course["own"]["bound"] == bound.tolist()
    infinite = replace(found.courses[0].own, bound=np.array([0.0, 20.0, np.inf]))
    worst = replace(found, courses=(replace(found.courses[0], own=infinite), *found.courses[1:]))
    assert worst.to_json()["courses"]["dropped"]["own"]["bound"] == [0.0, 20.0, None]


def test_a_seed_draws_questions_and_sequences(monkeypatch):
    monkeypatch.setattr(comparison, "FRESH_SEQUENCES", 2)
    monkeypatch.setattr(comparison, "QUESTIONS", 2)
    first, again, other = (compare_recall(seed) for seed in (3, 3, 4))
    assert first.name.endswith("of seed 3")
    assert first.to_json() == again.to_json()
    assert first.courses[3].own.distance.tolist() != other.courses[3].own.distance.tolist()
    assert (first.answers.sequences, first.answers.questions) == (2, 2)
