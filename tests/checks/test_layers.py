"""The bound of a trajectory and its constants: never passed, and shown able to be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.layers import (
    GELU_SLOPE,
    attention_lipschitz,
    compare_layers,
    gronwall,
    norm_lipschitz,
    norm_radius,
    product_norm,
    spectral_norm,
)
from checks.models.parts import LayerNorm
from checks.reference import exact_update
from checks.tensors import UnusableInput

seeds = st.integers(0, 2**32 - 1)


def test_gronwall_is_the_sum_of_products():
    errors, constants = [1.0, 2.0, 3.0], [0.5, 1.0, 2.0]
    product = 1.5 * 2.0 * 3.0
    expected = 7.0 * product + 1.0 * 2.0 * 3.0 + 2.0 * 3.0 + 3.0
    assert gronwall(errors, constants, 7.0)[-1] == pytest.approx(expected)
    assert gronwall([], [], 2.0).tolist() == [2.0]
    assert gronwall([1.0], [np.inf]).tolist() == [0.0, 1.0]


def test_a_linear_model_attains_the_bound():
    """x -> 2 x + 1 against y -> 2 y on one number: errors 1, constants 2, equality throughout."""
    states = [np.array([[x]]) for x in (1.0, 3.0, 7.0, 15.0)]
    found = compare_layers(states, lambda _, y: 2 * y, lambda *_: 2.0, states[0])
    np.testing.assert_allclose(found.distance, [0.0, 1.0, 3.0, 7.0])
    np.testing.assert_allclose(found.bound, found.distance)
    np.testing.assert_allclose(found.one_layer, 1.0)
    np.testing.assert_allclose(found.relative, [0, 1 / 3, 3 / 7, 7 / 15])
    np.testing.assert_allclose(found.bound, gronwall(found.one_layer, [1.0] * 3))


def test_a_start_of_another_shape():
    with pytest.raises(UnusableInput, match=r"start \(2, 1\)"):
        compare_layers([np.ones((1, 1))], lambda _, y: y, lambda *_: 1.0, np.ones((2, 1)))


def attend(tokens, query, bias, key, value):
    return exact_update(tokens @ query.T + bias, tokens @ key.T, tokens @ value.T)


@given(seeds, st.booleans(), st.booleans())
def test_attention_never_moves_more_than_its_constant(seed, with_bias, masked):
    """Pairs of inputs in the ball, near and far; a mask removes tokens from the sums."""
    rng = np.random.default_rng(seed)
    width, count = rng.integers(1, 4), rng.integers(1, 6)
    query, key, value = rng.normal(size=(3, width, width)) * rng.choice([0.3, 1.0, 3.0])
    bias = rng.normal(size=width) * with_bias
    radius = rng.choice([0.5, 1.0, 2.0])
    constant = attention_lipschitz(query, bias, key, value, radius=radius)

    def inside(rows):
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.maximum(lengths / radius, 1.0)

    first = inside(rng.normal(size=(count, width)) * 2)
    for size in (1e-4, 0.1, 3.0):
        second = inside(first + size * rng.normal(size=first.shape))
        seen = count if not masked else rng.integers(1, count + 1)
        queries = [rows[:seen] @ query.T + bias for rows in (first, second)]
        updates = [
            exact_update(q, rows[:seen] @ key.T, rows[:seen] @ value.T)
            for q, rows in zip(queries, (first, second), strict=True)
        ]
        moved = np.linalg.norm(updates[0] - updates[1], axis=1).max()
        assert moved <= constant * np.linalg.norm(first - second, axis=1).max() * (1 + 1e-9)


def test_eighty_five_hundredths_of_the_constant_do_not_suffice():
    """One dimension, kappa = 1, tokens at +-1 with weights 5/8 and 3/8: 2.125 of 1 + sqrt 2."""
    one = np.ones((1, 1))
    constant = attention_lipschitz(one, np.zeros(1), one, one, radius=1.0)
    assert constant == pytest.approx(1 + 2**0.5)
    tokens = np.array([[1.0]] * 23 + [[-1.0]] * 102)
    weights = np.exp(tokens[:, 0])
    mean = (weights @ tokens[:, 0]) / weights.sum()
    # The direction of steepest change of the first token's update.
    direction = np.sign(1 + tokens - mean)
    direction[0] = 1.0
    step = 1e-6
    moved = attend(tokens, one, 0.0, one, one) - attend(
        tokens - step * direction, one, 0.0, one, one
    )
    assert moved[0, 0] / step > 0.85 * constant


@given(seeds)
def test_layer_norm_never_moves_more_than_its_constant(seed):
    rng = np.random.default_rng(seed)
    width = rng.integers(2, 6)
    norm = LayerNorm(rng.normal(size=width), rng.normal(size=width), 1e-5)
    rows = rng.normal(size=(3, width)) * rng.choice([1e-3, 1.0, 10.0])
    away = rng.choice([1e-4, 0.5, 5.0])
    constant = norm_lipschitz(norm.weight, norm.epsilon, rows, away)
    move = rng.normal(size=rows.shape)
    other = rows + move * away / np.linalg.norm(move, axis=1, keepdims=True)
    moved = np.linalg.norm(norm(rows) - norm(other), axis=1)
    assert (moved <= constant * away * (1 + 1e-9)).all()
    assert (np.linalg.norm(norm(other), axis=1) <= norm_radius(norm.weight, norm.bias)).all()


def test_layer_norm_attains_its_constant_across_its_direction():
    norm = LayerNorm(np.full(3, 2.0), np.zeros(3), 1e-5)
    rows = np.array([[1.0, -1.0, 0.0]])
    across = np.array([[1.0, 1.0, -2.0]]) / 6**0.5
    moved = np.linalg.norm(norm(rows + 1e-6 * across) - norm(rows)) / 1e-6
    assert moved == pytest.approx(norm_lipschitz(norm.weight, 1e-5, rows, 0.0), rel=1e-6)


def test_the_slope_of_gelu():
    from scipy.special import erf

    grid = np.linspace(-6, 6, 200_001)
    slopes = np.diff(grid * 0.5 * (1 + erf(grid / 2**0.5))) / np.diff(grid)
    assert slopes.max() <= GELU_SLOPE
    assert slopes.max() == pytest.approx(GELU_SLOPE, rel=1e-6)


def test_the_spectral_norm_is_rounded_up():
    rng = np.random.default_rng(0)
    for _ in range(50):
        matrix = rng.normal(size=tuple(rng.integers(1, 20, 2)))
        vector = np.linalg.svd(matrix)[2][0]
        assert np.linalg.norm(matrix @ vector) <= spectral_norm(matrix)
        assert spectral_norm(matrix) <= np.linalg.norm(matrix, 2) * (1 + 1e-9)


def test_the_norm_of_a_product_is_rounded_up():
    """Also where the product is far smaller than its factors, which is what rounding can hide."""
    rng = np.random.default_rng(1)
    for _ in range(50):
        outer, inner, last = (int(size) for size in rng.integers(1, 9, 3))
        left, right = rng.normal(size=(outer, inner)), rng.normal(size=(inner, last))
        largest = np.linalg.norm(left @ right, 2)
        assert largest <= product_norm(left, right) <= largest * (1 + 1e-9) + 1e-11
    across = product_norm(np.array([[1.0, 1.0]]), np.array([[1.0], [-1.0 + 2.0**-50]]))
    assert 2.0**-50 <= across <= 1e-12


def test_the_output_matrix_belongs_to_the_constant():
    rng = np.random.default_rng(2)
    query, key, value = rng.normal(size=(3, 2, 4))
    output, bias = rng.normal(size=(5, 2)), rng.normal(size=2)
    with_output = attention_lipschitz(query, bias, key, value, radius=1.5, output=output)
    assert with_output == pytest.approx(
        attention_lipschitz(query, bias, key, output @ value, radius=1.5)
    )
