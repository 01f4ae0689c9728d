"""The smallest change of one weight matrix: exact when solvable, minimal, of bounded rank."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.approximations import cluster_by_value, group_logits, visible_logits
from checks.reference import exact_update
from checks.tensors import UnusableInput, as_tensors
from checks.weights.minimal import smallest_change, winner_key_change
from checks.weights.transfer import changed_update

seeds = st.integers(0, 2**32 - 1)


def small(rng, *shape):
    return rng.integers(-4, 5, shape) / 4.0


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), seeds)
def test_solvable_iff_the_rows_of_the_wanted_change_follow_those_of_the_entities(p, D, d, seed):
    """A vector c with c^T E = 0 and c^T wanted != 0 is the only way not to be solvable."""
    rng = np.random.default_rng(seed)
    entities, wanted = small(rng, p, D), small(rng, p, d)
    entities[-1] = entities[0]
    found = smallest_change(entities, wanted)
    left, sizes, _ = np.linalg.svd(entities)
    kernel = left[:, int((sizes > 1e-9).sum()) :]
    obstructed = bool(np.linalg.norm(kernel.T @ wanted) > 1e-9)
    assert found.solvable is not obstructed
    assert (found.residual < 1e-9) is found.solvable
    np.testing.assert_allclose(found.left, kernel @ kernel.T @ wanted, atol=1e-9)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), seeds)
def test_any_other_solution_is_larger(p, D, d, seed):
    rng = np.random.default_rng(seed)
    entities, wanted = small(rng, p, D), small(rng, p, d)
    found = smallest_change(entities, wanted)
    other = found.change + rng.normal(size=(d, D))
    outside = other - found.change
    row_space = np.linalg.pinv(entities) @ entities
    unseen = outside @ (np.eye(D) - row_space)
    moved = found.change + unseen
    np.testing.assert_allclose(entities @ moved.T, entities @ found.change.T, atol=1e-9)
    assert np.linalg.norm(moved) >= found.norm - 1e-12
    assert np.linalg.norm(wanted - entities @ other.T) >= found.residual - 1e-12


@given(st.integers(1, 5), st.integers(1, 6), seeds)
def test_ranks(p, D, seed):
    rng = np.random.default_rng(seed)
    entities, wanted = small(rng, p, D), small(rng, p, 3)
    wanted[rng.random(p) < 0.5] = 0.0
    found = smallest_change(entities, wanted)
    of_change = np.linalg.matrix_rank(found.change, tol=1e-9)
    assert of_change <= found.rank <= min(found.moved, 3)
    if found.solvable:
        assert of_change == found.rank
        basis = found.column_space()
        np.testing.assert_allclose(basis @ basis.T @ wanted.T, wanted.T, atol=1e-9)


def test_rank_can_fall_short_when_it_is_not_solvable():
    found = smallest_change(np.array([[1.0], [0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert found.rank == 2 and np.linalg.matrix_rank(found.change) == 1 and not found.solvable
    assert found.residual == pytest.approx(1.0) and found.relative_residual == pytest.approx(
        0.5**0.5
    )


@given(seeds)
def test_winner_keys_give_the_effective_key_update(seed):
    """Independent entities: attention with W_K + dW over N alone is Delta*, for its one query."""
    rng = np.random.default_rng(seed)
    p, m, d, D = 3, 6, 4, 5
    tensors = as_tensors(
        rng.normal(size=(p, d)), rng.normal(size=(m + p, d)), rng.normal(size=(m + p, 2))
    )
    entities = rng.normal(size=(p, D))
    logits = visible_logits(tensors.queries, tensors.keys)
    groups = group_logits(*logits, cluster_by_value(tensors.values, p).nearest)
    weights = np.exp(groups.largest - groups.largest.max(axis=1, keepdims=True))
    starred = weights @ tensors.values[m:] / weights.sum(axis=1, keepdims=True)
    for i in range(p):
        found = winner_key_change(entities, tensors.keys, groups.winner[i])
        assert found.solvable
        assert found.moved == int((groups.winner[i] < m).sum()) >= found.rank
        reached = changed_update(tensors, entities, found.change)
        np.testing.assert_allclose(reached[i], starred[i], atol=1e-9)


def test_without_a_frozen_winner_nothing_changes():
    rng = np.random.default_rng(2)
    keys = rng.normal(size=(5, 3))
    found = winner_key_change(rng.normal(size=(2, 4)), keys, np.array([3, 4]))
    assert found.norm == 0 and found.rank == 0 and found.solvable and found.relative_residual == 0
    assert found.column_space().shape == (3, 0)


def test_merged_values_and_log_sum_exp_give_the_exact_update():
    """Values have the same equation: with W_V' and z the update of one query comes out exactly."""
    rng = np.random.default_rng(7)
    p, m, d, D = 3, 8, 4, 6
    queries, keys, values = (
        rng.normal(size=(p, d)),
        rng.normal(size=(m + p, d)),
        rng.normal(size=(m + p, 2)),
    )
    nearest = cluster_by_value(values, p).nearest[0]
    frozen, normal = visible_logits(queries, keys)
    groups = group_logits(frozen, normal, np.tile(nearest, (p, 1)))
    owner = np.r_[nearest, np.arange(p)]
    shares = np.exp(np.hstack([frozen, normal])[0] - groups.log_sum_exp[0][owner])
    merged = np.zeros((p, 2))
    np.add.at(merged, owner, shares[:, None] * values)
    entities = rng.normal(size=(p, D))
    found = smallest_change(entities, merged - values[m:])
    z = groups.log_sum_exp[0]
    weights = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
    reached = weights @ (values[m:] + entities @ found.change.T)
    np.testing.assert_allclose(reached, exact_update(queries, keys, values)[0], atol=1e-12)


@pytest.mark.parametrize(
    ("entities", "wanted", "says"),
    [
        (np.ones((2, 3)), np.ones((3, 3)), "differ in length"),
        (np.ones(3), np.ones((3, 3)), "must be a matrix"),
        (np.array([[np.inf]]), np.ones((1, 1)), r"inf at index \(0, 0\)"),
    ],
)
def test_what_does_not_fit_is_named(entities, wanted, says):
    with pytest.raises(UnusableInput, match=says):
        smallest_change(entities, wanted)


def test_more_winners_than_keys():
    with pytest.raises(UnusableInput, match="3 winners"):
        winner_key_change(np.ones((3, 2)), np.ones((2, 2)), np.array([0, 0, 1]))
