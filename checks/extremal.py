"""Instances on which the bounds are attained, or nearly so: where each theorem is sharp.

Mathematics, sections 1 to 3. Values lie on a line and normal values are 1 apart, so errors are in
units of the diameter. :mod:`checks.strategies` draws from the neighbourhood of these.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq

from checks.exact.shifts import LogitShift
from checks.instances import Instance, instance_of_logits
from checks.tensors import UnusableInput


def equal_residuals(groups: Sequence[Sequence[float]], residual: float = 1.0) -> Instance:
    """Every frozen value exceeds that of its normal token by ``residual`` (step 4: alpha delta).

    ``groups[j]`` lists the logit of normal token j, then those of its frozen tokens. With one of
    each this is also where dropping the context is worst.
    """
    owners = [j for j, group in enumerate(groups) for _ in group[1:]]
    logits = [s for group in groups for s in group[1:]] + [group[0] for group in groups]
    own = np.arange(len(groups), dtype=float)[::-1]
    values = np.concatenate([own[owners] + residual, own])
    return instance_of_logits(logits, values[:, None], owners)


def runners_up_tie(count: int, margin: float, *, frozen_wins: bool = False) -> Instance:
    """One group of ``count`` tokens whose losers all trail by the margin (step 6).

    The gap is log(1 + (count - 1) e^-margin), for two tokens also the least one.
    """
    logits = [0.0] + [-margin] * (count - 1)
    if frozen_wins:
        logits.reverse()
    return equal_residuals([logits], residual=0.0)


def tied_context(frozen: int, lead: float) -> Instance:
    """``frozen`` tied frozen tokens, and one normal token that leads by ``lead`` (step 3)."""
    return equal_residuals([[lead] + [0.0] * frozen])


def two_logits(oscillation: float) -> LogitShift:
    """Two tokens with weights 1 / (1 + e^{h/2}) and its complement (pair theorem, h = osc)."""
    gaps = np.array([oscillation, 0.0])
    return LogitShift(np.array([-oscillation / 2, 0.0]), gaps, np.array([[1.0], [0.0]]))


def first_order_extreme(oscillation: float) -> LogitShift:
    """Two tokens with weights (1 -+ 1/sqrt 3) / 2 (first order; sharp as the gaps tend to 0)."""
    weight = (1 - 1 / math.sqrt(3)) / 2
    logit = math.log(weight / (1 - weight))
    gaps = np.array([oscillation, 0.0])
    return LogitShift(np.array([logit - oscillation, 0.0]), gaps, np.array([[1.0], [0.0]]))


def largest_joint_alpha(count: int, margin: float = 0.0) -> float:
    """1 - nu^(-1/2) with nu = 1 + (count - 1) e^-margin."""
    return -math.expm1(-0.5 * math.log1p((count - 1) * math.exp(-margin)))


def joint_extreme(
    count: int, alpha: float | None = None, *, margin: float = 0.0, residual: float = 0.0
) -> Instance:
    """Groups of sizes (count, 1); in the first the runners-up trail by ``margin`` (section 2).

    The mass on the frozen tokens is ``alpha``, at most 1 - nu^(-1/2) and that if None; then the
    bound from margins alone is attained too. Raises UnusableInput for one token or too large an
    alpha.
    """
    excess = (count - 1) * math.exp(-margin)
    if count < 2 or excess == 0:
        raise UnusableInput(
            f"{count} tokens with margin {margin} have no runner-up that counts;"
            " give at least two tokens and a margin below 700."
        )
    most = largest_joint_alpha(count, margin)
    if alpha is not None and not 0 < alpha <= most:
        raise UnusableInput(f"alpha is {alpha}; give a number above 0 and at most {most:.6g}.")
    group = (most if alpha is None else alpha) * (1 + excess) / excess
    other = math.log1p(excess) + math.log((1 - group) / group)
    first = [0.0] + [-margin] * (count - 1)
    return equal_residuals([first, [other]], residual)


def two_point_weight(spread: float) -> float:
    """1 / x - 1 / (e^x - 1): the weight of the upper key at which Phi(x) is attained.

    Raises UnusableInput unless 1e-6 <= x <= 700.
    """
    if not 1e-6 <= spread <= 700:
        raise UnusableInput(f"a spread of {spread} is out of range; give one in 1e-6..700.")
    return 1 / spread - 1 / math.expm1(spread)


def mean_key_extreme(spread: float) -> Instance:
    """Two keys whose logits move apart by ``spread``, and a group of one token (section 3).

    The first group attains Phi; the second is placed so that the error of the update is largest.
    """
    weight = two_point_weight(spread)
    before = np.array([math.log(weight / (1 - weight)), 0.0])
    after = before + np.array([spread, 0.0])
    gap = math.log(math.expm1(spread) / spread) - 1 + spread / math.expm1(spread)
    other = float(np.logaddexp(*after)) - gap / 2
    return instance_of_logits(
        [after[0], after[1], other],
        [[1.0], [1.0], [0.0]],
        [0],
        made_at=[before[0], before[1], other],
    )


def uniform_key_extreme(upper: int, count: int) -> Instance:
    """``upper`` of ``count`` tokens share the higher of two logits, and a group of one token.

    Their distance is that at which the weight upper / count < 1/2 attains Phi (section 3).
    """
    if not 0 < 2 * upper < count:
        raise UnusableInput(f"{upper} of {count} tokens is not less than half of them and some.")
    share = upper / count
    spread = float(brentq(lambda x: two_point_weight(x) - share, 1e-3, 1 / share + 1))
    logits = [spread] * upper + [0.0] * (count - upper)
    gap = math.log(math.expm1(spread) / spread) - 1 + spread / math.expm1(spread)
    other = float(np.logaddexp.reduce(logits)) - gap / 2
    return equal_residuals([logits, [other]], residual=0.0)
