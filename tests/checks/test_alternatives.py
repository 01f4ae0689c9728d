"""Further replacements against loops in longer arithmetic, and their rounding radii."""

import numpy as np
import pytest

from checks.measure import _clear_in_float64, measure
from checks.measured_blocks import whole_block
from checks.tensors import as_tensors
from tests.checks.slow_alternatives import NAMES, slow_errors


def drawn(seed, factor=1.0, heads=(2,), normal=4, frozen=6):
    """Tensors with d = 3, c = 2 and logits that grow with the square of the factor."""
    rng = np.random.default_rng(seed)
    shapes = [(normal, 3), (normal + frozen, 3), (normal + frozen, 2)]
    queries, keys, values = (rng.normal(size=(*heads, *shape)) for shape in shapes)
    return as_tensors(queries * factor, keys * factor, values)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("factor", [0.1, 1.0, 4.0, 15.0])
def test_errors_are_within_their_radii_of_the_exact_ones(factor, causal):
    for seed in range(5):
        tensors = drawn(seed, factor)
        block = whole_block(tensors, None, causal)
        _, radius = _clear_in_float64(tensors, block)
        for head in range(2):
            arrays = (tensors.queries[head], tensors.keys[head], tensors.values[head])
            expected = slow_errors(*arrays, block.nearest[head], causal)
            for name in NAMES:
                off = np.abs(block.errors[name][head] - expected[name])
                assert (off <= radius[name][head] + 1e-18).all(), name
                assert (radius[name][head] < 1e-11 * max(1.0, factor**2)).all(), name


def test_equal_keys_in_a_group_need_only_the_count():
    values = np.array([[0.0], [0.0], [1.0], [0.0], [1.0]])
    keys = np.array([[1.0], [1.0], [2.0], [1.0], [2.0]])
    result = measure(as_tensors(np.array([[1.0], [3.0]]), keys, values))
    for name in ("log_count", "uniform_key"):
        assert result.errors[name] == pytest.approx(0.0, abs=1e-15)
    assert (result.errors["effective"] > 0.01).all()


def test_without_a_context_only_the_control_errs():
    result = measure(drawn(0, frozen=0))
    for name in NAMES[:-1]:
        assert not result.errors[name].any()
        assert not result.comparisons[name].any()
    assert (result.errors["constant"] > 0).all()
    assert (result.comparisons["constant"] == -1).all()


def test_logits_too_large_for_float64_weights_decide_nothing():
    result = measure(drawn(1, 1e9))
    for name in ("uniform_key", "shared", "shared_largest", "constant"):
        assert not result.comparisons[name].any()
