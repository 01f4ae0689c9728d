"""A whole sweep in a folder: its files, going on after a kill, and refusals."""

import csv
import json
import sys

import numpy as np
import pyarrow.parquet
import pytest

from checks.sweep import run as module
from checks.sweep.cell import parts
from checks.sweep.models import VALUE_WIDTH
from checks.sweep.run import sweep
from checks.sweep.store import Store, manifest
from checks.sweep.table import COLUMNS
from derivations.errors import UnusableInput
from tests.checks.sweep.points import KINDS, point

POINTS = [KINDS["clustered"], KINDS["planted"], point(d=9), KINDS["no frozen token"]]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Several parts for each cell, of few draws."""
    monkeypatch.setattr("checks.sweep.cell.MOST_DRAWS_IN_CHUNK", 30)
    monkeypatch.setattr("checks.sweep.cell.CHUNKS_IN_PART", 2)


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def swept(folder, draws=150, points=POINTS, **options):
    return sweep(points, folder, draws=draws, workers=1, **options)


def test_the_table_is_tidy_and_parquet_says_the_same(tmp_path):
    result = swept(tmp_path)
    assert result.holds
    with (tmp_path / "table.csv").open() as file:
        table = list(csv.DictReader(file))
    assert tuple(table[0]) == COLUMNS
    assert {row["kind"] for row in table} == {"error", "bound", "mass", "gap", "theory"}
    assert {row["draws"] for row in table} == {"150"}
    stored = pyarrow.parquet.read_table(tmp_path / "table.parquet").to_pylist()
    assert len(stored) == len(table)
    for row, typed in zip(table, stored, strict=True):
        assert row == {name: "" if typed[name] is None else str(typed[name]) for name in COLUMNS}
    expected = [row for row in table if row["kind"] == "theory"]
    assert {float(row["mean"]) for row in expected} == {8 / 12, 0.0}
    assert not any(row["model"] == "planted" for row in expected)
    largest = {
        (row["model"], row["d"], row["m"], row["kind"], row["quantity"]): row for row in table
    }
    for (*cell, kind, name), row in largest.items():
        if kind == "error" and name in ("drop", "grouped", "effective"):
            assert float(row["worst"]) <= float(largest[(*cell, "bound", name)]["worst"])


def test_the_manifest_repeats_the_sweep_and_tells_nothing_of_time_or_place(tmp_path):
    swept(tmp_path / "first", seed=5)
    told = json.loads((tmp_path / "first" / "manifest.json").read_text())
    assert told["seed"] == 5 and told["draws"] == 150 and told["value_width"] == VALUE_WIDTH
    again = [
        {name: value for name, value in cell.items() if name not in ("id", "chunk")}
        for cell in told["cells"]
    ]
    points = [type(POINTS[0])(**cell) for cell in again]
    assert points == POINTS
    swept(tmp_path / "second", seed=told["seed"], points=points)
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


class Killed(BaseException):
    """As abrupt as a kill, as far as that goes within one process."""


@pytest.mark.parametrize("after", [0, 1, 5])
def test_going_on_after_an_interruption_gives_the_same_bytes(tmp_path, monkeypatch, after):
    swept(tmp_path / "whole")
    original = Store.put
    count = 0

    def put(self, *arguments):
        nonlocal count
        if count == after:
            raise Killed
        count += 1
        original(self, *arguments)

    monkeypatch.setattr(Store, "put", put)
    with pytest.raises(Killed):
        swept(tmp_path / "cut")
    monkeypatch.setattr(Store, "put", original)
    assert len(list((tmp_path / "cut").rglob("*.npz"))) == after
    measured = []
    work = module.measured_parts
    monkeypatch.setattr(
        module, "measured_parts", lambda tasks, *more: work(measured.extend(tasks) or tasks, *more)
    )
    swept(tmp_path / "cut")
    everything = [part for where in POINTS for part in parts(where, 0, 150)]
    assert len(measured) == len(everything) - after
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_a_finished_sweep_is_not_measured_again_but_a_damaged_part_is(tmp_path, monkeypatch):
    swept(tmp_path)
    before = contents(tmp_path)
    monkeypatch.setattr(module, "measured_parts", lambda *arguments: pytest.fail("measured"))
    swept(tmp_path)
    assert contents(tmp_path) == before
    monkeypatch.undo()
    monkeypatch.setattr("checks.sweep.cell.MOST_DRAWS_IN_CHUNK", 30)
    monkeypatch.setattr("checks.sweep.cell.CHUNKS_IN_PART", 2)
    damaged = sorted((tmp_path / "parts").iterdir())
    damaged[0].write_bytes(damaged[0].read_bytes()[:-40])
    damaged[1].write_bytes(b"")
    damaged[2].write_bytes(damaged[3].read_bytes())
    damaged[4].unlink()
    spoilt = bytearray(damaged[5].read_bytes())
    spoilt[len(spoilt) // 2] ^= 255
    damaged[5].write_bytes(spoilt)
    swept(tmp_path)
    assert contents(tmp_path) == before


def test_what_a_kill_left_half_written_is_removed(tmp_path):
    swept(tmp_path)
    before = contents(tmp_path)
    (tmp_path / "parts" / ".clustered-0.npz.x7_abc9d").write_bytes(b"half")
    (tmp_path / ".table.csv.k3jd_8sa").write_bytes(b"half")
    (tmp_path / ".lock").touch()
    swept(tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"seed": 1}, "holds a sweep with seed = 0, not 1; name another folder"),
        ({"draws": 151}, "holds a sweep with draws = 150, not 151"),
        ({"points": POINTS[:2]}, r"holds other cells \(4 of them, 2 are asked for\)"),
    ],
)
def test_a_folder_of_another_sweep_is_refused_and_left_alone(tmp_path, change, complaint):
    swept(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(UnusableInput, match=complaint):
        swept(tmp_path, **change)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["keystar", "numpy"])
def test_a_folder_of_another_version_is_refused(tmp_path, name):
    swept(tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: "0.0.1"}))
    with pytest.raises(UnusableInput, match=f"holds results of {name} 0.0.1, this is"):
        swept(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3', "\udce4"])
def test_a_manifest_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UnusableInput, match="manifest of a sweep; name another folder"):
        swept(tmp_path)


def test_two_sweeps_do_not_share_a_folder(tmp_path):
    store = Store(tmp_path, manifest(POINTS, 0, 150))
    with store.locked(), pytest.raises(UnusableInput, match="another sweep is writing"):
        swept(tmp_path)
    swept(tmp_path)


@pytest.mark.parametrize(("name", "value"), [("draws", 0), ("draws", -5), ("workers", 0)])
def test_numbers_below_one_are_refused_before_anything_is_written(tmp_path, name, value):
    with pytest.raises(UnusableInput, match=f"number of {name} is {value}; it must be"):
        sweep(POINTS, tmp_path / "out", **({"draws": 10, "workers": 1} | {name: value}))
    assert not (tmp_path / "out").exists()


def test_without_pyarrow_there_is_a_table_and_a_remark(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = swept(tmp_path)
    assert result.remarks == ("no table.parquet, which needs pyarrow: install keystar[parquet]",)
    assert result.files == ("decisions.json", "table.csv")
    assert not (tmp_path / "table.parquet").exists()


def test_progress_counts_draws_and_starts_with_what_is_there(tmp_path):
    steps = []
    swept(tmp_path, progress=lambda done, total: steps.append((done, total)))
    assert steps[0] == (0, 600) and steps[-1] == (600, 600)
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})
    (tmp_path / "parts").joinpath(
        sorted(p.name for p in (tmp_path / "parts").iterdir())[0]
    ).unlink()
    steps.clear()
    swept(tmp_path, progress=lambda done, total: steps.append((done, total)))
    assert len(steps) == 2 and 0 < steps[0][0] < 600


def test_the_mean_error_does_not_depend_on_how_a_cell_is_cut_into_parts(tmp_path, monkeypatch):
    fine = swept(tmp_path / "fine").cells[0].summary
    monkeypatch.setattr("checks.sweep.cell.CHUNKS_IN_PART", 64)
    coarse = swept(tmp_path / "coarse").cells[0].summary
    np.testing.assert_array_equal(fine.bins, coarse.bins)
    np.testing.assert_array_equal(fine.counts, coarse.counts)
    np.testing.assert_allclose(fine.mean, coarse.mean, rtol=1e-13)
