"""What is summed over queries and groups in blocks, against sums in longer arithmetic."""

import numpy as np
import pytest

from checks.approximations import cluster_by_value, softmax_mean
from checks.inputs.rows import Rows
from checks.measure import measure
from checks.rounding import Radii
from checks.streaming import Head
from checks.streaming import plan as planning
from checks.streaming.backend import NumpyBackend
from checks.streaming.means import GroupMeans, mean_key_radius
from checks.streaming.merge import merged_radius, merged_values
from checks.streaming.nearest import NearestValue
from checks.streaming.plan import assigned, nearest_of, plan
from checks.streaming.rounding import DOUBLE, SINGLE, streaming_radii
from checks.tensors import as_tensors

NORMAL, FROZEN, WIDTH = 4, 60, 3


def drawn(seed, factor=1.0):
    """Q, K, V of one head."""
    rng = np.random.default_rng(seed)
    shapes = [(NORMAL, WIDTH), (FROZEN + NORMAL, WIDTH), (FROZEN + NORMAL, 2)]
    queries, keys, values = (rng.normal(size=shape) for shape in shapes)
    return factor * queries, factor * keys, values


def long_logits(queries, keys):
    """Logits in extended precision; the scale is that of Head."""
    return np.longdouble(1 / np.sqrt(WIDTH)) * (
        queries.astype(np.longdouble) @ keys.astype(np.longdouble).T
    )


def reach(queries, keys):
    """|scale| |q|, and max |k|."""
    return np.linalg.norm(queries, axis=1) / np.sqrt(WIDTH), float(
        np.linalg.norm(keys, axis=1).max()
    )


