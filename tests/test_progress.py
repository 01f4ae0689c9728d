"""The progress bar: after a while, on a terminal, and not otherwise."""

import io
import sys
import time

import pytest
from rich.console import Console

from checks.commands import progress
from checks.commands.options import Output
from checks.commands.progress import progress_bar

LOUD = Output(as_json=False, quiet=False, verbose=False, seed=None)
QUIET = Output(as_json=False, quiet=True, verbose=False, seed=None)


class Screen(io.StringIO):
    """Standard output or error that says whether it is a terminal."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def drawn(
    monkeypatch: pytest.MonkeyPatch,
    output: Output = LOUD,
    terminals: tuple[bool, bool] = (True, True),
    seconds: float = 0.3,
) -> str:
    """What appears on the screen while something takes this many seconds."""
    out, err = (Screen(one) for one in terminals)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(progress, "PATIENCE", 0.1)
    console = Console(file=out, force_terminal=True, width=80)
    with progress_bar(console, "working", output) as report:
        report(1, 4)
        time.sleep(seconds)
        report(3, 4)
    return out.getvalue()


def test_it_appears_when_the_work_takes_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    text = drawn(monkeypatch)
    assert "working" in text
    assert "25%" in text


def test_it_does_not_appear_for_quick_work(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, seconds=0.0) == ""


@pytest.mark.parametrize("terminals", [(False, True), (True, False), (False, False)])
def test_it_needs_a_terminal(monkeypatch: pytest.MonkeyPatch, terminals: tuple[bool, bool]) -> None:
    assert drawn(monkeypatch, terminals=terminals) == ""


def test_it_is_quiet_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, QUIET) == ""


def test_what_is_being_done_can_change(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, screen)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    console = Console(file=screen, force_terminal=True, width=80)
    with progress_bar(console, "working", LOUD) as bar:
        bar(1, 4)
        while "working" not in screen.getvalue():
            time.sleep(0.01)
        bar.describe("waiting")
    assert "waiting" in screen.getvalue()
    with progress_bar(console, "working", QUIET) as bar:
        bar.describe("unseen")
    assert "unseen" not in screen.getvalue()
