"""The theorems on the error and on what it is made of, each as a claim error <= bound.

    theorem("joint").claim
    decide(theorem("joint"), instance)      # checks.decisions

Mathematics, sections 1 to 3. A theorem is named after its bound in :mod:`checks.bounds`.
"""

from __future__ import annotations

from collections.abc import Callable

from checks.decisions import ErrorBound, Sides
from checks.exact import bounds
from checks.exact.arithmetic import Arithmetic
from checks.exact.instances import ExactGroup, ExactInstance
from checks.exact.shifts import ExactShift
from checks.tensors import UnusableInput


def theorem(name: str) -> ErrorBound:
    """The theorem of this name. Raises UnusableInput."""
    for each in THEOREMS:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in THEOREMS)
    raise UnusableInput(f"there is no theorem {name!r}; the names are {known}.")


def _drop(ops: Arithmetic, x: ExactInstance) -> Sides:
    return x.error(x.dropped), bounds.drop_bound(ops, x.alpha, x.spread)


def _grouped(ops: Arithmetic, x: ExactInstance) -> Sides:
    return x.error(x.grouped), bounds.clustering_bound(ops, x.alpha, x.delta)


def _weighted_residual(ops: Arithmetic, x: ExactInstance) -> Sides:
    return x.error(x.grouped), bounds.weighted_residual_bound(ops, x.shares, x.residuals)


def _effective(ops: Arithmetic, x: ExactInstance) -> Sides:
    bound = bounds.effective_key_bound(ops, x.alpha, x.delta, x.oscillation, x.diameter)
    return x.error(x.effective), bound


def _margin(ops: Arithmetic, x: ExactInstance) -> Sides:
    return x.error(x.effective), bounds.margin_bound(ops, x.alpha, x.delta, x.excess, x.diameter)


def _joint(ops: Arithmetic, x: ExactInstance) -> Sides:
    return x.error(x.effective), bounds.joint_bound(ops, x.alpha, x.delta, x.excess, x.diameter)


def _pair_margin(ops: Arithmetic, x: ExactInstance) -> Sides:
    error = ops.norm(x.grouped - x.effective)
    return error, bounds.pair_margin_bound(ops, x.excesses, x.distances)


def _pair(ops: Arithmetic, x: ExactShift) -> Sides:
    return ops.norm(x.difference), bounds.pair_bound(ops, x.gaps, x.distances)


def _stability(ops: Arithmetic, x: ExactShift) -> Sides:
    return ops.norm(x.difference), bounds.stability_bound(ops, x.oscillation, x.diameter)


def _total_variation(ops: Arithmetic, x: ExactShift) -> Sides:
    return x.total_variation, bounds.stability_bound(ops, x.oscillation, ops.numbers(1.0))


def _first_order(ops: Arithmetic, x: ExactShift) -> Sides:
    remainder = ops.norm(x.difference + x.covariance)
    return remainder, bounds.first_order_remainder(ops, x.oscillation, x.diameter)


def _worst_share(ops: Arithmetic, x: ExactInstance) -> Sides:
    error = ops.norm(x.grouped - x.effective)
    return error, bounds.worst_share(ops, x.excess) * x.diameter


def _gap_below(ops: Arithmetic, x: ExactInstance) -> Sides:
    return _of_groups(x, lambda group, size: (group.limits(ops)[0], group.gap))


def _gap_above(ops: Arithmetic, x: ExactInstance) -> Sides:
    return _of_groups(x, lambda group, size: (group.gap, group.limits(ops)[1]))


def _gap_count(ops: Arithmetic, x: ExactInstance) -> Sides:
    return _of_groups(x, lambda group, size: (group.gap, ops.log(ops.numbers(size))))


def _mean_key_gap(ops: Arithmetic, x: ExactInstance) -> Sides:
    """Jensen's gap of every group, which is at least 0, against Phi."""
    gaps, spreads = x.grouped_logits - x.mean_key_logits, x.spreads(x.moved)
    several = [j for j, group in enumerate(x.groups) if group.margin is not None]
    return _stacked(ops, [(gaps[j], bounds.mean_key_gap(ops, spreads[j])) for j in several])


def _mean_key_square(ops: Arithmetic, x: ExactInstance) -> Sides:
    spreads = x.spreads(x.moved)
    return _stacked(
        ops,
        [
            (bounds.mean_key_gap(ops, spreads[j]), spreads[j] * spreads[j] / 8.0)
            for j in range(x.normal)
        ],
    )


def _mean_key(ops: Arithmetic, x: ExactInstance) -> Sides:
    error = ops.norm(x.grouped - x.mean_key)
    return error, bounds.mean_key_bound(ops, x.spreads(x.moved), x.diameter)


