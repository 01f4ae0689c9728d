"""The vectorised numbers against loops over Python floats, and the edge cases of the setting."""

import itertools

import numpy as np
import pytest

from checks.approximations import (
    cluster_by_value,
    dropped_context,
    effective_key_update,
    frozen_mass,
    group_logits,
    grouped_update,
    visible_logits,
)
from checks.reference import attention_scale, exact_update
from tests.checks.slow_reference import slow_query


def compare_with_loops(queries, keys, values, causal, scale=None):
    """Every vectorised number of every head and query beside that of the loops."""
    normal = queries.shape[-2]
    frozen = keys.shape[-2] - normal
    update = exact_update(queries, keys, values, scale=scale, causal=causal)
    of_frozen, of_normal = visible_logits(queries, keys, scale=scale, causal=causal)
    clusters = cluster_by_value(values, normal, causal=causal)
    groups = group_logits(of_frozen, of_normal, clusters.nearest)
    alpha = frozen_mass(of_frozen, of_normal)
    own = values[..., frozen:, :]
    seen = groups.size > 0
    arrays = {
        "update": update,
        "alpha": alpha,
        "delta": clusters.residual.max(axis=-1, initial=0.0),
        "margin": np.where(seen, groups.margin, np.inf).min(axis=-1),
        "epsilon": groups.gap.max(axis=-1),
        "oscillation": groups.gap.max(axis=-1) - np.where(seen, groups.gap, np.inf).min(axis=-1),
        "diameter": clusters.diameter,
        "drop": dropped_context(of_normal, own),
        "grouped": grouped_update(groups, own),
        "effective": effective_key_update(groups, own),
        "spread": clusters.spread,
    }
    factor = attention_scale(queries.shape[-1], scale)
    for head in np.ndindex(queries.shape[:-2]):
        for i in range(normal):
            tokens = frozen + i + 1 if causal else frozen + normal
            slow = slow_query(
                queries[head][i].tolist(),
                keys[head][:tokens].tolist(),
                values[head][:tokens].tolist(),
                frozen,
                factor,
            )
            for name, array in arrays.items():
                expected = np.asarray(getattr(slow, name))
                np.testing.assert_allclose(
                    array[head][i], expected, rtol=1e-9, atol=1e-12, err_msg=f"{name} {head} {i}"
                )


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("leading", [(), (2,), (2, 3)])
def test_agrees_with_loops(leading, causal):
    rng = np.random.default_rng(len(leading))
    for frozen, normal in itertools.product((0, 1, 5), (1, 2, 4)):
        tokens = frozen + normal
        compare_with_loops(
            rng.normal(size=(*leading, normal, 3)) * 2,
            rng.normal(size=(*leading, tokens, 3)) * 2,
            rng.normal(size=(*leading, tokens, 2)),
            causal,
        )


@pytest.mark.parametrize("causal", [False, True])
def test_agrees_with_loops_where_everything_ties(causal):
    rng = np.random.default_rng(5)
    small = rng.integers(-1, 2, size=(40, 9, 3)).astype(float)
    compare_with_loops(small[:, :4, :2], small[:, :, 1:], small[:, ::-1], causal, scale=1.0)


@pytest.mark.parametrize("causal", [False, True])
def test_logits_of_ten_thousand_do_not_overflow(causal):
    rng = np.random.default_rng(6)
    queries, keys = rng.choice([-100.0, 100.0], (4, 1)), rng.choice([-100.0, 99.0, 100.0], (10, 1))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        compare_with_loops(queries, keys, rng.normal(size=(10, 2)), causal, scale=1.0)


def test_the_winner_attains_the_largest_logit_of_its_group():
    rng = np.random.default_rng(7)
    of_frozen = rng.integers(-2, 3, size=(50, 3, 6)).astype(float)
    of_normal = rng.integers(-2, 3, size=(50, 3, 3)).astype(float)
    nearest = rng.integers(0, 3, size=(50, 3, 6))
    groups = group_logits(of_frozen, of_normal, nearest)
    logits = np.concatenate([of_frozen, of_normal], axis=-1)
    assert (np.take_along_axis(logits, groups.winner, -1) == groups.largest).all()
    home = np.concatenate([nearest, np.broadcast_to(np.arange(3), (50, 3, 3))], axis=-1)
    assert (np.take_along_axis(home, groups.winner, -1) == np.arange(3)).all()


def test_a_causal_query_never_uses_a_later_token():
    rng = np.random.default_rng(8)
    values = rng.normal(size=(9, 2))
    nearest = cluster_by_value(values, 5, causal=True).nearest
    assert (nearest <= np.arange(5)[:, None]).all()
    changed = values.copy()
    changed[-1] = values[0]
    assert (cluster_by_value(changed, 5, causal=True).nearest[:-1] == nearest[:-1]).all()
    assert cluster_by_value(changed, 5, causal=False).nearest[0, 0] == 4
