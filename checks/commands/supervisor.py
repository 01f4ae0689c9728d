"""Survive a user's file that the interpreter itself cannot interrupt.

A time limit inside Python stops a busy loop, but not one that runs in C, not code that swallows
every exception, and not a call of os._exit.  So the command forks before it loads a user's file:
the child goes on with the work, the parent waits for it and, if need be, ends it.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from checks.commands.options import UNUSABLE
from derivations.errors import UnusableInput

GRACE = 1.0
"""Seconds that the child has, beyond the limit, to notice by itself that its time is up."""

NEXT, DONE = b".", b"!"


class Guard:
    """The child's end of the pipe; without a pipe its calls do nothing."""

    def __init__(self, pipe: int | None = None) -> None:
        self._pipe = pipe

    def next_file(self) -> None:
        """Another file is about to be loaded: its time starts now."""
        self._say(NEXT)

    def done(self) -> None:
        """All files are loaded, or refused; the parent only waits from now on."""
        self._say(DONE)

    def _say(self, word: bytes) -> None:
        if self._pipe is not None:
            os.write(self._pipe, word)


_STARTED_AS = os.getpid()
"""The process that the command started in; the child that `supervised` forks is another."""


def leave(status: object) -> None:
    """End a forked child at once: threads and exit hooks of a user's file must not detain it."""
    if os.getpid() == _STARTED_AS:
        return
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status if isinstance(status, int) else UNUSABLE if status else 0)


def supervised(files: Sequence[str], limit: float) -> Guard:
    """Fork; go on in the child, while the parent ends as the child does and never returns.

    In the parent raises UnusableInput when loading a file ends the child or outlasts `limit`.
    Without fork, or when standard output was replaced (as in tests), nothing is forked.
    """
    plain = sys.stdout is sys.__stdout__ and threading.active_count() == 1
    if not files or not plain or not hasattr(os, "fork"):
        return Guard()
    sys.stdout.flush()
    sys.stderr.flush()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        return Guard(writer)
    os.close(writer)
    _watch(child, reader, files, limit)


def _watch(child: int, reader: int, files: Sequence[str], limit: float) -> NoReturn:
    # Ctrl-C reaches the child as well, which then ends by itself; the parent only has to wait.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def stop(number: int, frame: FrameType | None) -> None:
        os.kill(child, signal.SIGKILL)
        os._exit(128 + number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    current = -1
    while True:
        ready, _, _ = select.select([reader], [], [], limit + GRACE)
        word = os.read(reader, 1) if ready else None
        if word is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise UnusableInput(
                f"{files[current]} had not finished after {limit:g} s and could not be"
                " interrupted; raise the limit with --load-limit if it needs longer to load"
            )
        if word == NEXT:
            current += 1
            continue
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if word != DONE:
            how = f"by signal {-status}" if status < 0 else f"with exit code {status}"
            if current < 0:
                sys.exit(UNUSABLE if status == 0 else abs(status))
            raise UnusableInput(
                f"{files[current]} ended the whole process {how} while it was being loaded"
            )
        sys.exit(status if status >= 0 else 128 - status)
