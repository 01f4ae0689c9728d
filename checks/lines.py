"""Lines on a terminal: a label in the margin and long text wrapped beside it, or in columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest
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

    Where the table is too wide, the widest of the columns that wrap gives way.
    """
    cells: list[Sequence[Part]] = [[(name, "dim") for name in columns], *rows]
    cells = [[*row, *[""] * (len(columns) - len(row))] for row in cells]
    widths = [max(cell_len(plain(cell)) for cell in column) for column in zip(*cells, strict=True)]
    room = console.width - indent - len(GAP) * (len(columns) - 1)
    yielding = [number for number, name in enumerate(columns) if name in wrap]
    while sum(widths) > room and max((widths[number] for number in yielding), default=1) > 1:
        widths[max(yielding, key=widths.__getitem__)] -= 1
    for row in cells:
        broken = [_wrapped_cell(cell, width) for cell, width in zip(row, widths, strict=True)]
        for pieces in zip_longest(*broken, fillvalue=""):
            line: list[Part] = [" " * indent]
            for name, width, piece in zip(columns, widths, pieces, strict=True):
                blank = " " * (width - cell_len(plain(piece)))
                line += [blank, piece, GAP] if name in right else [piece, blank, GAP]
            say(console, *line[:-1])


def _wrapped_cell(cell: Part, width: int) -> list[Part]:
    """The lines of a cell, each in its style."""
    if isinstance(cell, str):
        return list(wrapped(cell, width))
    text, style = cell
    return [(line, style) for line in wrapped(text, width)]


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
