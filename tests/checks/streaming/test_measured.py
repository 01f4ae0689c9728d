"""Measuring in blocks of keys says what measuring with all scores at once says."""

import tracemalloc

import numpy as np
import pytest
from flint import arb

from checks.approximations import cluster_by_value, group_logits, visible_logits
from checks.balls import ExactQuery, query_balls
from checks.bounds import ERROR_OF_BOUND
from checks.certify import Certificate
from checks.inputs.rows import Rows
from checks.measure import measure
from checks.rounding import error_radius
from checks.streaming import Head, measured, plan, stream
from checks.streaming.nearest import NearestValue
from checks.streaming.rounding import DOUBLE, SINGLE
from checks.tensors import UnusableInput, as_tensors
from tests.checks.slow_alternatives import slow_errors

MIB = 2**20


def tensors(seed, kind="plain", normal=5, frozen=40, width=4, value_width=3):
    """Q, K, V; tied values, tied logits, logits too far apart for one reference, one group."""
    rng = np.random.default_rng(seed)
    shapes = [(normal, width), (frozen + normal, width), (frozen + normal, value_width)]
    queries, keys, values = (rng.normal(size=shape) for shape in shapes)
    if kind == "tied values":
        values = np.round(values)
    elif kind == "tied logits":
        queries, keys = np.round(queries), np.round(keys)
    elif kind == "far apart":
        queries = 900.0 * queries
    elif kind == "one group":
        values[frozen + 1 :] += 100.0
    return queries, keys, values


def streamed(arrays, causal=False, precision=DOUBLE, by_key=False):
    """Every query of one head, joined: quantities, errors, bounds, update, radii of the errors."""
    queries, keys, values = arrays
    asked = {"by_key": by_key, "merged": True}
    parts = stream(Head(queries, Rows(keys), Rows(values), None, causal, precision, **asked))
    joined = {
        kind: {
            name: np.concatenate([getattr(part, kind)[name] for part in parts])
            for name in getattr(parts[0], kind)
        }
        for kind in ("quantities", "errors", "bounds")
    }
    radii = {
        name: np.concatenate(
            [
                part.error_radii.get(name, error_radius(part.radii, part.errors[name]))
                for part in parts
            ]
        )
        for name in joined["errors"]
    }
    return joined, np.concatenate([part.update for part in parts]), radii


