"""One query in ball arithmetic: errors and bounds enclosed, at any precision.

A ball encloses the exact real number computed from the exact inputs. Every error is enclosed
twice: once straight from the definitions, once through an exact identity that does not cancel
(Delta - Delta^N = sum_F p_t (v_t - Delta^N); Delta - Delta^G = sum_F p_t r_t; and for Delta* the
weights differ by (w_j - w*_j), which multiplies v_j - v_1). Both hold the same number, so the
intersection is used; where a bound is exactly zero, so is the second enclosure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, ctx
from scipy.spatial.distance import cdist

from checks.rounding import OWN_ROUNDING, TINY, gamma
from checks.tensors import Array

Balls = list[arb]


class EnclosureMismatch(ArithmeticError):
    """Two enclosures of one number are disjoint: a defect of this module, never of the data."""


@dataclass(frozen=True, eq=False)
class ExactQuery:
    """One query (d,) with the tokens it sees; all floats are taken as exact.

    ``keys`` (n, d) and ``values`` (n, c) list the m frozen tokens first, then the visible normal
    ones; ``nearest`` (m,) is the map a, counted among the normal tokens. ``scale`` None is
    1 / sqrt(d) exactly.
    """

    query: Array
    keys: Array
    values: Array
    nearest: Sequence[int]
    scale: float | None = None


@dataclass(frozen=True, eq=False)
class QueryBalls:
    """Enclosures of the exact update (c,), of the error of each approximation, of each bound."""

    update: Balls
    alpha: arb
    errors: dict[str, arb]
    bounds: dict[str, arb]


def query_balls(exact: ExactQuery, bits: int) -> QueryBalls:
    """Everything measured of one query, with working precision ``bits``."""
    with ctx.workprec(bits):
        return _evaluate(exact)


def round_up(ball: arb) -> float:
    """The float64 number at or just above everything in the ball (infinity if it has no end)."""
    if not ball.is_finite():
        return float("inf")
    end = ball.upper()
    rounded = float(end)
    while not arb(rounded) >= end:
        rounded = float(np.nextafter(rounded, np.inf))
    return rounded


def norm(vector: Balls) -> arb:
    """The Euclidean norm; exactly zero only for an exact zero vector."""
    low, high = arb(0), arb(0)
    for entry in vector:
        low += arb(entry.abs_lower()) ** 2
        high += arb(entry.abs_upper()) ** 2
    return low.sqrt().lower().max(arb(0)).union(high.sqrt().upper())


def _evaluate(exact: ExactQuery) -> QueryBalls:
    frozen = len(exact.nearest)
    query = [arb(x) for x in exact.query.tolist()]
    values = _balls(exact.values)
    scale = 1 / arb(len(query)).sqrt() if exact.scale is None else arb(exact.scale)
    logits = [scale * _inner(query, row) for row in _balls(exact.keys)]
    # A common shift changes no softmax and keeps the exponentials of moderate size.
    top = arb(max(float(s.mid()) for s in logits))
    logits = [s - top for s in logits]
    of_normal = values[frozen:]

    members: list[Balls] = [[s] for s in logits[frozen:]]
    for t, j in enumerate(exact.nearest):
        members[j].append(logits[t])
    sums = [_total([s.exp() for s in group]) for group in members]
    winners, margins = zip(*(_two_largest(group) for group in members), strict=True)
    gaps = [
        arb(0) if len(group) == 1 else _total([(s - winner).exp() for s in group]).log()
        for group, winner in zip(members, winners, strict=True)
    ]

    weights = _normalise([s.exp() for s in logits])
    alone = _normalise([s.exp() for s in logits[frozen:]])
    grouped, effective = _normalise(sums), _normalise([s.exp() for s in winners])
    update = _mean(weights, values)
    dropped = _mean(alone, of_normal)
    clustered = _mean(grouped, of_normal)
    starred = _mean(effective, of_normal)

    residuals = [_minus(values[t], of_normal[j]) for t, j in enumerate(exact.nearest)]
    width = len(update)
    shift = _mean(weights[:frozen], residuals, width)
    from_first = [_minus(v, of_normal[0]) for v in of_normal]
    changes = [w - v if frozen else arb(0) for w, v in zip(grouped, effective, strict=True)]
    moved = _mean(changes, from_first)
    offset = _mean(alone, from_first)
    away = [_minus(_minus(v, of_normal[0]), offset) for v in values[:frozen]]
    identities = {
        "drop": _mean(weights[:frozen], away, width),
        "grouped": shift,
        "effective": [x + y for x, y in zip(shift, moved, strict=True)],
    }
    definitions = {"drop": dropped, "grouped": clustered, "effective": starred}
    errors = {
        name: _both(norm(_minus(update, definitions[name])), norm(identities[name]))
        for name in definitions
    }
    alpha = _total(weights[:frozen])
    bounds = _bounds(alpha, residuals, exact.values, frozen, gaps, members, margins)
    return QueryBalls(update, alpha, errors, bounds)


def _bounds(
    alpha: arb,
    residuals: list[Balls],
    values: Array,
    frozen: int,
    gaps: Balls,
    members: list[Balls],
    margins: Sequence[arb | None],
) -> dict[str, arb]:
    delta = _largest([norm(r) for r in residuals])
    spread = _largest_distance(values[:frozen], values[frozen:])
    diameter = _largest_distance(values[frozen:], values[frozen:])
    oscillation = _largest(gaps) - _least(gaps) if len(gaps) > 1 else arb(0)
    excess = _largest(
        [
            arb(0) if margin is None else (len(group) - 1) * (-margin).exp()
            for group, margin in zip(members, margins, strict=True)
        ]
    )
    clustering = alpha * delta
    return {
        "drop": alpha * spread,
        "grouped": clustering,
        "effective": clustering + (oscillation / 4).tanh() * diameter,
        "margin": clustering + (excess.log1p() / 4).tanh() * diameter,
        "joint": clustering + joint_share_ball(alpha, excess) * diameter,
    }


def joint_share_ball(alpha: arb, excess: arb) -> arb:
    """g_nu(min(alpha, 1 - nu^(-1/2))) with excess = nu - 1, written without cancellation."""
    if excess.is_zero():
        return arb(0)
    if not excess > 0:
        # The share increases with the excess, so its value at the upper end bounds the others.
        return arb(0).union(joint_share_ball(alpha, excess.upper()))
    turning_point = -(-excess.log1p() / 2).expm1()
    mass = alpha.min(turning_point)
    return mass * (1 - (mass / excess) / (1 - mass))


def _largest_distance(left: Array, right: Array) -> arb:
    """Encloses the largest distance: float64 picks the pair, its rounding bounds the others."""
    if len(left) == 0 or (np.concatenate([left, right]) == right[0]).all():
        return arb(0)
    distances = cdist(left, right)
    i, j = np.unravel_index(distances.argmax(), distances.shape)
    least = norm(_minus(*_balls(np.stack([left[i], right[j]]))))
    most = distances.max() * (1.0 + OWN_ROUNDING * gamma(left.shape[1] + 4)) + TINY
    return least.union(arb(float(most)))


def _balls(rows: Array) -> list[Balls]:
    return [[arb(x) for x in row] for row in rows.tolist()]


def _inner(left: Balls, right: Balls) -> arb:
    return _total([x * y for x, y in zip(left, right, strict=True)])


def _total(terms: Balls) -> arb:
    return sum(terms, start=arb(0))


def _normalise(terms: Balls) -> Balls:
    total = _total(terms)
    return [x / total for x in terms]


def _mean(weights: Balls, rows: list[Balls], width: int | None = None) -> Balls:
    columns = range(len(rows[0]) if width is None else width)
    return [_total([w * row[c] for w, row in zip(weights, rows, strict=True)]) for c in columns]


def _minus(left: Balls, right: Balls) -> Balls:
    return [x - y for x, y in zip(left, right, strict=True)]


def _largest(balls: Balls) -> arb:
    largest = balls[0] if balls else arb(0)
    for ball in balls[1:]:
        largest = largest.max(ball)
    return largest


def _least(balls: Balls) -> arb:
    return -_largest([-ball for ball in balls])


def _two_largest(group: Balls) -> tuple[arb, arb | None]:
    """The largest and its lead over the second largest (None if there is no second)."""
    first, second = group[0], None
    for ball in group[1:]:
        lesser = first.min(ball)
        second = lesser if second is None else second.max(lesser)
        first = first.max(ball)
    return first, None if second is None else first - second


def _both(left: arb, right: arb) -> arb:
    if not left.overlaps(right):
        raise EnclosureMismatch(f"{left} and {right} should enclose the same error.")
    # Exact numbers are kept as they are: intersection would widen them by a rounding.
    if left.is_exact() or right.is_exact():
        return left if left.is_exact() else right
    return left.intersection(right)
