"""Reading a sweep's table, and finding the lines along which one axis varies."""

import math
from pathlib import Path

import pytest

from checks.plots.table import Cell, lines, read_table
from derivations.errors import UnusableInput
from tests.checks.plots.sweep_tables import rows_of, usual_rows, written


def cells(folder: Path, rows: list[dict[str, object]]) -> list[Cell]:
    return read_table(written(folder, rows) / "table.csv")


def test_a_cell_gathers_its_rows(tmp_path: Path) -> None:
    (cell,) = cells(tmp_path, rows_of("planted", 0.5, margin=2.0))
    assert (cell.model, cell.draws) == ("planted", 100)
    assert cell.point["margin"] == 2.0
    assert cell.value("error", "drop", "q90") == 0.75
    assert math.isnan(cell.value("theory", "alpha", "mean"))
    assert math.isnan(cell.value("error", "no_such", "mean"))
    (bare,) = cells(tmp_path, rows_of("gaussian", 0.5))
    assert bare.point["margin"] is None
    assert bare.value("theory", "alpha", "mean") == 0.94
    assert math.isnan(bare.value("theory", "alpha", "worst"))


def test_axes_one_at_a_time(tmp_path: Path) -> None:
    found = lines(cells(tmp_path, usual_rows()))
    assert list(found) == ["d", "n", "margin"]
    assert [line.model for line in found["d"]] == ["gaussian", "sphere"]
    assert [line.values for line in found["d"]] == [[4, 16, 64]] * 2
    assert [line.values for line in found["n"]] == [[2, 8, 33]], "the centre lies on the line"
    (planted,) = found["margin"]
    assert planted.values == [0, 1, 5]
    assert planted.fixed["d"] == 64 and "margin" not in planted.fixed
    assert planted.series("error", "drop", "median") == [0.1, 0.05, 0.1 / 6]
    assert planted.has("bound", "pair") and not planted.has("theory", "alpha")


def test_frozen_tokens_that_grow_with_the_group_size_are_no_axis_of_their_own(
    tmp_path: Path,
) -> None:
    table = [row for n in (2, 4, 8) for row in rows_of("gaussian", 0.1, n=n, m=8 * (n - 1))]
    assert list(lines(cells(tmp_path, table))) == ["n"]
    alone = [row for m in (8, 16) for row in rows_of("gaussian", 0.1, m=m)]
    assert list(lines(cells(tmp_path, alone))) == ["m"]


def test_where_sizes_hang_together_the_longest_line_is_taken(tmp_path: Path) -> None:
    """As a sweep fills groups: half of the p normal tokens, rounded up, have n - 1 frozen ones."""
    by_p = [(p, 33, 32 * ((p + 1) // 2)) for p in (1, 2, 4, 16)]
    by_m = [(16, 1 + -(-m // 8), m) for m in (1, 2, 4, 8, 32)]
    by_n = [(16, n, 8 * (n - 1)) for n in (2, 4, 64)]
    table = [
        row
        for p, n, m in dict.fromkeys([*by_p, *by_m, *by_n])
        for row in rows_of("gaussian", 0.1, p=p, n=n, m=m)
    ]
    found = lines(cells(tmp_path, table))
    assert found["p"][0].values == [1, 2, 4, 16]
    assert {1, 2, 4, 8, 32} <= set(found["m"][0].values)
    assert found["n"][0].values == [2, 4, 5, 33, 64]
    assert [cell.point["m"] for cell in found["n"][0].cells] == [8, 24, 32, 256, 504]


def test_of_a_full_grid_the_middle_line_is_taken(tmp_path: Path) -> None:
    table = [
        row
        for d in (4, 16, 64)
        for margin in (0.0, 2.0)
        for row in rows_of("planted", 0.1, d=d, margin=margin)
    ]
    found = lines(cells(tmp_path, table))
    assert list(found) == ["d", "margin"]
    assert found["margin"][0].fixed["d"] == 16
    assert found["d"][0].values == [4, 16, 64]


def test_a_sweep_of_one_cell_has_no_lines(tmp_path: Path) -> None:
    assert lines(cells(tmp_path, rows_of("gaussian", 0.1))) == {}


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"model,d\nx,\n", None],
)
def test_what_is_no_table(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "table.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnusableInput, match=r"run keystar sweep into that folder"):
        read_table(path)


def test_a_number_that_is_none(tmp_path: Path) -> None:
    rows = rows_of("gaussian", 0.1)
    rows[0]["median"] = "many"
    with pytest.raises(UnusableInput, match="no table of a sweep"):
        cells(tmp_path, rows)
    path = written(tmp_path, rows_of("gaussian", 0.1)) / "table.csv"
    path.write_text(path.read_text("utf-8")[:-30], "utf-8")
    with pytest.raises(UnusableInput, match="no table of a sweep"):
        read_table(path)
