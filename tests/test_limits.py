"""The wall-clock limit: it fires, nests, and cannot be swallowed."""

import gc
import signal
import time

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


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_finaliser_that_swallows_it_does_not_lift_it() -> None:
    def slow(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and len(seen) < 1:
            seen.append(phase)
            spin(0.3)

    seen: list[str] = []
    gc.callbacks.append(slow)
    began = time.monotonic()
    try:
        with pytest.raises(TimeUp), time_limit(0.1):
            gc.collect()
            spin(5)
    finally:
        gc.callbacks.remove(slow)
    assert seen
    assert time.monotonic() - began < 2


def test_the_measurement_of_coverage_is_not_interrupted() -> None:
    collector = {"__name__": "coverage.collector", "spin": spin, "done": []}
    exec("def lock_data():\n    spin(0.4)\n    done.append(True)", collector)
    began = time.monotonic()
    with pytest.raises(TimeUp), time_limit(0.1):
        collector["lock_data"]()
        spin(5)
    assert collector["done"] == [True]
    assert time.monotonic() - began < 2