def _uniform_key(ops: Arithmetic, x: ExactInstance) -> Sides:
    error = ops.norm(x.grouped - x.uniform_key)
    return error, bounds.mean_key_bound(ops, x.spreads(x.logits), x.diameter)


def _irrelevant_context(ops: Arithmetic, x: ExactInstance) -> Sides:
    if not x.frozen:
        return x.alpha, ops.numbers(0.0)
    lead = ops.largest(x.logits[x.of_normal]) - ops.largest(x.logits[x.of_frozen])
    return x.alpha, bounds.irrelevant_context_mass(ops, ops.numbers(float(x.frozen)), lead)


def _of_groups(x: ExactInstance, sides: Callable[[ExactGroup, int], Sides]) -> Sides:
    """Both sides for every group of two or more tokens."""
    several = [group for group in x.groups if group.margin is not None]
    return _stacked(x.ops, [sides(group, len(group.members)) for group in several])


def _stacked(ops: Arithmetic, pairs: list[Sides]) -> Sides:
    if not pairs:
        return ops.numbers([0.0]), ops.numbers([0.0])
    return ops.join([left for left, _ in pairs]), ops.join([right for _, right in pairs])


def _of_instances(name: str, claim: str, source: str, evaluate: Callable[..., Sides]) -> ErrorBound:
    return ErrorBound(name, claim, source, False, evaluate)


def _of_shifts(name: str, claim: str, evaluate: Callable[..., Sides]) -> ErrorBound:
    return ErrorBound(name, claim, "section 2", True, evaluate)


THEOREMS: tuple[ErrorBound, ...] = (
    _of_instances("drop", "‖Δ − Δᴺ‖ ≤ α max‖v_t − v_j‖", "section 1, step 2", _drop),
    _of_instances(
        "weighted_residual", "‖Δ − Δᴳ‖ ≤ Σ p_t‖r_t‖", "section 1, step 4", _weighted_residual
    ),
    _of_instances("grouped", "‖Δ − Δᴳ‖ ≤ αδ", "section 1, step 4", _grouped),
    _of_instances("gap_below", "log(1 + e^{−γ_j}) ≤ ε_j", "section 1, step 6", _gap_below),
    _of_instances("gap_above", "ε_j ≤ log(1 + (n_j − 1)e^{−γ_j})", "section 1, step 6", _gap_above),
    _of_instances("gap_count", "ε_j ≤ log n_j", "section 1, step 6", _gap_count),
    _of_instances(
        "irrelevant_context",
        "α ≤ m e^{η−μ}/(m e^{η−μ} + 1)",
        "section 1, step 3",
        _irrelevant_context,
    ),
    _of_shifts(
        "pair", "‖Σ softmax(z)v − Σ softmax(ℓ)v‖ ≤ max tanh(|ε_j − ε_k|/4)‖v_j − v_k‖", _pair
    ),
    _of_shifts("stability", "the same ≤ tanh(osc ε/4) diam", _stability),
    _of_shifts("total_variation", "TV(softmax z, softmax ℓ) ≤ tanh(osc ε/4)", _total_variation),
    _of_shifts("first_order", "‖Δ* − Δᴳ + Cov_w(ε, v)‖ ≤ osc(ε)² diam/(12√3)", _first_order),
    _of_instances("effective", "‖Δ − Δ*‖ ≤ αδ + tanh(osc ε/4) diam", "section 2", _effective),
    _of_instances("worst_share", "‖Δᴳ − Δ*‖ ≤ (√ν − 1)/(√ν + 1) diam", "section 2", _worst_share),
    _of_instances(
        "pair_margin",
        "‖Δᴳ − Δ*‖ ≤ max_{j≠k} tanh(max(log ν_j, log ν_k)/4)‖v_j − v_k‖",
        "section 2",
        _pair_margin,
    ),
    _of_instances("margin", "‖Δ − Δ*‖ ≤ αδ + (√ν − 1)/(√ν + 1) diam", "section 2", _margin),
    _of_instances("joint", "‖Δ − Δ*‖ ≤ αδ + diam g_ν(min(α, 1 − ν^{−1/2}))", "section 2", _joint),
    _of_instances(
        "mean_key_gap", "z_j(q′) − z_j(q) − k̄_j·(q′ − q) ≤ Φ(x_j)", "section 3", _mean_key_gap
    ),
    _of_instances("mean_key_square", "Φ(x) ≤ x²/8", "section 3", _mean_key_square),
    _of_instances(
        "mean_key",
        "mean keys made at q are off at q′ by ≤ tanh(max Φ(x_j)/4) diam",
        "section 3",
        _mean_key,
    ),
    _of_instances(
        "uniform_key",
        "uniform-mean keys with bias log n_j are off by ≤ tanh(max Φ(R_j)/4) diam",
        "section 3",
        _uniform_key,
    ),
)
"""Every theorem on the error with its bound, in the order of the mathematics."""
