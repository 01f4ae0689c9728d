"""Answers of the small model, counted once more one by one."""

import json

import numpy as np
import pytest

from checks.models.recall import accuracy, draw_task, load_recall, shipped_questions
from checks.models.recall_answers import recall_answers
from checks.models.replacement import Replacement
from checks.models.whole import fit_recall, recall_alone
from checks.weights.fit import Fit


@pytest.fixture(scope="module")
def model():
    return load_recall()


@pytest.fixture(scope="module")
def found(model):
    told = []
    task, questions = draw_task(3, 1), draw_task(3, 2, one_context=True)
    answers = recall_answers(model, task, questions, lambda: told.append(1))
    assert len(told) == len(Replacement) + 3
    return answers, task, questions


def test_questions_over_one_context():
    for questions in (draw_task(4, 7, one_context=True), shipped_questions()):
        assert (questions.tokens[:, :32] == questions.tokens[0, :32]).all()
        assert len({tuple(row) for row in questions.tokens[:, 32:].tolist()}) == len(
            questions.tokens
        )
    assert len(shipped_questions().tokens) == 12
    one = draw_task(1, 7)
    np.testing.assert_array_equal(draw_task(1, 7, one_context=True).tokens, one.tokens)


def test_replacements_are_counted_on_the_sequences(model, found):
    answers, task, _ = found
    assert answers.sequences == 3 and list(answers.replaced) == list(Replacement)
    assert answers.replaced[Replacement.EXACT].right == 36
    for which in (Replacement.DROPPED, Replacement.MERGED_SEEN):
        assert answers.replaced[which] == accuracy(model, task, which)


@pytest.mark.parametrize("fit", list(Fit))
def test_fitted_matrices_are_asked_their_own_question_and_the_others(model, found, fit):
    answers, _, questions = found
    right = {True: 0, False: 0}
    new = {True: 0, False: 0}
    for fitted_to in range(3):
        layers = fit_recall(model, questions.tokens[fitted_to], 32, fit)
        for asked in range(3):
            final = recall_alone(model, layers, questions.tokens[asked], 32).final
            said = model.logits(final)[::2].argmax(axis=1)
            for place, (one, wanted) in enumerate(zip(said, questions.answers[asked], strict=True)):
                right[fitted_to == asked] += one == wanted
                earlier = wanted in questions.answers[asked][:place]
                new[fitted_to == asked] += one == wanted and not earlier
    for own, counted in ((True, answers.fitted[fit].own), (False, answers.fitted[fit].other)):
        assert counted.total == (36 if own else 72)
        assert counted.right == right[own]
        assert counted.right - counted.right_repeated == new[own]


def test_weights_stand_in_on_their_own_question_only(found):
    answers, _, _ = found
    merged = answers.fitted[Fit.MERGED]
    assert merged.own.share > 0.6 > 3 * merged.other.share


def test_plain_numbers(found):
    answers, _, _ = found
    data = json.loads(json.dumps(answers.to_json()))
    assert data["replaced"]["exact"]["right"] == 36
    own = answers.fitted[Fit.MERGED].own
    assert data["fitted"]["merged"]["own"] == {
        "right": own.right,
        "total": 36,
        "right_repeated": own.right_repeated,
        "repeated": own.repeated,
    }
