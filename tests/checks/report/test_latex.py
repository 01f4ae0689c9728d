"""The LaTeX: every bound carries what may be said of it; what is not certain is loud."""

import re
from dataclasses import replace

import pytest

from checks.report.guarantees import GUARANTEES
from checks.report.latex import figures_fragment, fragment
from checks.tables import sentence
from checks.weights.table import weights_sentence
from derivations.notes.plain import formula_of
from tests.checks.report.samples import (
    EVERY,
    drawn,
    measured,
    report_of_broken,
    report_of_the_model,
    report_on,
)


def bound_rows(text):
    return [line for line in text.splitlines() if line.startswith(r"\quad$\le ")]


@pytest.mark.parametrize("name", EVERY)
def test_environments_and_braces_match(name):
    text = fragment(report_on(EVERY[name]()), "x")
    opened = re.findall(r"\\begin\{(\w+)\}", text)
    assert sorted(opened) == sorted(re.findall(r"\\end\{(\w+)\}", text))
    bare = text.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    assert "[U+" not in text


def test_what_holds():
    report = report_of_the_model()
    text = fragment(report, "x")
    assert formula_of(sentence(report.result)) in text
    assert r"\begin{keystarmeasured}" in text and "keystarnotcertain" not in text
    rows = bound_rows(text)
    assert len(rows) == 5
    assert all(row.endswith(r"\keystarcertified{certified} \\") for row in rows)
    assert "certified in all 96 queries" in text
    assert formula_of(weights_sentence(report.heads)) in text
    for each in GUARANTEES.values():
        assert rf"$\le {each.bound}$" in text
        assert not each.on_paper or formula_of(each.on_paper) in text


def test_what_does_not_hold_cannot_be_overlooked():
    report = report_of_broken()
    text = fragment(report, "x")
    wrong = "NOT ALL BOUNDS ARE CERTAIN: of 18 queries 1 violate a bound and 1 are undecided"
    assert text.splitlines()[0].startswith(f"% arrays: {wrong}")
    assert rf"\begin{{keystarnotcertain}}{{arrays}}{{{wrong}}}" in text
    rows = bound_rows(text)
    assert len(rows) == 5
    assert all(row.endswith(r"\keystarverdict{NOT CERTAIN} \\") for row in rows)
    assert "keystarcertified" not in text and "keystarmeasured" not in text
    figures = figures_fragment(report, "x")
    captions = [line for line in figures.splitlines() if line.startswith(r"\caption")]
    assert len(captions) == len(report.pictures) == 5
    assert all(r"\protect\keystarverdict{NOT CERTAIN}" in caption for caption in captions)


def test_errors_without_a_theorem_are_said_to_have_none():
    assert r"\emph{Other replacements} have no theorem here" in fragment(report_on(measured()), "x")


def test_figures_are_named_after_the_report():
    report = drawn(report_of_the_model())
    text = figures_fragment(report, "my_stem")
    for stem in ("context", "conditions", "errors", "bounds", "heads", "weights"):
        assert rf"\includegraphics[width=\linewidth]{{my_stem_{stem}}}" in text
        assert rf"\label{{keystar:my_stem_{stem}}}" in text


def test_a_map_other_than_by_value_is_told():
    result = replace(measured(), cluster_by="optimised")
    assert "map a: optimised" in fragment(report_on(result), "x")
    assert "map a" not in fragment(report_on(measured()), "x")


def test_the_command_stands_in_a_comment_of_one_line():
    report = replace(report_on(measured()), command="keystar measure --question 'a\n\\input{b}'")
    lines = fragment(report, "x").splitlines()
    assert lines[1] == "% keystar measure --question 'a \\input{b}'"
    assert not any("input" in line for line in lines[2:])
