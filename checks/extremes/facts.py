"""What the bounds on attention with a context speak of: in float64 for a batch, in balls for one.

Tokens are listed frozen first; group sizes n_j fix which frozen token belongs to which normal one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from checks.extremes import balls
from checks.extremes.averages import distances, moved, softmax
from checks.extremes.problem import Batch
from checks.tensors import Array

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Facts:
    """What the bounds speak of, of a batch: arrays (...,), (..., m), (..., p) or (..., p, p)."""

    errors: dict[str, Array]
    alpha: Array
    weights: Array
    residuals: Array
    spread: Array
    gaps: Array
    excesses: Array
    distances: Array

    @property
    def delta(self) -> Array:
        return np.asarray(self.residuals.max(axis=-1))

    @property
    def diameter(self) -> Array:
        return np.asarray(self.distances.max(axis=(-2, -1)))


@dataclass(frozen=True)
class BallFacts:
    """The same of one instance, in balls."""

    errors: dict[str, balls.arb]
    alpha: balls.arb
    weights: balls.Balls
    residuals: balls.Balls
    spread: balls.arb
    gaps: balls.Balls
    excesses: balls.Balls
    normal: list[balls.Balls]

    @property
    def delta(self) -> balls.arb:
        return balls.largest(self.residuals)

    @property
    def diameter(self) -> balls.arb:
        return balls.diameter(self.normal)

    @property
    def nu(self) -> balls.arb:
        return 1 + balls.largest(self.excesses)


def cluster_map(sizes: Sizes) -> list[int]:
    """a(t) of the sum of (n_j - 1) frozen tokens, group by group."""
    return [j for j, size in enumerate(sizes) for _ in range(size - 1)]


def members(sizes: Sizes) -> list[list[int]]:
    """The tokens of each group, frozen tokens counted first."""
    nearest = cluster_map(sizes)
    frozen = len(nearest)
    return [
        [frozen + j] + [t for t, own in enumerate(nearest) if own == j] for j in range(len(sizes))
    ]


def facts(batch: Batch, sizes: Sizes) -> Facts:
    """Errors and quantities in float64; the differences are formed where they do not cancel."""
    logits, values = batch["logits"], batch["values"]
    nearest = cluster_map(sizes)
    frozen = len(nearest)
    own = values[..., frozen:, :]
    residual = values[..., :frozen, :] - own[..., nearest, :]
    weights = softmax(logits)
    ordered = [-np.sort(-logits[..., group], axis=-1) for group in members(sizes)]
    gaps = np.stack(
        [np.log1p(np.exp(each[..., 1:] - each[..., :1]).sum(axis=-1)) for each in ordered], axis=-1
    )
    excesses = np.stack(
        [
            (each.shape[-1] - 1) * np.exp(each[..., min(1, each.shape[-1] - 1)] - each[..., 0])
            for each in ordered
        ],
        axis=-1,
    )
    winners = np.stack([each[..., 0] for each in ordered], axis=-1)
    change = softmax(winners + gaps) - softmax(winners)
    shift = np.sum(weights[..., :frozen, None] * residual, axis=-2)
    away = own - own[..., :1, :]
    step = np.sum(change[..., None] * away, axis=-2)
    alone = softmax(logits[..., frozen:])
    offset = np.sum(alone[..., None] * away, axis=-2)[..., None, :]
    from_drop = values[..., :frozen, :] - own[..., :1, :] - offset
    between = np.linalg.norm(values[..., :frozen, None, :] - own[..., None, :, :], axis=-1)
    return Facts(
        errors={
            "drop": _length(np.sum(weights[..., :frozen, None] * from_drop, axis=-2)),
            "grouped": _length(shift),
            "effective": _length(shift + step),
            "regrouped": moved(change, own),
        },
        alpha=weights[..., :frozen].sum(axis=-1),
        weights=weights[..., :frozen],
        residuals=_length(residual),
        spread=between.max(axis=(-2, -1)),
        gaps=gaps,
        excesses=excesses,
        distances=distances(own),
    )


def _length(vectors: Array) -> Array:
    return np.asarray(np.linalg.norm(vectors, axis=-1))


def ball_facts(batch: Batch, sizes: Sizes) -> BallFacts:
    """The same straight from the definitions; at 256 bits cancellation does not matter."""
    logits, values = balls.balls(batch["logits"]), balls.rows(batch["values"])
    nearest = cluster_map(sizes)
    frozen = len(nearest)
    normal = values[frozen:]
    residuals = [balls.minus(values[t], normal[j]) for t, j in enumerate(nearest)]
    weights = balls.softmax(logits)
    groups = [[logits[t] for t in group] for group in members(sizes)]
    winners = [balls.largest(group) for group in groups]
    grouped = [balls.log_sum_exp(group) for group in groups]
    update = balls.mean(weights, values)
    averages = {
        "drop": balls.mean(balls.softmax(logits[frozen:]), normal),
        "grouped": balls.mean(balls.softmax(grouped), normal),
        "effective": balls.mean(balls.softmax(winners), normal),
    }
    errors = {name: balls.norm(balls.minus(update, each)) for name, each in averages.items()}
    errors["regrouped"] = balls.norm(balls.minus(averages["grouped"], averages["effective"]))
    return BallFacts(
        errors=errors,
        alpha=balls.total(weights[:frozen]),
        weights=weights[:frozen],
        residuals=[balls.norm(r) for r in residuals],
        spread=balls.largest(
            balls.norm(balls.minus(v, w)) for v in values[:frozen] for w in normal
        ),
        gaps=[z - winner for z, winner in zip(grouped, winners, strict=True)],
        excesses=[_excess(batch["logits"][group]) for group in members(sizes)],
        normal=normal,
    )


def _excess(group: Array) -> balls.arb:
    """(n - 1) e^-gamma; which two floats are the largest is no question of rounding."""
    if len(group) == 1:
        return balls.arb(0)
    first, second = sorted(group.tolist(), reverse=True)[:2]
    return (len(group) - 1) * (balls.arb(second) - balls.arb(first)).exp()
