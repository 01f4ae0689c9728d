"""The enclosed quantities of an instance and of a shift against float64 and against identities."""

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from checks.approximations import Approximation, approximate, frozen_mass, grouped
from checks.exact.arithmetic import BallArithmetic
from checks.exact.instances import ExactInstance
from checks.exact.rounded import RoundedArithmetic
from checks.exact.shifts import ExactShift, LogitShift
from checks.instances import Instance
from checks.reference import attention_in_balls
from checks.strategies import instances, shifts

BALLS = BallArithmetic()
some = instances(masked=st.booleans(), two_queries=st.booleans())


def floats(balls):
    return np.array([float(ball.mid()) for ball in np.asarray(balls).reshape(-1)])


@given(some)
def test_quantities_agree_with_float64(it: Instance) -> None:
    groups, frozen = grouped(it), it.frozen
    present = groups.size > 0
    with ctx.workprec(256), np.errstate(all="ignore"):
        exact = ExactInstance(BALLS, it)
        pairs = [
            (exact.alpha, frozen_mass(it.logits[:frozen], it.logits[frozen:])),
            (exact.gaps, groups.gap[present]),
            (exact.excesses, ((groups.size - 1) * np.exp(-groups.margin))[present]),
            (exact.oscillation, np.ptp(groups.gap[present])),
            (exact.dropped, approximate(it, Approximation.DROP)),
            (exact.grouped, approximate(it, Approximation.GROUPED)),
            (exact.mean_key, approximate(it, Approximation.MEAN_KEY)),
            (exact.uniform_key, approximate(it, Approximation.UNIFORM_KEY)),
        ]
        if it.made_at is None:
            pairs.append((exact.effective, approximate(it, Approximation.EFFECTIVE)))
        for enclosed, computed in pairs:
            assert all(ball.rad() < arb(2) ** -150 for ball in np.asarray(enclosed).reshape(-1))
            np.testing.assert_allclose(
                floats(enclosed), np.reshape(computed, -1), rtol=1e-11, atol=1e-12
            )


@given(some)
def test_the_update_is_that_of_the_definition(it: Instance) -> None:
    with ctx.workprec(256):
        update = np.asarray(ExactInstance(BALLS, it).update)
        seen = it.seen.tolist()
        balls = attention_in_balls(it.query, it.keys, it.values, scale=it.scale, mask=seen)
        assert all(x.overlaps(y) for x, y in zip(update, balls, strict=True))


@given(some)
def test_float64_with_radii_overlaps_the_balls(it: Instance) -> None:
    with ctx.workprec(512), np.errstate(all="ignore"):
        exact, rounded = ExactInstance(BALLS, it), ExactInstance(RoundedArithmetic(), it)
        for name in ("alpha", "update", "effective", "mean_key", "gaps", "delta", "diameter"):
            near, ball = getattr(rounded, name), np.asarray(getattr(exact, name)).reshape(-1)
            middle, radius = near.middle.reshape(-1), near.radius.reshape(-1)
            for m, r, b in zip(middle, radius, ball, strict=True):
                assert not np.isfinite(r) or abs(arb(float(m)) - b).lower() <= arb(float(r))


@given(instances(residual=1.25, width=st.integers(1, 5)))
def test_delta_is_the_residual_that_was_asked_for(it: Instance) -> None:
    with ctx.workprec(256):
        delta = np.asarray(ExactInstance(BALLS, it).delta).item()
        assert delta.overlaps(arb(1.25)) if it.frozen else delta.is_zero()


@given(shifts())
def test_exact_forms_of_the_difference(shift: LogitShift) -> None:
    """Mathematics, section 2: Delta* - Delta^G = Cov_w(pi, v) / E_w pi with pi = e^-epsilon."""
    with ctx.workprec(256):
        exact = ExactShift(BALLS, shift)
        tilt = BALLS.exp(-exact.gaps)
        mean = BALLS.total(exact.weights * tilt)
        covariance = BALLS.total(exact.weights * (tilt - mean) * exact.values.T)
        for left, right in zip(exact.difference, covariance / mean, strict=True):
            assert left.overlaps(right) and left.rad() < arb(2) ** -150


@pytest.mark.parametrize("top", [0.0, 1e4, -1e4])
def test_a_common_shift_of_the_logits_changes_nothing(top: float) -> None:
    shift = LogitShift(np.array([top, top + 1.0]), np.array([0.5, 0.0]), np.eye(2))
    with ctx.workprec(128):
        difference = ExactShift(BALLS, shift).difference
        apart = 1 / (1 + arb(1).exp()) - 1 / (1 + arb(0.5).exp())
        assert difference[0].overlaps(apart) and difference[0].rad() < arb(2) ** -100
