"""The tidy table: a row for each query, all digits, the same as CSV and Parquet."""

import csv
import io
import math

import numpy as np
import pyarrow.parquet
import pytest

from checks.report.table import as_csv, as_parquet, columns
from tests.checks.report.samples import EVERY, broken, measured, poor


@pytest.mark.parametrize("name", EVERY)
def test_a_row_for_each_query(name):
    result = EVERY[name]()
    table = columns(result)
    assert {len(column) for column in table.values()} == {result.certificates.size}
    assert [each for each in table if each.startswith("axis_")] == [
        f"axis_{number}" for number in range(1, len(result.leading) + 1)
    ]


def test_numbers_stand_at_their_place():
    result = measured((2, 3))
    table = columns(result)
    for row in range(result.certificates.size):
        place = tuple(int(table[name][row]) for name in ("axis_1", "axis_2", "query"))
        assert table["error_effective"][row] == result.errors["effective"][place]
        assert table["bound_joint"][row] == result.bounds["joint"][place]
        assert table["alpha"][row] == result.quantities["alpha"][place]
        assert table["nearer_effective"][row] == result.comparison[place]
        assert table["certificate"][row] == result.certificates[place].value


@pytest.mark.parametrize("name", EVERY)
def test_csv_and_parquet_say_the_same(name):
    table = columns(EVERY[name]())
    rows = list(csv.DictReader(io.StringIO(as_csv(table))))
    stored = pyarrow.parquet.read_table(io.BytesIO(as_parquet(table))).to_pydict()
    assert list(stored) == list(table) == list(rows[0])
    for column, numbers in stored.items():
        for row, number in zip(rows, numbers, strict=True):
            text = row[column]
            assert text == number if isinstance(number, str) else float(text) == number


def test_what_is_missing_or_infinite():
    table = columns(poor())
    assert "weighted_residual" not in table and "hull_lower" not in table
    rows = list(csv.DictReader(io.StringIO(as_csv(table))))
    assert {row["margin"] for row in rows} == {"inf"}
    table["alpha"] = np.array([np.nan, *table["alpha"][1:]])
    assert next(csv.DictReader(io.StringIO(as_csv(table))))["alpha"] == ""
    stored = pyarrow.parquet.read_table(io.BytesIO(as_parquet(table))).to_pydict()
    assert stored["alpha"][0] is None and math.isinf(stored["margin"][0])


def test_what_does_not_hold_is_told():
    words = list(columns(broken())["certificate"])
    assert (words.count("violated"), words.count("undecided")) == (1, 1)
