"""Merged values: exact for one query, and for many against plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.approximations import cluster_by_value, visible_logits
from checks.reference import exact_update
from checks.shared_merge import (
    constant_update,
    hide_unseen,
    lost_mass,
    shared_map,
    shared_merge,
    shared_merged_values,
)

seeds = st.integers(0, 2**32 - 1)


def layer(seed, p=4, m=6, heads=()):
    rng = np.random.default_rng(seed)
    shapes = ((p, 3), (m + p, 3), (m + p, 2))
    return tuple(rng.normal(size=(*heads, *shape)) for shape in shapes)


@given(st.integers(0, 5), seeds)
def test_one_query_is_exact(frozen, seed):
    """p = 1 merges per query: Delta itself, an identity that checks the code."""
    queries, keys, values = layer(seed, p=1, m=frozen)
    np.testing.assert_allclose(
        shared_merge(queries, keys, values), exact_update(queries, keys, values), atol=1e-12
    )


@given(seeds)
def test_equal_queries_are_exact_and_others_are_not(seed):
    queries, keys, values = layer(seed)
    exact = exact_update(queries, keys, values)
    assert np.abs(shared_merge(queries, keys, values) - exact).max() > 1e-9
    queries[:] = queries[0]
    exact = exact_update(queries, keys, values)
    np.testing.assert_allclose(shared_merge(queries, keys, values), exact, atol=1e-12)


@given(seeds)
def test_clustered_values_are_merged_to_themselves(seed):
    queries, keys, values = layer(seed)
    values[:6] = values[6:][np.random.default_rng(seed).integers(0, 4, 6)]
    merged = shared_merged_values(
        *visible_logits(queries, keys), values, cluster_by_value(values, 4).nearest
    )
    np.testing.assert_allclose(merged, values[6:], atol=1e-12)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("fixed", [False, True])
def test_against_loops(causal, fixed):
    queries, keys, values = layer(5, p=4, m=7)
    p, m = 4, 7
    sums, totals, logits = np.zeros((p, 2)), np.zeros(p), np.full((p, p), -np.inf)
    for i in range(p):
        own = [j for j in range(p) if j <= i or not causal]
        raw = {("N", j): queries[i] @ keys[m + j] / np.sqrt(3) for j in own}
        raw |= {("F", t): queries[i] @ keys[t] / np.sqrt(3) for t in range(m)}
        scores = {token: np.exp(s) for token, s in raw.items()}
        total = sum(scores.values())
        for (kind, token), score in scores.items():
            candidates = range(p) if fixed else own
            value = values[m + token] if kind == "N" else values[token]
            j = token
            if kind == "F":
                j = min(candidates, key=lambda k: np.linalg.norm(values[token] - values[m + k]))
            sums[j] += score / total * value
            totals[j] += score / total
            if j in own:
                logits[i, j] = np.logaddexp(logits[i, j], raw[kind, token])
    weights = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = weights @ (sums / totals[:, None])
    found = shared_merge(queries, keys, values, causal=causal, fixed_map=fixed)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_mass_sent_to_later_tokens_is_lost():
    queries, keys, values = layer(9, heads=(2,))
    frozen, normal = visible_logits(queries, keys, causal=True)
    nearest = shared_map(values, 4)
    lost = lost_mass(frozen, normal, nearest)
    weights = np.exp(frozen) / np.exp(frozen).sum(axis=-1, keepdims=True)
    later = nearest > np.arange(4)[:, None]
    np.testing.assert_allclose(lost, (weights * later).sum(axis=-1), atol=1e-12)
    assert lost.max() > 0.1 and np.abs(lost[:, -1]).max() == 0
    assert np.isneginf(hide_unseen(frozen, normal, nearest)[later]).all()
    seen = cluster_by_value(values, 4, causal=True).nearest
    assert np.abs(lost_mass(frozen, normal, seen)).max() == 0


def test_without_frozen_tokens():
    queries, keys, values = layer(3, m=0)
    for causal in (False, True):
        exact = exact_update(queries, keys, values, causal=causal)
        np.testing.assert_allclose(shared_merge(queries, keys, values, causal=causal), exact)
    frozen, normal = visible_logits(queries, keys)
    assert (lost_mass(frozen, normal, shared_map(values, 4)) == 0).all()


def test_the_largest_logits_are_another_update():
    queries, keys, values = layer(4)
    with_largest = shared_merge(queries, keys, values, largest=True)
    assert np.abs(with_largest - shared_merge(queries, keys, values)).max() > 1e-3


def test_the_constant_reads_no_query():
    update = np.random.default_rng(0).normal(size=(2, 5, 3))
    constant = constant_update(update)
    assert (constant == constant[:, :1]).all()
    np.testing.assert_allclose(constant[:, 0], update.mean(axis=1))
