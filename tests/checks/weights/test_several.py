"""One change for all queries: exactness, minimality, the freedom of softmax, the causal mask."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.approximations import softmax_mean
from checks.tensors import UnusableInput
from checks.weights import several
from checks.weights.several import smallest_shared_change

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 4)


def small(rng, *shape):
    return rng.integers(-4, 5, shape) / 4.0


@given(sizes, sizes, sizes, sizes, st.booleans(), seeds)
def test_solvable_iff_nothing_is_left(p, n, d, D, up_to_shift, seed):
    rng = np.random.default_rng(seed)
    queries, entities = small(rng, p, d), small(rng, n, D)
    wanted = small(rng, p, n)
    if rng.random() < 0.5:
        wanted = queries @ small(rng, d, D) @ entities.T
        wanted = wanted + small(rng, p, 1) * up_to_shift
    found = smallest_shared_change(queries, entities, wanted, up_to_shift=up_to_shift)
    assert (found.residual < 1e-9) is found.solvable


@given(sizes, sizes, sizes, sizes, st.booleans(), seeds)
def test_it_is_the_least_squares_solution_of_smallest_norm(p, n, d, D, up_to_shift, seed):
    """Against one dense least-squares problem over all entries of dW and all shifts."""
    rng = np.random.default_rng(seed)
    queries, entities, wanted = small(rng, p, d), small(rng, n, D), small(rng, p, n)
    found = smallest_shared_change(queries, entities, wanted, up_to_shift=up_to_shift)
    columns = np.kron(queries, entities)
    target = wanted.ravel()
    if up_to_shift:
        centre = np.kron(np.eye(p), np.eye(n) - 1.0 / n)
        columns, target = centre @ columns, centre @ target
    best = np.linalg.lstsq(columns, target, rcond=1e-10)[0]
    np.testing.assert_allclose(found.change.ravel(), best, atol=1e-7)
    assert found.residual == pytest.approx(np.linalg.norm(target - columns @ best), abs=1e-8)


@given(seeds)
def test_with_few_queries_any_logits_are_reached(seed):
    """p <= d and n <= D with independent rows: always solvable, so log-sum-exp logits too."""
    rng = np.random.default_rng(seed)
    queries, entities, wanted = (
        rng.normal(size=(3, 4)),
        rng.normal(size=(3, 5)),
        rng.normal(size=(3, 3)),
    )
    for up_to_shift in (False, True):
        found = smallest_shared_change(queries, entities, wanted, up_to_shift=up_to_shift)
        assert found.solvable
        values = rng.normal(size=(3, 2))
        logits = queries @ found.change @ entities.T
        np.testing.assert_allclose(
            softmax_mean(logits, values), softmax_mean(wanted, values), atol=1e-8
        )


@given(seeds)
def test_the_freedom_of_softmax_never_costs(seed):
    rng = np.random.default_rng(seed)
    queries, entities, wanted = (
        rng.normal(size=(5, 2)),
        rng.normal(size=(4, 3)),
        rng.normal(size=(5, 4)),
    )
    free = smallest_shared_change(queries, entities, wanted)
    fixed = smallest_shared_change(queries, entities, wanted, up_to_shift=False)
    assert free.residual <= fixed.residual + 1e-12
    shifted = smallest_shared_change(queries, entities, wanted + rng.normal(size=(5, 1)))
    np.testing.assert_allclose(shifted.change, free.change, atol=1e-9)


@given(st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.booleans(), seeds)
def test_under_a_mask_only_visible_pairs_count(p, d, D, up_to_shift, seed):
    rng = np.random.default_rng(seed)
    queries, entities, wanted = small(rng, p, d), small(rng, p, D), small(rng, p, p)
    seen = np.tril(np.ones((p, p), dtype=bool))
    hidden = np.where(seen, wanted, np.nan)
    found = smallest_shared_change(queries, entities, hidden, visible=seen, up_to_shift=up_to_shift)
    rows, target = [], []
    for i in range(p):
        block = np.kron(queries[i], entities[: i + 1])
        goal = wanted[i, : i + 1]
        if up_to_shift:
            block, goal = block - block.mean(axis=0), goal - goal.mean()
        rows.append(block)
        target.append(goal)
    columns, goal = np.vstack(rows), np.concatenate(target)
    best = np.linalg.lstsq(columns, goal, rcond=1e-10)[0]
    np.testing.assert_allclose(found.change.ravel(), best, atol=1e-6)
    assert found.residual == pytest.approx(np.linalg.norm(goal - columns @ best), abs=1e-8)
    assert np.isnan(found.left[~seen]).all() and not np.isnan(found.left[seen]).any()


def test_a_large_masked_problem_is_solved_iteratively(monkeypatch):
    rng = np.random.default_rng(4)
    queries, entities, wanted = (
        rng.normal(size=(6, 3)),
        rng.normal(size=(6, 4)),
        rng.normal(size=(6, 6)),
    )
    seen = np.tril(np.ones((6, 6), dtype=bool))
    direct = smallest_shared_change(queries, entities, wanted, visible=seen)
    monkeypatch.setattr(several, "DENSE_ENTRIES", 0)
    iterated = smallest_shared_change(queries, entities, wanted, visible=seen)
    np.testing.assert_allclose(iterated.change, direct.change, atol=1e-8)
    assert not np.array_equal(iterated.change, direct.change)


@pytest.mark.parametrize(
    ("wanted", "visible", "says"),
    [
        (np.ones((2, 2)), None, r"should be \(queries, entities\) = \(2, 3\)"),
        (np.full((2, 3), np.nan), None, "not finite at a visible pair"),
        (np.ones((2, 3)), np.array([[True] * 3, [False] * 3]), "at least one token seen"),
    ],
)
def test_what_does_not_fit_is_named(wanted, visible, says):
    with pytest.raises(UnusableInput, match=says):
        smallest_shared_change(np.ones((2, 4)), np.ones((3, 2)), wanted, visible=visible)


@pytest.mark.parametrize("masked", [False, True])
def test_a_large_common_part_of_the_entities_costs_no_digits(masked):
    """Subtracting their mean would leave a direction of pure rounding to be inverted."""
    rng = np.random.default_rng(0)
    seen = np.tril(np.ones((6, 6), dtype=bool)) if masked else None
    for _ in range(50):
        queries, entities = rng.normal(size=(6, 8)), rng.normal(size=(6, 40)) + 100.0
        wanted = rng.normal(size=(6, 6))
        found = smallest_shared_change(queries, entities, wanted, visible=seen)
        assert found.norm < 50 and found.residual < 1e-9


def test_queries_that_see_one_token_each_want_nothing():
    """A single logit is only a shift: no change is needed, with the shift or through the mask."""
    seen = np.eye(3, dtype=bool)
    rng = np.random.default_rng(1)
    queries, entities, wanted = (rng.normal(size=(3, 3)) for _ in range(3))
    found = smallest_shared_change(queries, entities, wanted, visible=seen)
    assert found.norm == 0 and found.residual == 0
    pinned = smallest_shared_change(queries, entities, wanted, visible=seen, up_to_shift=False)
    assert pinned.norm > 0.01 and pinned.residual < 1e-9
