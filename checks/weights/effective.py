"""The effective weights of measured heads: what change of W_K (and W_V) does the context's work.

Two questions of mathematics, section 4, for every head: the smallest dW_K that gives every normal
token its winner's key, for one query (the last, which sees every normal token), and the smallest
dW_K that gives all queries their logits at once, up to what softmax cannot see. What attention over
the normal tokens errs with the changed weights is measured beside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from checks.approximations import cluster_by_value, group_logits, visible_logits
from checks.inputs.projections import Projections
from checks.reference import exact_update
from checks.tensors import Array, Tensors
from checks.weights.fit import Fit, fit_head
from checks.weights.minimal import WeightChange, winner_key_change
from checks.weights.several import SharedChange
from checks.weights.transfer import changed_update

MOST_QUERIES = 128
"""Normal tokens up to which weights are fitted: exact ranks and mask take their cube."""


@dataclass(frozen=True, eq=False)
class HeadWeights:
    """The effective weights of one head.

    ``place``: its index in the leading axes. ``one_query``: dW_K for the last query's winners.
    ``all_queries``: dW_K for the winners' logits of all queries. ``weight_norm``: Frobenius norm
    of W_K. ``errors``: median distance from the exact update over the queries, as a share of the
    diameter of the head's normal values (in units of the values if that is 0), with the weights
    unchanged (dropped), W_K' for the winners' logits (winners), for the log-sum-exp logits
    (log_sum_exp), and with W_V' for merged values (merged).
    """

    place: tuple[int, ...]
    one_query: WeightChange
    all_queries: SharedChange
    weight_norm: float
    errors: dict[str, float]

    @property
    def relative_norm(self) -> float:
        """The norm of the change for all queries as a share of that of W_K."""
        return self.all_queries.norm / self.weight_norm if self.weight_norm else float("inf")

    @property
    def relative_residual(self) -> float:
        """What no single dW_K gives, as a share of the wanted logits, constants per query apart."""
        wanted = self.all_queries.wanted
        size = np.sqrt(np.nansum((wanted - np.nanmean(wanted, axis=1, keepdims=True)) ** 2))
        return float(self.all_queries.residual / size) if size else 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and lists: see docs/measure.md."""
        one, several = self.one_query, self.all_queries
        return {
            "head": list(self.place),
            "weight_norm": self.weight_norm,
            "one_query": {
                "frozen_winners": one.moved,
                "rank": one.rank,
                "solvable": one.solvable,
                "norm": one.norm,
                "residual": one.residual,
                "relative_residual": one.relative_residual,
                "singular_values": one.singular_values.tolist(),
            },
            "all_queries": {
                "solvable": several.solvable,
                "norm": several.norm,
                "residual": several.residual,
                "relative_residual": self.relative_residual,
                "singular_values": several.singular_values.tolist(),
            },
            "errors": dict(self.errors),
        }


def effective_weights(
    tensors: Tensors,
    *,
    scale: float | None = None,
    causal: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[HeadWeights, ...]:
    """The effective weights of every head whose entities and W_K are known.

    Empty without these, without frozen tokens, for a scale of 0, and for more than
    :data:`MOST_QUERIES` normal tokens or streamed heads.
    """
    known = tensors.projections
    unusable = tensors.streamed or tensors.normal > MOST_QUERIES or not tensors.frozen
    if known is None or "K" not in known.weights or unusable or scale == 0:
        return ()
    places = list(np.ndindex(*tensors.leading))
    found = []
    for done, place in enumerate(places, 1):
        found.append(_of_head(tensors, known, place, scale, causal))
        if progress is not None:
            progress(done, len(places))
    return tuple(found)


def _of_head(
    tensors: Tensors,
    known: Projections,
    place: tuple[int, ...],
    scale: float | None,
    causal: bool,
) -> HeadWeights:
    head = replace(
        tensors,
        queries=tensors.queries[place],
        keys=np.asarray(tensors.keys[place]),
        values=np.asarray(tensors.values[place]),
        update=None,
        projections=None,
    )
    rows = cast(Array, known.entities)
    of_head = rows if rows.ndim == 2 else rows[place]
    entities = np.asarray(of_head[-tensors.normal :])
    weight = known.weights["K"]
    weight = weight if weight.ndim == 2 else weight[place]
    frozen, normal = visible_logits(head.queries, head.keys, scale=scale, causal=causal)
    clusters = cluster_by_value(head.values, head.normal, causal=causal)
    winners = group_logits(frozen, normal, clusters.nearest).winner[-1]
    unit = float(clusters.diameter[-1]) or 1.0
    exact = exact_update(head.queries, head.keys, head.values, scale=scale, causal=causal)
    fits = {fit: fit_head(head, entities, fit, scale=scale, causal=causal) for fit in Fit}
    errors = {}
    for fit, fitted in fits.items():
        update = changed_update(
            head, entities, fitted.key_change, fitted.value_change, scale=scale, causal=causal
        )
        distance = np.linalg.norm(exact - update, axis=-1)
        errors[fit.name.lower()] = float(np.median(distance)) / unit
    return HeadWeights(
        place=place,
        one_query=winner_key_change(entities, head.keys, winners),
        all_queries=cast(SharedChange, fits[Fit.WINNERS].key),
        weight_norm=float(np.linalg.norm(weight)),
        errors=errors,
    )
