"""What is drawn directly has the law of what is drawn the long way, from queries and keys."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import ks_2samp

from checks.sweep.distances import diameters
from checks.sweep.draws import GRID, draw
from tests.checks.sweep.points import point

DRAWS = 4000
UNLIKELY = 1e-3
IMPOSSIBLE = 1e-6


def long_way(where, rng, draws):
    """Logits (m + p, draws) from a query and keys of width d, group after group."""
    rows = []
    for _ in range(draws):
        query = rng.normal(size=where.d)
        keys = rng.normal(size=(where.m + where.p, where.d))
        if where.correlation:
            first = 0
            for size, count in where.blocks:
                shared = rng.normal(size=(count, where.d))
                block = keys[first : first + size * count].reshape(size, count, where.d)
                block *= np.sqrt(1 - where.correlation)
                block += np.sqrt(where.correlation) * shared
                first += size * count
        if where.model == "sphere":
            query /= np.linalg.norm(query)
            keys /= np.linalg.norm(keys, axis=1, keepdims=True)
        factor = where.scale
        if where.model not in ("sphere", "unscaled"):
            factor /= np.sqrt(where.d)
        rows.append(factor * (keys @ query))
    return np.array(rows).T


def features(where, logits):
    """Numbers of each draw that depend on one, two and all of its logits."""
    size, count = where.blocks[0]
    group = logits[: size * count].reshape(size, count, -1)[:, 0]
    total = np.exp(logits - logits.max(axis=0)).sum(axis=0)
    return {
        "a logit": logits[0],
        "a product": logits[0] * logits[-1],
        "a product within a group": group[0] * group[1],
        "the largest": logits.max(axis=0),
        "the largest mass": 1 / total,
        "squares": (logits**2).sum(axis=0),
        "the range of a group": np.ptp(group, axis=0),
    }


LAWS = [
    point(d=1),
    point(d=3),
    point(d=64, scale=2.0),
    point("unscaled", d=7),
    point("sphere", d=2, scale=3.0),
    point("sphere", d=3),
    point("sphere", d=40, scale=6.0),
    point("correlated", d=6),
    point("correlated", d=50, correlation=0.9),
]


@pytest.mark.parametrize("where", LAWS, ids=lambda where: f"{where.model}, d={where.d}")
def test_logits_drawn_directly_have_the_law_of_the_long_way(where):
    short = draw(where, np.random.default_rng(1), DRAWS).logits
    long = long_way(where, np.random.default_rng(2), DRAWS)
    expected = features(where, long)
    for name, feature in features(where, short).items():
        assert ks_2samp(feature, expected[name]).pvalue > UNLIKELY, name


@pytest.mark.parametrize(
    ("where", "other"),
    [
        (point(d=3), point(d=4)),
        (point("unscaled", d=7), point("unscaled", d=6)),
        (point("sphere", d=3), point("sphere", d=4)),
        (point("correlated", d=6), point("correlated", d=6, correlation=0.6)),
    ],
)
def test_the_comparison_would_notice_a_wrong_law(where, other):
    short = features(where, draw(other, np.random.default_rng(1), DRAWS).logits)
    long = features(where, long_way(where, np.random.default_rng(2), DRAWS))
    assert min(ks_2samp(short[name], long[name]).pvalue for name in long) < IMPOSSIBLE


def test_on_the_sphere_of_one_dimension_cosines_are_signs():
    logits = draw(point("sphere", d=1), np.random.default_rng(0), 500).logits
    assert set(np.unique(logits)) == {-1.0, 1.0}
    assert abs(logits.mean()) < 0.1


@pytest.mark.parametrize("margin", [0.0, 0.3, 7.0])
def test_every_group_has_the_planted_margin_and_is_otherwise_as_drawn(margin):
    where = point("planted", margin=margin, m=7)
    planted = draw(where, np.random.default_rng(0), 100).logits
    plain = draw(point(m=7), np.random.default_rng(0), 100).logits
    row = 0
    for size, count in where.blocks:
        block = planted[row : row + size * count].reshape(size, count, -1)
        before = plain[row : row + size * count].reshape(size, count, -1)
        row += size * count
        if size > 1:
            ordered, unmoved = np.sort(block, axis=0), np.sort(before, axis=0)
            np.testing.assert_allclose(ordered[-1] - ordered[-2], margin, atol=1e-13)
            np.testing.assert_array_equal(ordered[:-1], unmoved[:-1])
            np.testing.assert_array_equal(
                block.argmax(axis=0)[ordered[-1] > ordered[-2]],
                before.argmax(axis=0)[ordered[-1] > ordered[-2]],
            )


@pytest.mark.parametrize(("margin", "scale"), [(0.0, 1.0), (0.1, 1.0), (3.0, 1e6), (300.0, 1e-6)])
def test_in_pairs_every_winner_leads_by_the_very_same_number(margin, scale):
    where = point("planted", n=2, m=4, margin=margin, scale=scale)
    pairs = draw(where, np.random.default_rng(0), 100).logits.reshape(2, 4, 100)
    plain = draw(point(n=2, m=4, scale=scale), np.random.default_rng(0), 100).logits
    leads = {abs(Fraction(one) - Fraction(two)) for one, two in pairs.reshape(2, -1).T.tolist()}
    assert len(leads) == 1
    last_bit = np.spacing(np.abs(pairs).max())
    assert float(leads.pop()) == pytest.approx(margin, rel=0, abs=4 * last_bit)
    plain = plain.reshape(2, 4, 100)
    np.testing.assert_allclose(pairs.min(axis=0), plain.min(axis=0), rtol=0, atol=4 * last_bit)
    if margin:
        np.testing.assert_array_equal(pairs.argmax(axis=0), plain.argmax(axis=0))


def test_residuals_stay_below_delta_diameters_and_point_everywhere():
    where = point("clustered", delta=0.2, m=8)
    drawn = draw(where, np.random.default_rng(0), 2000)
    lengths = np.linalg.norm(drawn.residuals, axis=0) / diameters(drawn.values)
    assert lengths.max() <= 0.2 * (1 + 1e-9)
    assert lengths.mean() == pytest.approx(0.1, rel=0.02)
    assert np.abs(drawn.residuals.mean(axis=(1, 2))).max() < 0.01


def test_values_and_residuals_are_exact_multiples_of_the_grid():
    drawn = draw(point("clustered"), np.random.default_rng(0), 200)
    for numbers in (drawn.values, drawn.residuals):
        steps = numbers / GRID
        np.testing.assert_array_equal(steps, np.rint(steps))
    assert (
        ks_2samp(drawn.values.ravel(), np.random.default_rng(1).normal(size=4000)).pvalue > UNLIKELY
    )
