"""The same numbers from one process and from two; one sentence if one dies."""

import sys
from concurrent.futures import BrokenExecutor

import joblib
import pytest

from checks.sweep.run import sweep
from checks.sweep.workers import measured_parts
from derivations.errors import UnusableInput
from tests.checks.sweep.points import KINDS

POINTS = [KINDS["clustered"], KINDS["planted"], KINDS["sphere"]]


def files(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_processes_give_the_bytes_of_one(tmp_path):
    draws = 9000
    sweep(POINTS, tmp_path / "one", draws=draws, workers=1)
    sweep(POINTS, tmp_path / "two", draws=draws, workers=2)
    assert len(files(tmp_path / "one")) == 4 + len(POINTS)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_without_joblib_one_process_does_it_all(tmp_path, monkeypatch):
    sweep(POINTS, tmp_path / "with", draws=50, workers=2)
    monkeypatch.setitem(sys.modules, "joblib", None)
    assert sweep(POINTS, tmp_path / "without", draws=50).remarks == ()
    assert files(tmp_path / "with") == files(tmp_path / "without")


def test_a_process_that_dies_is_one_sentence(monkeypatch):
    class Dying:
        def __init__(self, **options):
            pass

        def __call__(self, tasks):
            raise BrokenExecutor

    monkeypatch.setattr(joblib, "Parallel", Dying)
    with pytest.raises(UnusableInput, match="a worker process died"):
        list(measured_parts([None, None], workers=2))