@pytest.mark.parametrize("kind", ["plain", "tied values", "tied logits", "far apart", "one group"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("cluster_by", ["value", "key-value"])
@pytest.mark.parametrize(("block", "state"), [(1, 1), (35, 10), (10**6, 10**6)])
def test_agrees_with_all_scores_at_once(monkeypatch, kind, causal, cluster_by, block, state):
    monkeypatch.setattr(plan, "BLOCK_ENTRIES", block)
    monkeypatch.setattr(plan, "STATE_ENTRIES", state)
    # The smallest size also keeps neither logits nor the map for the second pass.
    monkeypatch.setattr(measured, "KEPT_LOGITS", state)
    monkeypatch.setattr(plan, "LABEL_BYTES", state)
    for seed, frozen in enumerate((0, 1, 3, 40)):
        arrays = tensors(seed, kind, frozen=frozen)
        found, _, _ = streamed(arrays, causal, by_key=cluster_by == "key-value")
        whole = measure(as_tensors(*arrays), causal=causal, cluster_by=cluster_by)
        assert set(found["quantities"]) == set(whole.quantities)
        assert set(found["errors"]) == set(whole.errors) - {"constant"}
        for each in ("quantities", "errors"):
            for name, value in found[each].items():
                wanted = getattr(whole, each)[name]
                np.testing.assert_allclose(value, wanted, rtol=1e-9, atol=1e-11)
        for name, wanted in whole.bounds.items():
            np.testing.assert_allclose(found["bounds"][name], wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("causal", [False, True])
def test_parts_of_the_keys_merge_into_the_whole(monkeypatch, causal):
    arrays = tensors(3, "tied logits", frozen=41)
    whole, update, _ = streamed(arrays, causal)
    cuts = [range(0, 7), range(7, 8), range(8, 41)]
    monkeypatch.setattr(plan, "_parts", lambda backend, frozen: cuts)
    monkeypatch.setattr(measured, "all_of", lambda run, parts: [run(part) for part in parts])
    found, again, _ = streamed(arrays, causal)
    np.testing.assert_allclose(again, update, rtol=1e-13)
    for kind, arrays_by_name in whole.items():
        for name, wanted in arrays_by_name.items():
            np.testing.assert_allclose(found[kind][name], wanted, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", ["plain", "tied values", "tied logits", "one group"])
def test_effective_keys_are_those_of_all_scores_at_once(monkeypatch, kind, causal):
    queries, keys, values = tensors(5, kind, frozen=41)
    frozen_logits, own = visible_logits(queries, keys, causal=causal)
    nearest = cluster_by_value(values, 5, causal=causal).nearest
    wanted = group_logits(frozen_logits, own, nearest).winner
    for block, cuts in ((35, [range(41)]), (1000, [range(0, 7), range(7, 8), range(8, 41)])):
        monkeypatch.setattr(plan, "BLOCK_ENTRIES", block)
        monkeypatch.setattr(plan, "_parts", lambda backend, frozen, cuts=cuts: cuts)
        monkeypatch.setattr(measured, "all_of", lambda run, parts: [run(part) for part in parts])
        parts = stream(Head(queries, Rows(keys), Rows(values), None, causal, keep_winners=True))
        found = np.concatenate([part.winners for part in parts])
        seen = own > -np.inf
        np.testing.assert_array_equal(found[seen], wanted[seen])


def test_every_group_size_is_reduced_whole():
    """All frozen tokens in one group, so that its pieces are merged one after another."""
    arrays = tensors(0, "one group", normal=2, frozen=1500)
    found, _, _ = streamed(arrays)
    whole = measure(as_tensors(*arrays))
    for name, value in found["quantities"].items():
        np.testing.assert_allclose(value, whole.quantities[name], rtol=1e-11)


@pytest.mark.parametrize("precision", [DOUBLE, SINGLE], ids=["float64", "float32"])
@pytest.mark.parametrize("kind", ["plain", "tied values", "tied logits"])
@pytest.mark.parametrize("causal", [False, True])
def test_exact_errors_lie_within_their_radii_and_bounds_above_the_exact_ones(
    precision, kind, causal
):
    queries, keys, values = arrays = tensors(11, kind, frozen=12)
    found, _, radii = streamed(arrays, causal, precision)
    nearest = cluster_by_value(values, 5, causal=causal).nearest
    for i, query in enumerate(queries):
        seen = 12 + i + 1 if causal else 17
        exact = query_balls(ExactQuery(query, keys[:seen], values[:seen], nearest[i].tolist()), 256)
        for name, error in exact.errors.items():
            assert abs(error - arb(found["errors"][name][i])) <= arb(radii[name][i])
        for name, bound in exact.bounds.items():
            assert bound <= arb(found["bounds"][name][i])


@pytest.mark.parametrize("precision", [DOUBLE, SINGLE], ids=["float64", "float32"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("factor", [0.1, 1.0, 4.0, 15.0])
@pytest.mark.parametrize("block", [35, 10**6])
def test_replacements_lie_within_their_radii_of_loops(
    monkeypatch, precision, causal, factor, block
):
    monkeypatch.setattr(plan, "BLOCK_ENTRIES", block)
    for seed in range(4):
        queries, keys, values = tensors(seed, frozen=9)
        arrays = (factor * queries, factor * keys, values)
        found, _, radii = streamed(arrays, causal, precision)
        nearest = cluster_by_value(values, 5, causal=causal).nearest
        exact = slow_errors(*arrays, nearest, causal)
        for name in ("log_count", "uniform_key", "shared", "shared_largest"):
            off = np.abs(found["errors"][name] - exact[name])
            assert (off <= radii[name] + 1e-18).all(), name
            least = 1e-11 if precision is DOUBLE else 3e-3
            assert (radii[name] < least * max(1.0, factor**2)).all(), name


@pytest.mark.parametrize("causal", [False, True])
def test_a_group_without_weight_keeps_its_value(causal):
    """Its weights vanish in float64 for every query, and its own token's with them."""
    queries, keys, values = np.array([[1.0], [1.0]]), np.array([[0.0]] * 4), np.eye(4)[:, :2]
    keys[[1, 3]] = -1e5
    values[1] = values[3] + [0.0, 0.5]
    found, _, _ = streamed((queries, keys, values), causal)
    whole = measure(as_tensors(queries, keys, values), causal=causal)
    for name in ("shared", "shared_largest"):
        np.testing.assert_allclose(found["errors"][name], whole.errors[name], atol=1e-14)


def test_radii_of_float32_are_not_needlessly_large():
    arrays = tensors(0, frozen=500)
    _, single, radii = streamed(arrays, precision=SINGLE)
    _, double, _ = streamed(arrays)
    off = np.linalg.norm(single - double, axis=1)
    assert (off < radii["drop"]).all() and (off > 0).any()
    assert max(radii["drop"]) < 0.02


def large(seed=0, normal=256, frozen=20_000, width=8):
    """Random float32 tensors that are streamed."""
    rng = np.random.default_rng(seed)
    sizes = [(normal, width), (frozen + normal, width), (frozen + normal, width)]
    return [rng.normal(size=size).astype(np.float32) for size in sizes]


def test_large_heads_are_streamed_within_64_mib():
    """All scores together would take 120 MiB."""
    arrays = large(frozen=60_000)
    given = as_tensors(*arrays)
    result, peak = memory_of(given)
    assert result.streamed and result.all_certified
    assert peak < 64 * MIB


def memory_of(given, causal=False):
    """The measurement and the most bytes that it held."""
    tracemalloc.start()
    try:
        result = measure(given, causal=causal)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return result, peak


@pytest.mark.parametrize(
    ("normal", "frozen", "width", "causal"),
    [
        (256, 20_000, 8, True),
        (1, 600_000, 8, False),
        (16, 200_000, 64, False),
        (1500, 10_000, 8, False),
        (1000, 9000, 8, True),
    ],
    ids=["causal", "one query", "wide", "many queries", "many causal queries"],
)
def test_other_shapes_take_little_memory_too(normal, frozen, width, causal):
    given = as_tensors(*large(normal=normal, frozen=frozen, width=width))
    result, peak = memory_of(given, causal)
    assert result.streamed and peak < 64 * MIB


def test_the_map_is_found_once_for_all_queries(monkeypatch):
    arrays = tensors(0, frozen=40)
    whole, _, _ = streamed(arrays)
    calls = []
    original = NearestValue.assign
    monkeypatch.setattr(
        NearestValue,
        "assign",
        lambda self, *block: calls.append(len(block[1])) or original(self, *block),
    )
    monkeypatch.setattr(plan, "STATE_ENTRIES", 10)
    monkeypatch.setattr("checks.streaming.nearest.DISTANCES_AT_ONCE", 20)
    found, _, _ = streamed(arrays)
    assert sum(calls) == 40
    for name, error in whole["errors"].items():
        np.testing.assert_allclose(found["errors"][name], error, rtol=1e-12)


def test_heads_are_streamed_one_by_one_and_progress_is_told():
    one, other = large(0, frozen=3000), large(1, frozen=3000)
    both = as_tensors(*(np.stack(pair) for pair in zip(one, other, strict=True)))
    steps = []
    result = measure(both, progress=lambda done, total: steps.append((done, total)))
    alone = measure(as_tensors(*other))
    assert (result.leading, result.streamed) == ((2,), True)
    np.testing.assert_array_equal(result.errors["effective"][1], alone.errors["effective"])
    assert steps == sorted(steps) and steps[-1] == (512, 512) and len(steps) > 2


def test_equal_error_and_bound_is_certified_without_balls(monkeypatch):
    """Values that cluster exactly: the exact grouped bound and error are zero."""
    queries, keys, values = large(frozen=3000)
    values[:3000] = values[3000 + np.arange(3000) % 256]
    monkeypatch.setattr("checks.measure.BALLS_UP_TO", 0)
    result = measure(as_tensors(queries, keys, values))
    assert result.all_certified and (result.quantities["delta"] == 0).all()
    assert (result.certificates == Certificate.ROUNDING).all()
    assert (result.bounds["grouped"] < 1e-9).all()
    for name, bound in result.bounds.items():
        assert (result.errors[ERROR_OF_BOUND[name]] <= bound).all()


def test_a_streamed_head_with_few_tokens_is_decided_by_balls(monkeypatch):
    monkeypatch.setattr("checks.tensors.STREAM_ABOVE", 0)
    queries, keys, values = tensors(0, frozen=5)
    values[:5] = values[5:]
    result = measure(as_tensors(queries, keys, values))
    assert result.streamed and result.all_certified
    assert (result.certificates == Certificate.BALLS).any()


def test_a_violated_bound_of_a_large_head_is_noticed(monkeypatch):
    original = measured.upper_bounds
    monkeypatch.setattr(
        measured,
        "upper_bounds",
        lambda *arguments: {name: 0.01 * b for name, b in original(*arguments).items()},
    )
    result = measure(as_tensors(*large(frozen=6000)))
    assert (result.certificates == Certificate.VIOLATED).any() and not result.all_certified


def test_a_stored_update_of_a_large_head_is_compared():
    arrays = large(frozen=3000)
    _, update, _ = streamed([each.astype(np.float64) for each in arrays])
    assert measure(as_tensors(*arrays, update)).update_mismatch < 1e-12
    with pytest.raises(UnusableInput, match=r"not reproduced: .* off by up to"):
        measure(as_tensors(*arrays, 1.1 * update))


def test_float32_products_are_stated_and_certified():
    result = measure(as_tensors(*tensors(0)), accumulate="float32")
    exact = measure(as_tensors(*tensors(0)))
    assert result.all_certified and result.accumulate == "float32" and result.streamed
    for name, bound in exact.bounds.items():
        assert (result.bounds[name] >= bound * (1 - 1e-12)).all()
    assert result.to_json()["accumulate"] == "float32"
    with pytest.raises(UnusableInput, match="accumulation in float16 is unknown"):
        measure(as_tensors(*tensors(0)), accumulate="float16")
    queries, keys, values = tensors(0)
    with pytest.raises(UnusableInput, match=r"reach .*, too large for float32; accumulate in"):
        measure(as_tensors(queries * 1e30, keys * 1e20, values), accumulate="float32")
