"""The norm of a product of thin matrices, against multiplying them out.

The bilinear form of a head, W_Q^T W_K', has the rank of its width d, far below the states' D.
"""

import statistics
import time
from typing import Any

import numpy as np
import pytest

from checks.layers import product_norm, spectral_norm
from tests.benchmarks.conftest import ROUNDS, Compare

pytestmark = pytest.mark.benchmark(timer=time.process_time)


@pytest.mark.parametrize(("states", "width"), [(384, 32), (768, 64)])
def test_product_norm(benchmark: Any, compare: Compare, states: int, width: int) -> None:
    """Sizes of a small and of a usual encoder; the plain way is the norm of the D x D product."""
    rng = np.random.default_rng(0)
    query, key = rng.normal(size=(2, width, states)) / np.sqrt(states)
    plain, found = [], 0.0
    for _ in range(1 if benchmark.disabled else ROUNDS):
        began = time.process_time()
        found = spectral_norm(query.T @ key)
        plain.append(time.process_time() - began)
    norm = benchmark(product_norm, query.T, key)
    assert norm == pytest.approx(found, rel=1e-6)
    against = "the product and its norm", statistics.median(plain)
    compare(f"norm of a product, D = {states}, d = {width}", target="≤ 1/20", against=against)
