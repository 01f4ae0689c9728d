"""A whole model: T_W(xy), the question with its context, beside T_W'(y), the question alone.

The question runs alone with matrices that were fitted once, on the states with the context
(:mod:`checks.models.whole`), and again with the update replaced anew in every layer, on the states
that the replacements led to. The same matrices are asked a second question over the same context.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from checks.layers import LayerComparison
from checks.models import minilm, recall
from checks.models.one_layer import OneLayer, minilm_one_layer, recall_one_layer
from checks.models.recall import Tokens
from checks.models.recall_answers import Answers, recall_answers
from checks.models.replacement import Replacement
from checks.models.whole import (
    Heads,
    WholeModel,
    fit_minilm,
    fit_recall,
    minilm_alone,
    minilm_refitted,
    recall_alone,
)
from checks.tensors import Array
from checks.weights.fit import Fit

if TYPE_CHECKING:
    from rich.console import Console

ANEW = {
    Fit.DROPPED: Replacement.DROPPED,
    Fit.WINNERS: Replacement.EFFECTIVE,
    Fit.LOG_SUM_EXP: Replacement.LOG_SUM_EXP,
    Fit.MERGED: Replacement.MERGED_SEEN,
}
"""What each choice of matrices comes down to when it is made anew in every layer."""

OTHERS = (Replacement.CONSTANT, Replacement.NEAREST)
"""Replacements beside which the matrices are put: the control, and the nearest that keys allow."""

FRESH_SEQUENCES = 60
"""Sequences whose answers are counted when they are drawn: 720 answers."""

QUESTIONS = 12
"""Questions over one context, as many as are stored."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Course:
    """One choice of matrices, followed through all layers.

    ``own``: the question they were fitted to, run alone. ``anew`` (L + 1,): the relative distance
    |x^l - y^l| / |x^l| of the states when the update is replaced anew in every layer instead, with
    the context's keys and values at hand. ``second``: the second question, run alone with the same
    matrices; None without one.
    """

    fit: Fit
    own: LayerComparison
    anew: Array
    second: LayerComparison | None


@dataclass(frozen=True, eq=False)
class Other:
    """A replacement that no matrices were fitted for, made anew in every layer.

    The relative distances (L + 1,) on either question; ``second`` is None without a second one.
    """

    own: Array
    second: Array | None


