"""What float64 says of some heads, before doubtful queries are decided.

Small heads are measured with all their scores at once, from :mod:`checks.reference` and
:mod:`checks.approximations`; large ones in blocks of keys, by :mod:`checks.streaming`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from checks.alternatives import alternatives, log_count_update
from checks.approximations import (
    cluster_by_value,
    dropped_context,
    effective_key_update,
    frozen_mass,
    group_logits,
    grouped_update,
    visible_logits,
)
from checks.cluster_maps import Report, clustered
from checks.hull import hull_distance
from checks.reference import exact_update
from checks.rounding import OWN_ROUNDING, TINY, Radii, gamma, rounding_radii, upper_bounds
from checks.shared_merge import constant_update
from checks.streaming import Head, measured_quantities, stream
from checks.streaming_rounding import PRECISIONS
from checks.tensors import Array, Tensors


@dataclass(frozen=True, eq=False)
class Block:
    """Results of some heads: quantities, errors and bounds are (heads, p).

    ``nearest`` (heads, p, m) is the map a; a streamed head leaves it empty. ``error_radii`` are
    those of the errors whose radius is not that of two softmax means; ``update`` (heads, p, c) is
    the exact update in float64.
    """

    quantities: dict[str, Array]
    errors: dict[str, Array]
    bounds: dict[str, Array]
    nearest: NDArray[np.intp]
    radii: Radii
    update: Array
    error_radii: dict[str, Array] = field(default_factory=dict)


def whole_block(
    tensors: Tensors,
    scale: float | None,
    causal: bool,
    cluster_by: str = "value",
    report: Report | None = None,
) -> Block:
    """Heads (h, p, d) with all their scores held at once."""
    queries, keys, values = tensors.queries, tensors.keys, tensors.values
    normal_values = values[..., tensors.frozen :, :]
    frozen_logits, normal_logits = visible_logits(queries, keys, scale=scale, causal=causal)
    update = exact_update(queries, keys, values, scale=scale, causal=causal)
    clustering = clustered(
        tensors, cluster_by, causal, frozen_logits, normal_logits, update, report
    )
    groups = group_logits(frozen_logits, normal_logits, clustering.nearest)
    alpha = frozen_mass(frozen_logits, normal_logits)
    radii = rounding_radii(tensors, scale=scale, causal=causal)
    approximations = {
        "drop": dropped_context(normal_logits, normal_values),
        "grouped": grouped_update(groups, normal_values),
        "effective": effective_key_update(groups, normal_values),
        "log_count": log_count_update(groups, normal_values),
    }
    errors = {
        name: np.linalg.norm(update - approximation, axis=-1)
        for name, approximation in approximations.items()
    }
    bounds = upper_bounds(radii, alpha, clustering, groups, keys.shape[-2])
    if tensors.frozen == 0:
        # All four updates are one and the same expression; what differs is summation order.
        errors = {name: np.zeros_like(error) for name, error in errors.items()}
        bounds = {name: np.zeros_like(bound) for name, bound in bounds.items()}
    others = alternatives(
        frozen_logits,
        normal_logits,
        values,
        clustering.nearest,
        groups,
        update,
        radii,
        queries.shape[-1],
    )
    quantities = measured_quantities(alpha, clustering, groups)
    quantities["weighted_residual"] = _weighted_residual(frozen_logits, clustering.residual)
    return Block(
        quantities,
        errors | others.errors,
        bounds,
        clustering.nearest,
        radii,
        update,
        others.radii,
    )


def _weighted_residual(frozen_logits: Array, residual: Array) -> Array:
    """The mean of |r_t| under attention over F, (..., p); 0 without frozen tokens."""
    if frozen_logits.shape[-1] == 0:
        return np.zeros(frozen_logits.shape[:-1])
    weights = np.exp(frozen_logits - frozen_logits.max(axis=-1, keepdims=True))
    mean: Array = (weights * residual).sum(axis=-1) / weights.sum(axis=-1)
    return mean


def streamed_block(
    heads: Tensors,
    scale: float | None,
    causal: bool,
    accumulate: str,
    report: Report | None,
) -> tuple[Block, float]:
    """One head (p, d) in blocks of keys, and how far its update is from the stored one."""
    precision = PRECISIONS[accumulate]
    head = Head(heads.queries, heads.keys, heads.values, scale, causal, precision, report)
    found = stream(head)

    def joined(arrays: list[Array]) -> Array:
        return np.concatenate(arrays)[None]

    def by_name(parts: list[dict[str, Array]]) -> dict[str, Array]:
        return {name: joined([part[name] for part in parts]) for name in parts[0]}

    block = Block(
        quantities=by_name([each.quantities for each in found]),
        errors=by_name([each.errors for each in found]),
        bounds=by_name([each.bounds for each in found]),
        nearest=np.empty((1, heads.normal, 0), dtype=np.intp),
        radii=Radii(
            logit=joined([each.radii.logit for each in found]),
            log_weight=joined([each.radii.log_weight for each in found]),
            update=joined([each.radii.update for each in found]),
            distance=found[0].radii.distance,
        ),
        update=joined([each.update for each in found]),
    )
    _add_constant(block, heads)
    if heads.update is None:
        return block, 0.0
    update = block.update[0]
    return block, float(np.abs(update - heads.update).max())


def _add_constant(block: Block, heads: Tensors) -> None:
    """The control, the mean update of all queries, which costs nothing once updates are there."""
    mean = constant_update(block.update)
    error = np.linalg.norm(block.update - mean, axis=-1)
    # The values average to at most the longest update, up to the radius.
    radius = block.radii.update
    size = np.linalg.norm(block.update, axis=-1).max() + radius.max()
    off = radius + radius.max() + gamma(heads.normal + 4) * size
    block.errors["constant"] = error
    block.error_radii["constant"] = OWN_ROUNDING * (off + block.radii.distance * error) + TINY


def hull_ends(tensors: Tensors, block: Block, causal: bool) -> dict[str, Array]:
    """Both ends of the distance of Delta to the hull of the visible normal values, (heads, p)."""
    if tensors.frozen == 0:
        return {end: np.zeros(block.radii.update.shape) for end in ("lower", "upper")}
    first = tensors.frozen
    whole = tensors.values
    own = whole[..., first:, :] if isinstance(whole, np.ndarray) else whole[first:]
    values = own.reshape(len(block.update), tensors.normal, -1)
    radius = np.where(np.isnan(block.radii.update), np.inf, block.radii.update)
    found = hull_distance(block.update, values, causal=causal, radius=radius)
    return {"lower": found.lower, "upper": found.upper}


def in_memory(heads: Tensors, block: Block, causal: bool) -> tuple[Tensors, Block]:
    """A streamed head as NumPy arrays with a leading axis, and its block with the map a."""
    keys, values = np.asarray(heads.keys), np.asarray(heads.values)
    nearest = cluster_by_value(values, heads.normal, causal=causal).nearest
    return (
        replace(heads, queries=heads.queries[None], keys=keys[None], values=values[None]),
        replace(block, nearest=nearest[None]),
    )
