"""What may stand in for attention over the context: one function from tensors to updates."""

from __future__ import annotations

from enum import Enum

from checks.approximations import (
    cluster_by_value,
    dropped_context,
    effective_key_update,
    group_logits,
    grouped_update,
    visible_logits,
)
from checks.hull import hull_distance
from checks.reference import exact_update
from checks.shared_merge import constant_update, shared_merge
from checks.tensors import Array


class Replacement(Enum):
    """What replaces the exact update of the normal tokens."""

    EXACT = "exact"
    DROPPED = "context dropped"
    CONSTANT = "constant mean update (a control)"
    EFFECTIVE = "effective keys"
    LOG_SUM_EXP = "log-sum-exp logits"
    NEAREST = "nearest point of the hull (limit of any keys)"
    MERGED_FIXED = "merged values shared by the queries, one fixed map"
    MERGED_SEEN = "merged values shared by the queries, map of seen tokens"


def replaced_update(
    which: Replacement,
    queries: Array,
    keys: Array,
    values: Array,
    *,
    scale: float | None = None,
    causal: bool = False,
) -> Array:
    """The update (..., p, c) of the normal tokens under a replacement.

    Arguments as of :func:`checks.reference.exact_update`; the last p tokens are the normal ones.
    """
    normal = queries.shape[-2]
    frozen = keys.shape[-2] - normal
    if which is Replacement.MERGED_FIXED or which is Replacement.MERGED_SEEN:
        fixed = which is Replacement.MERGED_FIXED
        return shared_merge(queries, keys, values, scale=scale, causal=causal, fixed_map=fixed)
    if which in (Replacement.EXACT, Replacement.CONSTANT, Replacement.NEAREST):
        exact = exact_update(queries, keys, values, scale=scale, causal=causal)
        if which is Replacement.EXACT:
            return exact
        if which is Replacement.CONSTANT:
            return constant_update(exact)
        return hull_distance(exact, values[..., frozen:, :], causal=causal).nearest
    context, own = visible_logits(queries, keys, scale=scale, causal=causal)
    if which is Replacement.DROPPED:
        return dropped_context(own, values[..., frozen:, :])
    nearest = cluster_by_value(values, normal, causal=causal).nearest
    groups = group_logits(context, own, nearest)
    update = effective_key_update if which is Replacement.EFFECTIVE else grouped_update
    return update(groups, values[..., frozen:, :])
