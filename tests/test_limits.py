"""The wall-clock limit: it fires, nests, and cannot be swallowed."""

import gc
import signal
import sys
import time
from collections.abc import Callable, Iterator
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
        spin(60)
    assert time.monotonic() - began < 30
    assert signal.getsignal(signal.SIGALRM) is before
    assert no_timer()


def test_a_body_that_is_done_in_time() -> None:
    with time_limit(5):
        spin(0.01)
    assert no_timer()


def test_no_limit() -> None:
    with time_limit(None):
        assert no_timer()


@pytest.mark.parametrize(("outer", "inner"), [(0.1, 60), (60, 0.1)])
def test_the_earlier_of_two_limits_wins(outer: float, inner: float) -> None:
    began = time.monotonic()
    with pytest.raises(TimeUp), time_limit(outer), time_limit(inner):
        spin(90)
    assert time.monotonic() - began < 30
    assert no_timer()


def test_the_outer_limit_is_restored() -> None:
    with pytest.raises(TimeUp), time_limit(0.3):
        with time_limit(0.1), pytest.raises(TimeUp):
            spin(5)
        spin(5)
    assert no_timer()


@contextmanager
def callback(action: Callable[[], object]) -> Iterator[list[str]]:
    """The next garbage collection does this first, once; the list says that it did."""

    def once(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and not seen:
            seen.append(phase)
            action()

    seen: list[str] = []
    gc.callbacks.append(once)
    try:
        yield seen
    finally:
        gc.callbacks.remove(once)


def alarm() -> None:
    """What happens when the limit is reached, at this very place."""
    signal.raise_signal(signal.SIGALRM)


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException]]:
    """The exceptions that Python drops, of which it tells on standard error."""
    found: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda one: found.append(one.exc_type))
    return found


def test_a_limit_that_lands_in_a_callback_ends_the_work_soon() -> None:
    finished = []
    with callback(lambda: spin(0.3)) as seen, pytest.raises(TimeUp), time_limit(0.1):
        gc.collect()
        spin(60)
        finished.append(True)
    assert seen and not finished


def test_callbacks_of_the_garbage_collector_are_not_interrupted(dropped: list[object]) -> None:
    with pytest.raises(TimeUp), time_limit(60), callback(alarm) as first, callback(alarm) as second:
        gc.collect()
        assert first and second
        alarm()
    assert dropped == []


def test_a_finaliser_is_not_interrupted(dropped: list[object]) -> None:
    class Ending:
        def __del__(self) -> None:
            alarm()
            done.append(True)

    done: list[bool] = []
    with pytest.raises(TimeUp), time_limit(60):
        Ending()
        assert done
        alarm()
    assert dropped == []


def test_a_callback_that_does_not_end_does_not_lift_it(dropped: list[object]) -> None:
    def on_and_on() -> None:
        while True:
            alarm()

    with pytest.raises(TimeUp), time_limit(60), callback(on_and_on) as seen:
        gc.collect()
        assert seen
        assert dropped == [TimeUp]
        alarm()
    assert dropped == [TimeUp]
    assert no_timer()


def test_the_measurement_of_coverage_is_not_interrupted() -> None:
    collector = {"__name__": "coverage.collector", "spin": spin, "done": []}
    exec("def lock_data():\n    spin(0.4)\n    done.append(True)", collector)
    began = time.monotonic()
    with pytest.raises(TimeUp), time_limit(0.1):
        collector["lock_data"]()
        spin(5)
    assert collector["done"] == [True]
    assert time.monotonic() - began < 2
