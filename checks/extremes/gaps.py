"""Bounds on logits alone: log-sum-exp against max, mean keys, and the mass of a context."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from checks import bounds
from checks.extremes import balls
from checks.extremes.problem import BallPair, Batch, Pair, Problem
from checks.tensors import Array


def problems() -> Iterator[Problem]:
    """The bounds of the mathematics, section 1 (steps 3 and 6) and section 3."""
    for size, margin in ((3, 0.5), (16, 1.0), (64, 4.0)):
        yield _gap_upper(size, margin)
    for size, margin in ((3, 0.5), (16, 1.0)):
        yield _gap_lower(size, margin)
    for size, spread in ((2, 1.0), (2, 10.0), (4, 3.0)):
        yield _mean_key_gap(size, spread)
    for size in (2, 5):
        yield _uniform_key_gap(size)
    for frozen, normal in ((4, 1), (16, 3)):
        yield _irrelevant_context(frozen, normal)


# ---- one group: a winner, a second at the margin, and others below it ---------------------------


def _group(size: int, margin: float, x: Array) -> Batch:
    below = np.concatenate([np.zeros_like(x[..., :1]), np.square(x)], axis=-1)
    winner = np.zeros_like(x[..., :1])
    return {"logits": np.concatenate([winner, -margin - below], axis=-1)}


def _gap_and_limits(batch: Batch) -> tuple[Array, Array, Array]:
    ordered = -np.sort(-batch["logits"], axis=-1)
    below = ordered[..., 1:] - ordered[..., :1]
    gap = np.log1p(np.exp(below).sum(axis=-1))
    lower, upper = bounds.gap_limits(ordered.shape[-1], -below[..., 0])
    return gap, lower, upper


def _gap_balls(batch: Batch) -> tuple[balls.arb, balls.arb]:
    """The gap and e^-gamma; the largest two floats are the largest two numbers."""
    ordered = balls.balls(-np.sort(-batch["logits"]))
    return balls.log_sum_exp(ordered) - ordered[0], (ordered[1] - ordered[0]).exp()


def _gap_upper(size: int, margin: float) -> Problem:
    def compare(batch: Batch) -> Pair:
        gap, _, upper = _gap_and_limits(batch)
        return gap, upper

    def enclose(batch: Batch) -> BallPair:
        gap, decay = _gap_balls(batch)
        return gap, (1 + (size - 1) * decay).log()

    return Problem(
        bound="gap_upper",
        configuration=f"n = {size}, γ = {margin:g}",
        statement="ε ≤ log(1 + (n−1) e^(−γ))",
        sharp=True,
        size=size - 2,
        instances=lambda x: _group(size, margin, x),
        compare=compare,
        enclose=enclose,
    )


def _gap_lower(size: int, margin: float) -> Problem:
    def compare(batch: Batch) -> Pair:
        gap, lower, _ = _gap_and_limits(batch)
        return lower, gap

    def enclose(batch: Batch) -> BallPair:
        gap, decay = _gap_balls(batch)
        return (1 + decay).log(), gap

    return Problem(
        bound="gap_lower",
        configuration=f"n = {size}, γ = {margin:g}",
        statement="log(1 + e^(−γ)) ≤ ε",
        sharp=True,
        size=size - 2,
        instances=lambda x: _group(size, margin, x),
        compare=compare,
        enclose=enclose,
    )


# ---- mean keys: what the log-sum-exp of a group grows beyond its tangent ------------------------


def _tangent_gap(logits: Array, shifts: Array) -> Array:
    """z(s + x) - z(s) - sum_t p_t x_t over the last axis, p = softmax(s)."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    centred = shifts - np.sum(weights * shifts, axis=-1, keepdims=True)
    return np.asarray(np.log1p(np.sum(weights * np.expm1(centred), axis=-1)))


