"""Values for one cell that might satisfy several atoms at once.

An atom that is affine in the cell is solved exactly; a bound that is no fraction is rounded
outward to a dyadic one.  For the rest there is a list of simple values to try.  Nothing here is
believed: the caller keeps a value only when every atom holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from derivations.counterexamples.arithmetic import NeedsPrecision, Number, Undefined
from derivations.counterexamples.choices import VALUES
from derivations.counterexamples.evaluate import Atom, Order
from derivations.counterexamples.instance import Cell
from derivations.counterexamples.linear_system import solve_linear
from derivations.counterexamples.symbols import Kind
from derivations.counterexamples.world import Environment, World

Placed = tuple[Atom, Environment]
GRIDS = (4, 1024, 2**40)
_SLACKS = ((0, 1), (1, 4), (1, 1), (8, 1))


@dataclass(frozen=True)
class Effort:
    """How to use the freedom left: which cell first, and how much slack (0: none)."""

    rotation: int
    slack: int


def candidates(
    w: World, cell: Cell, kind: Kind, atoms: list[Placed], effort: Effort
) -> Iterator[Any]:
    """Values for the cell, most promising first."""
    if kind.is_number:
        yield from _numbers(w, cell, atoms, effort)
    else:
        yield from _vectors(w, cell, kind, atoms, effort)


# ---- numbers -------------------------------------------------------------------------------


@dataclass
class _Bounds:
    """What the affine atoms say about a number."""

    forced: list[Number]
    lower: list[tuple[Number, bool]]
    upper: list[tuple[Number, bool]]
    curved: bool = False


def _numbers(w: World, cell: Cell, atoms: list[Placed], effort: Effort) -> Iterator[Number]:
    bounds = _Bounds([], [], [])
    for atom, env in atoms:
        _bound(w, cell, atom, env, bounds)
    if bounds.forced:
        yield bounds.forced[0]
        return
    yield from _between(w, bounds, effort)
    if bounds.curved:
        # An equality that is not affine is met by a simple number or by luck.
        equality = any(atom.order is Order.EQUAL for atom, _ in atoms)
        yield from map(w.arithmetic.number, VALUES[:9] if equality else VALUES)


def _bound(w: World, cell: Cell, atom: Atom, env: Environment, bounds: _Bounds) -> None:
    gaps = [_gap_at(w, cell, w.arithmetic.number(x), atom, env) for x in _probes()]
    if any(gap is None for gap in gaps):
        bounds.curved = True
        return
    for at_0, at_1, at_2 in zip(*gaps, strict=True):
        slope = at_1 - at_0
        if (at_2 - at_1 - slope) != 0 or not (slope == 0 or slope > 0 or slope < 0):
            bounds.curved = True
        elif slope == 0:
            continue
        elif atom.order is Order.EQUAL:
            root = -at_0 / slope
            if _is_exact(root):
                bounds.forced.append(root)
            else:
                bounds.curved = True
        else:
            side = bounds.lower if slope > 0 else bounds.upper
            side.append((-at_0 / slope, atom.order is Order.LESS))


def _probes() -> tuple[Any, ...]:
    return VALUES[0], VALUES[1], VALUES[1] + VALUES[1]


def _between(w: World, bounds: _Bounds, effort: Effort) -> Iterator[Number]:
    """Numbers within the bounds: a multiple of 1/4 where there is one, else finer."""
    fmpq = w.arithmetic.fmpq  # type: ignore[union-attr]
    slack = fmpq(*_SLACKS[effort.slack])
    for grid in GRIDS:
        low = max((_rounded_up(w, *one, grid) for one in bounds.lower), default=None)
        high = min(
            (-_rounded_up(w, -one, strict, grid) for one, strict in bounds.upper), default=None
        )
        if low is not None and high is None:
            yield low + slack
        elif low is None and high is not None:
            yield high - slack
        elif low is not None and low <= high:
            inside = [low, high, (low + high) / 2, min(low + slack, high)]
            at = (effort.slack + effort.rotation) % len(inside)
            yield inside[at]


def _rounded_up(w: World, bound: Number, strict: bool, grid: int) -> Number:
    """The smallest multiple of 1/grid at or above the bound (above it, if strict).

    A bound that is a fraction stays as it is.
    """
    if _is_exact(bound):
        return bound + w.arithmetic.fmpq(1, grid) if strict else bound  # type: ignore[union-attr]
    steps = int((bound * grid).upper().ceil().unique_fmpz() or 0)
    return w.arithmetic.fmpq(steps + strict, grid)  # type: ignore[union-attr]


# ---- vectors and linear maps ---------------------------------------------------------------


def _vectors(
    w: World, cell: Cell, kind: Kind, atoms: list[Placed], effort: Effort
) -> Iterator[Any]:
    width = w.dimension
    size = width * width if kind is Kind.LINEAR_MAP else width

    def shaped(flat: list[Number]) -> Any:
        if kind is Kind.LINEAR_MAP:
            return tuple(tuple(flat[row * width : (row + 1) * width]) for row in range(width))
        return tuple(flat)

    before = w.cells[cell]
    start = [part for row in before for part in row] if kind is Kind.LINEAR_MAP else list(before)
    equalities: list[tuple[list[Number], Number]] = []
    inequalities: list[tuple[list[Number], Number]] = []
    for atom, env in atoms:
        for row in _rows(w, cell, atom, env, shaped, size):
            (equalities if atom.order is Order.EQUAL else inequalities).append(row)
    solved = solve_linear(equalities, start)
    if solved is None:
        return
    yield shaped(solved)
    slack = w.arithmetic.fmpq(*_SLACKS[effort.slack])  # type: ignore[union-attr]
    for slopes, constant in inequalities:
        norm = sum((one * one for one in slopes), w.zero)
        value = sum((m * x for m, x in zip(slopes, solved, strict=True)), constant)
        if norm > 0 and value < 0:
            step = (slack - value) / norm
            moved = [x + step * m for m, x in zip(slopes, solved, strict=True)]
            if all(map(_is_exact, moved)):
                yield shaped(moved)
    if equalities:
        return
    yield from _copies(w, cell, start, shaped)
    for value in (1, -1, 2, 0, 8):
        number = w.arithmetic.fmpq(value)  # type: ignore[union-attr]
        yield shaped([number] * size)
        yield shaped([number] + [w.zero] * (size - 1))


def _rows(
    w: World, cell: Cell, atom: Atom, env: Environment, shaped: Any, size: int
) -> list[tuple[list[Number], Number]]:
    """The components of right − left as (slopes, constant), where they are affine and exact."""
    zero, one = w.zero, w.one
    units = [[one if at == place else zero for at in range(size)] for place in range(size)]
    points = [[zero] * size, *units, [one + one] * size]
    gaps = [_gap_at(w, cell, shaped(point), atom, env) for point in points]
    if any(gap is None for gap in gaps):
        return []
    rows = []
    for constant, *slopes, check in zip(*gaps, strict=True):
        slopes = [slope - constant for slope in slopes]
        affine = sum(slopes, zero) * 2 + constant
        if all(map(_is_exact, (*slopes, constant))) and affine == check:
            rows.append((slopes, constant))
    return rows


def _copies(w: World, cell: Cell, start: list[Number], shaped: Any) -> Iterator[Any]:
    """Other members of the family, nearer and nearer; then smaller multiples of the cell."""
    half = w.arithmetic.fmpq(1, 2)  # type: ignore[union-attr]
    for other, value in w.cells.items():
        if other[0] == cell[0] and other != cell and not isinstance(value[0], tuple):
            near = [(x + y) * half for x, y in zip(start, value, strict=True)]
            yield shaped(near)
            yield value
    for _ in range(6):
        start = [x * half for x in start]
        yield shaped(start)


def _gap_at(
    w: World, cell: Cell, value: Any, atom: Atom, env: Environment
) -> tuple[Number, ...] | None:
    """right − left with `value` in the cell; None where it has no value."""
    before = w.cells[cell]
    w.cells[cell] = value
    w.touch()
    try:
        return atom.gap(w, env)
    except (Undefined, NeedsPrecision):
        return None
    finally:
        w.cells[cell] = before
        w.touch()


def _is_exact(value: Number) -> bool:
    return hasattr(value, "q")
