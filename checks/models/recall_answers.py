"""The small model's answers: what of them is left, which says more than distances of states.

Once with every layer's update replaced, on many sequences; and once with matrices fitted to one
question, which is asked again, as are the other questions over the same context.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from checks.models.recall import Accuracy, RecallModel, RecallTask, accuracy, counted
from checks.models.replacement import Replacement
from checks.models.whole import fit_recall, recall_final
from checks.weights.fit import Fit


@dataclass(frozen=True)
class FittedAnswers:
    """Answers with matrices fitted to one question: on that question, and on the others."""

    own: Accuracy
    other: Accuracy


@dataclass(frozen=True, eq=False)
class Answers:
    """``replaced``: by what replaces every layer's update, on ``sequences`` sequences.

    ``fitted``: by what the matrices were fitted for, each of ``questions`` questions over one
    context in turn.
    """

    sequences: int
    questions: int
    replaced: Mapping[Replacement, Accuracy]
    fitted: Mapping[Fit, FittedAnswers]

    def to_json(self) -> dict[str, Any]:
        """Plain numbers: see docs/measure.md."""
        return {
            "sequences": self.sequences,
            "questions": self.questions,
            "replaced": {which.name.lower(): _plain(each) for which, each in self.replaced.items()},
            "fitted": {
                fit.name.lower(): {"own": _plain(each.own), "other": _plain(each.other)}
                for fit, each in self.fitted.items()
            },
        }


def recall_answers(
    model: RecallModel,
    task: RecallTask,
    questions: RecallTask,
    told: Callable[[], None] = lambda: None,
) -> Answers:
    """Replacements on the sequences of ``task``, fitted matrices on ``questions`` to one context.

    ``told()`` is called after every replacement and after every question that was fitted to.
    """
    replaced = {}
    for which in Replacement:
        replaced[which] = accuracy(model, task, which)
        told()
    count = len(questions.tokens)
    right = {fit: np.empty((count, *questions.answers.shape), dtype=bool) for fit in Fit}
    for fitted_to in range(count):
        for fit in Fit:
            layers = fit_recall(model, questions.tokens[fitted_to], questions.frozen, fit)
            for asked, tokens in enumerate(questions.tokens):
                final = recall_final(model, layers, tokens, questions.frozen)
                said = model.logits(final)[::2].argmax(axis=1)
                right[fit][fitted_to, asked] = said == questions.answers[asked]
        told()
    own = np.eye(count, dtype=bool)
    repeated = np.broadcast_to(questions.repeated, (count, *questions.answers.shape))
    fitted = {
        fit: FittedAnswers(*(counted(each[pick], repeated[pick]) for pick in (own, ~own)))
        for fit, each in right.items()
    }
    return Answers(len(task.tokens), count, replaced, fitted)


def _plain(found: Accuracy) -> dict[str, int]:
    return {
        "right": found.right,
        "total": found.total,
        "right_repeated": found.right_repeated,
        "repeated": found.repeated,
    }
