"""Lengths over the diameter, and without one where there is none."""

from dataclasses import replace

import numpy as np

from checks.lengths import PLAIN, SHARE, unit_of
from tests.checks.report.samples import measured


def test_queries_without_a_diameter_are_left_out():
    result = measured((2, 3), causal=True)  # the first query sees one normal token
    unit = unit_of(result)
    assert unit.label == SHARE
    diameter = result.quantities["diameter"]
    drop = result.errors["drop"]
    np.testing.assert_array_equal(unit.of(drop), drop[diameter > 0] / diameter[diameter > 0])
    assert np.isnan(unit.shaped(drop)[..., 0]).all()
    assert np.isfinite(unit.shaped(drop)[..., 1:]).all()


def test_without_any_diameter_lengths_stay_what_they_are():
    result = measured((2,), normal=1)
    unit = unit_of(result)
    assert unit.label == PLAIN and unit.kept.all()
    np.testing.assert_array_equal(unit.of(result.errors["drop"]), result.errors["drop"].ravel())


def test_a_tiny_diameter_may_overflow_in_silence():
    result = measured()
    tiny = {**result.quantities, "diameter": np.full((3,), 5e-324)}
    assert np.isinf(unit_of(replace(result, quantities=tiny)).of(np.ones(3))).all()
