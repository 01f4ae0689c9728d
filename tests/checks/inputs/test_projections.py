"""Entities and weights must give the queries, keys and values that came with them."""

import numpy as np
import pytest

from checks.inputs.rows import Rows
from checks.tensors import UnusableInput, as_tensors, read_tensors

RNG = np.random.default_rng(0)
E = RNG.normal(size=(7, 4))
WEIGHTS = {
    name: RNG.normal(size=(width, 4)) if name[0] == "W" else RNG.normal(size=width)
    for name, width in (("W_Q", 4), ("b_Q", 4), ("W_K", 4), ("W_V", 3), ("b_V", 3))
}
Q = E[4:] @ WEIGHTS["W_Q"].T + WEIGHTS["b_Q"]
K = E @ WEIGHTS["W_K"].T
V = E @ WEIGHTS["W_V"].T + WEIGHTS["b_V"]


def checked(**changes):
    return as_tensors(Q, K, V, entities=E, weights=WEIGHTS | changes)


def test_weights_that_give_the_tensors_are_kept():
    found = checked().projections
    assert sorted(found.weights) == ["K", "Q", "V"] and sorted(found.biases) == ["Q", "V"]
    assert max(found.mismatch.values()) < 1e-14
    np.testing.assert_array_equal(found.entities, E)


def test_entities_of_the_normal_tokens_are_enough():
    found = as_tensors(Q, K, V, entities=E[4:], weights=WEIGHTS).projections
    assert found.entities.shape == (3, 4)
    with pytest.raises(UnusableInput, match=r"E \(5, 4\) needs one row for each of the 7 tokens"):
        as_tensors(Q, K, V, entities=E[:5], weights=WEIGHTS)


def test_entities_follow_the_chosen_tokens():
    queries = E @ WEIGHTS["W_Q"].T + WEIGHTS["b_Q"]
    tensors = as_tensors(queries, K, V, frozen=[2, 6], entities=E, weights=WEIGHTS)
    np.testing.assert_array_equal(tensors.projections.entities[:2], E[[2, 6]])


def test_heads_may_share_the_entities():
    weights = {name: np.stack([each, 2 * each]) for name, each in WEIGHTS.items()}
    stacked = [np.stack([each, 2 * each]) for each in (Q, K, V)]
    assert as_tensors(*stacked, entities=E, weights=weights).projections is not None
    with pytest.raises(UnusableInput, match=r"W_Q has the leading axes \(3,\), but the queries"):
        three = {"W_Q": np.stack([WEIGHTS["W_Q"]] * 3)}
        as_tensors(*stacked, entities=E, weights=weights | three)


def test_large_entities_stay_as_they_are_stored(monkeypatch):
    monkeypatch.setattr("checks.inputs.entries.KEPT_ABOVE", 0)
    monkeypatch.setattr("checks.inputs.projections.ENTRIES_AT_ONCE", 8)
    found = checked().projections
    assert isinstance(found.entities, Rows) and max(found.mismatch.values()) < 1e-14
    wrong = K.copy()
    wrong[5] += 1.0
    with pytest.raises(UnusableInput, match=r"W_K .* do not give the keys"):
        as_tensors(Q, wrong, V, entities=E, weights=WEIGHTS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"W_K": WEIGHTS["W_K"] + 0.1},
            r"W_K \(4, 4\) do not give the keys \(7, 4\) from the entities E \(7, 4\): off by up"
            r" to 0\.\d+ of the largest entry; give the entities that enter attention",
        ),
        ({"W_K": WEIGHTS["W_K"].T}, r"off by up to .*; its transpose does\."),
        ({"b_K": np.ones(4)}, r"W_K \(4, 4\) and b_K do not .* it does without the bias"),
        ({"W_V": WEIGHTS["W_V"].T}, r"W_V \(4, 3\) should end in \(3, 4\).* looks transposed"),
        ({"W_V": np.ones((5, 5))}, r"W_V \(5, 5\) should end in \(3, 4\).* store it \(out, in\)"),
        ({"b_V": np.ones(4)}, r"b_V \(4,\) should have 3 entries"),
        ({"W_O": np.ones((4, 4))}, "W_O is no known weight; the names are W_Q"),
        ({"W_Q": WEIGHTS["W_Q"] * np.nan}, "W_Q .* entries that are not finite"),
    ],
)
def test_weights_that_do_not(changes, message):
    with pytest.raises(UnusableInput, match=message):
        checked(**changes)


def test_one_without_the_other():
    with pytest.raises(UnusableInput, match="is given without E"):
        as_tensors(Q, K, V, weights=WEIGHTS)
    with pytest.raises(UnusableInput, match="E is given without W_Q, W_K or W_V"):
        as_tensors(Q, K, V, entities=E)


def test_names_in_a_file(tmp_path):
    path = tmp_path / "x.npz"
    stored = {"i0_Q": Q, "i0_K": K, "i0_V": V, "i0_E_N": E[4:]}
    np.savez(path, **stored, **{f"l1_{n[0]}{n[2]}": each for n, each in WEIGHTS.items()})
    assert read_tensors(path, "i0_").projections is None
    found = read_tensors(path, "i0_", weights="l1_").projections
    assert sorted(found.biases) == ["Q", "V"]
    with pytest.raises(UnusableInput, match=r"x\.npz has no l2_W_Q, l2_W_K or l2_W_V"):
        read_tensors(path, "i0_", weights="l2_")
    np.savez(path, Q=Q, K=K, V=V, **WEIGHTS)
    with pytest.raises(UnusableInput, match=r"has no E, the entities that the weights apply to"):
        read_tensors(path, weights="")
