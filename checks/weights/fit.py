"""Weights W_K', W_V' of one head, fitted for all queries at once to attention with the context."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from checks.approximations import cluster_by_value, group_logits, visible_logits
from checks.reference import attention_scale
from checks.shared_merge import shared_merged_values
from checks.tensors import Array, Tensors, UnusableInput
from checks.weights.minimal import WeightChange, smallest_change
from checks.weights.several import SharedChange, smallest_shared_change


class Fit(Enum):
    """What the changed weights are asked for."""

    DROPPED = "weights unchanged"
    WINNERS = "W_K' for the winners' logits M"
    LOG_SUM_EXP = "W_K' for the log-sum-exp logits z"
    MERGED = "W_K' for z, W_V' for merged values"


@dataclass(frozen=True, eq=False)
class FittedHead:
    """The changes of W_K and W_V of one head; None where the weight stays."""

    key: SharedChange | None
    value: WeightChange | None

    @property
    def key_change(self) -> Array | None:
        """dW_K (d, D)."""
        return None if self.key is None else self.key.change

    @property
    def value_change(self) -> Array | None:
        """dW_V (c, D)."""
        return None if self.value is None else self.value.change


def fit_head(
    tensors: Tensors,
    entities: Array,
    fit: Fit,
    *,
    scale: float | None = None,
    causal: bool = False,
) -> FittedHead:
    """The smallest changes for one head without leading axes; entities (p, D) of its normal tokens.

    Logits are wanted up to a constant per query, and under a causal mask only between a query and
    the tokens it sees; merged values are shared by the queries. Raises UnusableInput for leading
    axes or a scale of 0.
    """
    if tensors.leading:
        raise UnusableInput(
            f"{tensors.name} has leading axes {tensors.leading}; weights belong to one head each."
        )
    if fit is Fit.DROPPED:
        return FittedHead(None, None)
    factor = attention_scale(tensors.queries.shape[-1], scale)
    if factor == 0.0:
        raise UnusableInput("scale is 0, so no weights can change a logit.")
    frozen, normal = visible_logits(tensors.queries, tensors.keys, scale=scale, causal=causal)
    nearest = cluster_by_value(tensors.values, tensors.normal, causal=causal).nearest
    groups = group_logits(frozen, normal, nearest)
    wanted = groups.largest if fit is Fit.WINNERS else groups.log_sum_exp
    seen = normal > -np.inf
    change = np.where(seen, wanted, 0.0) - np.where(seen, normal, 0.0)
    key = smallest_shared_change(tensors.queries, entities, change / factor, visible=seen)
    if fit is not Fit.MERGED:
        return FittedHead(key, None)
    merged = shared_merged_values(frozen, normal, tensors.values, nearest)
    return FittedHead(key, smallest_change(entities, merged - tensors.values[tensors.frozen :]))
