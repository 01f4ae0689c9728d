"""Measured <= bound in every draw: the rounding analysis, and what it hands to balls."""

import numpy as np
import pytest
from flint import arb, ctx

from checks.decisions import ErrorBound, Verdict
from checks.exact.arithmetic import BallArithmetic
from checks.exact.instances import ExactInstance
from checks.sweep import decide as module
from checks.sweep.cell import measure_chunk
from checks.sweep.decide import (
    ERROR_OF_BOUND,
    decided,
    doubtful,
    instance_of_draw,
    rounding_radii,
    settled_by_structure,
)
from checks.sweep.draws import draw
from checks.sweep.formulas import BOUNDS, measure
from tests.checks.sweep.points import KINDS, point


def drawn(where, draws, seed=0):
    return draw(where, np.random.default_rng(seed), draws)


def exact_numbers(instance, unit_is_one):
    """Errors and bounds of one draw in ball arithmetic, in diameters."""
    ops = BallArithmetic()
    x = ExactInstance(ops, instance)
    unit = arb(1) if unit_is_one else x.diameter.item()
    errors = {
        "drop": x.error(x.dropped),
        "grouped": x.error(x.grouped),
        "effective": x.error(x.effective),
    }
    bounds = {name: module._claim(name).sides(ops, instance)[1] for name in BOUNDS}

    def per_diameter(side):
        return arb(np.asarray(side).item()) / unit

    return (
        {name: per_diameter(each) for name, each in errors.items()},
        {name: per_diameter(each) for name, each in bounds.items()},
    )


@pytest.mark.parametrize("name", KINDS)
def test_float64_numbers_are_within_their_radii_of_the_exact_ones(name):
    where = KINDS[name]
    measured = measure(drawn(where, 6, seed=3))
    error_radii, bound_radii = rounding_radii(measured, where.m + where.p)
    draws = drawn(where, 6, seed=3)
    with ctx.workprec(400):
        for place in range(6):
            exact = exact_numbers(instance_of_draw(draws, place), where.p == 1)
            found = (measured.errors, measured.bounds)
            for numbers, radii, wanted in zip(
                found, (error_radii, bound_radii), exact, strict=True
            ):
                for what, ball in wanted.items():
                    off = abs(arb(float(numbers[what][place])) - ball)
                    # The bound for dropping is looser with residuals, where it may only be above.
                    if what == "drop" and radii is bound_radii and where.delta:
                        off = ball - arb(float(numbers[what][place]))
                    radius = arb(float(radii[what][place]))
                    assert not off > radius, (what, off, radius)


@pytest.mark.parametrize("name", ["half the groups filled", "clustered", "planted", "sphere"])
def test_the_usual_draw_needs_no_balls(name):
    assert doubtful(measure(drawn(KINDS[name], 2000)), KINDS[name]) == {}


@pytest.mark.parametrize("name", ["no frozen token and a residual", "one normal token"])
def test_nothing_is_in_doubt_where_all_updates_agree(name):
    assert doubtful(measure(drawn(KINDS[name], 50)), KINDS[name]) == {}


@pytest.mark.parametrize("margin", [0.0, 0.1, 1.0, 40.0])
def test_a_common_margin_needs_no_balls_and_balls_agree(margin):
    """In pairs with one margin all gaps agree, and error and bound are exactly zero."""
    where = point("planted", n=2, m=4, p=4, margin=margin)
    measured, doubts = measure_chunk(where, seed=0, chunk=0, size=300)
    assert not doubts
    assert (measured.errors["effective"] < 1e-15).all()
    np.testing.assert_allclose(measured.gaps["epsilon"], np.log1p(np.exp(-margin)), rtol=1e-14)
    claims = {name: np.ones(3, dtype=bool) for name in ("effective", "pair")}
    doubts = decided(drawn(where, 3), claims)
    assert [doubt.verdict for doubt in doubts] == [Verdict.ATTAINED] * 6


@pytest.mark.parametrize(
    ("where", "settled"),
    [
        (KINDS["no frozen token and a residual"], set(ERROR_OF_BOUND)),
        (KINDS["one normal token"], set(ERROR_OF_BOUND)),
        (KINDS["one normal token and residuals"], {"effective", "pair", "margin", "joint"}),
        (KINDS["one frozen token and a residual"], {"grouped", "weighted_residual"}),
        (KINDS["clustered"], set()),
        (point("planted", n=2, m=4, margin=0.0, delta=0.1), {"effective", "pair"}),
        (point("planted", n=2, m=4, margin=0.7, delta=0.1), {"effective", "pair"}),
        (point("planted", n=2, m=3, margin=0.7, delta=0.1), set()),
    ],
)
def test_what_the_structure_settles_is_true_of_exact_numbers(where, settled):
    """There error and bound agree, or the error is the part that another claim limits."""
    assert settled_by_structure(where) == settled
    draws = drawn(where, 3, seed=4)
    with ctx.workprec(300):
        for place in range(3):
            errors, bounds = exact_numbers(instance_of_draw(draws, place), where.p == 1)
            for name in settled:
                error = errors[ERROR_OF_BOUND[name]]
                limit = bounds[name]
                if ERROR_OF_BOUND[name] == "effective" and where.delta:
                    assert error.overlaps(errors["grouped"])
                    limit = bounds["weighted_residual"]
                assert not error > limit


def test_a_draw_on_the_bound_is_decided_and_counts_as_holding():
    """Two normal tokens of which one has all the mass: dropping is off by the whole bound."""
    where = point("unscaled", d=40_000, p=2, n=2, m=1)
    claims = {"drop": np.ones(30, dtype=bool)}
    doubts = decided(drawn(where, 30), claims)
    assert [doubt.draw for doubt in doubts] == list(range(30))
    assert all(doubt.verdict.stands for doubt in doubts)
    assert doubtful(measure(drawn(where, 30)), where)


@pytest.mark.parametrize("bound", list(ERROR_OF_BOUND))
def test_a_bound_that_is_too_small_is_violated(bound, monkeypatch):
    """With a thousandth of the bound: the draws are in doubt, and balls find the violation."""
    original = module._claim

    def smaller(name):
        theorem = original(name)

        def sides(ops, x):
            error, limit = theorem.sides_of(ops, x)
            return error, limit * 0.001

        return ErrorBound(theorem.name, theorem.claim, theorem.source, theorem.of_shifts, sides)

    monkeypatch.setattr(module, "_claim", smaller)
    where = KINDS["clustered"]
    measured = measure(drawn(where, 3))
    measured.bounds[bound] *= 0.001
    claims = doubtful(measured, where)
    assert claims[bound].all()
    doubts = decided(drawn(where, 3), {bound: claims[bound]})
    assert [doubt.verdict for doubt in doubts] == [Verdict.VIOLATED] * 3


def test_the_instance_of_a_draw_has_its_tokens_in_their_groups():
    where = point("clustered", m=7)
    draws = drawn(where, 4)
    instance = instance_of_draw(draws, 2)
    assert (instance.frozen, instance.normal) == (7, 4)
    assert np.bincount(instance.owners, minlength=4).tolist() == [3, 3, 1, 0]
    np.testing.assert_array_equal(instance.normal_values, draws.values[:, :, 2].T)
    residuals = instance.values[:7] - instance.normal_values[instance.owners]
    np.testing.assert_array_equal(residuals, draws.residuals[:, :, 2].T)
    assert sorted(instance.logits) == sorted(draws.logits[:, 2])