@dataclass(frozen=True, eq=False)
class WholeComparison:
    """Every choice of matrices for one model and question, and the OTHERS beside them.

    ``frozen``, ``normal`` and ``second_normal`` count tokens (None without a second question).
    ``one_layer``: single layers with effective keys, and the theorem's bound on their error.
    ``answers``: those of the small model, None for an encoder, which gives none.
    """

    name: str
    frozen: int
    normal: int
    second_normal: int | None
    layers: int
    heads: int
    causal: bool
    courses: tuple[Course, ...]
    others: Mapping[Replacement, Other]
    one_layer: OneLayer
    answers: Answers | None = None

    def course(self, fit: Fit) -> Course:
        """The course of one choice of matrices."""
        return next(each for each in self.courses if each.fit is fit)

    @property
    def bounds_hold(self) -> bool:
        """Whether no number is above its bound, Grönwall's or the theorem's, in float64."""
        return self.one_layer.holds and all(
            bool((each.distance <= each.bound).all())
            for course in self.courses
            for each in (course.own, course.second)
            if each is not None
        )

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists and numbers, an infinite one None: see docs/measure.md."""
        from checks.models.comparison_table import comparison_sentence

        return {
            "name": self.name,
            "frozen": self.frozen,
            "normal": self.normal,
            "second_normal": self.second_normal,
            "layers": self.layers,
            "heads": self.heads,
            "causal": self.causal,
            "bounds_hold": self.bounds_hold,
            "sentence": comparison_sentence(self),
            "courses": {
                each.fit.name.lower(): {
                    "own": _plain(each.own),
                    "anew": each.anew.tolist(),
                    "second": None if each.second is None else _plain(each.second),
                }
                for each in self.courses
            },
            "others": {
                which.name.lower(): {
                    "own": found.own.tolist(),
                    "second": None if found.second is None else found.second.tolist(),
                }
                for which, found in self.others.items()
            },
            "one_layer": {
                "error": self.one_layer.error.tolist(),
                "bound": _finite(self.one_layer.bound),
            },
            "answers": None if self.answers is None else self.answers.to_json(),
        }

    def render(self, console: Console) -> None:
        """Print the tables and the sentence that sums them up."""
        from checks.models.comparison_table import render_comparison

        render_comparison(self, console)


def compare_recall(
    seed: int | None = None,
    model: recall.RecallModel | None = None,
    progress: Progress | None = None,
) -> WholeComparison:
    """The small causal model on the first two stored questions over one context, and its answers.

    With a seed both questions and the sequences whose answers are counted are drawn.
    """
    model = recall.load_recall() if model is None else model
    if seed is None:
        task, questions = recall.shipped_task(), recall.shipped_questions()
    else:
        task = recall.draw_task(FRESH_SEQUENCES, seed)
        questions = recall.draw_task(QUESTIONS, seed, one_context=True)
    frozen = questions.frozen
    own, second = questions.tokens[:2]
    told = _Count(progress, _steps(second) + 1 + len(Replacement) + len(questions.tokens))
    courses, others = _followed(
        lambda fit: fit_recall(model, own, frozen, fit),
        lambda layers, tokens: recall_alone(model, layers, tokens, frozen),
        lambda which, tokens: [rows[frozen:] for rows in model.states(tokens, frozen, which)],
        (own, second),
        told,
    )
    one_layer = recall_one_layer(model, own, frozen)
    told()
    drawn = "" if seed is None else f" of seed {seed}"
    return WholeComparison(
        name=f"recall model, two questions over one context{drawn}",
        frozen=frozen,
        normal=len(own) - frozen,
        second_normal=len(second) - frozen,
        layers=len(model.layers),
        heads=model.heads,
        causal=True,
        courses=courses,
        others=others,
        one_layer=one_layer,
        answers=recall_answers(model, task, questions, told),
    )


def compare_minilm(
    context: str,
    question: str,
    second: str | None = None,
    model: minilm.MiniLM | None = None,
    progress: Progress | None = None,
) -> WholeComparison:
    """The encoder on a text with one question, or two.

    Raises UnusableInput if the package is missing or the text is too long.
    """
    model = minilm.load_minilm() if model is None else model
    own, frozen = model.tokens(context, question)
    other = None if second is None else model.tokens(context, second)[0]
    told = _Count(progress, _steps(other) + 1)
    courses, others = _followed(
        lambda fit: fit_minilm(model, own, frozen, fit),
        lambda layers, tokens: minilm_alone(model, layers, tokens, frozen),
        lambda which, tokens: minilm_refitted(model, tokens, frozen, which),
        (own, other),
        told,
    )
    one_layer = minilm_one_layer(model, own, frozen)
    told()
    return WholeComparison(
        name="MiniLM",
        frozen=frozen,
        normal=len(own) - frozen,
        second_normal=None if other is None else len(other) - frozen,
        layers=len(model.layers),
        heads=model.heads,
        causal=False,
        courses=courses,
        others=others,
        one_layer=one_layer,
    )


class _Count:
    """Calls ``progress(done, total)`` after every step."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def __call__(self) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total)


def _steps(second: Tokens | None) -> int:
    """How often :func:`_followed` tells that it got on."""
    return (2 * len(Fit) + len(OTHERS)) if second is None else (3 * len(Fit) + 2 * len(OTHERS))


def _followed(
    fit_to: Callable[[Fit], tuple[Heads, ...]],
    alone: Callable[[tuple[Heads, ...], Tokens], WholeModel],
    replaced: Callable[[Replacement, Tokens], Sequence[Array]],
    questions: tuple[Tokens, Tokens | None],
    told: Callable[[], None],
) -> tuple[tuple[Course, ...], Mapping[Replacement, Other]]:
    """The courses of all choices, and what :data:`OTHERS` give."""

    def run(layers: tuple[Heads, ...], tokens: Tokens) -> LayerComparison:
        found = alone(layers, tokens).comparison
        told()
        return found

    def relative(which: Replacement, tokens: Tokens) -> Array:
        states = zip(replaced(Replacement.EXACT, tokens), replaced(which, tokens), strict=True)
        told()
        return np.array([np.linalg.norm(x - y) / np.linalg.norm(x) for x, y in states])

    own, second = questions
    courses = []
    for fit in Fit:
        layers = fit_to(fit)
        of_second = None if second is None else run(layers, second)
        courses.append(Course(fit, run(layers, own), relative(ANEW[fit], own), of_second))
    others = {
        which: Other(relative(which, own), None if second is None else relative(which, second))
        for which in OTHERS
    }
    return tuple(courses), MappingProxyType(others)


def _plain(found: LayerComparison) -> dict[str, list[float | None]]:
    arrays = {
        "distance": found.distance,
        "one_layer": found.one_layer,
        "lipschitz": found.lipschitz,
        "bound": found.bound,
        "relative": found.relative,
    }
    return {name: _finite(array) for name, array in arrays.items()}


def _finite(array: Array) -> list[float | None]:
    return [float(each) if np.isfinite(each) else None for each in array]
