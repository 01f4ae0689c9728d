"""Bounds on softmax averages of values: the pair theorem, its corollaries, mean keys.

The logits z, the gaps epsilon = z - l and the values v of p tokens are free; the error is the
distance between the averages with softmax(z) and with softmax(l).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from checks import bounds
from checks.extremes import balls
from checks.extremes.gaps import tangent_gap_ball
from checks.extremes.problem import BallPair, Batch, Pair, Problem
from checks.tensors import Array

WIDTH = 2
"""Components of a value; the search would gain nothing from more."""


def problems() -> Iterator[Problem]:
    """The bounds of the mathematics, section 2 (before contexts) and section 3."""
    for tokens in (2, 3, 5):
        yield _pair(tokens)
    for tokens, height in ((2, 0.1), (2, 8.0), (4, 1.0)):
        yield _stability(tokens, height)
    for tokens, height in ((2, 1e-3), (3, 1e-3), (2, 1.0), (3, 4.0)):
        yield _first_order(tokens, height)
    for groups, size in ((2, 2), (3, 3)):
        yield _mean_key(groups, size)


# ---- free parameters ----------------------------------------------------------------------------


def _fixed_oscillation(tokens: int, height: float) -> Callable[[Array], Batch]:
    """The first gap is 0, the last ``height``, and the others are between them."""

    def instances(x: Array) -> Batch:
        inner = np.square(np.sin(x[..., tokens : 2 * tokens - 2]))
        ends = np.broadcast_to(np.array([0.0, 1.0]), (*x.shape[:-1], 2))
        shares = np.concatenate([ends[..., :1], inner, ends[..., 1:]], axis=-1)
        return {
            "logits": x[..., :tokens],
            "gaps": height * shares,
            "values": _values(x[..., 2 * tokens - 2 :], tokens),
        }

    return instances


def _values(x: Array, tokens: int) -> Array:
    return x.reshape(*x.shape[:-1], tokens, WIDTH)


# ---- in float64 ---------------------------------------------------------------------------------


def softmax(logits: Array) -> Array:
    """e^s / sum e^s over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def distances(values: Array) -> Array:
    """All distances (..., p, p) between values (..., p, c)."""
    return np.asarray(np.linalg.norm(values[..., :, None, :] - values[..., None, :, :], axis=-1))


def moved(weights: Array, values: Array) -> Array:
    """|sum_j w_j v_j| for weights that add to zero, so that v_1 can be taken off every v_j."""
    return np.asarray(
        np.linalg.norm(np.sum(weights[..., None] * (values - values[..., :1, :]), axis=-2), axis=-1)
    )


def _softmax_error(batch: Batch) -> Array:
    change = softmax(batch["logits"]) - softmax(batch["logits"] - batch["gaps"])
    return moved(change, batch["values"])


def _diameter(batch: Batch) -> Array:
    return np.asarray(distances(batch["values"]).max(axis=(-2, -1)))


# ---- in balls -----------------------------------------------------------------------------------


def _softmax_error_ball(batch: Batch) -> balls.arb:
    logits, gaps = balls.balls(batch["logits"]), balls.balls(batch["gaps"])
    effective = [z - gap for z, gap in zip(logits, gaps, strict=True)]
    values = balls.rows(batch["values"])
    averages = [balls.mean(balls.softmax(each), values) for each in (logits, effective)]
    return balls.norm(balls.minus(*averages))


# ---- the problems -------------------------------------------------------------------------------


def _pair(tokens: int) -> Problem:
    def instances(x: Array) -> Batch:
        return {
            "logits": x[..., :tokens],
            "gaps": np.square(x[..., tokens : 2 * tokens]),
            "values": _values(x[..., 2 * tokens :], tokens),
        }

    def compare(batch: Batch) -> Pair:
        return _softmax_error(batch), bounds.pair_bound(batch["gaps"], distances(batch["values"]))

    def enclose(batch: Batch) -> BallPair:
        gaps, values = balls.balls(batch["gaps"]), balls.rows(batch["values"])
        pairs = [
            (abs(gaps[j] - gaps[k]) / 4).tanh() * balls.norm(balls.minus(values[j], values[k]))
            for j in range(tokens)
            for k in range(j)
        ]
        return _softmax_error_ball(batch), balls.largest(pairs)

    return Problem(
        bound="pair",
        configuration=f"p = {tokens}",
        statement="‖Σ softmax(z)v − Σ softmax(z−ε)v‖ ≤ max tanh(|ε_j−ε_k|/4) ‖v_j−v_k‖",
        sharp=True,
        size=(2 + WIDTH) * tokens,
        instances=instances,
        compare=compare,
        enclose=enclose,
    )


