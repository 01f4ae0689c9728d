"""Non-negative multipliers by exact linear programming (dual simplex over the rationals).

Untrusted: what comes out is only a suggestion that the kernel's rule `bound` re-checks.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction

Vector = Mapping[Hashable, Fraction]

PIVOT_LIMIT = 400


def multipliers(
    target: Vector, columns: Sequence[Vector], free_rows: frozenset[Hashable]
) -> list[Fraction] | None:
    """λ ≥ 0 with target − Σ λ_i columns[i] ≥ 0 row by row, and = 0 on `free_rows`.

    Returns None when there are none, or when the pivot limit is reached first.
    """
    rows = _rows(target, columns, free_rows)
    if rows is None:
        return None
    width = len(columns)
    basis = [width + number for number in range(len(rows))]
    for _ in range(PIVOT_LIMIT):
        leaving = _leaving(rows, basis)
        if leaving is None:
            return _solution(rows, basis, width)
        entering = min((j for j, value in rows[leaving][0].items() if value < 0), default=None)
        if entering is None:
            return None
        _pivot(rows, basis, leaving, entering)
    return None


Row = list  # [coefficients: dict[int, Fraction], right-hand side: Fraction]


def _rows(
    target: Vector, columns: Sequence[Vector], free_rows: frozenset[Hashable]
) -> list[Row] | None:
    names = list(dict.fromkeys([*target, *(name for column in columns for name in column)]))
    rows: list[Row] = []
    for name in names:
        limit = target.get(name, Fraction(0))
        coefficients = {i: column[name] for i, column in enumerate(columns) if name in column}
        if not coefficients:
            if limit < 0 or (limit and name in free_rows):
                return None
            continue
        rows.append([coefficients, limit])
        if name in free_rows:
            rows.append([{i: -value for i, value in coefficients.items()}, -limit])
    for number, (coefficients, _) in enumerate(rows):
        coefficients[len(columns) + number] = Fraction(1)
    return rows


def _leaving(rows: list[Row], basis: list[int]) -> int | None:
    negative = [i for i, (_, limit) in enumerate(rows) if limit < 0]
    return min(negative, key=lambda i: basis[i]) if negative else None


def _pivot(rows: list[Row], basis: list[int], leaving: int, entering: int) -> None:
    coefficients, limit = rows[leaving]
    scale = coefficients[entering]
    coefficients = {j: value / scale for j, value in coefficients.items()}
    limit = limit / scale
    rows[leaving] = [coefficients, limit]
    basis[leaving] = entering
    for number, (other, other_limit) in enumerate(rows):
        factor = other.get(entering)
        if number == leaving or not factor:
            continue
        changed = dict(other)
        for j, value in coefficients.items():
            new = changed.get(j, Fraction(0)) - factor * value
            if new:
                changed[j] = new
            else:
                changed.pop(j, None)
        rows[number] = [changed, other_limit - factor * limit]


def _solution(rows: list[Row], basis: list[int], width: int) -> list[Fraction]:
    values = [Fraction(0)] * width
    for number, variable in enumerate(basis):
        if variable < width:
            values[variable] = rows[number][1]
    return values
