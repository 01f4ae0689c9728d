"""A wall-clock limit on a piece of work."""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from types import FrameType

from derivations.errors import UnusableInput


class TimeUp(BaseException):
    """The limit was reached.  Not an Exception, so that nobody's `except Exception` eats it."""


AGAIN = 0.25
"""Python drops an exception raised inside a finaliser or a garbage collection callback, TimeUp
too, and complains; so where it would, TimeUp waits this many seconds. If the same call still runs
then it might never end, and is interrupted. TimeUp comes again until the body has stopped."""


def require_limit(seconds: object) -> None:
    """Raises UnusableInput unless it is None or a positive, finite number of seconds."""
    if seconds is None:
        return
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < inf:
        raise UnusableInput(
            f"time_limit={seconds!r} is not a positive number of seconds; None means no limit"
        )


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise TimeUp in the body after `seconds`; no limit for None or outside the main thread.

    Limits nest: the earlier deadline wins, and an outer one is restored afterwards.
    """
    usable = hasattr(signal, "setitimer") and (
        threading.current_thread() is threading.main_thread()
    )
    if seconds is None or not usable:
        yield
        return
    running = True
    waited_for: FrameType | None = None

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal waited_for
        if not running or _is_measuring_coverage(frame):
            return
        collecting = _collecting(frame)
        if collecting is not None and collecting is not waited_for:
            waited_for = collecting
            return
        waited_for = None
        raise TimeUp

    remaining, _ = signal.getitimer(signal.ITIMER_REAL)
    if remaining and remaining <= seconds:
        yield
        return
    began = time.monotonic()
    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        try:
            yield
        finally:
            running, waited_for = False, None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        if remaining:
            left = remaining - (time.monotonic() - began)
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.001), AGAIN)


def _collecting(frame: FrameType | None) -> FrameType | None:
    """The callback of the garbage collector, or the finaliser, that the interrupted code is in.

    A signal that comes while the collector itself works is handled in the callback that ends it.
    """
    callbacks = {getattr(each, "__code__", None) for each in gc.callbacks}
    while frame is not None:
        if frame.f_code in callbacks or frame.f_code.co_name == "__del__":
            return frame
        frame = frame.f_back
    return None


def _is_measuring_coverage(frame: FrameType | None) -> bool:
    """Whether the interrupted code is coverage's: it would be left with its lock held for good."""
    for _ in range(8):
        if frame is None:
            return False
        if str(frame.f_globals.get("__name__")).startswith("coverage."):
            return True
        frame = frame.f_back
    return False
