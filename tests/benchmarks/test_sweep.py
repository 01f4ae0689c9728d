"""A sweep's cell against drawing its random numbers, and against one instance after the other."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from checks import bounds
from checks.sweep.cell import Part, chunk_size, generator, keep_freed_memory, measure_part
from checks.sweep.draws import draw
from checks.sweep.models import VALUE_WIDTH, Point
from tests.benchmarks.conftest import Compare

pytestmark = pytest.mark.benchmark(timer=time.process_time)

CHUNKS = 2
REPEATS = 40


def where(d: int = 64, n: int = 33, m: int = 256, p: int = 16, **changes: Any) -> Point:
    """The cell that the targets are about."""
    plain = {"model": "gaussian", "margin": None, "delta": 0.0, "correlation": 0.0, "scale": 1.0}
    return Point(d=d, n=n, m=m, p=p, **(plain | changes))


def cell(point: Point) -> int:
    """Measure some chunks; how many draws these were."""
    size = chunk_size(point)
    measure_part(Part(point, 0, 0, 0, (size,) * CHUNKS))
    return size * CHUNKS


def drawing(point: Point) -> int:
    """Draw the logits, values and residuals of as many chunks."""
    keep_freed_memory()
    size = chunk_size(point)
    for chunk in range(CHUNKS):
        draw(point, generator(point, 0, chunk), size)
    return size * CHUNKS


def one_by_one(point: Point, rng: np.random.Generator, instances: int) -> None:
    """The same numbers in plain NumPy: queries, keys and values, one instance after the other."""
    owners = np.concatenate(
        [np.full(point.n - 1, group) for group in range(point.m // (point.n - 1))]
    )
    for _ in range(instances):
        query = rng.normal(size=point.d)
        keys = rng.normal(size=(point.m + point.p, point.d))
        values = rng.normal(size=(point.p, VALUE_WIDTH))
        logits = keys @ query / np.sqrt(point.d)
        frozen, normal = logits[: point.m], logits[point.m :]
        distances = np.linalg.norm(values[:, None] - values[None], axis=-1)
        weights = np.exp(logits - logits.max())
        weights /= weights.sum()
        exact = weights @ np.concatenate([values[owners], values])
        gaps, largest, margins, sizes, means = (np.empty(point.p) for _ in range(5))
        for group in range(point.p):
            of_group = np.sort(np.append(frozen[owners == group], normal[group]))
            largest[group] = of_group[-1]
            gaps[group] = np.log1p(np.exp(of_group[:-1] - of_group[-1]).sum())
            margins[group] = of_group[-1] - of_group[-2] if len(of_group) > 1 else np.inf
            sizes[group], means[group] = len(of_group), of_group.mean()
        alpha = weights[: point.m].sum()
        ways = (normal, largest + gaps, largest, largest + np.log(sizes), means + np.log(sizes))
        for way in ways:
            softmax = np.exp(way - way.max())
            np.linalg.norm(exact - softmax @ values / softmax.sum())
        excess = bounds.excess_group_size(sizes, margins)
        diameter = distances.max()
        bounds.drop_bound(alpha, distances[np.unique(owners)].max())
        bounds.effective_key_bound(alpha, 0.0, np.ptp(gaps), diameter)
        bounds.pair_bound(gaps, distances)
        bounds.margin_bound(alpha, 0.0, excess, diameter)
        bounds.joint_bound(alpha, 0.0, excess, diameter)


def seconds_each(*works: Callable[[], int]) -> list[float]:
    """Processor time per draw of each work: the least of runs that take turns."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(REPEATS):
        for work, times in zip(works, taken, strict=True):
            began = time.process_time()
            draws = work()
            times.append((time.process_time() - began) / draws)
    return [min(times) for times in taken]


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("gaussian", where()),
        ("sphere", where(model="sphere")),
        ("planted", where(model="planted", margin=3.0)),
        ("clustered", where(model="clustered", delta=0.1)),
        ("correlated", where(model="correlated", correlation=0.5)),
    ],
)
def test_a_cell_costs_at_most_twice_its_random_numbers(
    benchmark: Any, compare: Compare, name: str, point: Point
) -> None:
    assert benchmark(cell, point) == CHUNKS * chunk_size(point)
    if benchmark.disabled:
        return
    whole, numbers = seconds_each(lambda: cell(point), lambda: drawing(point))
    compare(f"sweep, a draw of {name}", whole, "< 2", ("drawing it", numbers))
    assert whole < 2 * numbers


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("one frozen token", where(n=2, m=1)),
        ("few frozen among many", where(n=9, m=8, p=64)),
        ("threes in half", where(n=3, m=32, p=32)),
        ("pairs alone", where(n=2, m=16)),
        ("pairs, one margin", where(model="planted", margin=3.0, n=2, m=16)),
        ("four tokens", where(n=3, m=4, p=4)),
    ],
)
def test_what_a_small_cell_costs(benchmark: Any, compare: Compare, name: str, point: Point) -> None:
    assert benchmark(cell, point) == CHUNKS * chunk_size(point)
    if benchmark.disabled:
        return
    whole, numbers = seconds_each(lambda: cell(point), lambda: drawing(point))
    compare(f"sweep, {name}, a draw", whole, "< 2", ("drawing it", numbers))


def test_a_draw_is_measured_much_faster_than_alone(benchmark: Any, compare: Compare) -> None:
    def alone() -> int:
        one_by_one(where(), np.random.default_rng(0), 5)
        return 5

    assert benchmark(alone) == 5
    if benchmark.disabled:
        return
    together, single = seconds_each(lambda: cell(where()), alone)
    compare("sweep, an instance by itself", single, "> 50", ("in a cell", together))
    assert single > 50 * together


@pytest.mark.parametrize(
    ("axis", "points", "steepest"),
    [
        ("d", [where(d=d) for d in (4, 64, 1024, 2**14, 2**18)], 0.05),
        ("n", [where(n=n, m=8 * (n - 1)) for n in (17, 65, 257, 1025, 4097)], 1.1),
        ("p", [where(p=p, n=9, m=4 * p) for p in (4, 8, 16, 32, 64)], 2.0),
    ],
)
def test_what_a_draw_costs_as_an_axis_grows(
    benchmark: Any, compare: Compare, axis: str, points: list[Point], steepest: float
) -> None:
    assert benchmark(cell, points[0]) == CHUNKS * chunk_size(points[0])
    if benchmark.disabled:
        return
    costs = seconds_each(*(lambda point=point: cell(point) for point in points))
    sizes = [point.key()[axis] for point in points]
    slope = statistics.linear_regression(np.log(sizes), np.log(costs)).slope
    compare(
        f"sweep, a draw costs ~ {axis}^{slope:.2f}, at {axis} = {sizes[-1]}",
        costs[-1],
        f"{axis}^{steepest:g}",
        (f"at {axis} = {sizes[0]}", costs[0]),
    )
    assert slope < steepest
