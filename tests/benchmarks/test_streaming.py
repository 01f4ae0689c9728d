"""Measuring a large head, beside exact attention alone on the same tensors, in the same run.

The yardstick is PyTorch's scaled_dot_product_attention where that is installed, else the exact
update in blocks of keys by NumPy. The floor of the measurement is what it cannot do without: three
matrix products (logits, nearest values, update) and one exponential for each score. Values merged
for all queries take one product and one exponential more; the measurement without them stands
beside it.
"""

import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from checks.measure import measure
from checks.tensors import as_tensors
from tests.benchmarks.conftest import Compare

pytestmark = pytest.mark.benchmark(timer=time.process_time)
NORMAL, FROZEN, WIDTH = 256, 65_536, 64
BLOCK = 2048
STEPS = (2**17, 2**18, 2**19, 2**20)


def tensors(frozen: int, dtype: type = np.float64) -> list[np.ndarray]:
    """Q, K and V."""
    rng = np.random.default_rng(0)
    rows = (NORMAL, frozen + NORMAL, frozen + NORMAL)
    return [rng.normal(size=(n, WIDTH)).astype(dtype) for n in rows]


def seconds(work: Callable[[], object], rounds: int) -> float:
    """The least processor time: other work on the machine only adds to it."""
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def exact_attention(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> tuple[str, Any]:
    """The yardstick: its name and a function."""
    if importlib.util.find_spec("torch") is not None:
        import torch

        own = [torch.from_numpy(each)[None, None] for each in (queries, keys, values)]
        return "PyTorch's exact attention", (
            lambda: torch.nn.functional.scaled_dot_product_attention(*own)
        )

    def blocked() -> np.ndarray:
        top = np.full(NORMAL, -np.inf)
        mass, mixed = np.zeros(NORMAL), np.zeros((NORMAL, WIDTH))
        for start in range(0, len(keys), BLOCK):
            logits = queries @ keys[start : start + BLOCK].T / np.sqrt(WIDTH)
            higher = np.maximum(top, logits.max(axis=1))
            shrink, weights = np.exp(top - higher), np.exp(logits - higher[:, None])
            mass = mass * shrink + weights.sum(axis=1)
            mixed = mixed * shrink[:, None] + weights @ values[start : start + BLOCK]
            top = higher
        return mixed / mass[:, None]

    return "exact attention by NumPy", blocked


def floor(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> None:
    """Three products and one exponential, on one processor, and nothing made of them."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        _floor(queries, keys, values)


def _floor(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> None:
    for start in range(0, len(keys), BLOCK):
        logits = keys[start : start + BLOCK] @ queries.T
        np.exp(logits, out=logits)
        of_block = values[start : start + BLOCK]
        _ = logits.T @ of_block, of_block @ values[-NORMAL:].T


def test_measure_at_scale(benchmark: Any, compare: Compare) -> None:
    arrays = tensors(2**12 if benchmark.disabled else FROZEN)
    result = benchmark(measure, as_tensors(*arrays))
    assert result.all_certified and result.streamed
    what = f"measure, p = {NORMAL}, m = {FROZEN}, d = {WIDTH}"
    name, exact = exact_attention(*arrays)
    if not benchmark.disabled:
        yardstick = (name, seconds(exact, 7))
        compare(what, target="≤ 3 × PyTorch's", against=yardstick)
        compare(what, against=("floor", seconds(lambda: floor(*arrays), 7)))
        without = seconds(lambda: measure(as_tensors(*arrays), merged=False), 5)
        compare(f"{what}, no merged values", without, against=yardstick)


def test_cost_is_linear(benchmark: Any, compare: Compare) -> None:
    if benchmark.disabled:
        benchmark(measure, as_tensors(*tensors(2**12)))
        return
    arrays = tensors(STEPS[-1], np.float32)
    taken = [
        seconds(lambda m=m: measure(as_tensors(arrays[0], arrays[1][-m:], arrays[2][-m:])), 3)
        for m in STEPS
    ]
    slope = float(np.polyfit(np.log(STEPS), np.log(taken), 1)[0])
    benchmark.extra_info["slope of the cost in m"] = slope
    benchmark.pedantic(measure, args=(as_tensors(*arrays),), rounds=1)
    compare(f"cost grows like m to the power {slope:.2f}", target="1.0 ± 0.05")
