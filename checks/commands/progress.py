"""A progress bar for what takes longer than a second, on a terminal only."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from checks.commands.options import Output

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from checks.lines import Pipe

PATIENCE = 1.0
"""Seconds of work before the bar appears."""

Report = Callable[[int, int], None]


@contextmanager
def progress_bar(console: Console | Pipe, what: str, output: Output) -> Iterator[Report]:
    """A function (done, total) for the work to call; the bar shows itself after a second.

    The bar stands on standard error when standard output holds JSON, and nowhere when either of
    the two is no terminal or the command was asked to be quiet.
    """
    from checks.lines import Pipe

    terminals = sys.stdout.isatty() and sys.stderr.isatty()
    if output.quiet or not terminals or isinstance(console, Pipe):
        yield lambda done, total: None
        return
    bar = _Bar(console, what, on_stderr=output.as_json)
    timer = threading.Timer(PATIENCE, bar.show)
    timer.daemon = True
    timer.start()
    try:
        yield bar.report
    finally:
        timer.cancel()
        bar.close()


class _Bar:
    """Counts from the start and draws only once it is shown."""

    def __init__(self, console: Console, what: str, on_stderr: bool) -> None:
        self.console = console
        self.what = what
        self.on_stderr = on_stderr
        self.counts: tuple[int, int] = (0, 1)
        self.lock = threading.Lock()
        self.closed = False
        self.progress: Progress | None = None

    def report(self, done: int, total: int) -> None:
        self.counts = (done, total)
        if self.progress is not None:
            self.progress.update(self.progress.task_ids[0], completed=done, total=total)

    def show(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        with self.lock:
            if self.closed:
                return
            console = Console(stderr=True) if self.on_stderr else self.console
            # The user's code may run meanwhile with its own idea of sys.stdout: leave it alone.
            progress = Progress(
                console=console, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            done, total = self.counts
            progress.add_task(self.what, completed=done, total=total)
            progress.start()
            self.progress = progress

    def close(self) -> None:
        with self.lock:
            self.closed = True
            if self.progress is not None:
                self.progress.stop()
                self.progress = None
