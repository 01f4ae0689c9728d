"""Measuring the shipped tensors, against the exact attention that it is measured with."""

import statistics
import time
from typing import Any

import pytest

from checks.commands.measure import SHIPPED, SHIPPED_PREFIX
from checks.measure import measure
from checks.reference import exact_update
from checks.tensors import read_tensors
from tests.benchmarks.conftest import Compare

pytestmark = pytest.mark.benchmark(timer=time.process_time)


def test_measure(benchmark: Any, compare: Compare) -> None:
    tensors = read_tensors(SHIPPED, SHIPPED_PREFIX)
    result = benchmark(measure, tensors, causal=True)
    assert result.all_certified
    taken = []
    for _ in range(1 if benchmark.disabled else 50):
        began = time.process_time()
        exact_update(tensors.queries, tensors.keys, tensors.values, causal=True)
        taken.append(time.process_time() - began)
    compare("measure, the shipped layer")
    compare("measure, the shipped layer", against=("exact attention", statistics.median(taken)))
