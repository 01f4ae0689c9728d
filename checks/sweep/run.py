"""A whole sweep: measure the cells that are not measured yet, then write the results."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.sweep.cell import NO_DECISIONS, Decisions, Part, cell_id, parts
from checks.sweep.cluster import need_scheduler
from checks.sweep.models import Point
from checks.sweep.statistics import merge
from checks.sweep.store import Store, manifest
from checks.sweep.table import Cell, as_csv, as_parquet, rows
from checks.sweep.workers import measured_parts
from derivations.errors import UnusableInput
from derivations.writing import write_whole

TABLE, PARQUET, DECISIONS = "table.csv", "table.parquet", "decisions.json"
Progress = Callable[[int, int], None]
Waiting = Callable[[bool], None]


@dataclass(frozen=True, eq=False)
class Sweep:
    """A finished sweep: its cells, its folder, the files with the results, and remarks."""

    cells: tuple[Cell, ...]
    folder: Path
    files: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def decisions(self) -> Decisions:
        """How measured <= bound was decided, over all cells."""
        return sum((cell.decisions for cell in self.cells), start=NO_DECISIONS)

    @property
    def holds(self) -> bool:
        """Whether measured <= bound is certain in every draw."""
        return not (self.decisions.violated or self.decisions.undecided)


def sweep(
    points: Sequence[Point],
    folder: Path,
    *,
    draws: int,
    seed: int = 0,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress = lambda done, total: None,
    waiting: Waiting = lambda alone: None,
) -> Sweep:
    """Measure ``draws`` draws of every point and write table and decisions into the folder.

    Parts that the folder already has are kept. ``progress(done, total)`` counts draws; the result
    does not depend on ``workers`` or ``scheduler`` (checks.sweep.workers, also for ``waiting``).
    Raises UnusableInput.
    """
    if draws < 1:
        raise UnusableInput(f"the number of draws is {draws}; it must be a whole number from 1")
    if workers is not None and workers < 1:
        raise UnusableInput(f"the number of workers is {workers}; it must be a whole number from 1")
    if scheduler is not None:
        need_scheduler(scheduler)
    store = Store(folder, manifest(points, seed, draws))
    with store.locked():
        tasks = {point: parts(point, seed, draws) for point in points}
        wanted = [part for each in tasks.values() for part in each]
        _finish(store, wanted, workers, scheduler, progress, waiting)
        cells = tuple(_cell(store, point, each) for point, each in tasks.items())
        files, remarks = _write(folder, cells)
    return Sweep(cells, folder, files, remarks)


def _finish(
    store: Store,
    tasks: Sequence[Part],
    workers: int | None,
    scheduler: str | None,
    progress: Progress,
    waiting: Waiting,
) -> None:
    missing = [part for part in tasks if not store.has(part)]
    total = sum(sum(part.sizes) for part in tasks)
    done = total - sum(sum(part.sizes) for part in missing)
    progress(done, total)
    if not missing:
        return
    for part, summary, decisions in measured_parts(missing, workers, scheduler, waiting):
        store.put(part, summary, decisions)
        done += summary.draws
        progress(done, total)


def _cell(store: Store, point: Point, tasks: Sequence[Part]) -> Cell:
    found = [store.get(part) for part in tasks]
    there = [one for one in found if one is not None]
    if len(there) < len(found):
        raise UnusableInput(
            f"{store.folder} was changed while the sweep ran; run it again to measure what is gone"
        )
    decisions = sum((each for _, each in there), start=NO_DECISIONS)
    return Cell(point, merge([summary for summary, _ in there]), decisions)


def _write(folder: Path, cells: Sequence[Cell]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    table = rows(cells)
    files: dict[str, str | bytes] = {
        TABLE: as_csv(table),
        DECISIONS: json.dumps([decisions_of(cell) for cell in cells], indent=1) + "\n",
    }
    remarks = []
    try:
        files[PARQUET] = as_parquet(table)
    except ImportError:
        remarks.append(f"no {PARQUET}, which needs pyarrow: install keystar[parquet]")
    write_whole(folder, files)
    return tuple(sorted(files)), tuple(remarks)


def decisions_of(cell: Cell) -> dict[str, object]:
    """How measured <= bound was decided in one cell, with the first violations to look at."""
    it = cell.decisions
    return {
        "cell": cell_id(cell.point),
        **cell.point.key(),
        "draws": it.draws,
        "by_rounding": it.draws - it.by_balls,
        "in_balls": it.by_balls - it.violated - it.undecided,
        "violated": it.violated,
        "undecided": it.undecided,
        "violations": [
            {"chunk": chunk, "draw": draw, "bound": bound} for chunk, draw, bound in it.witnesses
        ],
    }
