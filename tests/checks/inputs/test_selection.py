"""Frozen and normal tokens by index, slice and mask."""

import numpy as np
import pytest

from checks.inputs.selection import select
from checks.measure import measure
from checks.tensors import UnusableInput, as_tensors, read_tensors

RNG = np.random.default_rng(0)
Q, K, V = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 3)), RNG.normal(size=(7, 2))


def order(selection, tokens=7):
    return np.arange(tokens)[slice(None) if selection.tokens is None else selection.tokens].tolist()


@pytest.mark.parametrize(
    "frozen",
    ["1,4:6", slice(4, 6), [1, 4, 5], np.array([False, True, False, False, True, True, False])],
    ids=["text", "slice", "indices", "mask"],
)
def test_the_rest_are_normal(frozen):
    if isinstance(frozen, slice):
        assert order(select(frozen, None, tokens=7, queries=5)) == [4, 5, 0, 1, 2, 3, 6]
        return
    selection = select(frozen, None, tokens=7, queries=4)
    assert order(selection) == [1, 4, 5, 0, 2, 3, 6]
    assert selection.normal == 4 and not selection.in_sequence
    assert order(select(None, frozen, tokens=7, queries=3)) == [0, 2, 3, 6, 1, 4, 5]


def test_tokens_in_neither_set_are_left_out():
    selection = select("0:2", "-2:", tokens=7, queries=2)
    assert order(selection) == [0, 1, 5, 6] and selection.in_sequence


def test_the_usual_order_needs_no_index():
    for frozen, normal in ((None, None), ("0:5", None), (None, "5:"), (range(5), [5, 6])):
        selection = select(frozen, normal, tokens=7, queries=2)
        assert selection.tokens is None and selection.in_sequence


def test_queries_may_have_a_row_for_each_token_or_for_each_normal_one():
    frozen = [5, 0]
    normal = [1, 2, 3, 4, 6]
    plain = measure(as_tensors(Q[normal], K[[5, 0, *normal]], V[[5, 0, *normal]]))
    for queries in (Q, Q[normal]):
        found = measure(as_tensors(queries, K, V, frozen=frozen))
        for name, error in plain.errors.items():
            np.testing.assert_array_equal(found.errors[name], error)


@pytest.mark.parametrize("kept_above", [0, 2**23], ids=["large", "small"])
def test_a_file_may_hold_the_mask_and_heads_come_with_it(tmp_path, monkeypatch, kept_above):
    monkeypatch.setattr("checks.inputs.entries.KEPT_ABOVE", kept_above)
    mask = np.array([1, 0, 1, 0, 0, 0, 0], dtype=bool)
    path = tmp_path / "x.npz"
    stacked = [np.stack([each, -each]) for each in (Q, K, V)]
    np.savez(path, **dict(zip("QKV", stacked, strict=True)), context=mask)
    tensors = read_tensors(path, frozen="context")
    np.testing.assert_array_equal(tensors.keys[1], -K[[0, 2, 1, 3, 4, 5, 6]])
    np.testing.assert_array_equal(tensors.queries[0], Q[~mask])


@pytest.mark.parametrize(
    ("frozen", "normal", "message"),
    [
        ("0:9,x", None, "'x' names no frozen tokens; write indices and slices"),
        ("", None, "'' names no frozen tokens"),
        ("1:2:3:4", None, "names no frozen tokens"),
        ("0:4:0", None, "names no frozen tokens"),
        ([7], None, "frozen token 7 does not exist; there are 7 tokens, counted from 0"),
        (None, [-8], "normal token -8 does not exist"),
        ([1, 1], None, "frozen token 1 is given twice"),
        ([1], [1, 2], "token 1 is given as frozen and as normal"),
        (slice(0, 7), None, "all 7 tokens are frozen: there is no normal token"),
        ([True] * 6, None, r"the mask of frozen tokens has shape \(6,\), not \(7,\)"),
        ([0.5], None, "neither indices nor a mask"),
        ([[1]], None, "neither indices nor a mask"),
    ],
)
def test_what_names_no_tokens(frozen, normal, message):
    with pytest.raises(UnusableInput, match=message):
        as_tensors(Q, K, V, frozen=frozen, normal=normal)


def test_rows_of_queries_that_fit_neither_set():
    with pytest.raises(UnusableInput, match=r"Q \(4, 3\) has 4 rows for 5 normal tokens of 7"):
        as_tensors(Q[:4], K, V, frozen=[0, 1])


def test_a_causal_mask_needs_the_frozen_tokens_first():
    with pytest.raises(UnusableInput, match="a causal mask needs every frozen token before"):
        measure(as_tensors(Q, K, V, frozen=[3]), causal=True)
    measure(as_tensors(Q, K, V, frozen=[0, 1]), causal=True)
