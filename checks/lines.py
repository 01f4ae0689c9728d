"""Lines on a terminal: a label in the margin and long text wrapped beside it, or in columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO

from rich.cells import cell_len

if TYPE_CHECKING:
    from rich.console import Console

OPENING, CLOSING = "([{⟨", ")]}⟩"
RELATIONS, SIGNS = "=≤≥≈<", "+−"
OPERATOR = re.compile(r"(?:Σ|max|min|osc)_(?:\w+|\{(?:[^{}]|\{[^{}]*\})*\})$|[∀∃]$")
GAP = "  "
EARLIEST = 0.33
"""A line is broken in its last part only; before that it would look torn."""

Part = str | tuple[str, str]
"""A piece of a line: text, or text with a style."""


@dataclass(frozen=True)
class Pipe:
    """A file or a pipe to print to: no styles, and no need for a library that draws them."""

    file: TextIO
    width: int
    is_terminal: Literal[False] = False


def say(console: Console | Pipe, *parts: Part, wrap: bool = False) -> None:
    """Print one line; `wrap` breaks it between words where it is too long."""
    text = plain(*parts)
    if isinstance(console, Pipe) and not (wrap and cell_len(text) > console.width):
        print(text, file=console.file, flush=True)
        return
    from rich.text import Text

    _drawing(console).print(Text.assemble(*parts), soft_wrap=not wrap)


def _drawing(console: Console | Pipe) -> Console:
    if not isinstance(console, Pipe):
        return console
    from rich.console import Console

    return Console(file=console.file, width=console.width, color_system=None)


def plain(*parts: Part) -> str:
    """The pieces without their styles."""
    return "".join(part if isinstance(part, str) else part[0] for part in parts)


def show_line(console: Console | Pipe, text: str, label: str = "", indent: int = 2) -> None:
    """Print `text`, wrapped at the console's width, after a dim label in the margin."""
    room = max(console.width - indent - 2, 20)
    for number, line in enumerate(wrapped(text, room)):
        margin = f"  {label}" if number == 0 else "  "
        hang = indent if number == 0 else indent + 2
        say(console, (f"{margin:<{hang}}", "dim"), line)


def show_table(
    console: Console | Pipe,
    columns: Sequence[str],
    rows: Sequence[Sequence[Part]],
    indent: int,
    right: Collection[str],
    wrap: Collection[str],
) -> None:
    """Print rows under headings; columns named in `right` stand to the right, those in `wrap` wrap.

    A table that fits is written line by line, for laying one out takes thirty times as long.
    """
    cells: list[Sequence[Part]] = [[(name, "dim") for name in columns], *rows]
    cells = [[*row, *[""] * (len(columns) - len(row))] for row in cells]
    widths = [max(cell_len(plain(cell)) for cell in column) for column in zip(*cells, strict=True)]
    if indent + sum(widths) + len(GAP) * (len(widths) - 1) > console.width:
        lay_out(console, columns, rows, indent, right, wrap)
        return
    for row in cells:
        line: list[Part] = [" " * indent]
        for name, width, cell in zip(columns, widths, row, strict=True):
            blank = " " * (width - cell_len(plain(cell)))
            line += [blank, cell, GAP] if name in right else [cell, blank, GAP]
        say(console, *line[:-1])


def lay_out(
    console: Console | Pipe,
    columns: Sequence[str],
    rows: Sequence[Sequence[Part]],
    indent: int,
    right: Collection[str],
    wrap: Collection[str],
) -> None:
    """Print the same table with rich, which wraps cells where the table is too wide."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, len(GAP), 0, 0), header_style="dim")
    for name in columns:
        justify: Literal["left", "right"] = "right" if name in right else "left"
        table.add_column(name, justify=justify, no_wrap=name not in wrap)
    for row in rows:
        table.add_row(*map(Text.assemble, row))
    _drawing(console).print(Padding(table, (0, 0, 0, indent), expand=False))


def wrapped(text: str, room: int) -> list[str]:
    """`text` in lines of at most `room` cells, broken outside of brackets where that is possible.

    >>> wrapped("the sum is α·(x + y) + tanh(z / 4)", 24)
    ['the sum is α·(x + y)', '+ tanh(z / 4)']
    """
    lines = []
    while cell_len(text) > room:
        cut = _best_break(text, room)
        if cut is None:
            cut = max(n for n in range(1, len(text)) if n == 1 or cell_len(text[:n]) <= room)
        lines.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*lines, text]


def _best_break(text: str, room: int) -> int | None:
    """Where to break: at a space, or before the bar of a quotient.

    Inside the fewest brackets, among those where one would pause, among those the last.
    """
    depth, best = 0, None
    within_norm = False
    for position, letter in enumerate(text):
        within_norm ^= letter == "‖"
        depth += (letter in OPENING) - (letter in CLOSING)
        if cell_len(text[:position]) > room:
            break
        is_quotient = text[position - 1 : position + 2] == ")/("
        if not (letter == " " or is_quotient) or position == 0:
            continue
        cost = (
            position < EARLIEST * room,
            depth + within_norm,
            0 if is_quotient else _awkwardness(text, position),
        )
        if best is None or cost <= best[0]:
            best = cost, position
    return None if best is None else best[1]


def _awkwardness(text: str, space: int) -> int:
    """0 after a comma or before a relation, 2 after a sign or an operator such as Σ_{j∈N}."""
    before, after = text[space - 1], text[space + 1 : space + 2]
    if before == ",":
        return 0
    if before in SIGNS + RELATIONS or OPERATOR.search(text[:space]):
        return 2
    return 0 if after and after in RELATIONS and "," not in text[:space] else 1
