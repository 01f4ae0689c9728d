"""Non-negative multipliers by linear programming (dual simplex, confirmed over the rationals).

Untrusted: what comes out is only a suggestion that the kernel's rule `bound` re-checks.  Columns
that cannot take part are dropped first; a large problem is solved in floating point to learn which
columns matter, and then again exactly with those alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Any

Vector = Mapping[Any, Fraction]
Number = Fraction | float
Row = list  # [coefficients: dict[int, Number], right-hand side: Number]

PIVOT_LIMIT = 300
EXACT_WIDTH = 12
NOISE = 1e-9  # floating-point dust of the rehearsal; the exact run decides


def multipliers(
    target: Vector, columns: Sequence[Vector], free_rows: frozenset[Hashable]
) -> list[Fraction] | None:
    """λ ≥ 0 with target − Σ λ_i columns[i] ≥ 0 row by row, and = 0 on `free_rows`.

    Returns None when there are none, or when the pivot limit is reached first.
    """
    useful = _useful(target, columns, free_rows)
    if useful is None:
        return None
    if len(useful) > EXACT_WIDTH:
        rehearsal = _solve(target, columns, free_rows, useful, float)
        if rehearsal is None:
            return None
        useful = [i for i, value in zip(useful, rehearsal, strict=True) if value > NOISE]
    found = _solve(target, columns, free_rows, useful, Fraction)
    if found is None:
        return None
    result = [Fraction(0)] * len(columns)
    for i, value in zip(useful, found, strict=True):
        result[i] = Fraction(value)
    return result


def _useful(
    target: Vector, columns: Sequence[Vector], free_rows: frozenset[Hashable]
) -> list[int] | None:
    """The columns that could have λ > 0; None when some row can never be satisfied."""
    alive = dict(enumerate(columns))
    names = list(dict.fromkeys([*target, *(name for column in columns for name in column)]))
    changed = True
    while changed:
        changed = False
        for name in names:
            limit = target.get(name, Fraction(0))
            takes = [i for i, column in alive.items() if column.get(name, 0) > 0]
            gives = [i for i, column in alive.items() if column.get(name, 0) < 0]
            if limit < 0 and not gives:
                return None
            if name in free_rows and limit > 0 and not takes:
                return None
            doomed = takes if limit <= 0 and not gives else []
            if name in free_rows and limit >= 0 and not takes:
                doomed = doomed + gives
            for i in doomed:
                del alive[i]
                changed = True
    return sorted(alive)


def _solve(
    target: Vector,
    columns: Sequence[Vector],
    free_rows: frozenset[Hashable],
    useful: list[int],
    number: Callable[[Fraction], Number],
) -> list[Number] | None:
    chosen = [columns[i] for i in useful]
    rows = _rows(target, chosen, free_rows, number)
    if rows is None:
        return None
    dust = NOISE if number is float else 0
    width = len(chosen)
    basis = [width + position for position in range(len(rows))]
    for _ in range(PIVOT_LIMIT):
        negative = [i for i, (_, limit) in enumerate(rows) if limit < -dust]
        if not negative:
            return _solution(rows, basis, width)
        leaving = min(negative, key=lambda i: basis[i])
        entering = min((j for j, value in rows[leaving][0].items() if value < -dust), default=None)
        if entering is None:
            return None
        _pivot(rows, basis, leaving, entering, dust)
    return None


def _rows(
    target: Vector,
    columns: Sequence[Vector],
    free_rows: frozenset[Hashable],
    number: Callable[[Fraction], Number],
) -> list[Row] | None:
    names = list(dict.fromkeys([*target, *(name for column in columns for name in column)]))
    rows: list[Row] = []
    for name in names:
        limit = target.get(name, Fraction(0))
        coefficients = {i: number(c[name]) for i, c in enumerate(columns) if name in c}
        if not coefficients:
            if limit < 0 or (limit and name in free_rows):
                return None
            continue
        rows.append([coefficients, number(limit)])
        if name in free_rows:
            negated = {i: -value for i, value in coefficients.items()}
            rows.append([negated, number(-limit)])
    for position, (coefficients, _) in enumerate(rows):
        coefficients[len(columns) + position] = number(Fraction(1))
    return rows


def _pivot(rows: list[Row], basis: list[int], leaving: int, entering: int, dust: float) -> None:
    coefficients, limit = rows[leaving]
    scale = coefficients[entering]
    coefficients = {j: value / scale for j, value in coefficients.items()}
    limit = limit / scale
    rows[leaving] = [coefficients, limit]
    basis[leaving] = entering
    for position, (other, other_limit) in enumerate(rows):
        factor = other.get(entering)
        if position == leaving or not factor:
            continue
        changed = dict(other)
        for j, value in coefficients.items():
            new = changed.get(j, 0) - factor * value
            if abs(new) > dust:
                changed[j] = new
            else:
                changed.pop(j, None)
        rows[position] = [changed, other_limit - factor * limit]


def _solution(rows: list[Row], basis: list[int], width: int) -> list[Number]:
    values: list[Number] = [Fraction(0)] * width
    for position, variable in enumerate(basis):
        if variable < width:
            values[variable] = rows[position][1]
    return values