def _mean_key_gap(size: int, spread: float) -> Problem:
    def instances(x: Array) -> Batch:
        return {"logits": x[..., :size], "shifts": spread * np.square(np.sin(x[..., size:]))}

    def compare(batch: Batch) -> Pair:
        gap = _tangent_gap(batch["logits"], batch["shifts"])
        return gap, bounds.mean_key_gap(np.ptp(batch["shifts"], axis=-1))

    def enclose(batch: Batch) -> BallPair:
        logits, shifts = balls.balls(batch["logits"]), balls.balls(batch["shifts"])
        return tangent_gap_ball(logits, shifts), balls.mean_key_gap(balls.oscillation(shifts))

    return Problem(
        bound="mean_key_gap",
        configuration=f"n = {size}, x ≤ {spread:g}",
        statement="z(q′) − z(q) − k̄·(q′−q) ≤ Φ(x)",
        sharp=True,
        size=2 * size,
        instances=instances,
        compare=compare,
        enclose=enclose,
    )


def tangent_gap_ball(logits: balls.Balls, shifts: balls.Balls) -> balls.arb:
    """z(s + x) - z(s) - sum_t p_t x_t."""
    moved = [s + x for s, x in zip(logits, shifts, strict=True)]
    slope = balls.total(p * x for p, x in zip(balls.softmax(logits), shifts, strict=True))
    return balls.log_sum_exp(moved) - balls.log_sum_exp(logits) - slope


def _uniform_key_gap(size: int) -> Problem:
    """The weights are all 1/n, so Phi is reached only where 1/x - 1/(e^x - 1) = k/n < 1/2."""
    least_spread = 1.0

    def instances(x: Array) -> Batch:
        inner = np.square(np.sin(x[..., 1:]))
        ends = np.broadcast_to(np.array([0.0, 1.0]), (*x.shape[:-1], 2))
        spread = least_spread + np.square(x[..., :1])
        return {"logits": spread * np.concatenate([ends, inner], axis=-1)}

    def compare(batch: Batch) -> Pair:
        gap = _tangent_gap(np.zeros_like(batch["logits"]), batch["logits"])
        return gap, bounds.mean_key_gap(np.ptp(batch["logits"], axis=-1))

    def enclose(batch: Batch) -> BallPair:
        logits = balls.balls(batch["logits"])
        gap = tangent_gap_ball([balls.arb(0)] * size, logits)
        return gap, balls.mean_key_gap(balls.oscillation(logits))

    return Problem(
        bound="mean_key_gap",
        configuration=f"uniform mean of n = {size}, x ≥ {least_spread:g}",
        statement="z − log n − mean logit ≤ Φ(max − min)",
        sharp=size > 2,
        size=size - 1,
        instances=instances,
        compare=compare,
        enclose=enclose,
    )


# ---- the mass of a context ----------------------------------------------------------------------


def _irrelevant_context(frozen: int, normal: int) -> Problem:
    def instances(x: Array) -> Batch:
        return {
            "frozen_logits": -np.square(x[..., :frozen]),
            "normal_logits": x[..., -1:] - np.square(x[..., frozen:-1]),
        }

    def compare(batch: Batch) -> Pair:
        eta, mu = batch["frozen_logits"].max(axis=-1), batch["normal_logits"].max(axis=-1)
        top = np.maximum(eta, mu)[..., None]
        context = np.exp(batch["frozen_logits"] - top).sum(axis=-1)
        question = np.exp(batch["normal_logits"] - top).sum(axis=-1)
        return context / (context + question), bounds.irrelevant_context_mass(frozen, mu - eta)

    def enclose(batch: Batch) -> BallPair:
        context, question = (balls.balls(batch[f"{kind}_logits"]) for kind in ("frozen", "normal"))
        sums = [balls.total(s.exp() for s in part) for part in (context, question)]
        limit = frozen * balls.largest(context).exp()
        return sums[0] / (sums[0] + sums[1]), limit / (limit + balls.largest(question).exp())

    return Problem(
        bound="irrelevant_context",
        configuration=f"m = {frozen}, p = {normal}",
        statement="α ≤ m e^η / (m e^η + e^μ)",
        sharp=True,
        size=frozen + normal + 1,
        instances=instances,
        compare=compare,
        enclose=enclose,
    )
