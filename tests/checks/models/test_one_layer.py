"""A layer with effective keys: no error above the theorem's bound, carried through the layer."""

import numpy as np
import pytest

from checks.models.one_layer import carried, minilm_one_layer, recall_one_layer, update_bounds
from checks.models.parts import Linear
from checks.models.recall import load_recall, shipped_task
from checks.models.replacement import Replacement, replaced_update
from checks.reference import exact_update
from tests.checks.models.test_minilm import small_model
from tests.checks.models.test_whole import TOKENS


@pytest.fixture(scope="module")
def recall():
    return load_recall()


def head_errors(rows, frozen, causal):
    """W_O apart: how far each head's update is off with effective keys, (heads, p, d)."""
    queries, keys, values = rows
    own = queries[:, frozen:]
    exact = exact_update(own, keys, values, causal=causal)
    return exact - replaced_update(Replacement.EFFECTIVE, own, keys, values, causal=causal)


@pytest.mark.parametrize("sequence", range(6))
def test_no_error_of_the_shipped_model_is_above_its_bound(recall, sequence):
    tokens = shipped_task().tokens[sequence]
    found = recall_one_layer(recall, tokens, 32)
    assert found.holds and found.error.shape == found.bound.shape == (2,)
    assert (found.error > 1).all() and (found.bound < 5 * found.error).all()


def test_the_error_is_that_of_the_heads_through_the_output(recall):
    tokens = shipped_task().tokens[0]
    found = recall_one_layer(recall, tokens, 32)
    for index, (layer, states) in enumerate(
        zip(recall.layers, recall.states(tokens), strict=False)
    ):
        rows = recall.head_rows(index, states)
        off = head_errors(rows, 32, causal=True)
        together = off.transpose(1, 0, 2).reshape(24, -1) @ layer.output.weight.T
        assert found.error[index] == pytest.approx(np.linalg.norm(together, axis=1).max())
        limits = update_bounds(rows, 32, causal=True)
        lengths = np.linalg.norm(off, axis=-1)
        assert limits.shape == lengths.shape and (lengths <= limits).all()
        summed = carried(layer.output, lengths)
        assert (np.linalg.norm(together, axis=1) <= summed).all()
        assert (summed <= carried(layer.output, limits)).all()


@pytest.mark.parametrize("seed", range(8))
def test_no_error_of_an_encoder_is_above_its_bound(seed):
    found = minilm_one_layer(small_model(seed), TOKENS, 5)
    assert found.holds
    assert (found.error > 0).all() and np.isfinite(found.bound).all()


def test_heads_in_line_attain_what_the_output_carries():
    """Errors along the largest singular vectors add up; a factor below 1 would be passed."""
    output = Linear(np.hstack([3.0 * np.eye(2), [[0.0, 2.0], [1.0, 0.0]]]), np.zeros(2))
    off = np.array([1.0, 0.0]), np.array([0.0, 0.5])
    together = output.weight @ np.concatenate(off)
    limit = carried(output, np.array([[1.0], [0.5]]))
    assert limit == pytest.approx([4.0]) and limit[0] >= np.linalg.norm(together) == 4.0


def test_without_context_nothing_is_off():
    found = minilm_one_layer(small_model(1), TOKENS, 0)
    assert found.error == pytest.approx([0.0, 0.0], abs=1e-12)
    assert found.bound.tolist() == [0.0, 0.0]
