"""What the search found, as a table for a terminal and as plain values for JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checks.extremes.search import Extreme

if TYPE_CHECKING:
    from rich.console import Console

DIGITS = 8
SHOWN = 12
"""Numbers of an instance that are printed without -v."""


def best_of_each(extremes: Sequence[Extreme]) -> dict[str, list[Extreme]]:
    """The extremes by bound, each list with the largest ratio first."""
    found: dict[str, list[Extreme]] = {}
    for one in extremes:
        found.setdefault(one.problem.bound, []).append(one)
    return {name: sorted(each, key=_order) for name, each in found.items()}


def _order(extreme: Extreme) -> tuple[bool, float]:
    # A violation comes first, whatever else was found.
    return not extreme.violated, -extreme.reached


def to_json(extremes: Sequence[Extreme]) -> dict[str, Any]:
    """``{"bounds": [{"name", "sharp", "ratio", "instance", ...}]}``, one entry for each bound.

    ``sharp`` and the rest belong to the configuration with the largest ratio; all of them are
    listed in ``configurations``. ``ratio`` is the lower end of its ball, rounded down.
    """
    bounds = []
    for name, each in best_of_each(extremes).items():
        bounds.append({"name": name, **entry(each[0]), "configurations": [*map(entry, each)]})
    return {"bounds": bounds}


def entry(extreme: Extreme) -> dict[str, Any]:
    """One configuration; all numbers of the instance are exact, so that it can be tried again."""
    problem = extreme.problem
    parts = {name: part.tolist() for name, part in extreme.instance.items()}
    return {
        "statement": problem.statement,
        "configuration": problem.configuration,
        "sharp": problem.sharp,
        "ratio": extreme.reached,
        "holds": verdict(extreme),
        "error": float(extreme.error.mid()),
        "bound": float(extreme.limit.mid()),
        "starts": list(extreme.starts),
        "instance": {**parts, **problem.fixed},
    }


def verdict(extreme: Extreme) -> str:
    """Whether error <= bound is certain at the instance that was found."""
    if extreme.violated:
        return "violated"
    return "certified" if extreme.certified else "equal to within rounding"


def show(console: Console, extremes: Sequence[Extreme], *, verbose: bool, quiet: bool) -> None:
    """Print the table and the extremal instances; quiet: only what is violated."""
    if quiet:
        for one in extremes:
            if one.violated:
                console.print(Text(sentence(one), style="bold red"), soft_wrap=True)
        return
    console.print(Padding(_table(extremes), (0, 0, 1, 0), expand=False))
    for name, each in best_of_each(extremes).items():
        console.print(Text(name, style="bold").append(f"  {each[0].problem.statement}", "not bold"))
        for one in each if verbose else each[:1]:
            console.print(Text(f"  {one.problem.configuration}: {_instance(one, verbose)}"))
    violated = sum(one.violated for one in extremes)
    console.print()
    if violated:
        console.print(Text(f"VIOLATED: {violated} of {len(extremes)} bounds", style="bold red"))
    else:
        text = f"no bound violated in {len(extremes)} configurations"
        console.print(Text(text, style="bold green"))


def sentence(extreme: Extreme) -> str:
    """One violation in one sentence, with its instance."""
    where = f"{extreme.problem.name}: error / bound is at least {truncated(extreme.reached)}"
    return f"{where}, which violates {extreme.problem.statement}; {_instance(extreme, True)}"


def _table(extremes: Sequence[Extreme]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("bound", no_wrap=True)
    table.add_column("configuration")
    table.add_column("bound there", justify="right", no_wrap=True)
    table.add_column("worst error", justify="right", no_wrap=True)
    table.add_column("ratio ≥", justify="right", no_wrap=True)
    table.add_column("sharp", no_wrap=True)
    previous = ""
    for one in extremes:
        problem = one.problem
        style = "bold red" if one.violated else ""
        table.add_row(
            problem.bound if problem.bound != previous else "",
            problem.configuration,
            f"{float(one.limit.mid()):.5g}",
            f"{float(one.error.mid()):.5g}",
            truncated(one.reached),
            "VIOLATED" if one.violated else "yes" if problem.sharp else "no",
            style=style,
        )
        previous = problem.bound
    return table


def truncated(ratio: float) -> str:
    """The ratio cut off, not rounded, so that 1 is printed only where it is reached."""
    scale = 10.0**DIGITS
    return f"{math.floor(ratio * scale) / scale:.{DIGITS}f}"


def _instance(extreme: Extreme, whole: bool) -> str:
    parts = []
    for name, part in extreme.instance.items():
        numbers = part.ravel().tolist()
        shown = numbers if whole else numbers[:SHOWN]
        text = ", ".join(repr(x) if whole else f"{x:.4g}" for x in shown)
        parts.append(f"{name} {text}{', …' if len(shown) < len(numbers) else ''}")
    parts += [f"{name} {', '.join(map(str, each))}" for name, each in extreme.problem.fixed.items()]
    return "; ".join(parts)
