"""`keystar verify`, from the start of the process to its end.

Byte code is kept between the runs, as it is once a package is installed.
"""

import os
import statistics
import subprocess
import sys
from typing import Any

import pytest

from tests.benchmarks.conftest import Compare, one_import_of_sympy, seconds_of_processes
from tests.process import ROOT

WITHOUT_BYTE_CODE = "PYTHONDONTWRITEBYTECODE"

pytestmark = pytest.mark.benchmark(timer=seconds_of_processes)


def run(*arguments: str) -> int:
    """The exit status of the command."""
    command = [sys.executable, "-m", "checks.cli", *arguments]
    keeping = {name: value for name, value in os.environ.items() if name != WITHOUT_BYTE_CODE}
    return subprocess.run(
        command, cwd=ROOT, env=keeping, stdin=subprocess.DEVNULL, capture_output=True
    ).returncode


@pytest.mark.parametrize(
    ("arguments", "target"),
    [(("verify",), "≤ 2"), (("verify", "split"), ""), (("--version",), "")],
    ids=["all", "one", "none"],
)
def test_verify(benchmark: Any, compare: Compare, arguments: tuple[str, ...], target: str) -> None:
    """The yardstick runs in turns with the command: both see the same machine."""
    imports: list[float] = []

    def import_first() -> None:
        if not benchmark.disabled:
            imports.append(one_import_of_sympy())

    status = benchmark.pedantic(run, arguments, setup=import_first, rounds=11, warmup_rounds=1)
    assert status == 0
    if imports:
        yardstick = "import sympy", statistics.median(imports)
        compare(f"keystar {' '.join(arguments)}", target=target, against=yardstick)


def test_verify_with_a_search_for_every_proof(benchmark: Any, compare: Compare) -> None:
    status = benchmark.pedantic(run, ("verify", "--search", "-q"), rounds=3)
    assert status == 0
    compare("keystar verify --search")
