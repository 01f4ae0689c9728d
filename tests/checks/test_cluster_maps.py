"""The choice of the map a: by value, by key and value, optimised for the queries, or given."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from checks.approximations import effective_key_update, group_logits, visible_logits
from checks.cluster_maps import MAPS, optimised_map
from checks.measure import measure
from checks.reference import exact_update
from checks.tensors import UnusableInput, as_tensors, read_tensors
from tests.checks.test_measure import ITEMS, MODEL, random_tensors

searching = settings(max_examples=2000, deadline=None, derandomize=True, database=None)


def mean_square(frozen_logits, normal_logits, values, update, labels):
    """The mean of |Delta - Delta*|^2 over the queries of one head, straight from the definition."""
    groups = group_logits(frozen_logits, normal_logits, labels)
    return np.square(effective_key_update(groups, values) - update).sum(axis=-1).mean()


@st.composite
def heads(draw, causal):
    """Logits, values, update and a start map of one small head."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    normal, frozen = draw(st.integers(1, 4)), draw(st.integers(0, 5))
    size = draw(st.sampled_from([0.3, 1.0, 4.0]))
    queries, keys = rng.normal(size=(normal, 3)) * size, rng.normal(size=(normal + frozen, 3))
    values = rng.normal(size=(normal + frozen, 2))
    frozen_logits, normal_logits = visible_logits(queries, keys, causal=causal)
    update = exact_update(queries, keys, values, causal=causal)
    start = rng.integers(0, normal, (normal, frozen))
    start = np.minimum(start, np.arange(normal)[:, None]) if causal else start[:1].repeat(normal, 0)
    return frozen_logits, normal_logits, values[frozen:], update, start


@given(heads(causal=False))
def test_no_move_of_one_token_lowers_the_error_of_an_optimised_map(head):
    *arrays, start = head
    found = optimised_map(*arrays, start)
    assert (found == found[0]).all()
    least = mean_square(*arrays, found)
    assert least <= mean_square(*arrays, start) * (1 + 1e-12) + 1e-24
    for t, j in itertools.product(range(start.shape[1]), range(len(start))):
        moved = found.copy()
        moved[:, t] = j
        # The two sides are computed by different formulas; what rounding leaves is no move.
        assert mean_square(*arrays, moved) >= least * (1 - 1e-9) - 1e-20


@given(heads(causal=True))
def test_under_a_mask_every_query_has_its_own_map_of_tokens_it_sees(head):
    *arrays, start = head
    found = optimised_map(*arrays, start, each=True)
    assert (found <= np.arange(len(found))[:, None]).all()
    for i in range(len(found)):
        one = [each[i : i + 1] for each in (arrays[0], arrays[1])] + [
            arrays[2],
            arrays[3][i : i + 1],
        ]
        least = mean_square(*one, found[i : i + 1])
        for t, j in itertools.product(range(start.shape[1]), range(i + 1)):
            moved = found[i : i + 1].copy()
            moved[:, t] = j
            assert mean_square(*one, moved) >= least * (1 - 1e-9) - 1e-20


def test_some_heads_gain_by_an_optimised_map():
    def gains(head):
        *arrays, start = head
        return mean_square(*arrays, optimised_map(*arrays, start)) < mean_square(*arrays, start)

    assert find(heads(causal=False), gains, settings=searching)


def test_the_work_is_reported():
    told = []
    queries, keys, values = (np.random.default_rng(1).normal(size=(n, 3)) for n in (3, 8, 8))
    logits = visible_logits(queries, keys)
    update = exact_update(queries, keys, values)
    optimised_map(*logits, values[5:], update, np.zeros((3, 5), dtype=np.intp), report=told.append)
    assert 0 < sum(told) <= 1


@pytest.mark.parametrize("prefix", ITEMS)
def test_an_optimised_map_is_certified_and_no_worse_on_the_shipped_model(prefix):
    tensors = read_tensors(MODEL, prefix)
    by_value, best = (measure(tensors, causal=True, cluster_by=by) for by in ("value", "optimised"))
    assert best.all_certified and best.cluster_by == "optimised"
    errors = [result.errors["effective"] for result in (best, by_value)]
    assert (errors[0] <= errors[1] * (1 + 1e-9) + 1e-9).all()
    assert np.square(errors[0]).mean() < np.square(errors[1]).mean()


