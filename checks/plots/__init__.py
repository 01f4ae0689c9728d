"""Figures, as PDF and PNG, for print: colour-blind safe, and legible in black and white.

    draw_sweep(folder)      # the figures of a sweep, from its table.csv
    draw_theory(folder)     # what needs no measurement

Both need matplotlib, the extra ``plots``, and raise UnusableInput without it. The same data give
the same files, byte for byte, with one version of matplotlib.
"""

from __future__ import annotations

from pathlib import Path

from derivations.errors import UnusableInput


def need_matplotlib() -> None:
    """Raises UnusableInput when matplotlib cannot be imported."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as reason:
        raise UnusableInput(
            "figures need matplotlib, which is not installed; install keystar[plots]"
        ) from reason


def draw_sweep(folder: Path) -> list[str]:
    """Draw the figures of the sweep whose table.csv lies in ``folder``, and put them there.

    Returns the names of the files written. Raises UnusableInput when there is no matplotlib, no
    such table, or the folder cannot be written to.
    """
    need_matplotlib()
    from checks.plots.sweep import read_table, sweep_figures
    from derivations.writing import write_whole

    files = sweep_figures(read_table(folder / "table.csv"))
    write_whole(folder, files)
    return list(files)


def draw_theory(folder: Path) -> list[str]:
    """Draw the figures that need no sweep into ``folder``; returns the names of the files.

    They are the phase diagram of the mean gap, drop against effective key, and random directions.
    Raises UnusableInput when there is no matplotlib or the folder cannot be written to.
    """
    need_matplotlib()
    from checks.plots.directions import directions_figure
    from checks.plots.neither import neither_figure
    from checks.plots.phase import phase_figure
    from derivations.writing import write_whole

    files = {**phase_figure(), **neither_figure(), **directions_figure()}
    write_whole(folder, files)
    return list(files)
