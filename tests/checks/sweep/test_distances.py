"""The largest distance of many points: the same number as from all pairs, found with fewer."""

import numpy as np
import pytest

from checks.sweep.distances import FEW, diameters, raise_to_largest, squared_distances

DRAWS = 60


def clouds(count):
    """Points (c, count, DRAWS): scattered, on a sphere, on a line, in two clumps, in one place."""
    rng = np.random.default_rng(count)
    scattered = rng.standard_normal((4, count, DRAWS))
    line = np.zeros_like(scattered)
    line[0] = np.arange(count)[:, None] + 1e6
    clumps = 1e-9 * scattered
    clumps[1, ::2] += 1.0
    return {
        "scattered": scattered,
        "sphere": scattered / np.linalg.norm(scattered, axis=0),
        "line": line,
        "clumps": clumps,
        "one place": np.full_like(scattered, 0.1),
        "alone": scattered[:, :1],
        "nothing": scattered[:, :0],
    }


def of_all_pairs(points):
    """The largest squared distance, from every pair."""
    largest = np.zeros(points.shape[-1])
    for j in range(points.shape[1]):
        largest = np.maximum(largest, squared_distances(points, points[:, j]).max(axis=0))
    return largest


@pytest.mark.parametrize("count", [2, 5, FEW, FEW + 1, 70])
@pytest.mark.parametrize("name", clouds(1))
def test_the_largest_distance_is_that_of_all_pairs_to_the_last_bit(name, count):
    points = clouds(count)[name]
    before = points.copy()
    wanted = of_all_pairs(points)
    np.testing.assert_array_equal(diameters(points), np.sqrt(wanted))
    known = np.where(np.arange(DRAWS) % 2, 0.9 * wanted, 1.1 * wanted)
    raised = known.copy()
    raise_to_largest(raised, points)
    np.testing.assert_array_equal(raised, np.maximum(known, wanted))
    np.testing.assert_array_equal(points, before)


def test_the_distances_are_those_of_the_definition():
    points = clouds(9)["scattered"]
    for place in range(DRAWS):
        here = points[:, :, place].T
        apart = np.linalg.norm(here[:, None] - here[None], axis=-1)
        np.testing.assert_allclose(
            squared_distances(points, points[:, 3])[:, place], apart[3] ** 2, rtol=1e-14
        )
        np.testing.assert_allclose(diameters(points)[place], apart.max(), rtol=1e-14)
