"""The bounds of :mod:`checks.bounds` once more, in an arithmetic that encloses the real number.

Same names, same arguments, same theorems; the first argument is the arithmetic
(:mod:`checks.exact.arithmetic`), the others are its numbers. One instance at a time: where
:mod:`checks.bounds` reduces its last axis, so does this, and there are no leading axes.
"""

from __future__ import annotations

from collections.abc import Callable

from checks.exact.arithmetic import Arithmetic, Numbers


def drop_bound(ops: Arithmetic, alpha: Numbers, spread: Numbers) -> Numbers:
    """alpha spread."""
    return alpha * spread


def clustering_bound(ops: Arithmetic, alpha: Numbers, delta: Numbers) -> Numbers:
    """alpha delta."""
    return alpha * delta


def weighted_residual_bound(ops: Arithmetic, weights: Numbers, residuals: Numbers) -> Numbers:
    """sum_t p_t |r_t|."""
    return ops.total(weights * residuals)


def stability_bound(ops: Arithmetic, oscillation: Numbers, diameter: Numbers) -> Numbers:
    """tanh(osc epsilon / 4) diameter."""
    return ops.tanh(oscillation / 4.0) * diameter


def pair_bound(ops: Arithmetic, gaps: Numbers, distances: Numbers) -> Numbers:
    """max over j, k of tanh(|epsilon_j - epsilon_k| / 4) |v_j - v_k|."""
    count = gaps.shape[0]
    apart = ops.absolute(gaps.reshape(count, 1) - gaps.reshape(1, count))
    return ops.largest((ops.tanh(apart / 4.0) * distances).reshape(count * count))


def first_order_remainder(ops: Arithmetic, oscillation: Numbers, diameter: Numbers) -> Numbers:
    """osc^2 diameter / (12 sqrt 3)."""
    return oscillation * oscillation * diameter / (12.0 * ops.sqrt(ops.numbers(3.0)))


def effective_key_bound(
    ops: Arithmetic, alpha: Numbers, delta: Numbers, oscillation: Numbers, diameter: Numbers
) -> Numbers:
    """alpha delta + tanh(osc epsilon / 4) diameter."""
    return alpha * delta + stability_bound(ops, oscillation, diameter)


def gap_limits(ops: Arithmetic, size: Numbers, margin: Numbers) -> tuple[Numbers, Numbers]:
    """log(1 + e^-gamma) and log(1 + (n - 1) e^-gamma), for n >= 2."""
    decay = ops.exp(-margin)
    return ops.log1p(decay), ops.log1p((size - 1.0) * decay)


def worst_share(ops: Arithmetic, excess: Numbers) -> Numbers:
    """(sqrt nu - 1) / (sqrt nu + 1), written as in the mathematics."""
    root = ops.sqrt(1.0 + excess)
    return excess / ((root + 1.0) * (root + 1.0))


def pair_margin_bound(ops: Arithmetic, excesses: Numbers, distances: Numbers) -> Numbers:
    """max over j != k of worst_share(max(nu_j, nu_k) - 1) |v_j - v_k|."""
    pairs = [
        worst_share(ops, ops.maximum(excesses[j], excesses[k])) * distances[j, k]
        for j in range(excesses.shape[0])
        for k in range(j)
    ]
    return ops.largest(ops.join(pairs)) if pairs else ops.numbers(0.0)


def margin_bound(
    ops: Arithmetic, alpha: Numbers, delta: Numbers, excess: Numbers, diameter: Numbers
) -> Numbers:
    """alpha delta + worst_share(excess) diameter."""
    return alpha * delta + worst_share(ops, excess) * diameter


def joint_share(ops: Arithmetic, alpha: Numbers, excess: Numbers) -> Numbers:
    """g_nu(min(alpha, 1 - nu^(-1/2))) with excess = nu - 1; g_1 = 0."""

    def share(positive: Numbers) -> Numbers:
        turning_point = -ops.expm1(ops.log1p(positive) / -2.0)
        mass = ops.minimum(alpha, turning_point)
        return mass * (1.0 - mass / positive / (1.0 - mass))

    return _increasing_from_zero(ops, share, excess)


def joint_bound(
    ops: Arithmetic, alpha: Numbers, delta: Numbers, excess: Numbers, diameter: Numbers
) -> Numbers:
    """alpha delta + joint_share diameter."""
    return alpha * delta + joint_share(ops, alpha, excess) * diameter


def mean_key_gap(ops: Arithmetic, spread: Numbers) -> Numbers:
    """Phi(x) = log((e^x - 1) / x) - 1 + x / (e^x - 1); Phi(0) = 0."""

    def gap(positive: Numbers) -> Numbers:
        grown = ops.expm1(positive)
        return ops.log(grown / positive) - 1.0 + positive / grown

    return _increasing_from_zero(ops, gap, spread)


def mean_key_bound(ops: Arithmetic, spreads: Numbers, diameter: Numbers) -> Numbers:
    """tanh(max_j Phi(x_j) / 4) diameter."""
    return stability_bound(ops, mean_key_gap(ops, ops.largest(spreads)), diameter)


def irrelevant_context_mass(ops: Arithmetic, frozen: Numbers, lead: Numbers) -> Numbers:
    """m e^-lead / (m e^-lead + 1)."""
    context = frozen * ops.exp(-lead)
    return context / (context + 1.0)


def _increasing_from_zero(
    ops: Arithmetic, function: Callable[[Numbers], Numbers], x: Numbers
) -> Numbers:
    """f(x) for x >= 0, f(0) = 0 and f increasing, given a formula that needs x > 0."""
    if ops.is_zero(x):
        return x
    if ops.is_positive(x):
        return function(x)
    return ops.from_zero_to(function(ops.upper_end(x)))
