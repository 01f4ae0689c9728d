"""The files of a report: which there are, that they are the same every time, how large they are."""

import json
import sys

import numpy as np
import pytest

from checks.report.files import LIBRARIES, need_libraries, report_files
from derivations.errors import UnusableInput
from tests.checks.report.samples import (
    EVERY,
    measured,
    repeated,
    report_of_the_model,
    report_on,
)

ALWAYS = {"x.html", "x.csv", "x.parquet", "x.json", "x.tex", "keystar-macros.sty"}


@pytest.fixture(scope="module")
def whole():
    return report_files(report_of_the_model(), "x")


def test_the_files(whole):
    drawn = {f"x_{stem}.pdf" for stem in ("context", "conditions", "errors", "bounds", "heads")}
    assert set(whole) == ALWAYS | drawn | {"x_weights.pdf", "x_figures.tex"}
    for name, content in whole.items():
        if name.endswith(".pdf"):
            assert content.startswith(b"%PDF-") and b"CreationDate" not in content
    assert json.loads(whole["x.json"]) == json.loads(json.dumps(report_of_the_model().data))


def test_the_same_measurement_gives_the_same_files(whole):
    assert report_files(report_of_the_model(), "x") == whole


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"usual", "one head"}))
def test_every_measurement_has_a_report(name, recwarn):
    result = EVERY[name]()
    done = []
    files = report_files(report_on(result), "x", lambda *counts: done.append(counts))
    assert set(files) >= ALWAYS
    stems = {"context", "conditions", "errors", "bounds"} if result.frozen else set()
    if result.frozen and np.prod(result.leading) > 1:
        stems.add("heads")
    assert {each for each in files if each.endswith(".pdf")} == {f"x_{stem}.pdf" for stem in stems}
    assert files["x.html"].count("<figure ") == len(stems)
    assert ">nan<" not in files["x.html"]
    assert done[-1][0] == done[-1][1]
    # Letters that the font lacks, layouts that failed, logarithms of nothing.
    assert [str(one.message) for one in recwarn] == []


def test_many_queries_make_no_larger_page():
    some, many = (
        len(report_files(report_on(repeated(measured(), times)), "x")["x.html"])
        for times in (333, 10_000)
    )
    assert many < 1.1 * some < 2_000_000


@pytest.mark.parametrize("missing", LIBRARIES)
def test_without_a_library_one_sentence_names_it_and_the_extra(missing, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UnusableInput, match=rf"needs {missing}; install keystar\[report\]"):
        need_libraries()
    with pytest.raises(UnusableInput):
        report_files(report_on(measured()), "x")
