"""The wall-clock limit: it fires, nests, and cannot be swallowed."""

import gc
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from derivations.limits import TimeUp, time_limit


def spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def no_timer() -> bool:
    return signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_it_fires_and_leaves_nothing_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    began = time.monotonic()
    with pytest.raises(TimeUp), time_limit(0.1):
        spin(5)
    assert time.monotonic() - began < 1
    assert signal.getsignal(signal.SIGALRM) is before
    assert no_timer()


def test_a_body_that_is_done_in_time() -> None:
    with time_limit(5):
        spin(0.01)
    assert no_timer()


def test_no_limit() -> None:
    with time_limit(None):
        assert no_timer()


@pytest.mark.parametrize(("outer", "inner"), [(0.1, 5), (5, 0.1)])
def test_the_earlier_of_two_limits_wins(outer: float, inner: float) -> None:
    began = time.monotonic()
    with pytest.raises(TimeUp), time_limit(outer), time_limit(inner):
        spin(5)
    assert time.monotonic() - began < 1
    assert no_timer()


def test_the_outer_limit_is_restored() -> None:
    with pytest.raises(TimeUp), time_limit(0.3):
        with time_limit(0.1), pytest.raises(TimeUp):
            spin(5)
        spin(5)
    assert no_timer()


@contextmanager
def callback(seconds: float) -> Iterator[list[str]]:
    """The first garbage collection calls something that takes so long; what it called."""

    def slow(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and not seen:
            seen.append(phase)
            spin(seconds)

    seen: list[str] = []
    gc.callbacks.append(slow)
    try:
        yield seen
    finally:
        gc.callbacks.remove(slow)


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException]]:
    """The exceptions that Python drops, of which it tells on standard error."""
    found: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda one: found.append(one.exc_type))
    return found


def test_a_garbage_collection_callback_is_not_interrupted(dropped: list[object]) -> None:
    began = time.monotonic()
    with callback(0.3) as seen, pytest.raises(TimeUp), time_limit(0.2):
        gc.collect()
        spin(5)
    assert seen
    assert dropped == []
    assert time.monotonic() - began < 2


def test_a_finaliser_is_not_interrupted(dropped: list[object]) -> None:
    class Slow:
        def __del__(self) -> None:
            spin(0.3)
            done.append(True)

    done: list[bool] = []
    began = time.monotonic()
    with pytest.raises(TimeUp), time_limit(0.2):
        Slow()
        spin(5)
    assert done
    assert dropped == []
    assert time.monotonic() - began < 2


def test_a_callback_that_does_not_end_does_not_lift_it(dropped: list[object]) -> None:
    began = time.monotonic()
    with callback(30) as seen, pytest.raises(TimeUp), time_limit(0.1):
        gc.collect()
        spin(30)
    assert seen
    assert dropped == [TimeUp]
    assert time.monotonic() - began < 5


def test_the_measurement_of_coverage_is_not_interrupted() -> None:
    collector = {"__name__": "coverage.collector", "spin": spin, "done": []}
    exec("def lock_data():\n    spin(0.4)\n    done.append(True)", collector)
    began = time.monotonic()
    with pytest.raises(TimeUp), time_limit(0.1):
        collector["lock_data"]()
        spin(5)
    assert collector["done"] == [True]
    assert time.monotonic() - began < 2
