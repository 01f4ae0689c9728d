"""`keystar sweep`: measured errors and proved bounds as sizes, margins and models vary."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from checks.commands.options import NOT_PROVED, PROVED, Output, output_options
from checks.commands.progress import progress_bar

AXIS_HELP = {
    "d": "Dimension of queries and keys.",
    "n": "Tokens in a group that has frozen ones.",
    "m": "Frozen tokens; enough for full groups of every second normal token if not given.",
    "p": "Normal tokens.",
    "margin": "Lead of every winner over the second of its group (model planted).",
    "delta": "Length of value residuals, in diameters of the normal values.",
    "correlation": "Correlation of the keys of a group (model correlated).",
    "scale": "Factor on the logits.",
}
DRAWS = 20_000
DRAWING, WAITING = "drawing", "waiting for workers, none is left"


def axis_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add one option for each axis; the command receives those given as one `given`."""
    from functools import wraps

    @wraps(command)
    def wrapped(**others: Any) -> None:
        given = {axis: others.pop(axis) for axis in AXIS_HELP}
        command(given={axis: text for axis, text in given.items() if text is not None}, **others)

    for axis, text in reversed(AXIS_HELP.items()):
        wrapped = click.option(f"--{axis}", axis, metavar="VALUES", help=text)(wrapped)
    return wrapped


@click.command()
@click.option("--model", "models", multiple=True, metavar="NAME", help="Draw from this model.")
@click.option("--vary", multiple=True, metavar="AXIS", help="Vary this axis over its values.")
@axis_options
@click.option("--full", is_flag=True, help="All combinations of the varied axes.")
@click.option("--draws", type=int, default=DRAWS, show_default=True, help="Draws in each cell.")
@click.option("--workers", type=int, help="Processes; all processors when it is not given.")
@click.option("--scheduler", metavar="ADDRESS", help="Use the Dask cluster of this scheduler.")
@click.option(
    "-o",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("sweep"),
    show_default=True,
    help="Folder for results; a sweep that was cut short goes on there.",
)
@output_options
def sweep(
    models: tuple[str, ...],
    vary: tuple[str, ...],
    given: dict[str, str],
    full: bool,
    draws: int,
    workers: int | None,
    scheduler: str | None,
    folder: Path,
    output: Output,
) -> None:
    """Measure errors and bounds on random instances as dimension, group size and margin vary.

    VALUES are a list 16,64,256 or a range 4..1024 (doubling; steps of one for margin) or 0..6:13
    (so many values). Axes are d, n, m, p, margin, delta, correlation and scale; each is varied by
    itself, the others stay put, unless --full is given. Models are gaussian, unscaled, sphere,
    planted, clustered and correlated. Without options d, n and margin are varied. The exit status
    is 1 when measured <= bound is not certain in every draw.
    """
    from checks.sweep.grid import axis_values, cells
    from checks.sweep.run import decisions_of
    from checks.sweep.run import sweep as swept

    values = {axis: axis_values(axis, text) for axis, text in given.items()}
    points = cells(models, vary, values, full)
    console = output.console()
    with progress_bar(console, DRAWING, output) as progress:
        result = swept(
            points,
            folder,
            draws=draws,
            seed=output.seed or 0,
            workers=workers,
            scheduler=scheduler,
            progress=progress,
            waiting=lambda alone: progress.describe(WAITING if alone else DRAWING),
        )
    figures, remark = draw_figures(folder)
    remarks = [*result.remarks, *([remark] if remark else [])]
    files = [*result.files, "manifest.json", *figures]
    if output.as_json:
        cells_decided = [decisions_of(cell) for cell in result.cells]
        output.dump(
            {
                "folder": str(folder),
                "files": files,
                "remarks": remarks,
                "holds": result.holds,
                "cells": cells_decided,
            }
        )
    elif not output.quiet or not result.holds:
        console.print(sentence(result), soft_wrap=True)
        if not output.quiet:
            console.print(f"{len(files)} files written to {folder}", soft_wrap=True)
    if not output.as_json and not output.quiet:
        for line in remarks:
            console.print(line, soft_wrap=True)
    sys.exit(PROVED if result.holds else NOT_PROVED)


def sentence(result: Any) -> str:
    """What was measured and whether measured <= bound everywhere, in one sentence."""
    it = result.decisions
    cells = f"{len(result.cells)} cells, {it.draws} draws"
    if result.holds:
        return (
            f"{cells}: measured ≤ bound in every draw ({it.draws - it.by_balls} by rounding"
            f" analysis, {it.by_balls} in ball arithmetic)"
        )
    return (
        f"{cells}: NOT EVERY BOUND IS CERTAIN, {it.violated} draws violate a bound and"
        f" {it.undecided} are undecided; see decisions.json"
    )


def draw_figures(folder: Path) -> tuple[list[str], str | None]:
    """The figures made of the table and those of the theory beside it, or why there are none."""
    try:
        import matplotlib  # noqa: F401

        from checks.plots import draw_sweep, draw_theory
    except ImportError:
        return [], "no figures, which need matplotlib: install keystar[plots]"
    return [*draw_sweep(folder), *draw_theory(folder)], None
