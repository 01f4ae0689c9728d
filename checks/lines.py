"""Lines on a terminal: a label in the margin and long text wrapped beside it, or in columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

OPENING, CLOSING = "([{⟨", ")]}⟩"
RELATIONS, SIGNS = "=≤≥≈<", "+−"
OPERATOR = re.compile(r"(?:Σ|max|min|osc)_(?:\w+|\{(?:[^{}]|\{[^{}]*\})*\})$|[∀∃]$")
GAP = "  "
EARLIEST = 0.33
"""A line is broken in its last part only; before that it would look torn."""


def show_line(console: Console, text: str, label: str = "", indent: int = 2) -> None:
    """Print `text`, wrapped at the console's width, after a dim label in the margin."""
    room = max(console.width - indent - 2, 20)
    for number, line in enumerate(wrapped(text, room)):
        margin = f"  {label}" if number == 0 else "  "
        hang = indent if number == 0 else indent + 2
        console.print(Text().append(f"{margin:<{hang}}", "dim").append(line), soft_wrap=True)


def show_table(
    console: Console,
    columns: Sequence[str],
    rows: Sequence[Sequence[Text]],
    indent: int,
    right: Collection[str],
    wrap: Collection[str],
) -> None:
    """Print rows under headings; columns named in `right` stand to the right, those in `wrap` wrap.

    A table that fits is written line by line, for laying one out takes thirty times as long.
    """
    cells = [[Text(name, "dim") for name in columns], *rows]
    widths = [max(row[n].cell_len for row in cells if n < len(row)) for n, _ in enumerate(columns)]
    if indent + sum(widths) + len(GAP) * (len(widths) - 1) > console.width:
        _lay_out(console, columns, rows, indent, right, wrap)
        return
    lines = []
    for row in cells:
        line = Text(" " * indent)
        for n, (name, width) in enumerate(zip(columns, widths, strict=True)):
            cell = row[n] if n < len(row) else Text()
            blank = " " * (width - cell.cell_len)
            gap = GAP if n else ""
            line.append(gap + blank if name in right else gap).append_text(cell)
            line.append("" if name in right else blank)
        lines.append(line)
    console.print(Text("\n").join(lines), soft_wrap=True)


def _lay_out(
    console: Console,
    columns: Sequence[str],
    rows: Sequence[Sequence[Text]],
    indent: int,
    right: Collection[str],
    wrap: Collection[str],
) -> None:
    from rich.padding import Padding
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, len(GAP), 0, 0), header_style="dim")
    for name in columns:
        justify: Literal["left", "right"] = "right" if name in right else "left"
        table.add_column(name, justify=justify, no_wrap=name not in wrap)
    for row in rows:
        table.add_row(*row)
    console.print(Padding(table, (0, 0, 0, indent), expand=False))


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
