"""Changed weights on the question they were made for, and on another one."""

from dataclasses import replace

import numpy as np
import pytest

from checks.approximations import dropped_context, visible_logits
from checks.reference import exact_update
from checks.tensors import UnusableInput, as_tensors
from checks.weights.several import smallest_shared_change
from checks.weights.transfer import carried, changed_update, need_same_context


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


def two_questions(p=3, m=6, off=0.0, kind="keys"):
    """Two heads with a common context; that of the second is ``off`` at one entry."""
    first, second = head(4, p=3, m=m)[0], head(5, p=p, m=m)[0]
    keys, values = second.keys.copy(), second.values.copy()
    keys[:m], values[:m] = first.keys[:m], first.values[:m]
    changed = keys if kind == "keys" else values
    changed[1, 2] += off * np.abs(changed[:m]).max(initial=0.0)
    return first, replace(second, keys=keys, values=values)


def test_the_same_context_may_have_another_question():
    need_same_context(*two_questions(p=5))
    need_same_context(*two_questions(off=3e-6))
    without = two_questions(m=0)
    need_same_context(*without)


@pytest.mark.parametrize("kind", ["keys", "values"])
def test_another_context_is_refused(kind):
    with pytest.raises(UnusableInput, match=rf"frozen {kind} that differ .* by up to 0\.01"):
        need_same_context(*two_questions(off=0.01, kind=kind))
    first, second = two_questions()
    with pytest.raises(UnusableInput, match=r"frozen keys \(5, 5\), and arrays \(6, 5\)"):
        need_same_context(first, replace(second, queries=second.queries[[0, 1, 2, 2]]))


def test_a_coarse_type_hides_a_small_difference():
    first, second = two_questions(off=1e-3)
    with pytest.raises(UnusableInput, match="same context"):
        need_same_context(first, second)
    coarse = replace(second, stored={"Q": "float16", "K": "float16", "V": "float16"})
    need_same_context(first, coarse)
