"""Timings as shares of a yardstick that runs beside them: they say the same on any machine.

The yardstick is a process that imports SymPy and ends. All is processor time, which does not
depend on what else the machine does. A benchmark calls `compare` after it has run; the shares are
kept with the stored benchmark and shown in a small table at the end. With --benchmark-disable the
benchmarks are plain tests and nothing is timed.
"""

import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from typing import Any

import pytest

ROUNDS = 7
Row = tuple[str, float, str, str]
TABLE = pytest.StashKey[list[Row]]()

Compare = Callable[..., None]


@cache
def import_of_sympy() -> float:
    """Seconds that `python -c "import sympy"` takes, the median of some runs."""
    return statistics.median(one_import_of_sympy() for _ in range(ROUNDS))


def one_import_of_sympy() -> float:
    """Seconds that `python -c "import sympy"` takes."""
    began = seconds_of_processes()
    subprocess.run([sys.executable, "-c", "import sympy"], check=True)
    return seconds_of_processes() - began


def seconds_of_processes() -> float:
    """Processor time of all the processes that this one has started and seen the end of."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture
def compare(benchmark: Any, request: pytest.FixtureRequest) -> Compare:
    """A function `compare(what, seconds=None, target="", against=None)` for a benchmark to call.

    It relates `seconds`, or else the median of the benchmark, to the yardstick, or else to
    `against`, a pair of words and seconds.
    """

    def record(
        what: str,
        seconds: float | None = None,
        target: str = "",
        against: tuple[str, float] | None = None,
    ) -> None:
        if benchmark.disabled:
            return
        taken = benchmark.stats.stats.median if seconds is None else seconds
        unit, length = against or ("import sympy", import_of_sympy())
        benchmark.extra_info[what] = {
            "seconds": taken,
            "of": unit,
            "ratio": taken / length,
            "target": target,
        }
        share = f"{taken / length:.3g} × {unit}"
        request.config.stash.setdefault(TABLE, []).append((what, taken, share, target))

    return record


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table of shares, when anything was timed."""
    rows = config.stash.get(TABLE, [])
    if not rows:
        return
    terminalreporter.section("ratios")
    terminalreporter.line(f"yardstick: import sympy, {import_of_sympy() * 1e3:.0f} ms")
    for what, seconds, share, target in rows:
        aim = f"   target {target}" if target else ""
        terminalreporter.line(f"{what:48}{seconds * 1e3:10.2f} ms   {share}{aim}")


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Drop the host name and record the versions that decide the timings."""
    machine_info.pop("node", None)
    for distribution in ("sympy", "numpy", "scipy", "python-flint"):
        machine_info[distribution] = version(distribution)
