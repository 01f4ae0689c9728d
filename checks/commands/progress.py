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
def progress_bar(console: Console | Pipe, what: str, output: Output) -> Iterator[Bar]:
    """A bar, called by the work with (done, total); it shows itself after a second.

    The bar stands on standard error when standard output holds JSON, and nowhere when either of
    the two is no terminal or the command was asked to be quiet.
    """
    from checks.lines import Pipe

    terminals = sys.stdout.isatty() and sys.stderr.isatty()
    if output.quiet or not terminals or isinstance(console, Pipe):
        yield Bar()
        return
    bar = _Shown(console, what, on_stderr=output.as_json)
    timer = threading.Timer(PATIENCE, bar.show)
    timer.daemon = True
    timer.start()
    try:
        yield bar
    finally:
        timer.cancel()
        bar.close()


class Bar:
    """One that nobody sees."""

    def __call__(self, done: int, total: int) -> None:
        """So much is done."""

    def describe(self, what: str) -> None:
        """This is being done from now on."""


class _Shown(Bar):
    """Counts from the start and draws only once it is shown."""

    def __init__(self, console: Console, what: str, on_stderr: bool) -> None:
        self.console = console
        self.what = what
        self.on_stderr = on_stderr
        self.counts: tuple[int, int] = (0, 1)
        self.lock = threading.Lock()
        self.closed = False
        self.progress: Progress | None = None

    def __call__(self, done: int, total: int) -> None:
        self.counts = (done, total)
        if self.progress is not None:
            self.progress.update(self.progress.task_ids[0], completed=done, total=total)

    def describe(self, what: str) -> None:
        with self.lock:
            self.what = what
            if self.progress is not None:
                self.progress.update(self.progress.task_ids[0], description=what)

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
