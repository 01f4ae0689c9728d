"""Long lines on a terminal: a label in the margin, and what follows wrapped beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

OPENING, CLOSING = "([{⟨", ")]}⟩"
EARLIEST = 0.4
"""A line is broken in its last part only; before that it would look torn."""


def show_line(console: Console, text: str, label: str = "", indent: int = 2) -> None:
    """Print `text`, wrapped at the console's width, after a dim label in the margin."""
    room = max(console.width - indent - 2, 20)
    for number, line in enumerate(wrapped(text, room)):
        margin = f"  {label}" if number == 0 else "  "
        hang = indent if number == 0 else indent + 2
        console.print(Text(f"{margin:<{hang}}", style="dim").append(line, "not dim"), soft_wrap=True)


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
    """The last space that fits, of those inside the fewest brackets."""
    depth, best = 0, None
    for position, letter in enumerate(text):
        depth += (letter in OPENING) - (letter in CLOSING)
        if cell_len(text[:position]) > room:
            break
        if letter != " " or position == 0:
            continue
        early = position < EARLIEST * room
        if best is None or (early, depth) <= best[:2]:
            best = early, depth, position
    return None if best is None else best[2]
