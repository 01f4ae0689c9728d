"""The exact rank, against one that is known by construction and against floating point."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.weights.ranks import contains_columns, exact_rank


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 6), st.integers(0, 2**32 - 1))
def test_a_product_of_known_rank(rows, columns, inner, seed):
    """An identity block in each factor makes the rank exactly the inner size."""
    inner = min(inner, rows, columns)
    rng = np.random.default_rng(seed)
    left = np.vstack([np.eye(inner), rng.integers(-9, 9, (rows - inner, inner))])
    right = np.hstack([np.eye(inner), rng.integers(-9, 9, (inner, columns - inner))])
    product = rng.permutation(left) @ right * 0.125
    assert exact_rank(product) == inner
    assert exact_rank(product * 2.0**-300) == inner


def test_what_a_tolerance_would_miss():
    tiny = np.array([[1.0, 1.0], [1.0, 1.0 + 2.0**-52]])
    assert np.linalg.matrix_rank(tiny) == 1
    assert exact_rank(tiny) == 2
    assert exact_rank(np.array([[1e300, 0.0], [0.0, 1e-300]])) == 2


def test_a_multiple_of_the_prime_is_not_zero():
    from checks.weights.ranks import LARGE_PRIME

    top = float(2**60)
    matrix = np.array([[top, -1.0], [1.0, 2.0]])  # determinant 2^61 + 1, entries below the prime
    assert exact_rank(matrix) == 2
    vanishing = np.array([[top, 1.0], [1.0, 2.0]])  # determinant 2^61 - 1, zero modulo the prime
    assert 2 * int(top) - 1 == LARGE_PRIME
    assert exact_rank(vanishing) == 2


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 2)])
def test_nothing_has_rank_zero(shape):
    assert exact_rank(np.zeros(shape)) == 0


def test_containment():
    space = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    assert contains_columns(space, space @ np.array([[0.1], [0.7]]) * 0 + space[:, :1] * 3)
    assert not contains_columns(space, np.array([[0.0], [0.0], [1e-200]]))
