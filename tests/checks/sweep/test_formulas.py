"""The formulas of a sweep against the definitions, draw by draw."""

import numpy as np
import pytest

from checks import bounds
from checks.approximations import Approximation, approximate, grouped
from checks.reference import exact_attention
from checks.sweep.decide import instance_of_draw
from checks.sweep.draws import draw
from checks.sweep.formulas import BOUNDS, ERRORS, measure
from tests.checks.sweep.points import KINDS, point

DRAWS = 12


def measured_and_defined(where, draws=DRAWS, seed=0):
    """What the formulas say and the same from the definitions, one draw at a time."""
    drawn = draw(where, np.random.default_rng(seed), draws)
    instances = [instance_of_draw(drawn, place) for place in range(draws)]
    return measure(drawn), [defined(each) for each in instances]


def defined(instance):
    """Errors, bounds, mass and gaps straight from reference, approximations and bounds."""
    exact = exact_attention(
        instance.query[None], instance.keys, instance.values, scale=instance.scale
    )[0]
    groups = grouped(instance)
    values = instance.normal_values
    distances = np.linalg.norm(values[:, None] - values[None], axis=-1)
    unit = distances.max() if len(values) > 1 else 1.0
    residuals = np.linalg.norm(
        instance.values[: instance.frozen] - values[instance.owners], axis=-1
    )
    weights = np.exp(instance.logits - instance.logits.max())
    weights = (weights / weights.sum())[: instance.frozen]
    alpha, delta = weights.sum(), residuals.max(initial=0.0)
    oscillation = groups.gap.max() - groups.gap.min()
    excess = bounds.excess_group_size(groups.size, groups.margin)
    homes = np.unique(instance.owners)
    spread = distances[homes].max(initial=0.0) + delta
    weighted = bounds.weighted_residual_bound(weights, residuals)
    found = {
        f"{each.value} error": np.linalg.norm(exact - approximate(instance, each)) / unit
        for each in Approximation
    }
    own = distances.max()
    found |= {
        "drop bound": bounds.drop_bound(alpha, spread) / unit,
        "grouped bound": bounds.clustering_bound(alpha, delta) / unit,
        "weighted_residual bound": weighted / unit,
        "effective bound": bounds.effective_key_bound(alpha, delta, oscillation, own) / unit,
        "pair bound": (weighted + bounds.pair_bound(groups.gap, distances)) / unit,
        "margin bound": bounds.margin_bound(alpha, delta, excess, own) / unit,
        "joint bound": bounds.joint_bound(alpha, delta, excess, own) / unit,
        "alpha": alpha,
        "epsilon": groups.gap.max(),
        "oscillation": oscillation,
        "margin": groups.margin.min(),
    }
    return found


@pytest.mark.parametrize("name", KINDS)
def test_every_number_is_what_its_definition_says(name):
    measured, expected = measured_and_defined(KINDS[name])
    named = {f"{each} error": measured.errors[each] for each in ERRORS}
    named |= {f"{each} bound": measured.bounds[each] for each in BOUNDS}
    named |= {"alpha": measured.alpha, **measured.gaps}
    assert ("margin" in named) == (KINDS[name].m > 0)
    for what, found in named.items():
        wanted = [each[what] for each in expected]
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-13, err_msg=what)


@pytest.mark.parametrize("name", KINDS)
def test_errors_are_at_most_their_bounds(name):
    measured, _ = measured_and_defined(KINDS[name], draws=400, seed=1)
    bound = measured.bounds
    slack = 1e-12
    assert (measured.errors["drop"] <= bound["drop"] + slack).all()
    assert (measured.errors["grouped"] <= bound["weighted_residual"] + slack).all()
    assert (bound["weighted_residual"] <= bound["grouped"] + slack).all()
    assert (measured.errors["effective"] <= bound["pair"] + slack).all()
    assert (bound["pair"] <= bound["effective"] + slack).all()
    assert (bound["effective"] <= bound["margin"] + slack).all()
    assert (bound["joint"] <= bound["margin"] + slack).all()


def test_errors_far_below_the_roundoff_of_an_update_keep_their_digits():
    """With a margin of 80 the effective key is off by e^-80, which subtraction would lose."""
    where = point("planted", margin=80.0, m=6)
    measured = measure(draw(where, np.random.default_rng(2), 50))
    assert (measured.errors["effective"] < 1e-33).all()
    assert (measured.errors["effective"] > 0).all()
    assert (measured.errors["effective"] <= measured.bounds["pair"]).all()
    np.testing.assert_allclose(measured.gaps["margin"], 80.0, rtol=1e-14)


def test_what_is_zero_by_its_structure_is_zero():
    measured = measure(draw(point(m=6), np.random.default_rng(0), 20))
    assert (measured.errors["grouped"] == 0).all()
    assert (measured.bounds["grouped"] == 0).all()
    nothing = measure(draw(point("clustered", m=0), np.random.default_rng(0), 20))
    assert all((error == 0).all() for error in nothing.errors.values())
    assert all((bound == 0).all() for bound in nothing.bounds.values())


def test_with_equal_groups_the_count_changes_nothing():
    """A common bias cancels in the softmax (section 2), so log-count keys are effective keys."""
    measured = measure(draw(point(m=12), np.random.default_rng(0), 50))
    np.testing.assert_allclose(measured.errors["log_count"], measured.errors["effective"])
    unequal = measure(draw(point(m=6), np.random.default_rng(0), 50))
    assert not np.allclose(unequal.errors["log_count"], unequal.errors["effective"])
