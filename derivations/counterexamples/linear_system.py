"""Linear equations over the fractions, solved near a given point."""

from __future__ import annotations

from typing import Any

Row = tuple[list[Any], Any]


def solve_linear(rows: list[Row], start: list[Any]) -> list[Any] | None:
    """x with Σ_i slopes_i x_i + constant = 0 for every row; None if there is none.

    Unknowns that the equations leave free keep their value in `start`.
    """
    matrix = [[*slopes, -constant] for slopes, constant in rows]
    width = len(start)
    pivots: list[int] = []
    for column in range(width):
        at = len(pivots)
        row = next((one for one in range(at, len(matrix)) if matrix[one][column] != 0), None)
        if row is None:
            continue
        matrix[at], matrix[row] = matrix[row], matrix[at]
        lead = matrix[at][column]
        matrix[at] = [value / lead for value in matrix[at]]
        for other in range(len(matrix)):
            factor = matrix[other][column]
            if other != at and factor != 0:
                matrix[other] = [
                    x - factor * y for x, y in zip(matrix[other], matrix[at], strict=True)
                ]
        pivots.append(column)
    if any(row[width] != 0 for row in matrix[len(pivots) :]):
        return None
    solved = list(start)
    for equation, column in zip(matrix, pivots, strict=False):
        free = (other for other in range(column + 1, width) if other not in pivots)
        rest = sum(equation[other] * start[other] for other in free)
        solved[column] = equation[width] - rest
    return solved
