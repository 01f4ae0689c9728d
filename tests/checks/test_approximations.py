"""The vectorised numbers against loops over Python floats, and the edge cases of the setting."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.approximations import (
    Approximation,
    approximate,
    cluster_by_value,
    dropped_context,
    effective_key_update,
    effective_logits,
    frozen_mass,
    group_logits,
    grouped,
    grouped_update,
    visible_logits,
)
from checks.extremal import equal_residuals
from checks.instances import Instance, instance, instance_of_logits
from checks.reference import attention_scale, exact_attention, exact_update
from checks.strategies import instances
from tests.checks.slow_reference import average, slow_query


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


# ---- every approximation of one instance, under one interface ------------------------------------


def by_hand(it: Instance, which: Approximation) -> list[float]:
    """The approximation from its definition, in loops over the seen tokens and Python floats."""
    seen, frozen = it.seen.tolist(), it.frozen
    logits, made = it.logits.tolist(), it.logits_made_at.tolist()
    numbers, pairs = [], []
    for j in range(it.normal):
        if not seen[frozen + j]:
            continue
        own = [t for t, owner in enumerate(it.owners) if owner == j and seen[t]]
        group = [frozen + j, *own]
        top = max(made[t] for t in group)
        winner = next(t for t in group if made[t] == top)
        shares = [math.exp(made[t] - top) for t in group]
        total = math.fsum(shares)
        shares = [share / total for share in shares]
        moved = math.fsum(p * (logits[t] - made[t]) for p, t in zip(shares, group, strict=True))
        best = max(logits[t] for t in group)
        value = it.values[frozen + j].tolist()
        if which is Approximation.MERGED_VALUES:
            rows = [it.values[t].tolist() for t in group]
            value = [
                math.fsum(p * row[c] for p, row in zip(shares, rows, strict=True))
                for c in range(len(value))
            ]
        numbers.append(
            {
                "drop": logits[frozen + j],
                "grouped": best + math.log(math.fsum(math.exp(logits[t] - best) for t in group)),
                "effective": logits[winner],
                "log_count": logits[winner] + math.log(len(group)),
                "mean_key": top + math.log(total) + moved,
                "merged_values": top + math.log(total) + moved,
                "uniform_key": math.fsum(logits[t] for t in group) / len(group)
                + math.log(len(group)),
            }[which.value]
        )
        pairs.append(value)
    return average(numbers, pairs)


EVERY = pytest.mark.parametrize("which", list(Approximation), ids=lambda which: which.value)


@EVERY
@given(it=instances(masked=st.booleans(), two_queries=st.booleans()))
def test_every_approximation_agrees_with_its_definition(which, it) -> None:
    np.testing.assert_allclose(approximate(it, which), by_hand(it, which), rtol=1e-11, atol=1e-12)


@EVERY
@given(it=instances(ties=True, two_queries=st.booleans(), largest=10_000.0))
def test_ties_and_logits_of_ten_thousand(which, it) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        computed = approximate(it, which)
    np.testing.assert_allclose(computed, by_hand(it, which), rtol=1e-11, atol=1e-11)


EXACT = [Approximation.GROUPED, Approximation.EFFECTIVE, Approximation.LOG_COUNT]
EXACT += [Approximation.MEAN_KEY, Approximation.UNIFORM_KEY, Approximation.MERGED_VALUES]


@EVERY
@given(it=instances(sizes=st.lists(st.just(1), min_size=1, max_size=4), masked=st.booleans()))
def test_single_tokens_make_everything_exact(which, it) -> None:
    """An infinite margin in every group, and no frozen token that is seen."""
    assert (grouped(it).margin == np.inf).all()
    np.testing.assert_allclose(approximate(it, which), exact(it), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("which", EXACT)
def test_without_exact_clustering_nothing_is_exact_but_merged_values(which) -> None:
    it = instance_of_logits([0.0, 1.0, 0.5], [[1.0], [0.0], [3.0]], [0])
    apart = abs(approximate(it, which) - exact(it)).max()
    assert bool(apart < 1e-15) is (which is Approximation.MERGED_VALUES)


@given(it=instances(masked=st.booleans()))
def test_merged_values_are_exact_at_their_own_query(it) -> None:
    merged = approximate(it, Approximation.MERGED_VALUES)
    np.testing.assert_allclose(merged, exact(it), rtol=1e-11, atol=1e-12)


def test_and_not_at_another_query() -> None:
    it = instance_of_logits([0.0, 1.0, 0.5], [[1.0], [0.0], [3.0]], [0], made_at=[2.0, 0.0, 0.0])
    assert abs(approximate(it, Approximation.MERGED_VALUES) - exact(it)).max() > 0.01


@given(it=instances(residual=0.0, masked=st.booleans()))
def test_the_grouped_update_is_exact_when_values_are_clustered(it) -> None:
    for which in (Approximation.GROUPED, Approximation.MEAN_KEY):
        np.testing.assert_allclose(approximate(it, which), exact(it), rtol=1e-11, atol=1e-12)


@given(it=instances(ties=True, residual=0.0))
def test_the_log_count_is_the_right_bias_when_a_group_ties(it) -> None:
    for which in (Approximation.LOG_COUNT, Approximation.UNIFORM_KEY):
        np.testing.assert_allclose(approximate(it, which), exact(it), rtol=1e-11, atol=1e-12)


def test_without_it_a_tie_is_not_exact() -> None:
    it = instance_of_logits([0.0, 0.0, 0.0], [[1.0], [1.0], [0.0]], [0])
    assert approximate(it, Approximation.EFFECTIVE).tolist() == [0.5]
    np.testing.assert_allclose(approximate(it, Approximation.LOG_COUNT), [2 / 3])


def test_effective_keys_are_those_of_the_query_at_which_they_were_made() -> None:
    """Token 0 wins at the first query, token 1 at the second; its key is kept all the same."""
    values = [[1.0], [1.0], [0.0]]
    it = instance_of_logits([0.0, 2.0, 1.0], values, [0], made_at=[3.0, 2.0, 1.0])
    assert effective_logits(it, Approximation.EFFECTIVE).tolist() == [0.0, 1.0]
    own = instance_of_logits([0.0, 2.0, 1.0], values, [0])
    assert effective_logits(own, Approximation.EFFECTIVE).tolist() == [2.0, 1.0]


def test_both_witnesses_that_neither_dropping_nor_effective_keys_is_better() -> None:
    """Mathematics, section 2, in units of the diameter."""
    first = equal_residuals([[0.0, math.log(3)], [0.0, 0.0, 0.0, 0.0]], residual=0.0)
    second = equal_residuals([[0.0, 10.0], [9.0]], residual=0.0)
    distances = [
        [abs(approximate(it, which) - exact(it)).item() for it in (first, second)]
        for which in (Approximation.DROP, Approximation.EFFECTIVE)
    ]
    np.testing.assert_allclose(distances[0], [0.0, 0.731], atol=1e-3)
    np.testing.assert_allclose(distances[1], [0.25, 9e-6], atol=3e-6)


@EVERY
def test_leading_axes_are_instances(which) -> None:
    rng = np.random.default_rng(9)
    shape, tokens = (3, 2), 7
    query, before = rng.normal(size=(2, *shape, 4))
    keys, values = rng.normal(size=(*shape, tokens, 4)), rng.normal(size=(*shape, tokens, 2))
    owners, mask = rng.integers(3, size=(*shape, 4)), rng.integers(2, size=(*shape, tokens)) > 0
    mask[..., 4:] = True
    whole = instance(query, keys, values, owners, mask=mask, made_at=before)
    computed = approximate(whole, which)
    assert computed.shape == (3, 2, 2)
    for place in np.ndindex(shape):
        one = instance(
            query[place],
            keys[place],
            values[place],
            owners[place],
            mask=mask[place],
            made_at=before[place],
        )
        np.testing.assert_allclose(computed[place], approximate(one, which), rtol=1e-13)


def test_margins_gaps_and_sizes_of_groups_with_masked_tokens() -> None:
    hidden = -np.inf
    it = instance_of_logits([hidden, 1.0, hidden, 2.0, hidden], np.ones((5, 1)), [0, 0, 1])
    groups = grouped(it)
    assert groups.size.tolist() == [2, 0]
    assert groups.margin.tolist() == [1.0, np.inf]
    assert groups.largest.tolist() == [2.0, hidden]
    assert groups.gap.tolist() == [math.log1p(math.exp(-1.0)), 0.0]
    assert effective_logits(it, Approximation.LOG_COUNT).tolist() == [2.0 + math.log(2), hidden]


def exact(it: Instance) -> np.ndarray:
    """The exact update of one instance."""
    query, mask = it.query[None], it.seen[None]
    return exact_attention(query, it.keys, it.seen_values, scale=it.scale, mask=mask)[0]
