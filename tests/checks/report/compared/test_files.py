"""The report of a whole model: its files, its page, its table, its LaTeX."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from checks.layers import LayerComparison
from checks.models.comparison import compare_minilm
from checks.models.comparison_table import comparison_sentence, end_table, layer_table
from checks.models.recall import Accuracy
from checks.models.recall_answers import Answers, FittedAnswers
from checks.models.replacement import Replacement
from checks.report.compared.content import Comparison, bound_status
from checks.report.compared.files import comparison_files
from checks.report.compared.table import NUMBERS, comparison_columns
from checks.weights.fit import Fit
from derivations.notes.plain import html_of
from tests.checks.models.test_minilm import small_model

CONTEXT, QUESTION, SECOND = "Reds is blue", "is red ?", "blue is red is ?"
COMMAND = "keystar measure --model minilm --whole -o report"


@pytest.fixture(scope="module")
def result():
    return compare_minilm(CONTEXT, QUESTION, SECOND, small_model())


@pytest.fixture(scope="module")
def answered(result):
    """The same with answers, as the small causal model has them."""
    shares = Accuracy(7, 10, 2, 4)
    replaced = dict.fromkeys(Replacement, shares)
    fitted = dict.fromkeys(Fit, FittedAnswers(shares, shares))
    return replace(result, answers=Answers(5, 2, replaced, fitted))


@pytest.fixture(scope="module")
def passed(result):
    """One whose last distance is above Grönwall's bound."""
    first, *others = result.courses
    bound = first.own.bound.copy()
    bound[-1] = first.own.distance[-1] / 2
    own = LayerComparison(**{**vars(first.own), "bound": bound})
    return replace(result, courses=(replace(first, own=own), *others))


def files_of(result):
    return comparison_files(Comparison(result, COMMAND, result.to_json()), "x")


def test_the_files(answered, result, recwarn):
    for each, stems in ((answered, {"ends", "layers", "answers"}), (result, {"ends", "layers"})):
        made = files_of(each)
        drawn = {f"x_{stem}.pdf" for stem in stems}
        plain = {f"x.{kind}" for kind in ("html", "csv", "parquet", "json", "tex")}
        assert set(made) == drawn | plain | {"x_figures.tex", "keystar-macros.sty"}
        assert made["x.html"].count("<figure ") == len(stems)
        assert json.loads(made["x.json"]) == each.to_json()
        assert files_of(each) == made
    assert [str(one.message) for one in recwarn] == []


def test_the_page_says_what_the_terminal_says(answered):
    page = files_of(answered)["x.html"]
    assert html_of(comparison_sentence(answered)) in page
    for shown in (layer_table(answered), end_table(answered)):
        for row in shown.rows:
            assert html_of(row.label.strip()) in page
            assert all(cell in page for cell in row.cells)
    assert COMMAND in page and "Right answers" in page
    assert "http://" not in page and "https://" not in page and "<script" not in page


def test_without_answers_nothing_is_said_of_them(result):
    assert "Right answers" not in files_of(result)["x.html"]


def test_a_bound_that_is_passed_is_said_loudly(result, passed):
    made = files_of(passed)
    assert "A BOUND IS PASSED" in bound_status(passed)
    assert '<strong class="bad">A BOUND IS PASSED' in made["x.html"]
    assert r"\begin{keystarnotcertain}" in made["x.tex"] and "A BOUND IS PASSED" in made["x.tex"]
    assert r"\keystarverdict" in made["x_figures.tex"]
    fine = files_of(result)
    for name in ("x.html", "x.tex", "x_figures.tex"):
        assert "PASSED" not in fine[name] and "notcertain" not in fine[name]


def test_the_table_has_every_number(result):
    rows = list(csv.DictReader(io.StringIO(files_of(result)["x.csv"])))
    layers = result.layers + 1
    assert len(rows) == layers * 2 * (len(Fit) + len(result.others))
    for course in result.courses:
        for question, found in (("own", course.own), ("second", course.second)):
            chosen = [
                row
                for row in rows
                if (row["weights"], row["question"]) == (course.fit.name.lower(), question)
            ]
            assert [int(row["layer"]) for row in chosen] == list(range(layers))
            for name in ("distance", "bound", "relative"):
                numbers = [float(row[name]) for row in chosen]
                np.testing.assert_array_equal(numbers, getattr(found, name))
            assert chosen[0]["one_layer"] == ""
            assert [float(row["one_layer"]) for row in chosen[1:]] == found.one_layer.tolist()
            anew = [row["anew"] for row in chosen]
            assert anew == ([""] * layers if question == "second" else list(map(str, course.anew)))


def test_the_same_table_as_parquet(result):
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(io.BytesIO(files_of(result)["x.parquet"]))
    columns = comparison_columns(result)
    assert table.column_names == ["weights", "question", "layer", *NUMBERS] == list(columns)
    assert table["distance"].null_count == int(np.isnan(columns["distance"]).sum()) > 0


def test_powers_of_ten_are_typeset(result):
    first, *others = result.courses
    huge = LayerComparison(**{**vars(first.own), "bound": np.full(result.layers + 1, 3e90)})
    text = files_of(replace(result, courses=(replace(first, own=huge), *others)))["x.tex"]
    assert r"$3\cdot 10^{90}$" in text
