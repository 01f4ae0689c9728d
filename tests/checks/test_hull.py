"""The distance to the hull: its ends are certain, close together, and right where it is known."""

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st

from checks.approximations import softmax_mean
from checks.hull import _lower_end, _upper_end, hull_distance
from checks.tensors import UnusableInput

quarters = st.integers(-8, 8).map(lambda n: n / 4)


@st.composite
def clouds(draw):
    """Points (p, c) and values (n, c) with small quarter-integer entries, often repeated."""
    width, count, size = (draw(st.integers(1, n)) for n in (3, 3, 6))
    rows = st.lists(quarters, min_size=width, max_size=width)
    points = draw(st.lists(rows, min_size=count, max_size=count))
    values = draw(st.lists(rows, min_size=size, max_size=size))
    return np.array(points), np.array(values)


def squared(vector) -> fmpq:
    return sum((x * x for x in vector), fmpq(0))


def exact(row) -> list[fmpq]:
    return [fmpq(*float(x).as_integer_ratio()) for x in row]


@given(clouds())
def test_the_ends_hold_exactly_and_are_close(cloud):
    """Upper: above an exact convex combination. Lower: below an exact separating plane's distance.

    Both are evaluated in rational numbers, so neither shares rounding with the library.
    """
    points, values = cloud
    found = hull_distance(points, values)
    assert (found.lower <= found.upper).all()
    assert (found.upper - found.lower <= 1e-7 * (1 + found.upper)).all()
    for point, weights, lower, upper in zip(
        points, found.weights, found.lower, found.upper, strict=True
    ):
        shares = exact(weights)
        total = sum(shares, fmpq(0))
        offsets = [[x - y for x, y in zip(exact(point), exact(v), strict=True)] for v in values]
        nearest = [
            sum((w * o[k] for w, o in zip(shares, offsets, strict=True)), fmpq(0)) / total
            for k in range(points.shape[1])
        ]
        # The lower end must not pass any point of the hull, so not this one either.
        assert exact([lower])[0] ** 2 <= squared(nearest)
        if lower > 0:
            heights = [
                sum((a * b for a, b in zip(nearest, o, strict=True)), fmpq(0)) for o in offsets
            ]
            plane = arb(min(heights)) / arb(squared(nearest)).sqrt()
            assert arb(upper) >= plane


@given(clouds(), st.integers(0, 2**32 - 1))
def test_no_logits_come_nearer_than_the_lower_end(cloud, seed):
    points, values = cloud
    logits = np.random.default_rng(seed).normal(scale=4.0, size=(len(points), len(values)))
    reached = np.linalg.norm(points - softmax_mean(logits, values), axis=-1)
    assert (reached >= hull_distance(points, values).lower * (1 - 1e-12)).all()


@given(clouds())
def test_a_wider_hull_is_never_farther(cloud):
    points, values = cloud
    fewer = hull_distance(points, values[:1])
    assert (hull_distance(points, values).lower <= fewer.upper).all()
    alone = np.linalg.norm(points - values[0], axis=-1)
    assert (fewer.lower <= alone * (1 + 1e-14)).all() and (alone <= fewer.upper).all()
    np.testing.assert_allclose(fewer.lower, alone, rtol=1e-12, atol=1e-300)


def test_a_segment_a_vertex_and_the_inside():
    values = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 0.0]])
    points = np.array([[2.0, -3.0], [-3.0, -4.0], [1.0, 1.0], [3.0, 3.0], [4.0, 0.0]])
    found = hull_distance(points, values)
    expected = [3.0, 5.0, 0.0, np.sqrt(2.0), 0.0]
    np.testing.assert_allclose(found.upper, expected, atol=1e-12)
    np.testing.assert_allclose(found.lower, expected, atol=1e-12)
    assert (found.lower <= expected).all() and (expected <= found.upper).all()
    np.testing.assert_allclose(found.nearest[0], [2.0, 0.0], atol=1e-12)


def test_equal_values_are_one_point():
    found = hull_distance(np.array([[3.0, 4.0]]), np.zeros((7, 2)))
    assert found.lower[0] <= 5.0 <= found.upper[0]
    assert hull_distance(np.zeros((1, 2)), np.zeros((3, 2))).lower[0] == 0.0


@pytest.mark.parametrize("size", [1e-60, 1e-8, 1e8, 1e60])
def test_the_scale_of_the_values_does_not_matter(size):
    rng = np.random.default_rng(3)
    points, values = rng.normal(size=(6, 4)), rng.normal(size=(5, 4)) + 1.0
    plain, scaled = hull_distance(points, values), hull_distance(points * size, values * size)
    np.testing.assert_allclose(scaled.lower, plain.lower * size, rtol=1e-9)
    np.testing.assert_allclose(scaled.upper, plain.upper * size, rtol=1e-9)


def test_a_causal_point_sees_only_earlier_values():
    rng = np.random.default_rng(5)
    points, values = rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 4, 3))
    causal, full = hull_distance(points, values, causal=True), hull_distance(points, values)
    np.testing.assert_allclose(causal.upper[:, -1], full.upper[:, -1])
    np.testing.assert_allclose(causal.upper[:, 0], np.linalg.norm(points - values, axis=-1)[:, 0])
    assert (causal.weights == np.tril(causal.weights)).all()
    assert (causal.lower[:, :-1] >= full.lower[:, :-1] - 1e-12).all()


def test_a_radius_widens_both_ends():
    points, values = np.array([[3.0, 4.0]]), np.zeros((1, 2))
    found = hull_distance(points, values, radius=np.array([0.5]))
    assert found.lower[0] == pytest.approx(4.5) and found.upper[0] == pytest.approx(5.5)


def test_any_weights_and_any_direction_give_valid_ends():
    """The ends do not trust the solver: here both are proposed at random."""
    rng = np.random.default_rng(11)
    for _ in range(200):
        offsets = rng.normal(size=(5, 3)) + rng.normal(size=3)
        best = hull_distance(np.zeros((1, 3)), -offsets)
        assert _lower_end(offsets, rng.normal(size=3)) <= best.upper[0]
        assert _upper_end(offsets, rng.random(5)) >= best.lower[0]


@pytest.mark.parametrize(
    ("points", "values", "causal", "says"),
    [
        (np.ones((2, 3)), np.ones((4, 2)), False, "differ in width"),
        (np.ones((2, 2, 3)), np.ones((1, 4, 3)), False, "leading axes"),
        (np.ones((2, 3)), np.ones((0, 3)), False, "at least one"),
        (np.ones((2, 3)), np.ones((4, 3)), True, "causal"),
        (np.array([[np.nan]]), np.ones((1, 1)), False, r"points .* has nan at index \(0, 0\)"),
    ],
)
def test_what_does_not_fit_is_named(points, values, causal, says):
    with pytest.raises(UnusableInput, match=says):
        hull_distance(points, values, causal=causal)
