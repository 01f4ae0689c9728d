"""One figure per query for every way to do without the context, relative to the diameter.

    figures = head_figures(tensors)
    {name: float(np.median(values)) for name, values in figures.items()}

These are the figures by which heads are compared: what part of an error the keys cause, what no
keys can repair, and what a constant would do as well. Errors and distances are divided by the
diameter of the normal values the query sees, so they have no unit.
"""

from __future__ import annotations

import numpy as np

from checks.approximations import (
    cluster_by_value,
    dropped_context,
    effective_key_update,
    frozen_mass,
    group_logits,
    grouped_update,
    visible_logits,
)
from checks.bounds import effective_key_bound
from checks.hull import hull_distance
from checks.reference import exact_update
from checks.rounding import rounding_radii
from checks.shared_merge import constant_update, shared_merge
from checks.tensors import Array, Tensors

ERRORS = ("effective", "log_sum_exp", "drop", "hull", "constant", "shared", "shared_largest")
"""The figures that are distances from the exact update; ``hull`` is a certain lower end."""


def head_figures(
    tensors: Tensors, *, scale: float | None = None, causal: bool = False
) -> dict[str, Array]:
    """Figures per query, each (*leading, p); NaN where all values a query sees coincide.

    ``alpha``; ``margin`` (smallest over the groups, inf if all are single); ``oscillation``;
    over the diameter: ``delta``, ``weighted_residual`` (the mean of |r_t| under attention over F),
    and the ERRORS: effective keys, log-sum-exp logits, context dropped, distance to the hull,
    constant mean update, shared merged values with logits z (``shared``) or M
    (``shared_largest``); ``bound``: the bound alpha delta + tanh(osc / 4) diameter over it.
    """
    queries, keys, values = tensors.queries, tensors.keys, tensors.values
    own = values[..., tensors.frozen :, :]
    frozen, normal = visible_logits(queries, keys, scale=scale, causal=causal)
    clusters = cluster_by_value(values, tensors.normal, causal=causal)
    groups = group_logits(frozen, normal, clusters.nearest)
    exact = exact_update(queries, keys, values, scale=scale, causal=causal)
    alpha = frozen_mass(frozen, normal)
    seen = groups.size > 0
    gaps = np.where(seen, groups.gap, np.nan)
    oscillation = np.nanmax(gaps, axis=-1) - np.nanmin(gaps, axis=-1)
    delta = np.max(clusters.residual, axis=-1, initial=0.0)
    top = np.max(frozen, axis=-1, initial=-np.inf, keepdims=True)
    within = np.exp(frozen - top)
    context = within.sum(axis=-1)
    weighted = (within * clusters.residual).sum(axis=-1) / np.where(context > 0, context, 1.0)
    merged = {
        largest: shared_merge(queries, keys, values, scale=scale, causal=causal, largest=largest)
        for largest in (False, True)
    }
    updates = {
        "effective": effective_key_update(groups, own),
        "log_sum_exp": grouped_update(groups, own),
        "drop": dropped_context(normal, own),
        "constant": constant_update(exact),
        "shared": merged[False],
        "shared_largest": merged[True],
    }
    lengths = {name: np.linalg.norm(exact - update, axis=-1) for name, update in updates.items()}
    radius = rounding_radii(tensors, scale=scale, causal=causal).update
    lengths["hull"] = hull_distance(exact, own, causal=causal, radius=radius).lower
    lengths |= {"delta": delta, "weighted_residual": weighted}
    lengths["bound"] = effective_key_bound(alpha, delta, oscillation, clusters.diameter)
    diameter = np.where(clusters.diameter > 0, clusters.diameter, np.nan)
    figures = {name: length / diameter for name, length in lengths.items()}
    margin = np.where(seen, groups.margin, np.inf).min(axis=-1)
    return figures | {"alpha": alpha, "margin": margin, "oscillation": oscillation}
