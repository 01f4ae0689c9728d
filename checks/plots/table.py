"""The table of a sweep, read back, and the lines in it: one axis varies, the rest stays put."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from derivations.errors import UnusableInput

PARAMETERS = ("d", "n", "m", "p", "margin", "delta", "correlation", "scale")
STATISTICS = ("mean", "standard_error", "median", "q90", "worst")
COLUMNS = ("model", *PARAMETERS, "draws", "quantity", "kind", *STATISTICS)

FOLLOWS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "n": ((), ("m",)),
    "m": ((), ("n",)),
    "p": ((), ("m",), ("n",)),
}
"""What may change along with an axis: the frozen tokens fill the groups, so sizes hang together."""

Number = float | None
Statistics = Mapping[str, Number]
Point = Mapping[str, Number]


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell: its model, its parameters, and the statistics of each (kind, quantity)."""

    model: str
    point: Point
    draws: int
    measured: Mapping[tuple[str, str], Statistics]

    def value(self, kind: str, quantity: str, statistic: str) -> float:
        """One number of the table; nan where it has none."""
        found = self.measured.get((kind, quantity), {}).get(statistic)
        return float("nan") if found is None else found


@dataclass(frozen=True, eq=False)
class Line:
    """Cells of one model, sorted by the value of ``axis``; ``fixed`` is what they share."""

    axis: str
    model: str
    cells: Sequence[Cell]

    @property
    def values(self) -> list[float]:
        """Where the cells lie on the axis."""
        return [float(cell.point[self.axis] or 0.0) for cell in self.cells]

    @property
    def fixed(self) -> dict[str, float]:
        """The parameters that all cells share and have."""
        first = self.cells[0].point
        return {
            name: value
            for name, value in first.items()
            if value is not None and all(cell.point[name] == value for cell in self.cells)
        }

    def series(self, kind: str, quantity: str, statistic: str) -> list[float]:
        """One statistic along the line."""
        return [cell.value(kind, quantity, statistic) for cell in self.cells]

    def has(self, kind: str, quantity: str) -> bool:
        """Whether every cell has that row."""
        return all((kind, quantity) in cell.measured for cell in self.cells)


def read_table(path: Path) -> list[Cell]:
    """The cells of a sweep's table.csv. Raises UnusableInput if it is no such table."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise UnusableInput(
                    f"{path} is no table of a sweep: it has no column {missing[0]!r}; run"
                    " keystar sweep into that folder"
                )
            rows = list(reader)
        return list(_cells(rows))
    except OSError as reason:
        raise UnusableInput(
            f"cannot read {path}: {reason.strerror}; run keystar sweep into that folder"
        ) from reason
    except (UnicodeDecodeError, csv.Error, TypeError, ValueError) as reason:
        if isinstance(reason, UnusableInput):
            raise
        raise UnusableInput(
            f"{path} is no table of a sweep: {reason}; run keystar sweep into that folder"
        ) from reason


def _cells(rows: Iterable[Mapping[str, str]]) -> Iterator[Cell]:
    found: dict[tuple[str, ...], dict[tuple[str, str], Statistics]] = {}
    for row in rows:
        key = tuple(row[name] for name in ("model", *PARAMETERS, "draws"))
        statistics = {name: _number(row[name]) for name in STATISTICS}
        found.setdefault(key, {})[row["kind"], row["quantity"]] = statistics
    for (model, *values, draws), measured in found.items():
        point = {name: _number(value) for name, value in zip(PARAMETERS, values, strict=True)}
        yield Cell(model, point, int(draws), measured)


def _number(text: str) -> Number:
    return float(text) if text else None


def lines(cells: Sequence[Cell]) -> dict[str, list[Line]]:
    """For each axis that varies the lines along it, one for each model: the longest there is.

    Of several of them (a full grid) the middle one is taken. The same cells make no second line:
    with n the number of frozen tokens grows, which is not drawn over m once more.
    """
    chosen: dict[str, list[Line]] = {}
    used: set[frozenset[int]] = set()
    for axis in PARAMETERS:
        for model in dict.fromkeys(cell.model for cell in cells):
            line = _line(axis, model, [cell for cell in cells if cell.model == model])
            these = frozenset(id(cell) for cell in line.cells) if line else frozenset()
            if line is not None and these not in used:
                used.add(these)
                chosen.setdefault(axis, []).append(line)
    return chosen


def _line(axis: str, model: str, cells: Sequence[Cell]) -> Line | None:
    best: list[Cell] = []
    for loose in FOLLOWS.get(axis, ((),)):
        groups: dict[tuple[Number, ...], list[Cell]] = {}
        others = [name for name in PARAMETERS if name != axis and name not in loose]
        for cell in cells:
            if cell.point[axis] is not None:
                groups.setdefault(tuple(cell.point[name] for name in others), []).append(cell)
        whole = [_fullest(axis, group) for group in groups.values()]
        length = max(map(len, whole), default=0)
        longest = [group for group in whole if len(group) == length]
        if length > max(len(best), 1):
            best = longest[len(longest) // 2]
    return Line(axis, model, best) if best else None


def _fullest(axis: str, group: Sequence[Cell]) -> list[Cell]:
    """One cell for each value of the axis: that whose groups are filled best, if there are more.

    Those are the cells with the most frozen tokens among the ones with the smallest groups.
    """
    chosen: dict[float, Cell] = {}
    for cell in sorted(group, key=lambda one: (one.point["m"] or 0.0, -(one.point["n"] or 0.0))):
        chosen[cell.point[axis] or 0.0] = cell
    return [chosen[value] for value in sorted(chosen)]
