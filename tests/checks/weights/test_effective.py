"""Effective weights of measured heads: by the shipped tensors, and where they do not apply."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from checks.approximations import cluster_by_value, visible_logits
from checks.models.measured import recall_tensors
from checks.reference import exact_update
from checks.shared_merge import shared_merged_values
from checks.tensors import UnusableInput, as_tensors
from checks.weights.effective import effective_weights
from checks.weights.fit import Fit, fit_head
from checks.weights.table import render_weights
from checks.weights.transfer import carried, changed_update


def drawn(seed=0, normal=3, frozen=6, width=4, entity=8, heads=2, causal=False):
    """Random entities shared by the heads, weights of each, and what they give."""
    rng = np.random.default_rng(seed)
    entities = rng.normal(size=(frozen + normal, entity))
    weights = {f"W_{kind}": rng.normal(size=(heads, width, entity)) for kind in "QKV"}
    rows = {kind[-1]: entities @ np.swapaxes(each, -1, -2) for kind, each in weights.items()}
    tensors = as_tensors(
        rows["Q"][:, frozen:], rows["K"], rows["V"], entities=entities, weights=weights
    )
    return tensors, entities


def test_independent_entities_take_every_winner_and_every_logit():
    tensors, entities = drawn()
    found = effective_weights(tensors)
    assert [each.place for each in found] == [(0,), (1,)]
    assert any(each.one_query.moved for each in found)
    for each in found:
        head = each.place[0]
        assert each.one_query.solvable and each.one_query.rank == each.one_query.moved
        assert each.all_queries.solvable and each.relative_residual < 1e-12
        update = exact_update(tensors.queries[head], tensors.keys[head], tensors.values[head])
        own = tensors.values[head][6:]
        diameter = max(np.linalg.norm(a - b) for a in own for b in own)
        alone = changed_update(
            as_tensors(tensors.queries[head], tensors.keys[head], tensors.values[head]),
            entities[6:],
            each.all_queries.change,
        )
        error = np.median(np.linalg.norm(update - alone, axis=-1)) / diameter
        assert each.errors["winners"] == pytest.approx(error)
        frozen, normal = visible_logits(tensors.queries[head], tensors.keys[head])
        nearest = cluster_by_value(tensors.values[head], 3).nearest
        merged = shared_merged_values(frozen, normal, tensors.values[head], nearest)
        assert each.merged_values.solvable and each.merged_values.residual < 1e-12
        np.testing.assert_allclose(
            entities[6:] @ each.merged_values.change.T, merged - own, atol=1e-12
        )
        assert each.relative_norm == pytest.approx(
            each.all_queries.norm / np.linalg.norm(tensors.projections.weights["K"][head])
        )


def test_groups_without_a_common_winner_are_counted():
    counted = 0
    for seed in range(6):
        tensors, _ = drawn(seed, frozen=5)
        for found in effective_weights(tensors):
            q, k, v = (
                each[found.place] for each in (tensors.queries, tensors.keys, tensors.values)
            )
            owner = [int(np.linalg.norm(v[t] - v[5:], axis=1).argmin()) for t in range(5)]
            groups = [[5 + j, *(t for t in range(5) if owner[t] == j)] for j in set(owner)]
            winners = [{group[int((k[group] @ row).argmax())] for row in q} for group in groups]
            assert found.groups == len(groups)
            assert found.contested == sum(len(each) > 1 for each in winners)
            counted += found.contested
    assert counted > 6
    assert {each.contested for each in effective_weights(tensors, causal=True)} == {None}


def test_rank_is_at_most_the_frozen_winners_on_the_shipped_model():
    tensors = recall_tensors()
    found = effective_weights(tensors, causal=True)
    assert len(found) == 8
    for each in found:
        assert each.one_query.rank <= each.one_query.moved
        assert each.all_queries.solvable is None
        assert 0.0 < each.relative_residual < 1.0
        assert each.one_query.singular_values[0] <= each.one_query.norm * (1 + 1e-12)


def test_nothing_is_said_where_it_does_not_apply(monkeypatch):
    tensors, _ = drawn()
    assert effective_weights(replace(tensors, projections=None)) == ()
    assert effective_weights(drawn(frozen=0)[0]) == ()
    assert effective_weights(tensors, scale=0.0) == ()
    monkeypatch.setattr("checks.weights.effective.MOST_QUERIES", 2)
    assert effective_weights(tensors) == ()


def test_progress_counts_heads():
    steps = []
    effective_weights(drawn()[0], progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 2), (2, 2)]


@pytest.mark.parametrize("causal", [False, True])
def test_table_and_json(causal):
    found = effective_weights(drawn()[0], causal=causal)
    console = Console(file=io.StringIO(), width=80)
    render_weights(found, console)
    text = console.file.getvalue()
    assert max(len(line) for line in text.splitlines()) <= 80 and "…" not in text
    ending = "is not decided, see the residual." if causal else "logits of all queries in 2."
    assert " ".join(text.split()).endswith(ending)
    data = json.loads(json.dumps(found[0].to_json(), allow_nan=False))
    assert data["all_queries"]["solvable"] is (None if causal else True)
    assert data["groups"] >= 1 and (data["contested"] is None) is causal
    assert ("groups whose winner changes, share" in text) is not causal
    assert len(data["one_query"]["singular_values"]) == 3
    render_weights((), console)
    assert console.file.getvalue() == text


def asked_twice():
    """Two questions over one context, projected by the same weights, and the second's entities."""
    rng = np.random.default_rng(5)
    weights = {f"W_{kind}": rng.normal(size=(2, 4, 8)) for kind in "QKV"}
    context, found = rng.normal(size=(6, 8)), []
    for normal in (3, 5):
        rows = np.vstack([context, rng.normal(size=(normal, 8))])
        q, k, v = (rows @ np.swapaxes(weights[f"W_{kind}"], -1, -2) for kind in "QKV")
        found.append((as_tensors(q[:, 6:], k, v, entities=rows, weights=weights), rows[6:]))
    return found


@pytest.mark.parametrize("causal", [False, True])
def test_a_second_question_is_asked_of_the_weights_fitted_to_the_first(causal):
    (first, own), (second, entities) = asked_twice()
    alone = effective_weights(first, causal=causal)
    for each, before in zip(
        effective_weights(first, causal=causal, second=second), alone, strict=True
    ):
        assert each.errors == before.errors and before.second is None
        place = each.place
        head, other = (
            as_tensors(of.queries[place], of.keys[place], of.values[place])
            for of in (first, second)
        )
        values = other.values[6:]
        diameter = max(np.linalg.norm(a - b) for a in values for b in values)
        for fit in Fit:
            fitted = fit_head(head, own, fit, causal=causal)
            expected = carried(
                other, entities, fitted.key_change, fitted.value_change, causal=causal
            )
            assert each.second[fit.name.lower()] == pytest.approx(
                np.median(expected.changed) / diameter
            )
        assert each.to_json()["second"] == each.second
    console = Console(file=io.StringIO(), width=80)
    render_weights(effective_weights(first, second=second), console)
    said = " ".join(console.file.getvalue().split())
    assert "second question: weights unchanged" in said
    assert "On the second question W_K' errs less than unchanged weights in 0 of 2 heads" in said


def test_a_second_question_needs_entities_and_the_same_context():
    (first, _), (second, _) = asked_twice()
    assert effective_weights(first, second=replace(second, projections=None)) == ()
    with pytest.raises(UnusableInput, match="same context"):
        effective_weights(first, second=drawn(1)[0])