@pytest.mark.parametrize("precision", [DOUBLE, SINGLE], ids=["float64", "float32"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("factor", [0.2, 1.0, 4.0])
@pytest.mark.parametrize(("block", "queries_at_once"), [(14, 1), (35, 2), (10**6, 4)])
def test_merged_values_lie_within_their_radius(
    monkeypatch, precision, causal, factor, block, queries_at_once
):
    monkeypatch.setattr(planning, "BLOCK_ENTRIES", block)
    monkeypatch.setattr(planning, "STATE_ENTRIES", queries_at_once * NORMAL)
    largest = 0.0
    for seed in range(5):
        queries, keys, values = drawn(seed, factor)
        head = Head(queries, Rows(keys), Rows(values), None, causal, precision, merged=True)
        logits = long_logits(queries, keys)
        if causal:
            logits[:, FROZEN:][np.triu_indices(NORMAL, 1)] = -np.inf
        normaliser = np.log(np.exp(logits).sum(axis=1))
        found = merged_values(head, plan(head), normaliser.astype(np.float64))
        weights = np.exp(logits - normaliser[:, None])
        nearest = cluster_by_value(values, NORMAL, causal=causal).nearest
        shares = np.zeros((NORMAL, FROZEN + NORMAL), np.longdouble)
        for i in range(NORMAL):
            np.add.at(shares, (nearest[i], np.arange(FROZEN)), weights[i, :FROZEN])
            shares[np.arange(NORMAL), FROZEN + np.arange(NORMAL)] += weights[i, FROZEN:]
        exact = shares @ values.astype(np.longdouble) / shares.sum(axis=1)[:, None]
        off = np.linalg.norm((found - exact).astype(np.float64), axis=1).max()
        lengths, longest_key = reach(queries, keys)
        terms, longest = FROZEN + NORMAL + 2 * FROZEN, float(np.linalg.norm(values, axis=1).max())
        radii = streaming_radii(
            precision,
            lengths,
            longest_key,
            longest,
            widths=(WIDTH, 2),
            frozen=FROZEN,
            block=FROZEN,
            terms=terms,
        )
        radius = merged_radius(
            precision,
            float(radii.log_weight.max()),
            float(lengths.max()) * longest_key,
            longest,
            tokens=FROZEN + NORMAL,
            width=WIDTH,
            normal=NORMAL,
            terms=terms,
        )
        assert off <= radius
        largest = max(largest, off)
    assert largest > 0.0


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("factor", [1.0, 6.0])
def test_mean_keys_lie_within_their_radius(causal, factor):
    backend, largest = NumpyBackend(), 0.0
    for seed in range(10):
        queries, keys, values = drawn(seed, factor)
        head = Head(queries, Rows(keys), Rows(values), None, causal)
        labels, _ = assigned(
            plan(head),
            nearest_of(head, plan(head), 0, NORMAL),
            keys[:FROZEN],
            values[:FROZEN],
            0,
            FROZEN,
        )
        seen = np.tril(np.ones((NORMAL, NORMAL), bool)) | (not causal)
        scaled = queries * head.factor
        own = np.where(seen, scaled @ keys[FROZEN:].T, -np.inf).T
        means = GroupMeans(backend, (NORMAL, NORMAL if causal else WIDTH), causal=causal)
        for rows in (slice(0, 7), slice(7, FROZEN)):
            means.add(keys[rows], keys[rows] @ scaled.T, labels[rows])
        by_query = labels.T if causal else np.broadcast_to(labels, (NORMAL, FROZEN))
        logits = long_logits(queries, keys)
        size, mean = np.zeros((NORMAL, NORMAL)), np.zeros((NORMAL, NORMAL), np.longdouble)
        for i in range(NORMAL):
            np.add.at(size[i], by_query[i], 1.0)
            np.add.at(mean[i], by_query[i], logits[i, :FROZEN])
        size, mean = size + seen, mean + np.where(seen, logits[:, FROZEN:], 0.0)
        count = np.maximum(size, 1)
        wanted = np.where(size > 0, mean / count + np.log(count.astype(np.longdouble)), -np.inf)
        found = means.logits(keys[FROZEN:], own, scaled, size.T).T
        of_values = values[FROZEN:].astype(np.longdouble)
        weights = np.exp(wanted - wanted.max(axis=1, keepdims=True))
        exact = weights / weights.sum(axis=1, keepdims=True) @ of_values
        off = np.linalg.norm(
            (softmax_mean(found, values[FROZEN:]) - exact).astype(np.float64), axis=1
        )
        lengths, longest_key = reach(queries, keys)
        longest = float(np.linalg.norm(values, axis=1).max())
        radii = streaming_radii(
            DOUBLE,
            lengths,
            longest_key,
            longest,
            widths=(WIDTH, 2),
            frozen=FROZEN,
            block=FROZEN,
            terms=FROZEN + NORMAL + 4,
        )
        radius = mean_key_radius(
            Radii(radii.logit, radii.log_weight, radii.update, radii.distance),
            lengths * longest_key,
            longest,
            normal=NORMAL,
            width=WIDTH,
            terms=FROZEN + NORMAL + 4,
            causal=causal,
        )
        assert (off <= radius).all()
        largest = max(largest, off.max())
    assert largest > 0.0


def test_the_farthest_value_is_found_where_float32_sees_no_difference():
    """All frozen values are as long, and nearly as far from the one of two normal ones."""
    normal = np.array([[-1.0, 0.0], [1.0, 0.0]])
    angles = 1.0 + 1e-10 * np.random.default_rng(0).permutation(400)
    values = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    nearest = NearestValue(NumpyBackend(), normal, causal=False, first=0, stop=2)
    for start in range(0, 400, 100):
        nearest.assign(None, values[start : start + 100])
    farthest = np.linalg.norm(values - normal[0], axis=1).max()
    assert nearest.spread == pytest.approx(farthest, rel=1e-15)


def test_logits_too_large_for_float32_decide_nothing():
    queries, keys, values = drawn(0)
    result = measure(as_tensors(1e5 * queries, 1e5 * keys, values), accumulate="float32")
    for name in ("shared", "shared_largest"):
        assert np.isfinite(result.errors[name]).all()
        assert not result.comparisons[name].any()


def test_a_normaliser_that_is_off_makes_no_weight_overflow():
    queries, keys, values = drawn(0)
    head = Head(queries, Rows(keys), Rows(values), None, False, SINGLE, merged=True)
    assert np.isfinite(merged_values(head, plan(head), np.full(NORMAL, -1000.0))).all()
