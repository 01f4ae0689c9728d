"""The tidy table of a sweep: one row for each cell and quantity, as CSV and as Parquet.

Numbers are in units of the diameter of the normal values, gaps and margins in nats. ``kind`` is
error, bound, mass, gap or theory; a row of theory has a mean only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from checks.sweep.cell import Decisions, quantities
from checks.sweep.models import Point
from checks.sweep.statistics import Summary

COLUMNS = (
    *("model", "d", "n", "m", "p", "margin", "delta", "correlation", "scale"),
    *("draws", "quantity", "kind", "mean", "standard_error", "median", "q90", "worst"),
)
WHOLE = ("d", "n", "m", "p", "draws")
WORDS = ("model", "quantity", "kind")

Value = str | int | float | None
Row = dict[str, Value]


@dataclass(frozen=True, eq=False)
class Cell:
    """The result of one cell."""

    point: Point
    summary: Summary
    decisions: Decisions = field(repr=False)


def rows(cells: Iterable[Cell]) -> list[Row]:
    """The table's rows; None where there is no number."""
    return [row for cell in cells for row in _rows(cell)]


def as_csv(table: Sequence[Row]) -> str:
    """The table as CSV, empty where there is no number."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def as_parquet(table: Sequence[Row]) -> bytes:
    """The table as Parquet. Raises ImportError without pyarrow."""
    import pyarrow
    import pyarrow.parquet

    def kind(name: str) -> pyarrow.DataType:
        if name in WORDS:
            return pyarrow.string()
        return pyarrow.int64() if name in WHOLE else pyarrow.float64()

    schema = pyarrow.schema([(name, kind(name)) for name in COLUMNS])
    content = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(table), schema), content)
    return content.getvalue()


def expected_mass(point: Point) -> float | None:
    """E[alpha] = m / (m + p) where the logits are exchangeable (mathematics, section 5)."""
    exchangeable = point.margin is None and not point.correlation
    return point.m / (point.m + point.p) if exchangeable else None


def _rows(cell: Cell) -> list[Row]:
    parameters: Row = {**cell.point.key(), "draws": cell.summary.draws}
    error = cell.summary.standard_error()
    table = []
    for number, (name, kind) in enumerate(quantities(cell.point)):
        numbers: Row = {
            "mean": float(cell.summary.mean[number]),
            "standard_error": _number(float(error[number])),
            "median": cell.summary.quantile(number, 0.5),
            "q90": cell.summary.quantile(number, 0.9),
            "worst": float(cell.summary.worst[number]),
        }
        table.append({**parameters, "quantity": name, "kind": kind, **numbers})
    mass = expected_mass(cell.point)
    if mass is not None:
        numbers = dict.fromkeys(("standard_error", "median", "q90", "worst"))
        table.append({**parameters, "quantity": "alpha", "kind": "theory", "mean": mass, **numbers})
    return table


def _number(value: float) -> float | None:
    return None if value != value else value
