"""What is printed about a whole model: its width, its rows, and what its sentences say."""

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from checks.layers import LayerComparison
from checks.models.comparison import OTHERS, Course, Other, WholeComparison, compare_recall
from checks.models.comparison_table import comparison_sentence, render_comparison
from checks.models.one_layer import OneLayer
from checks.weights.fit import Fit


def course(fit, end, second=None, bound=1e90):
    """A course of six layers whose final states are off by ``end`` on the own question."""

    def made(last):
        relative = np.array([0.0, *[0.1] * 5, last])
        bounds = np.array([0.0, *(relative[1:] * bound if last else np.zeros(6))])
        return LayerComparison(np.full(6, 2.5), np.full(6, 2.0), 10 * relative, bounds, relative)

    own = made(end)
    return Course(fit, own, own.relative / 2, None if second is None else made(second))


def comparison(ends, constant=0.5, seconds=(None,) * 4, second_constant=None):
    courses = tuple(course(*each) for each in zip(Fit, ends, seconds, strict=True))
    second = None if second_constant is None else np.full(7, second_constant)
    others = {which: Other(np.full(7, constant), second) for which in OTHERS}
    number = None if second_constant is None else 8
    layers = OneLayer(np.full(6, 2.5), np.full(6, 123.4))
    return WholeComparison("a [model]", 33, 11, number, 6, 12, False, courses, others, layers)


def printed(result):
    console = Console(file=io.StringIO(), width=80)
    render_comparison(result, console)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("ends", "keys", "values"),
    [
        ((1.0, 0.4, 0.6, 0.2), "alone HELPS", "W_V' HELP:"),
        ((1.0, 0.6, 0.4, 0.2), "alone HELPS", "W_V' HELP:"),
        ((1.0, 0.6, 0.7, 0.2), "alone does NOT help", "W_V' HELP:"),
        ((0.3, 0.4, 0.4, 0.35), "alone does NOT help", "W_V' do NOT help:"),
        ((1.0, 0.5, 0.5, 0.5), "alone does NOT help", "W_V' do NOT help:"),
    ],
)
def test_help_is_to_be_nearer_than_unchanged_weights_and_than_a_constant(ends, keys, values):
    said = comparison_sentence(comparison(ends))
    assert keys in said and values in said
    assert "second question" not in said and "answers" not in said
    assert f"weights unchanged {ends[0]:.3g}," in said and "constant update 0.5" in said


def test_the_second_question_has_its_own_controls():
    ends, seconds = (1.0, 0.4, 0.4, 0.2), (0.9, 0.8, 0.8, 0.6)
    said = comparison_sentence(comparison(ends, 0.5, seconds, 0.7))
    assert "On the second question they HELP: 0.6, unchanged 0.9, a constant 0.7." in said
    said = comparison_sentence(comparison(ends, 0.5, seconds, 0.55))
    assert "On the second question they do NOT help: 0.6" in said


def test_the_bound_is_told():
    result = comparison((1.0, 0.4, 0.4, 0.2))
    assert "after every layer; at the end it is at least 1e89 times" in comparison_sentence(result)
    low = replace(result, courses=(course(Fit.DROPPED, 1.0, bound=9.0), *result.courses[1:]))
    assert "GRÖNWALL'S BOUND IS PASSED" in comparison_sentence(low)
    off = replace(result.one_layer, bound=np.full(6, 2.4))
    assert "THE THEOREM'S BOUND IS PASSED" in comparison_sentence(replace(result, one_layer=off))
    infinite = (course(Fit.DROPPED, 1.0, bound=np.inf), *result.courses[1:])
    nothing = tuple(course(fit, 0.0) for fit in Fit)
    assert "∞" in printed(replace(result, courses=infinite))
    exact = [replace(each, own=replace(each.own, distance=np.zeros(7))) for each in nothing]
    assert comparison_sentence(replace(result, courses=tuple(exact))).endswith("every layer.")


def test_six_layers_fit_eighty_columns():
    result = comparison((1.0, 0.4, 0.4, 0.2), 0.5, (0.987,) * 4, 0.123)
    text = printed(result)
    lines = text.splitlines()
    assert lines[0] == "a [model]"
    assert max(map(len, lines)) <= 80 and len(lines) <= 40 and "…" not in text
    assert (
        "6 layers of 12 heads, 33 frozen + 11 normal tokens (8 in the second), not causal" in lines
    )
    assert text.count("≤ Grönwall's bound") == 4
    (limits,) = (line.split() for line in lines if "the theorem's bound" in line)
    assert limits[-6:] == ["123"] * 6
    (unchanged,) = (
        line.split() for line in lines if line.startswith("weights unchanged") and "0.987" in line
    )
    assert unchanged[2:] == ["1", "0.5", "0.987"]


def test_the_answers_of_the_small_model_fit_too():
    text = printed(compare_recall())
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80 and len(lines) <= 48 and "…" not in text
    assert "all 192 143 that only the context holds" in text
    assert "74% of the answers to the question fitted to and 8%" in " ".join(text.split())
