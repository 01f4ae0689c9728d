"""The tidy table of a measurement: one row for each query, as CSV and as Parquet.

Columns: ``axis_1``, ... (the leading axes, such as heads) and ``query`` count from 0; then the
quantities by name, ``error_...``, ``bound_...``, ``hull_...``, ``certificate`` and ``nearer_...``
(1 where that replacement is certainly nearer to the exact update than dropping the context, -1
where certainly farther, 0 otherwise). Lengths are in the unit of the values, gaps and margins in
nats. An infinite margin is ``inf``; a number that does not exist is empty.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.measure import Measurement

Columns = dict[str, NDArray[Any]]


def columns(result: Measurement) -> Columns:
    """Every column of the table, flat, in its order."""
    shape = result.certificates.shape
    places = np.indices(shape).reshape(len(shape), -1)
    found: Columns = {f"axis_{axis}": at for axis, at in enumerate(places[:-1], 1)}
    found["query"] = places[-1]
    for prefix, group in (
        ("", result.quantities),
        ("error_", result.errors),
        ("bound_", result.bounds),
        ("hull_", result.hull),
    ):
        found |= {prefix + name: np.ravel(values) for name, values in group.items()}
    words = [each.value for each in np.ravel(result.certificates)]
    found["certificate"] = np.array(words, dtype=object)
    found |= {f"nearer_{name}": np.ravel(side) for name, side in result.comparisons.items()}
    return found


def as_csv(table: Columns) -> str:
    """The table as CSV; numbers have all their digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    lists = [column.tolist() for column in table.values()]
    for row in zip(*lists, strict=True):
        writer.writerow(["" if entry != entry else entry for entry in row])
    return text.getvalue()


def as_parquet(table: Columns) -> bytes:
    """The table as Parquet, with the same columns."""
    import pyarrow
    import pyarrow.parquet

    arrays = {
        name: pyarrow.array(column, from_pandas=column.dtype.kind == "f")
        for name, column in table.items()
    }
    content = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(arrays), content)
    return content.getvalue()
