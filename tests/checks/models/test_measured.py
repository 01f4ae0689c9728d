"""A named model's tensors: layers and heads as leading axes, with their weights."""

import numpy as np
import pytest

from checks.measure import measure
from checks.models.measured import minilm_tensors, recall_tensors
from checks.models.minilm import extract
from checks.tensors import UnusableInput, read_tensors
from tests.checks.models.test_minilm import small_model
from tests.checks.test_head_figures import DATA


def test_the_small_model_gives_its_stored_tensors():
    tensors = recall_tensors()
    assert tensors.leading == (2, 4)
    for layer in range(2):
        stored = read_tensors(DATA / "recall_model.npz", prefix=f"e0_l{layer}_")
        for name in ("queries", "keys", "values", "update"):
            np.testing.assert_allclose(
                getattr(tensors, name)[layer], getattr(stored, name), atol=2e-5
            )
    assert max(tensors.projections.mismatch.values()) < 1e-12


def test_a_seed_draws_another_sequence_and_the_same_one_again():
    one, again, other = (recall_tensors(seed, "1", "2") for seed in (3, 3, 4))
    assert one.leading == () and one.name == "recall model, sequence of seed 3, layer 1, head 2"
    np.testing.assert_array_equal(one.keys, again.keys)
    assert np.abs(one.keys - other.keys).max() > 0.1
    assert measure(one, causal=True).all_certified


@pytest.mark.parametrize(("layer", "head"), [("all", "all"), ("1", "all"), ("all", "1")])
def test_a_text_through_the_encoder(layer, head):
    model = small_model()
    tensors = minilm_tensors("Reds is blue", "is red ?", layer, head, model)
    expected = np.stack([each.tensors.keys for each in extract(model, "Reds is blue", "is red ?")])
    if layer == "1":
        expected = expected[1]
    elif head == "1":
        expected = expected[:, 1]
    np.testing.assert_allclose(tensors.keys, expected)
    assert (tensors.frozen, tensors.normal) == (5, 4)
    assert measure(tensors).all_certified


@pytest.mark.parametrize(("layer", "head"), [("2", "all"), ("-1", "all"), ("all", "4"), ("a", "0")])
def test_a_layer_or_head_that_is_not_there(layer, head):
    with pytest.raises(UnusableInput, match=r"is none of 0 to \d; give one or say all"):
        recall_tensors(None, layer, head)
