"""Changed weights on the question they were made for, and on another one."""

import numpy as np
import pytest

from checks.approximations import dropped_context, visible_logits
from checks.reference import exact_update
from checks.tensors import UnusableInput, as_tensors
from checks.weights.several import smallest_shared_change
from checks.weights.transfer import carried, changed_update


def head(seed, p=4, m=6, d=5, c=3):
    rng = np.random.default_rng(seed)
    keys, values = rng.normal(size=(m + p, d)), rng.normal(size=(m + p, c))
    return as_tensors(rng.normal(size=(p, d)), keys, values), rng.normal(size=(p, 6))


@pytest.mark.parametrize("causal", [False, True])
def test_no_change_is_the_context_dropped(causal):
    tensors, entities = head(1)
    _, logits = visible_logits(tensors.queries, tensors.keys, causal=causal)
    dropped = dropped_context(logits, tensors.values[6:])
    np.testing.assert_allclose(changed_update(tensors, entities, causal=causal), dropped)
    found = carried(tensors, entities, causal=causal)
    np.testing.assert_array_equal(found.changed, found.dropped)


def test_keys_alone_stay_beyond_the_hull_and_values_do_not():
    tensors, entities = head(2)
    rng = np.random.default_rng(8)
    for _ in range(20):
        found = carried(tensors, entities, rng.normal(size=(5, 6)) * 3)
        assert (found.changed >= found.keys_only_limit - 1e-12).all()
    assert found.keys_only_limit.max() > 0.05
    exact = exact_update(tensors.queries, tensors.keys, tensors.values)
    logits = np.zeros((4, 4))
    np.fill_diagonal(logits, 200.0)
    keys = smallest_shared_change(
        tensors.queries, entities, logits - tensors.queries @ tensors.keys[6:].T
    )
    values = np.linalg.lstsq(entities, exact - tensors.values[6:], rcond=None)[0].T
    found = carried(tensors, entities, keys.change, values)
    np.testing.assert_allclose(found.changed, 0, atol=1e-9)


def test_transfer_is_attention_with_the_changed_matrix():
    """Same context, other question: what the first one's dW gives there, computed from W + dW."""
    rng = np.random.default_rng(3)
    weight, context = rng.normal(size=(5, 6)), rng.normal(size=(6, 6))

    def question():
        entities = rng.normal(size=(4, 6))
        everything = np.vstack([context, entities])
        return as_tensors(entities[:, :5], everything @ weight.T, everything), entities

    (first, first_entities), (second, second_entities) = question(), question()
    wanted = rng.normal(size=(4, 4))
    change = smallest_shared_change(first.queries, first_entities, wanted).change
    logits = second.queries @ (second_entities @ (weight + change).T).T / np.sqrt(5)
    weights = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    exact = exact_update(second.queries, second.keys, second.values)
    expected = np.linalg.norm(exact - weights @ second_entities, axis=1)
    found = carried(second, second_entities, change)
    np.testing.assert_allclose(found.changed, expected)
    assert not np.allclose(found.changed, found.dropped)


def test_heads_go_one_by_one():
    tensors = as_tensors(np.ones((2, 1, 3)), np.ones((2, 4, 3)), np.ones((2, 4, 3)))
    with pytest.raises(UnusableInput, match="leading axes"):
        changed_update(tensors, np.ones((1, 3)))
