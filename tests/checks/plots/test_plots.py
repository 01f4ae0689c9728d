"""The figures: which files there are, that they are the same every time, and what they show."""

import io
import itertools
import re
import sys
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from flint import ctx

from checks.extremes.facts import ball_facts
from checks.gaussian import critical_sigma, mean_gap
from checks.plots import draw_sweep, draw_theory, need_matplotlib, phase
from checks.plots.neither import (
    DROP_IS_EXACT,
    KEYS_ARE_NEARER,
    both_errors,
    path_between,
)
from checks.plots.sharpness import sharpness_figure
from checks.plots.style import BOUNDS, ERRORS, styled
from checks.plots.sweep import _bounds
from checks.plots.table import lines, read_table
from derivations.errors import UnusableInput
from tests.checks.plots.sweep_tables import rows_of, usual_rows, written


def extremes_data(holds: str = "certified") -> dict[str, Any]:
    def one(ratio: float, sharp: bool, how: str) -> dict[str, Any]:
        return {"configuration": f"p = {ratio}", "ratio": ratio, "sharp": sharp, "holds": how}

    names = ("pair", "drop")
    return {
        "bounds": [
            {"name": name, "configurations": [one(0.9999, True, holds), one(0.5, False, holds)]}
            for name in names
        ]
    }


def picture(png: bytes) -> np.ndarray:
    return matplotlib.image.imread(io.BytesIO(png))


def check_files(files: dict[str, Any]) -> None:
    """Every figure is there twice, drawn, and says nothing of when or by what it was made."""
    stems = {Path(name).stem for name in files}
    assert set(files) == {f"{stem}{kind}" for stem in stems for kind in (".pdf", ".png")}
    for name, content in files.items():
        if name.endswith(".png"):
            image = picture(content)
            assert image.shape[1] == 1400
            dark = (image[..., :3].mean(axis=-1) < 0.5).mean()
            assert 0.003 < dark < 0.9, name
            assert b"Software" not in content and b"tEXt" not in content
        else:
            assert content.startswith(b"%PDF-")
            assert not re.search(rb"CreationDate|ModDate|/Producer|/Creator", content)


def read_back(folder: Path, names: list[str]) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names}


def test_the_figures_of_a_sweep(tmp_path: Path) -> None:
    folder = written(tmp_path, usual_rows())
    names = draw_sweep(folder)
    stems = {Path(name).stem for name in names}
    assert stems == {"error_d", "error_n", "error_margin", "context_mass"}
    check_files(read_back(folder, names))


def test_the_same_table_gives_the_same_files(tmp_path: Path) -> None:
    folder = written(tmp_path, [one for one in usual_rows() if one["model"] == "planted"])
    names = draw_sweep(folder)
    first = read_back(folder, names)
    assert len(first) == 2
    assert draw_sweep(folder) == names
    assert read_back(folder, names) == first


def test_a_sweep_with_nothing_varied_has_no_figures(tmp_path: Path) -> None:
    folder = written(tmp_path, rows_of("gaussian", 0.1))
    assert draw_sweep(folder) == []
    assert [path.name for path in folder.iterdir()] == ["table.csv"]


def test_errors_of_zero_can_be_drawn(tmp_path: Path) -> None:
    table = [row for d in (2, 4) for row in rows_of("gaussian", 0.0, d=d)]
    table += [row for x in (0.0, 0.1) for row in rows_of("clustered", 0.1, delta=x)]
    table += [row for m in (0, 8) for row in rows_of("sphere", 0.1, m=m)]
    names = draw_sweep(written(tmp_path, table))
    assert {"error_d.pdf", "error_m.png", "error_delta.png"} <= set(names)


def test_measured_is_below_every_bound_in_the_picture(tmp_path: Path) -> None:
    found = lines(read_table(written(tmp_path, usual_rows()) / "table.csv"))
    with styled() as new_figure:
        for line, statistic in itertools.product(itertools.chain(*found.values()), ("median",)):
            axes = new_figure().add_subplot()
            _bounds(axes, line, statistic)
            error, *bounds = [np.asarray(curve.get_ydata()) for curve in axes.lines]
            assert len(bounds) == len(BOUNDS)
            assert all((error <= bound).all() for bound in bounds)


