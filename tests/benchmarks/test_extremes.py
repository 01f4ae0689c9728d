"""The search for worst cases with its defaults."""

import time
from typing import Any

import pytest

from checks.extremes.search import problems, search_extremes
from tests.benchmarks.conftest import Compare

pytestmark = pytest.mark.benchmark(timer=time.process_time)

TARGET = 30.0


def test_all_extremes(benchmark: Any, compare: Compare) -> None:
    def search() -> int:
        return sum(not one.violated for one in search_extremes(problems(), starts=6, seed=0))

    assert benchmark.pedantic(search, rounds=1) == len(problems())
    compare("extremes, all bounds, 6 starts", target="< 30 s")
    if not benchmark.disabled:
        assert benchmark.stats.stats.median < TARGET
