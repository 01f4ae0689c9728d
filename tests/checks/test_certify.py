"""Ball arithmetic against the definitions, and the decisions made with it."""

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given

from checks import balls as balls_module
from checks.approximations import cluster_by_value, group_logits, visible_logits
from checks.balls import EnclosureMismatch, ExactQuery, norm, query_balls, round_up
from checks.bounds import ERROR_OF_BOUND
from checks.certify import Certificate, certify_query
from checks.measure import measure
from checks.reference import exact_update
from checks.rounding import error_radius, rounding_radii
from checks.tensors import as_tensors
from tests.checks.instances import from_groups, queries
from tests.checks.slow_reference import distance, slow_query


@given(queries())
def test_balls_enclose_the_definitions(query):
    slow = slow_query([1.0], query.keys.tolist(), query.values.tolist(), len(query.nearest), 1.0)
    ball = query_balls(query, 128)
    assert abs(float(ball.alpha.mid()) - slow.alpha) < 1e-12
    assert distance([float(x.mid()) for x in ball.update], slow.update) < 1e-12
    dropped = distance(slow.update, slow.drop)
    assert abs(float(ball.errors["drop"].mid()) - dropped) < 1e-12
    assert abs(float(ball.bounds["drop"].mid()) - slow.alpha * slow.spread) < 1e-12


@pytest.mark.parametrize("seed", range(6))
def test_float64_stays_within_the_rounding_analysis(seed):
    rng = np.random.default_rng(seed)
    causal = bool(seed % 2)
    size = 10.0 ** (seed - 2)
    tensors = as_tensors(
        rng.normal(size=(3, 4)) * size, rng.normal(size=(8, 4)), rng.normal(size=(8, 3)) + size
    )
    radii = rounding_radii(tensors, scale=None, causal=causal)
    update = exact_update(tensors.queries, tensors.keys, tensors.values, causal=causal)
    result = measure(tensors, causal=causal)
    clusters = cluster_by_value(tensors.values, 3, causal=causal)
    assert radii.update.max() < 1e-7 * np.abs(tensors.values).max()
    for i in range(3):
        tokens = 5 + i + 1 if causal else 8
        ball = query_balls(
            ExactQuery(
                tensors.queries[i],
                tensors.keys[:tokens],
                tensors.values[:tokens],
                clusters.nearest[i].tolist(),
            ),
            256,
        )
        off = norm([x - arb(float(y)) for x, y in zip(ball.update, update[i], strict=True)])
        assert off <= arb(float(radii.update[i]))
        for bound, error in ERROR_OF_BOUND.items():
            computed = result.errors[error]
            radius = arb(float(error_radius(radii, computed)[i]))
            assert abs(ball.errors[error] - arb(float(computed[i]))) <= radius
            printed = arb(float(result.bounds[bound][i]))
            assert not ball.bounds[bound] > printed
            assert printed <= ball.bounds[bound] * (1 + arb(1e-5)) + arb(1e-5)


def test_a_tie_is_a_margin_of_zero_and_single_tokens_have_none():
    exact = from_groups([[1.0, 1.0, 1.0], [0.0]], [[0.0], [1.0]])
    ball = query_balls(exact, 128)
    with ctx.workprec(128):
        expected = (arb(3).sqrt() - 1) / (arb(3).sqrt() + 1)
    assert ball.bounds["margin"].overlaps(expected)
    alone = query_balls(from_groups([[1.0], [0.0]], [[0.0], [1.0]]), 128)
    assert all(bound.is_zero() for bound in alone.bounds.values())
    assert all(error.is_zero() for error in alone.errors.values())