def test_the_figures_of_the_theory(tmp_path: Path, recwarn: Any) -> None:
    names = draw_theory(tmp_path)
    # A letter that the font lacks is warned of, and printed as a box.
    assert [str(one.message) for one in recwarn if "Glyph" in str(one.message)] == []
    stems = {Path(name).stem for name in names}
    assert stems == {"phase_diagram", "drop_or_effective", "dimension"}
    check_files(read_back(tmp_path, names))


def test_the_sharpness_of_bounds() -> None:
    files = sharpness_figure(extremes_data())
    check_files(files)
    assert sharpness_figure(extremes_data()) == files
    violated = sharpness_figure(extremes_data("violated"))
    assert violated["sharpness.png"] != files["sharpness.png"]


def test_without_matplotlib_one_sentence_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for draw in (draw_sweep, draw_theory, lambda folder: need_matplotlib()):
        with pytest.raises(UnusableInput, match=r"keystar\[plots\]"):
            draw(tmp_path)
    assert list(tmp_path.iterdir()) == []


# ---- what is shown ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("witness", "sizes", "drop", "effective"),
    [(DROP_IS_EXACT, (2, 4), 0.0, 0.25), (KEYS_ARE_NEARER, (2, 1), 0.731, 9e-6)],
)
def test_both_witnesses_are_where_the_mathematics_says(
    witness: tuple[tuple[float, ...], ...], sizes: tuple[int, ...], drop: float, effective: float
) -> None:
    shown = [float(one) for one in both_errors([np.array(group) for group in witness])]
    assert shown == pytest.approx([drop, effective], rel=0.01, abs=1e-12)
    logits = [s for group in witness for s in group[1:]] + [group[0] for group in witness]
    owners = [j for j, group in enumerate(witness) for _ in group[1:]] + [0, 1]
    values = np.array([[float(owner), 0.0] for owner in owners])
    with ctx.workprec(100):
        known = ball_facts({"logits": np.array(logits), "values": values}, sizes)
        assert abs(float(known.errors["drop"]) - shown[0]) < 1e-14
        assert abs(float(known.errors["effective"]) - shown[1]) < 1e-14


def test_the_path_leads_from_one_witness_to_the_other() -> None:
    ends = both_errors(path_between(np.array([0.0, 1.0])))
    for number, witness in enumerate((DROP_IS_EXACT, KEYS_ARE_NEARER)):
        there = both_errors([np.array(group) for group in witness])
        assert [float(end[number]) for end in ends] == pytest.approx(
            [float(one) for one in there], rel=1e-3, abs=1e-12
        )


def test_the_phase_diagram_shows_the_exact_gap() -> None:
    shares = phase.gap_shares()
    assert shares.shape == (len(phase.SIGMAS), len(phase.SIZES))
    assert phase.SIZES[0] == 2 and phase.SIZES[-1] == 1e12
    assert np.allclose(shares[0], 1.0, rtol=0, atol=1e-15)
    assert (np.diff(shares, axis=0) < 0).all(), "the gap falls as the logits spread"
    i, j = 40, 50
    exact = mean_gap(phase.SIZES[j], phase.SIGMAS[i]) / np.log(phase.SIZES[j])
    assert abs(shares[i, j] - exact) < 1e-13
    assert phase.SIGMAS[-1] > critical_sigma(1e12)


# ---- the look -----------------------------------------------------------------------------------


@pytest.mark.parametrize("looks", [ERRORS, BOUNDS], ids=["errors", "bounds"])
def test_roles_differ_in_more_than_colour(looks: dict[str, Any]) -> None:
    distinct = {name: look for name, look in looks.items() if name != "uniform_key"}
    for one, other in itertools.combinations(distinct.values(), 2):
        assert one.line != other.line
        assert one.marker != other.marker
        assert one.color != other.color
