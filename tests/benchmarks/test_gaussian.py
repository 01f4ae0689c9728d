"""The exact mean gap at one point, against its target and against sampling it."""

import time
from typing import Any

import numpy as np
import pytest

from checks.gaussian import critical_sigma, mean_gap
from tests.benchmarks.conftest import Compare

pytestmark = pytest.mark.benchmark(timer=time.process_time)

TARGET = 0.020


@pytest.mark.parametrize("ratio", [0.3, 1.0, 3.0])
def test_one_point(benchmark: Any, compare: Compare, ratio: float) -> None:
    sigma = ratio * float(critical_sigma(10**12))
    gap = benchmark(mean_gap, 10**12, sigma)
    assert gap > 0
    compare(f"mean gap, n = 1e12, σ = {ratio:g} σ_c", target="< 20 ms")
    if not benchmark.disabled:
        assert benchmark.stats.stats.median < TARGET


def test_against_sampling_a_thousand_draws(benchmark: Any, compare: Compare) -> None:
    size, sigma = 4096, 2.0
    benchmark(mean_gap, size, sigma)
    began = time.process_time()
    logits = np.random.default_rng(1).normal(scale=sigma, size=(1000, size))
    np.log(np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1)).mean()
    compare(
        "mean gap, n = 4096, against 1000 draws",
        against=("1000 draws", time.process_time() - began),
    )