@pytest.mark.parametrize("causal", [False, True])
def test_a_given_map_is_the_one_measured(causal):
    """Given back the map by value, everything is as without one."""
    tensors = random_tensors(3)
    plain = measure(tensors, causal=causal)
    maps = np.array([whole_map(tensors, head, causal) for head in range(2)])
    again = as_tensors(tensors.queries, tensors.keys, tensors.values, cluster_map=maps)
    result = measure(again, causal=causal)
    assert result.cluster_by == "given" and result.all_certified
    for kind in ("quantities", "errors", "bounds"):
        for name, array in getattr(plain, kind).items():
            np.testing.assert_array_equal(getattr(result, kind)[name], array, err_msg=name)


def whole_map(tensors, head, causal):
    """The nearest visible value of each frozen token, by loops."""
    values = tensors.values[head]
    normal = values[tensors.frozen :]
    return [
        [
            int(np.argmin(np.linalg.norm(normal[: i + 1 if causal else None] - value, axis=1)))
            for value in values[: tensors.frozen]
        ]
        for i in range(tensors.normal)
    ]


def test_one_map_may_serve_all_heads_and_queries():
    tensors = random_tensors(4)
    one = np.array([3, 0, 0, 1, 2, 3])
    arrays = (tensors.queries, tensors.keys, tensors.values)
    results = [
        measure(as_tensors(*arrays, cluster_map=given))
        for given in (one, np.tile(one, (2, 1)), np.tile(one, (2, 4, 1)), one.tolist())
    ]
    residual = np.linalg.norm(tensors.values[:, :6] - tensors.values[:, 6:][:, one], axis=-1)
    for result in results:
        assert result.all_certified
        np.testing.assert_allclose(result.quantities["delta"][:, 0], residual.max(axis=1))
        np.testing.assert_array_equal(result.errors["effective"], results[0].errors["effective"])


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([0, 1, 2, 4, 0, 0], r"sends frozen token 3 to normal token 4 .*; there are 4 normal"),
        ([0, 1, 2, -1, 0, 0], r"sends frozen token 3 to normal token -1 \(at index \(3,\)\)"),
        ([0, 1, 2], r"the map has shape \(3,\), not \(6,\) or \(2, 6\) or \(2, 4, 6\)"),
        ([0.0] * 6, "entries of type float64; give integers"),
        ([True] * 6, "entries of type bool; give integers"),
    ],
)
def test_maps_that_cannot_be_used(bad, said):
    tensors = random_tensors(0)
    with pytest.raises(UnusableInput, match=said):
        as_tensors(tensors.queries, tensors.keys, tensors.values, cluster_map=bad)


def test_a_map_to_tokens_behind_the_mask_is_refused():
    tensors = random_tensors(0)
    given = as_tensors(
        tensors.queries, tensors.keys, tensors.values, cluster_map=[0, 0, 2, 0, 0, 0]
    )
    measure(given)
    said = (
        "sends frozen token 2 to normal token 2, which query 0 does not see under the causal mask"
    )
    with pytest.raises(UnusableInput, match=said):
        measure(given, causal=True)


def test_unknown_maps():
    for by in ("key", "given"):
        with pytest.raises(UnusableInput, match="say value or key-value or optimised, or give one"):
            measure(random_tensors(), cluster_by=by)
    assert "given" in MAPS


def test_a_map_of_no_tokens():
    tensors = random_tensors(0, frozen=0)
    arrays = (tensors.queries, tensors.keys, tensors.values)
    assert measure(as_tensors(*arrays, cluster_map=[])).all_certified
    assert measure(as_tensors(*arrays), cluster_by="optimised").all_certified


def medians(tensors, causal):
    """The columns of the document's table: three maps, then what needs no map."""
    by = ("value", "key-value", "optimised")
    results = [measure(tensors, causal=causal, cluster_by=each) for each in by]
    plain = results[0]
    diameter = plain.quantities["diameter"]

    def median(values):
        return float(np.median(values[diameter > 0] / diameter[diameter > 0]))

    others = [plain.errors["drop"], plain.errors["constant"], plain.hull["lower"]]
    return [median(each.errors["effective"]) for each in results] + list(map(median, others))


@pytest.mark.parametrize(
    ("row", "file", "prefix"),
    [(f"item {item}", "minilm.npz", f"i{item:02d}_") for item in range(7)]
    + [(f"small causal model, layer {n}", "recall_model.npz", f"e0_l{n}_") for n in range(2)],
)
def test_the_documents_table_of_maps(row, file, prefix):
    text = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")
    start = text.index("| | by value |")
    line = next(each for each in text[start:].splitlines() if each.startswith(f"| {row} |"))
    told = [cell.strip() for cell in line.split("|")[2:-1]]
    found = medians(read_tensors(MODEL.with_name(file), prefix), causal=file != "minilm.npz")
    assert told == [f"{number:.3f}".removeprefix("0") for number in found]
