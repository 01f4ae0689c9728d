"""`keystar extremes`: the worst case of every bound, and how sharp it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checks.commands.options import NOT_PROVED, PROVED, Output, output_options
from checks.commands.progress import progress_bar

if TYPE_CHECKING:
    from checks.extremes.problem import Problem


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--starts",
    type=click.IntRange(min=1, max=10_000),
    default=6,
    show_default=True,
    metavar="NUMBER",
    help="Random starts for each configuration, at most; none is made after a ratio of 0.99999.",
)
@click.option(
    "-o",
    "folder",
    type=click.Path(path_type=Path),
    help="Write the JSON and the figure into this folder; needs keystar[plots].",
)
@output_options
def extremes(names: tuple[str, ...], starts: int, folder: Path | None, output: Output) -> None:
    """Search for the largest error / bound of every bound, or of those named.

    Ratios are certified in ball arithmetic at the instance found. The exit status is 1 when some
    bound is violated.
    """
    from checks.extremes.report import show, to_json
    from checks.extremes.search import search_extremes
    from derivations.writing import need_folder, write_whole

    need_folder(folder)
    chosen = _chosen(names)
    if folder is not None:
        from checks.plots import need_matplotlib

        need_matplotlib()
    console = output.console()
    with progress_bar(console, "searching", output) as progress:
        found = list(
            search_extremes(chosen, starts=starts, seed=output.seed or 0, progress=progress)
        )
    data = to_json(found)
    if folder is not None:
        from checks.plots.sharpness import sharpness_figure

        files = {"extremes.json": json.dumps(data, indent=1) + "\n", **sharpness_figure(data)}
        write_whole(folder, files)
    if output.as_json:
        output.dump(data)
    else:
        show(console, found, verbose=output.verbose, quiet=output.quiet)
    sys.exit(NOT_PROVED if any(one.violated for one in found) else PROVED)


def _chosen(names: Sequence[str]) -> list[Problem]:
    from checks.extremes.search import problems
    from derivations.errors import UnusableInput

    known = list(dict.fromkeys(one.bound for one in problems()))
    for name in names:
        if name not in known:
            raise UnusableInput(f"there is no bound {name!r}; known are {', '.join(known)}")
    return problems(names)
