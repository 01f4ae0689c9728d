"""Long lines on a terminal: a label in the margin, and what follows wrapped beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console


def show_line(console: Console, text: str, label: str = "", indent: int = 2) -> None:
    """Print `text`, wrapped at the console's width, after a dim label in the margin."""
    room = max(console.width - indent - 2, 20)
    for number, line in enumerate(Text(text).wrap(console, room)):
        margin = f"  {label}" if number == 0 else "  "
        hang = indent if number == 0 else indent + 2
        line.rstrip()
        console.print(Text(f"{margin:<{hang}}", style="dim").append_text(line), soft_wrap=True)