EQUALITIES = {
    "one frozen, one normal token": from_groups([[0.3, 0.7]], [[1.0]], [[0.1]]),
    "the same, tied, so that all is rational": from_groups([[0.0, 0.0]], [[1.0]], [[0.0]]),
    "no frozen token": from_groups([[0.3], [0.1]], [[1.0], [2.0]]),
    "no residual": from_groups([[0.3, 0.2], [0.1]], [[1.0], [2.0]]),
    "equal residuals": from_groups([[0.3, 0.2, 0.9]], [[1.0]], [[0.7], [0.7]]),
    "all values equal": from_groups([[0.3, 0.1], [0.1]], [[0.7], [0.7]]),
    "equal gaps": from_groups([[0.5, 0.25], [1.5, 1.25]], [[0.7], [0.1]]),
    "joint bound attained": from_groups([[0.0, 0.0], [0.5]], [[0.0], [1.0]]),
    "logits of ten thousand": from_groups([[1e4, 1e4, -1e4], [1e4, -1e4]], [[0.0], [1.0]]),
    "logits of 1e40": from_groups([[1e40, -1e40], [0.0, 1.0]], [[0.0], [1.0]]),
}


@pytest.mark.parametrize("name", EQUALITIES)
def test_equality_and_extreme_logits_are_decided(name):
    decided = certify_query(EQUALITIES[name])
    assert decided.certificate is Certificate.BALLS
    for bound, error in ERROR_OF_BOUND.items():
        assert np.isfinite(decided.bounds[bound])
        assert decided.errors[error] <= decided.bounds[bound]


def test_bounds_that_are_zero_are_printed_as_zero():
    assert set(certify_query(EQUALITIES["no frozen token"]).bounds.values()) == {0.0}
    assert certify_query(EQUALITIES["no residual"]).bounds["grouped"] == 0.0
    assert certify_query(EQUALITIES["equal gaps"]).bounds["effective"] < 1e-30


@pytest.mark.parametrize("bound", list(ERROR_OF_BOUND))
def test_a_bound_that_is_too_small_is_found_out(bound, monkeypatch):
    original = balls_module._bounds

    def reduced(*arguments):
        found = original(*arguments)
        return found | {bound: found[bound] * arb(0.99)}

    monkeypatch.setattr(balls_module, "_bounds", reduced)
    attained = {
        "drop": EQUALITIES["one frozen, one normal token"],
        "grouped": EQUALITIES["equal residuals"],
        "effective": EQUALITIES["equal residuals"],
        "margin": EQUALITIES["equal residuals"],
        "joint": EQUALITIES["joint bound attained"],
    }
    assert certify_query(attained[bound]).certificate is Certificate.VIOLATED


def test_enclosures_that_disagree_are_a_defect(monkeypatch):
    original = balls_module._mean

    def shifted(weights, rows, width=None):
        return [x + 1 if width is not None else x for x in original(weights, rows, width)]

    monkeypatch.setattr(balls_module, "_mean", shifted)
    with pytest.raises(EnclosureMismatch, match="should enclose the same error"):
        query_balls(EQUALITIES["equal residuals"], 128)


def test_rounding_up_is_upwards_and_tight():
    with ctx.workprec(200):
        third, tiny = arb(1) / 3, (arb(-20000)).exp()
        assert arb(round_up(third)) > third > arb(float(np.nextafter(round_up(third), 0)))
        assert round_up(tiny) == 5e-324
    assert round_up(arb(0)) == 0.0
    assert round_up(arb("nan")) == float("inf")


def test_queries_too_close_to_call_in_float64_go_to_balls():
    rng = np.random.default_rng(2)
    result = measure(as_tensors(rng.normal(size=(1, 3)), rng.normal(size=(2, 3)), np.eye(2)))
    assert result.certificates.tolist() == [Certificate.BALLS]
    far = measure(as_tensors(rng.normal(size=(2, 3)), rng.normal(size=(6, 3)), np.eye(6)))
    assert far.certificates.tolist() == [Certificate.ROUNDING] * 2
    groups = group_logits(*visible_logits(np.ones((2, 1)), np.ones((3, 1))), np.zeros((2, 1), int))
    assert groups.margin.min() == 0
