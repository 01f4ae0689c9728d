"""Everything measured of many draws at once, from their logits, values and residuals.

Every number is in units of the diameter of the normal values (for p = 1: as drawn). With
a_j = exp(M_j - top), x_j = exp(epsilon_j) - 1 the sum over the others of the group, f_j the part of
the frozen tokens in 1 + x_j, o_j that of the normal token and T = sum_j a_j (1 + x_j):

    alpha              = sum_j a_j f_j / T
    Delta - Delta^G    = R = sum_t p_t r_t
    Delta - Delta^N    = R + sum_j a_j f_j (v_j - Delta^N) / T,   Delta^N has weights a_j o_j
    Delta - Delta*     = R + sum_j a_j x_j (v_j - Delta*) / T,    Delta* has weights a_j

and so on: if Delta' has the weights b_j and Delta^G the weights b_j + e_j then Delta^G - Delta' is
sum_j e_j (v_j - Delta') / T. So an error is computed with small relative error however small it
is, and is exactly zero where it must be.

Source: mathematics, sections 1 to 3. The axes are those of checks.sweep.draws: the last one is that
of the B draws, and whatever is returned has shape (B,).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from checks import bounds
from checks.sweep.distances import raise_to_largest, squared_distances
from checks.sweep.draws import Draws
from checks.tensors import Array

ERRORS = ("drop", "grouped", "effective", "log_count", "uniform_key")
BOUNDS = ("drop", "grouped", "weighted_residual", "effective", "pair", "margin", "joint")
GAPS = ("epsilon", "oscillation", "margin")


@dataclass(frozen=True, eq=False)
class Measured:
    """What is measured of B draws; every array is (B,).

    ``errors`` by name as in ERRORS, ``bounds`` as in BOUNDS; ``alpha``; ``gaps`` as in GAPS, the
    margin only where some group has two tokens. ``pair`` is sum_t p_t |r_t| plus the pair bound and
    so limits |Delta - Delta*|; ``drop`` takes largest distance + largest residual for the spread.
    ``moved`` is sum_j a_j x_j / T, the mass of the tokens that win no group, and ``steepest`` the
    largest tanh(epsilon_j / 4): the rounding analysis needs them.
    """

    errors: dict[str, Array]
    bounds: dict[str, Array]
    alpha: Array
    gaps: dict[str, Array]
    moved: Array
    steepest: Array


@dataclass(frozen=True, eq=False)
class _Groups:
    """M_j (p, B), and of the groups of two tokens or more, which come first, what there is to say.

    x_j, f_j, o_j and the mean logit (several, B), the sizes (several, 1); ``margin`` and
    ``excess``, minimum and maximum over them, are (B,). In a group of one x_j = f_j = 0, o_j = 1.
    """

    largest: Array
    others: Array
    frozen: Array
    own: Array
    mean: Array
    sizes: Array
    margin: Array
    excess: Array

    @property
    def several(self) -> int:
        """How many groups have two tokens or more."""
        return len(self.sizes)


def measure(draws: Draws) -> Measured:
    """Errors, bounds, mass and gaps of every draw; the logits are used up."""
    weights = None if draws.residuals is None else frozen_logits(draws)
    groups = _gather(draws)
    top = groups.largest.max(axis=0)
    winners = np.exp(groups.largest - top)
    of_several = winners[: groups.several]
    moved = of_several * groups.others
    moved_mass = moved.sum(axis=0)
    total = winners.sum(axis=0) + moved_mass
    of_frozen = of_several * groups.frozen
    alpha = of_frozen.sum(axis=0) / total
    values = draws.values - draws.values[:, :1]

    def off_by(of_groups: Array, excess: Array) -> Array:
        return _offset(values, winners, of_groups, excess, total)

    # Sizes enter as they are, so all groups of one size make log-count and effective keys agree.
    uniform = groups.sizes * np.exp(groups.mean - top)
    bias = of_several * (groups.others - (groups.sizes - 1))
    offsets = {
        "drop": off_by(of_several * groups.own, of_frozen),
        "effective": off_by(of_several, moved),
        "log_count": off_by(of_several * groups.sizes, bias),
        "uniform_key": off_by(uniform, (of_several - uniform) + moved),
    }
    diameter, spread, stable, steepest, gaps = _over_pairs(values, groups)
    unit = diameter if draws.point.p > 1 else np.ones_like(diameter)
    if draws.residuals is None or weights is None:
        residual, weighted = np.zeros_like(alpha), np.zeros_like(alpha)
        errors = {"grouped": residual}
        errors |= {name: length(offset) / unit for name, offset in offsets.items()}
    else:
        shift, weighted, residual = _residual_part(draws.residuals, weights, top, total)
        errors = {"grouped": length(shift) / unit}
        errors |= {name: length(offset + shift) / unit for name, offset in offsets.items()}
        weighted, residual = weighted / unit, residual / unit
    size = np.where(unit == diameter, 1.0, 0.0) if draws.point.p == 1 else np.ones_like(unit)
    if groups.several:
        gaps["margin"] = groups.margin
    return Measured(
        errors={name: errors[name] for name in ERRORS},
        bounds={
            "drop": bounds.drop_bound(alpha, spread / unit + residual),
            "grouped": bounds.clustering_bound(alpha, residual),
            "weighted_residual": weighted,
            "effective": bounds.effective_key_bound(alpha, residual, gaps["oscillation"], size),
            "pair": weighted + stable / unit,
            "margin": bounds.margin_bound(alpha, residual, groups.excess, size),
            "joint": bounds.joint_bound(alpha, residual, groups.excess, size),
        },
        alpha=alpha,
        gaps=gaps,
        moved=moved_mass / total,
        steepest=steepest,
    )


def frozen_logits(draws: Draws) -> Array:
    """The logits (m, B) of the frozen tokens in the order of the residuals."""
    row, parts = 0, []
    for size, count in draws.point.blocks:
        parts.append(draws.logits[row + count : row + size * count])
        row += size * count
    return np.concatenate(parts)


def length(vectors: Array) -> Array:
    """Euclidean norms of vectors along the first axis."""
    return np.sqrt(np.einsum("cb,cb->b", vectors, vectors))


def _gather(draws: Draws) -> _Groups:
    """What is needed of the groups; overwrites the logits."""
    sizes = np.concatenate([np.full((count, 1), size) for size, count in draws.point.blocks])
    sizes = sizes[sizes[:, 0] > 1]
    draw_count = draws.logits.shape[1]
    largest = np.empty((draws.point.p, draw_count))
    others, frozen, own, mean = (np.empty((len(sizes), draw_count)) for _ in range(4))
    margin, excess = np.full(draw_count, np.inf), np.zeros(draw_count)
    row = group = 0
    for size, count in draws.point.blocks:
        block = draws.logits[row : row + size * count].reshape(size, count, draw_count)
        here = slice(group, group + count)
        row, group = row + size * count, group + count
        if size == 1:
            largest[here] = block[0]
            continue
        block.sum(axis=0, out=mean[here])
        mean[here] /= size
        normal = block[0].copy()
        first = _set_largest_apart(block)
        lead = first - block[1:].max(axis=0)
        np.minimum(margin, lead.min(axis=0), out=margin)
        np.maximum(excess, (size - 1) * np.exp(-lead).max(axis=0), out=excess)
        rest = block[1:]
        rest -= first
        np.exp(rest, out=rest)
        rest.sum(axis=0, out=others[here])
        np.exp(normal - first, out=own[here])
        # Where the normal token wins, subtracting its share would cancel.
        frozen[here] = np.where(normal == first, others[here], 1.0 + (others[here] - own[here]))
        largest[here] = first
    return _Groups(largest, others, frozen, own, mean, sizes, margin, excess)


def _set_largest_apart(block: Array) -> Array:
    """The largest entry along the first axis; rows 1, 2, ... keep the other entries.

    A tournament: each round leaves the larger of every pair in the front half.
    """
    left = len(block)
    lesser = np.empty_like(block[: left // 2])
    while left > 1:
        half = left // 2
        front, back, least = block[:half], block[left - half : left], lesser[:half]
        np.minimum(front, back, out=least)
        np.maximum(front, back, out=front)
        back[...] = least
        left -= half
    return block[0]


def _offset(values: Array, winners: Array, of_groups: Array, excess: Array, total: Array) -> Array:
    """sum_j e_j (v_j - Delta') / T (c, B), with Delta' the mean of the values by the weights b_j.

    b_j and e_j are given for the groups of several; one that stands alone has the weight of its
    winner and no excess.
    """
    several = len(of_groups)
    weights = np.concatenate([of_groups, winners[several:]])
    mean = np.einsum("pb,cpb->cb", weights, values) / weights.sum(axis=0)
    moved: Array = np.einsum("pb,cpb->cb", excess, values[:, :several])
    moved -= excess.sum(axis=0) * mean
    return moved / total


def _over_pairs(
    values: Array, groups: _Groups
) -> tuple[Array, Array, Array, Array, dict[str, Array]]:
    """Diameter; largest distance from a group with frozen tokens; pair bound; largest tanh; gaps.

    tanh(|epsilon_j - epsilon_k| / 4) is written with the tanh of each, (s - t) / (1 - s t).
    """
    count, several = values.shape[-1], groups.several
    gap = np.log1p(groups.others)
    slope = np.zeros(values.shape[1:])
    np.tanh(gap / 4.0, out=slope[:several])
    spread, stable = _from_several(values, slope, several)
    farthest = spread.copy()
    raise_to_largest(farthest, values[:, several:])
    highest = gap.max(axis=0, initial=0.0)
    lowest = gap.min(axis=0) if several == values.shape[1] else np.zeros(count)
    gaps = {"epsilon": highest, "oscillation": highest - lowest}
    steepest = slope.max(axis=0)
    return np.sqrt(farthest), np.sqrt(spread), np.sqrt(stable), steepest, gaps


def _from_several(values: Array, slope: Array, several: int) -> tuple[Array, Array]:
    """Squares of the largest distance from a group of several and of the pair bound, both (B,).

    The slope of a group of one is zero: the share of a pair with one is that of its other group.
    """
    spread, stable = np.zeros((2, values.shape[-1]))
    for j in range(several):
        apart = squared_distances(values[:, j + 1 :], values[:, j])
        others = several - j - 1
        near, single = apart[:others], apart[others:].max(axis=0, initial=0.0)
        np.maximum(spread, near.max(axis=0, initial=0.0), out=spread)
        np.maximum(spread, single, out=spread)
        single *= slope[j] ** 2
        np.maximum(stable, single, out=stable)
        later = slope[j + 1 : several]
        share, against = later - slope[j], later * slope[j]
        share /= np.subtract(1.0, against, out=against)
        share *= share
        share *= near
        np.maximum(stable, share.max(axis=0, initial=0.0), out=stable)
    return spread, stable


def _residual_part(
    residuals: Array, logits: Array, top: Array, total: Array
) -> tuple[Array, Array, Array]:
    """sum_t p_t r_t (c, B), sum_t p_t |r_t| and max |r_t|, both (B,)."""
    logits -= top
    weights = np.exp(logits, out=logits)
    weights /= total
    lengths = np.sqrt(np.einsum("ctb,ctb->tb", residuals, residuals))
    shift = np.einsum("tb,ctb->cb", weights, residuals)
    return shift, np.einsum("tb,tb->b", weights, lengths), lengths.max(axis=0)
