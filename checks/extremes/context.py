"""Bounds on attention with a context: p normal tokens, and frozen ones in the groups of these.

Group sizes are fixed by the configuration. Free are the logits, the values of the normal tokens and
the clustering residuals; the squares in the logits make a tie within a group a smooth point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from checks import bounds
from checks.extremes import balls
from checks.extremes.averages import WIDTH
from checks.extremes.facts import BallFacts, Facts, Sizes, ball_facts, cluster_map, facts
from checks.extremes.problem import Batch, Problem
from checks.tensors import Array


@dataclass(frozen=True)
class Rule:
    """A bound: which error it limits, and its formula in either arithmetic."""

    bound: str
    error: str
    statement: str
    formula: Callable[[Facts], Array]
    in_balls: Callable[[BallFacts], balls.arb]
    sizes: tuple[Sizes, ...]
    clustered: bool = False


def problems() -> Iterator[Problem]:
    """The bounds of the mathematics, section 1 (steps 2 and 4) and section 2."""
    for rule in RULES:
        for sizes in rule.sizes:
            yield _problem(rule, sizes)


def _problem(rule: Rule, sizes: Sizes) -> Problem:
    def instances(x: Array) -> Batch:
        return _instances(x, sizes, rule.clustered)

    names = ", ".join(map(str, sizes))
    return Problem(
        bound=rule.bound,
        configuration=f"group sizes {names}" + (", r = 0" if rule.clustered else ""),
        statement=rule.statement,
        sharp=True,
        size=parameters(sizes),
        instances=instances,
        compare=lambda batch: _compare(rule, facts(batch, sizes)),
        enclose=lambda batch: _enclose(rule, ball_facts(batch, sizes)),
        fixed={"nearest": cluster_map(sizes)},
    )


def _compare(rule: Rule, known: Facts) -> tuple[Array, Array]:
    return known.errors[rule.error], rule.formula(known)


def _enclose(rule: Rule, known: BallFacts) -> tuple[balls.arb, balls.arb]:
    return known.errors[rule.error], rule.in_balls(known)


# ---- instances ----------------------------------------------------------------------------------


def parameters(sizes: Sizes) -> int:
    """How many numbers :func:`_instances` takes."""
    normal, frozen = len(sizes), sum(sizes) - len(sizes)
    return normal + (normal + frozen) + WIDTH * normal + 2 * frozen + 1


def _instances(x: Array, sizes: Sizes, clustered: bool) -> Batch:
    """Logits b_a(t) - y_t^2; residuals of length delta cos^2(phi_t) at an angle theta_t."""
    normal, nearest = len(sizes), cluster_map(sizes)
    frozen = len(nearest)
    cuts = np.cumsum([normal, normal + frozen, WIDTH * normal, frozen, frozen])
    level, below, values, lengths, angles, scale = np.split(x, cuts, axis=-1)
    owner = np.array([*nearest, *range(normal)])
    own = values.reshape(*x.shape[:-1], normal, WIDTH)
    length = np.exp(scale) * np.square(np.cos(lengths)) * (0.0 if clustered else 1.0)
    direction = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    of_frozen = own[..., nearest, :] + length[..., None] * direction
    return {
        "logits": level[..., owner] - np.square(below),
        "values": np.concatenate([of_frozen, own], axis=-2),
    }


# ---- the bounds ---------------------------------------------------------------------------------


def _stability_ball(known: BallFacts) -> balls.arb:
    return (balls.oscillation(known.gaps) / 4).tanh() * known.diameter


def _joint_ball(known: BallFacts) -> balls.arb:
    """alpha delta + g_nu(min(alpha, 1 - nu^(-1/2))) diameter, for nu > 1."""
    nu = known.nu
    mass = known.alpha.min(1 - 1 / nu.sqrt())
    factor = mass * (1 - mass * nu / (nu - 1)) / (1 - mass)
    return known.alpha * known.delta + factor * known.diameter


def _pair_margin_ball(known: BallFacts) -> balls.arb:
    return balls.largest(
        balls.share(1 + known.excesses[j].max(known.excesses[k]))
        * balls.norm(balls.minus(known.normal[j], known.normal[k]))
        for j in range(len(known.normal))
        for k in range(j)
    )


RULES = (
    Rule(
        bound="drop",
        error="drop",
        statement="‖Δ − Δᴺ‖ ≤ α max‖v_t − v_j‖",
        formula=lambda known: bounds.drop_bound(known.alpha, known.spread),
        in_balls=lambda known: known.alpha * known.spread,
        sizes=((2, 2),),
    ),
    Rule(
        bound="weighted_residual",
        error="grouped",
        statement="‖Δ − Δᴳ‖ ≤ Σ p_t ‖r_t‖",
        formula=lambda known: bounds.weighted_residual_bound(known.weights, known.residuals),
        in_balls=lambda known: balls.total(
            w * r for w, r in zip(known.weights, known.residuals, strict=True)
        ),
        sizes=((3, 2),),
    ),
    Rule(
        bound="grouped",
        error="grouped",
        statement="‖Δ − Δᴳ‖ ≤ αδ",
        formula=lambda known: bounds.clustering_bound(known.alpha, known.delta),
        in_balls=lambda known: known.alpha * known.delta,
        sizes=((2, 2), (4, 2)),
    ),
    Rule(
        bound="effective",
        error="effective",
        statement="‖Δ − Δ*‖ ≤ αδ + tanh(osc ε/4) diam",
        formula=lambda known: bounds.effective_key_bound(
            known.alpha, known.delta, np.ptp(known.gaps, axis=-1), known.diameter
        ),
        in_balls=lambda known: known.alpha * known.delta + _stability_ball(known),
        sizes=((3, 1), (2, 2, 1)),
    ),
    Rule(
        bound="margin",
        error="effective",
        statement="‖Δ − Δ*‖ ≤ αδ + tanh(log ν/4) diam",
        formula=lambda known: bounds.margin_bound(
            known.alpha, known.delta, known.excesses.max(axis=-1), known.diameter
        ),
        in_balls=lambda known: known.alpha * known.delta + balls.share(known.nu) * known.diameter,
        sizes=((4, 1), (3, 3)),
    ),
    Rule(
        bound="joint",
        error="effective",
        statement="‖Δ − Δ*‖ ≤ αδ + g_ν(min(α, 1−ν^(−1/2))) diam",
        formula=lambda known: bounds.joint_bound(
            known.alpha, known.delta, known.excesses.max(axis=-1), known.diameter
        ),
        in_balls=_joint_ball,
        sizes=((2, 1), (8, 1), (3, 3, 1)),
    ),
    Rule(
        bound="pair_margin",
        error="regrouped",
        statement="‖Δᴳ − Δ*‖ ≤ max tanh(max(log ν_j, log ν_k)/4) ‖v_j−v_k‖",
        formula=lambda known: bounds.pair_margin_bound(known.excesses, known.distances),
        in_balls=_pair_margin_ball,
        sizes=((4, 1), (3, 3, 2)),
    ),
    Rule(
        bound="worst_share",
        error="effective",
        statement="‖Δ − Δ*‖ ≤ (√ν−1)/(√ν+1) diam when values cluster exactly",
        formula=lambda known: bounds.worst_share(known.excesses.max(axis=-1)) * known.diameter,
        in_balls=lambda known: balls.share(known.nu) * known.diameter,
        sizes=((4, 1), (8, 1)),
        clustered=True,
    ),
)