def _stability(tokens: int, height: float) -> Problem:
    def compare(batch: Batch) -> Pair:
        oscillation = np.ptp(batch["gaps"], axis=-1)
        return _softmax_error(batch), bounds.stability_bound(oscillation, _diameter(batch))

    def enclose(batch: Batch) -> BallPair:
        oscillation = balls.oscillation(balls.balls(batch["gaps"]))
        limit = (oscillation / 4).tanh() * balls.diameter(balls.rows(batch["values"]))
        return _softmax_error_ball(batch), limit

    return Problem(
        bound="stability",
        configuration=f"p = {tokens}, osc ε = {height:g}",
        statement="‖Σ softmax(z)v − Σ softmax(z−ε)v‖ ≤ tanh(osc ε/4) diam",
        sharp=True,
        size=(2 + WIDTH) * tokens - 2,
        instances=_fixed_oscillation(tokens, height),
        compare=compare,
        enclose=enclose,
    )


def _first_order(tokens: int, height: float) -> Problem:
    def compare(batch: Batch) -> Pair:
        """With e = epsilon - E epsilon, R = sum_j w_j (e^-e_j / E e^-e - 1 + e_j) v_j."""
        weights = softmax(batch["logits"])
        gaps = batch["gaps"] - np.sum(weights * batch["gaps"], axis=-1, keepdims=True)
        decay = np.expm1(-gaps)
        extra = np.sum(weights * decay, axis=-1, keepdims=True)
        remainder = weights * ((decay - extra) / (1.0 + extra) + gaps)
        oscillation = np.ptp(batch["gaps"], axis=-1)
        limit = bounds.first_order_remainder(oscillation, _diameter(batch))
        return moved(remainder, batch["values"]), limit

    def enclose(batch: Batch) -> BallPair:
        logits, gaps = balls.balls(batch["logits"]), balls.balls(batch["gaps"])
        values, weights = balls.rows(batch["values"]), balls.softmax(logits)
        effective = balls.softmax([z - gap for z, gap in zip(logits, gaps, strict=True)])
        average = balls.total(w * gap for w, gap in zip(weights, gaps, strict=True))
        # Delta* - Delta^G + Cov_w(epsilon, v), weight by weight.
        remainder = [
            starred - w + w * (gap - average)
            for starred, w, gap in zip(effective, weights, gaps, strict=True)
        ]
        limit = balls.oscillation(gaps) ** 2 * balls.diameter(values) / (12 * balls.arb(3).sqrt())
        return balls.norm(balls.mean(remainder, values)), limit

    return Problem(
        bound="first_order",
        configuration=f"p = {tokens}, osc ε = {height:g}",
        statement="‖Δ* − Δᴳ + Cov(ε, v)‖ ≤ (osc ε)² diam / (12√3)",
        sharp=height <= 1e-2,
        size=(2 + WIDTH) * tokens - 2,
        instances=_fixed_oscillation(tokens, height),
        compare=compare,
        enclose=enclose,
    )


def _mean_key(groups: int, size: int) -> Problem:
    """Mean keys made at q and used at q'; s are the logits at q and s + x those at q'."""
    tokens, height = groups * size, 4.0

    def instances(x: Array) -> Batch:
        shape = (*x.shape[:-1], groups, size)
        return {
            "logits": x[..., :tokens].reshape(shape),
            "shifts": height * np.square(np.sin(x[..., tokens : 2 * tokens])).reshape(shape),
            "values": _values(x[..., 2 * tokens :], groups),
        }

    def compare(batch: Batch) -> Pair:
        logits, shifts = batch["logits"], batch["shifts"]
        weights = softmax(logits)
        top = logits.max(axis=-1)
        grouped = top + np.log(np.exp(logits - top[..., None]).sum(axis=-1))
        predicted = grouped + np.sum(weights * shifts, axis=-1)
        there = logits + shifts
        top = there.max(axis=-1)
        exact = top + np.log(np.exp(there - top[..., None]).sum(axis=-1))
        error = moved(softmax(exact) - softmax(predicted), batch["values"])
        spreads = np.ptp(shifts, axis=-1)
        return error, bounds.mean_key_bound(spreads, _diameter(batch))

    def enclose(batch: Batch) -> BallPair:
        exact, gaps, limits = [], [], []
        for logits, shifts in zip(batch["logits"], batch["shifts"], strict=True):
            at_q, change = balls.balls(logits), balls.balls(shifts)
            there = [s + x for s, x in zip(at_q, change, strict=True)]
            exact.append(balls.log_sum_exp(there))
            gaps.append(tangent_gap_ball(at_q, change))
            limits.append(_mean_key_gap_or_zero(balls.oscillation(change)))
        values = balls.rows(batch["values"])
        predicted = [z - gap for z, gap in zip(exact, gaps, strict=True)]
        averages = [balls.mean(balls.softmax(each), values) for each in (exact, predicted)]
        limit = (balls.largest(limits) / 4).tanh() * balls.diameter(values)
        return balls.norm(balls.minus(*averages)), limit

    return Problem(
        bound="mean_key",
        configuration=f"{groups} groups of {size}",
        statement="‖Δᴳ(q′) − mean keys made at q‖ ≤ tanh(max Φ(x_j)/4) diam",
        sharp=True,
        size=2 * tokens + WIDTH * groups,
        instances=instances,
        compare=compare,
        enclose=enclose,
    )


def _mean_key_gap_or_zero(spread: balls.arb) -> balls.arb:
    return balls.mean_key_gap(spread) if spread > 0 else balls.arb(0)
