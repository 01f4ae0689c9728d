"""`keystar sweep`: its files and exit statuses, a kill in the middle, and what it refuses."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from checks.cli import main
from derivations.version import VERSION
from tests.process import KEYSTAR, complaint, contents, environment

SMALL = ("--model", "planted", "--margin", "1,4", "--p", "4", "--draws", "200", "--workers", "1")
RESULTS = {"manifest.json", "table.csv", "table.parquet", "decisions.json"}


def keystar(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["sweep", *arguments])


@pytest.fixture(autouse=True)
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures have tests of their own, and take longer than the sweeps here."""
    monkeypatch.setattr("checks.commands.sweep.draw_figures", lambda folder: (["one.pdf"], None))


def test_results_are_written_and_summed_up(tmp_path: Path) -> None:
    result = keystar(*SMALL, "-o", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert "2 cells, 400 draws: measured ≤ bound in every draw (400 by rounding" in result.output
    assert f"5 files written to {tmp_path}" in result.output
    assert {path.name for path in tmp_path.iterdir()} == RESULTS | {"parts"}
    assert keystar(*SMALL, "-o", str(tmp_path), "-q").output == ""


def test_json_has_the_decisions_of_every_cell(tmp_path: Path) -> None:
    result = keystar(*SMALL, "-o", str(tmp_path), "--json", "--seed", "3")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert data["keystar"] == VERSION
    assert data["holds"] is True
    assert set(data["files"]) == RESULTS | {"one.pdf"}
    assert [cell["margin"] for cell in data["cells"]] == [1.0, 4.0]
    assert [cell["by_rounding"] for cell in data["cells"]] == [200, 200]
    assert json.loads((tmp_path / "manifest.json").read_text())["seed"] == 3


def test_figures_are_drawn_of_the_table_or_their_absence_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = keystar(*SMALL, "-o", str(tmp_path))
    assert result.exit_code == 0
    assert "no figures, which need matplotlib: install keystar[plots]" in result.output
    assert "4 files written" in result.output


def test_the_figures_of_the_sweep_and_of_the_theory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    result = keystar(*SMALL, "-o", str(tmp_path))
    assert result.exit_code == 0, result.output
    stems = {"error_margin", "phase_diagram", "dimension", "drop_or_effective"}
    figures = {f"{stem}{kind}" for stem in stems for kind in (".pdf", ".png")}
    assert figures <= {path.name for path in tmp_path.iterdir()}
    assert {name for name in figures if (tmp_path / name).stat().st_size < 5000} == set()


def test_a_violation_makes_the_exit_status_1_and_is_told_even_if_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checks.decisions import Verdict
    from checks.sweep import cell
    from checks.sweep.decide import Doubt

    claims = {"joint": [True]}
    monkeypatch.setattr(cell, "doubtful", lambda measured, where: claims)
    monkeypatch.setattr(
        cell, "decided", lambda draws, claims: [Doubt(7, "joint", Verdict.VIOLATED)]
    )
    result = keystar(*SMALL, "-o", str(tmp_path), "-q")
    assert result.exit_code == 1
    assert "NOT EVERY BOUND IS CERTAIN, 2 draws violate a bound and 0" in result.output
    stored = json.loads((tmp_path / "decisions.json").read_text())
    assert stored[0]["violations"] == [{"chunk": 0, "draw": 7, "bound": "joint"}]


def test_an_undecided_draw_makes_the_exit_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checks.decisions import Verdict
    from checks.sweep import cell
    from checks.sweep.decide import Doubt

    monkeypatch.setattr(cell, "doubtful", lambda measured, where: {"joint": [True]})
    monkeypatch.setattr(
        cell, "decided", lambda draws, claims: [Doubt(0, "joint", Verdict.UNDECIDED)]
    )
    assert keystar(*SMALL, "-o", str(tmp_path)).exit_code == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_sweep_killed_in_the_middle_goes_on_to_the_same_bytes(
    tmp_path: Path, workers: str
) -> None:
    arguments = ("--model", "clustered", "--model", "planted", "--d", "2,16,64", "--n", "9")
    arguments = (*arguments, "--draws", "20000")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    options = {"cwd": tmp_path, "env": environment(temporary), "stdin": subprocess.DEVNULL}
    command = [*KEYSTAR, "sweep", *arguments, "-o", "cut", "--workers", workers]
    with subprocess.Popen(command, **options) as process:
        deadline = time.monotonic() + 60
        while not _parts(tmp_path / "cut") and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    done = len(_parts(tmp_path / "cut"))
    assert process.returncode == -signal.SIGKILL
    assert done >= 1
    assert not (tmp_path / "cut" / "table.csv").exists()
    for folder in ("cut", "whole"):
        result = keystar(*arguments, "-o", str(tmp_path / folder), "--workers", "1")
        assert result.exit_code == 0, result.output
    assert done < len(_parts(tmp_path / "whole"))
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def _parts(folder: Path) -> list[Path]:
    return list(folder.glob("parts/[!.]*.npz"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--d", "0"), "d is 0; it must be a whole number from 1"),
        (("--d", "-3"), "d is -3; it must be a whole number from 1"),
        (("--n", "0"), "n is 0; it must be a whole number from 1"),
        (("--p", "0"), "p is 0; it must be a whole number from 1"),
        (("--m", "-1"), "m is -1; it must be a whole number from 0"),
        (("--draws", "0"), "the number of draws is 0; it must be a whole number from 1"),
        (("--draws", "-1"), "the number of draws is -1; it must be a whole number from 1"),
        (("--workers", "0"), "the number of workers is 0; it must be a whole number from 1"),
        (("--margin", "inf"), "margin is inf; it must be finite"),
        (("--margin", "nan"), "margin is nan; it must be finite"),
        (("--margin", "-1"), "margin is -1.0; it must be a finite number from 0 to 300"),
        (
            ("--model", "gauss"),
            "there is no model 'gauss'; choose among gaussian, unscaled, sphere, planted,"
            " clustered, correlated",
        ),
        (
            ("--vary", "width"),
            "there is no axis 'width'; choose among d, n, m, p, margin, delta, correlation, scale",
        ),
        (
            ("--model", "gaussian", "--vary", "margin"),
            "no chosen model has the axis margin; add --model planted",
        ),
        (
            ("--scheduler", "nowhere"),
            "no Dask scheduler answers at 'nowhere': missing port number in address 'nowhere';"
            " start one with `dask scheduler` and give its address",
        ),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    if arguments[0] == "--margin":
        arguments = ("--model", "planted", *arguments)
    assert complaint(folder, "sweep", "--draws", "10", *arguments) == sentence


def test_a_folder_that_cannot_be_made_is_refused_before_the_work(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "file").touch()
    told = complaint(folder, "sweep", "-o", "file/sweep")
    assert told.startswith("cannot write into the folder file/sweep: ")
    assert told.endswith("file is no folder; name another folder")


def test_a_folder_of_another_version_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    assert keystar(*SMALL, "-o", str(folder / "out")).exit_code == 0
    path = folder / "out" / "manifest.json"
    path.write_text(path.read_text().replace(f'"{VERSION}"', '"0.0.1"', 1))
    assert complaint(folder, "sweep", *SMALL, "-o", "out") == (
        f"out holds results of keystar 0.0.1, this is {VERSION}; name another folder"
    )
    assert complaint(folder, "sweep", *SMALL, "-o", "out", "--json") != ""


def test_help_names_axes_and_models() -> None:
    text = keystar("--help").output
    for word in ("--margin", "--correlation", "--scheduler", "planted", "unscaled"):
        assert word in text
